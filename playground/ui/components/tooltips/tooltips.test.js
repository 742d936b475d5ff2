// Which choice gets which tooltip, also when the choices are drawn again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeElement, mount, onNewPages, page } from "#testing/fake_page.js";
import tooltips from "./tooltips.js";

Object.assign(globalThis, { CSS: { escape: String } });

onNewPages(import.meta.filename);

/** @param {string} text */
function choice(text) {
  const made = new FakeElement("button");
  made.textContent = text;
  return made;
}

test("a choice has the tooltip of what it says, also when it is drawn again", () => {
  const [one, other] = [choice("a lead of 0.8 "), choice("cold")];
  let drawn = [one, other];
  /** @type {string[]} */
  const asked = [];
  Object.assign(page.document, {
    querySelectorAll: (/** @type {string} */ selector) => asked.push(selector) && drawn,
  });
  const { give } = mount(tooltips);
  give({ of: "presets", texts: { "a lead of 0.8": "Notebook B, cell 1" } });
  page.frame();
  assert.deepEqual(asked, [".st-key-presets button"]);
  assert.equal(one.getAttribute("title"), "Notebook B, cell 1");
  assert.equal(other.getAttribute("title"), null);
  const again = choice("a lead of 0.8");
  drawn = [again, other];
  page.window.dispatchEvent(new Event("focusin"));
  page.frame();
  assert.equal(again.getAttribute("title"), "Notebook B, cell 1");
  give({ of: "presets", texts: { cold: "T = 0.1" } });
  page.frame();
  assert.equal(again.getAttribute("title"), null);
  assert.equal(other.getAttribute("title"), "T = 0.1");
});
