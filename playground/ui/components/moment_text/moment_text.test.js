// Words of a moment, and a table of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mount, onNewPages } from "#testing/fake_page.js";
import momentText from "./moment_text.js";

onNewPages(import.meta.filename);

test("what is said changes, and nothing in it is markup", () => {
  const { parent, give } = mount(momentText);
  /** @type {import("./moment_text.js").Message} */
  const message = { parts: [["strong", "4"], " read as <b>9</b>"], kind: "text", label: "" };
  give(message);
  const root = parent.one(".sp-moment-text");
  assert.equal(root.textContent, "4 read as <b>9</b>");
  assert.equal(root.getAttribute("role"), null);
  give({ ...message, parts: ["none"] });
  assert.equal(root.textContent, "none");
});

test("a table is a region with a name, whose heads say what they are of", () => {
  const { parent, give } = mount(momentText);
  /** @type {import("../_kernel/markup.js").Markup} */
  const table = [
    "table",
    ["thead", ["tr", ["th", "digit"], ["th", "0"]]],
    ["tbody", ["tr", ["th", "7"], ["td", ["strong", "0.9"]]]],
  ];
  give({ parts: [table], kind: "table", label: "Probes" });
  const root = parent.one(".sp-table");
  assert.deepEqual(
    ["role", "aria-label"].map((name) => root.getAttribute(name)),
    ["region", "Probes"],
  );
  assert.deepEqual(
    parent.all("th").map((one) => one.getAttribute("scope")),
    ["col", "col", "row"],
  );
});
