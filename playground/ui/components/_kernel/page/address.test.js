// The address: what a phone makes of it, and one entry of the history for each press that changes it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { oneEntryAPress, unprojected } from "./address.js";

class Tab extends EventTarget {
  entries = ["/train?model=hidden"];
  tops = 0; // times that it was scrolled to the top

  path = () => this.entries[this.entries.length - 1].split("?")[0];
  toTop = () => {
    this.tops += 1;
  };

  /** @param {unknown} _state @param {string} _unused @param {string | URL | null} [url] */
  pushState(_state, _unused, url) {
    this.entries.push(String(url));
  }

  /** @param {unknown} _state @param {string} _unused @param {string | URL | null} [url] */
  replaceState(_state, _unused, url) {
    this.entries[this.entries.length - 1] = String(url);
  }
}

/** @param {(tab: Tab, change: (url: string) => void, happens: (event: string) => void) => void} body */
function inTab(body) {
  const tab = new Tab();
  oneEntryAPress(tab, tab, tab);
  body(
    tab,
    (url) => tab.pushState({}, "", url),
    (event) => tab.dispatchEvent(new Event(event)),
  );
}

test("a page that is left keeps its settings, and the one that comes is one entry", () => {
  inTab((tab, change, happens) => {
    happens("pointerdown");
    for (const url of ["/train", "/softmax", "/softmax?z=1_2"]) change(url);
    assert.deepEqual(tab.entries, ["/train?model=hidden", "/softmax?z=1_2"]);
  });
});

test("what a page writes by itself when it is opened is no entry", () => {
  inTab((tab, change) => {
    change("/train?model=hidden&epochs=9");
    assert.deepEqual(tab.entries, ["/train?model=hidden&epochs=9"]);
  });
});

test("each press that changes the address is one, by hand or with a key", () => {
  inTab((tab, change, happens) => {
    for (const press of ["pointerdown", "keydown"]) {
      happens(press);
      change(`/train?${press}`);
    }
    assert.equal(tab.entries.length, 3);
  });
});

test("what an entry changes that one has gone back to is its own", () => {
  inTab((tab, change, happens) => {
    happens("keydown");
    happens("popstate");
    change("/train?model=hidden&epochs=9");
    assert.deepEqual(tab.entries, ["/train?model=hidden&epochs=9"]);
  });
});

test("another page that one goes back to begins at its top, another state of it does not", () => {
  inTab((tab, change, happens) => {
    happens("pointerdown");
    change("/draw");
    assert.equal(tab.tops, 0, "a link is Streamlit's");
    tab.entries.pop(); // back
    happens("popstate");
    assert.equal(tab.tops, 1);
    happens("pointerdown");
    change("/train?model=cnn");
    tab.entries.pop();
    happens("popstate");
    assert.equal(tab.tops, 1);
  });
});

// ---------------------------------------------------------------- a phone

const HOST = "http://localhost:8501";

test("a press is one entry on a phone, too, whose browser takes no more addresses", async (t) => {
  const tab = new Tab();
  const refuse = t.mock.fn(() => {
    throw new Error("SecurityError");
  });
  const { pushState } = tab;
  const fakes = { history: Object.assign(tab, { replaceState: refuse }) };
  const page = { querySelector: () => null };
  Object.assign(globalThis, { ...fakes, document: page, matchMedia: () => ({ matches: true }) });
  t.after(() => {
    for (const name of ["history", "document", "matchMedia", "location", "addEventListener"])
      Reflect.deleteProperty(globalThis, name);
  });
  Object.assign(globalThis, { addEventListener: () => {} });
  const opened = async (/** @type {string} */ path) => {
    Object.assign(globalThis, { location: new URL(HOST + path) });
    await import(new URL(`./address.js?of=${encodeURIComponent(path)}`, import.meta.url).href);
  };
  await opened("/train?model=cnn"); // nothing to change
  assert.equal(refuse.mock.callCount(), 0);
  tab.pushState = pushState;
  await assert.rejects(opened("/train?projection=1"));
  assert.notEqual(tab.pushState, pushState);
});

test("a link of the mode loses it, and nothing else", () => {
  assert.equal(
    unprojected(`${HOST}/train?run=a&projection=1&lr=0.1`),
    `${HOST}/train?run=a&lr=0.1`,
  );
});

test("a lesson goes on without it", () => {
  const there = `${HOST}/?lesson=45&step=3&projection=0`;
  assert.equal(unprojected(`${HOST}/?lesson=45&step=3`), there);
  assert.equal(unprojected(`${HOST}/?lesson=45&step=3&projection=1`), there);
});

test("other links, and a teacher's notes, stay letter by letter", () => {
  for (const link of ["/softmax?z=1_-2&t=.5", "/?lesson=45&notes=1", "/draw#ink"])
    assert.equal(unprojected(HOST + link), HOST + link);
});
