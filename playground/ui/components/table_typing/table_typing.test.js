// Keys before the editor of a cell is there, and before the table has the focus again.

import assert from "node:assert/strict";
import { mock as node, test } from "node:test";
import { FakeElement, mount, onNewPages, page } from "#testing/fake_page.js";
import tableTyping from "./table_typing.js";

Object.assign(globalThis, {
  KeyboardEvent: class extends Event {
    /**
     * @param {string} type
     * @param {{ key: string }} init
     */
    constructor(type, { key }) {
      super(type);
      this.key = key;
    }
  },
});

onNewPages(import.meta.filename, () => node.timers.enable({ apis: ["setTimeout"] }));

/** The editor of one cell, as a text area has it. */
class Editor extends FakeElement {
  selectionStart = 0;
  selectionEnd = 0;

  /** @param {string} first */
  constructor(first) {
    super("textarea");
    this.className = "gdg-input";
    this.value = first;
    this.selectionStart = this.selectionEnd = first.length;
  }

  /** @type {(text: string, from: number, to: number) => void} */
  setRangeText(text, from, to) {
    this.value = this.value.slice(0, from) + text + this.value.slice(to);
    this.selectionStart = this.selectionEnd = from + text.length;
  }
}

/** Frames pass, and timers of no delay run. */
function pass() {
  for (let frame = 0; frame < 9; frame++) {
    page.frame();
    node.timers.tick(1);
  }
}

/**
 * A table that opens an editor with the first key, but not at once. After each key the editor asks
 * by a timer whether it is to close: a digit's timer closes it without a value if Enter came since.
 */
function table() {
  const { parent, give } = mount(tableTyping);
  Object.assign(page.document, { querySelector: page.body.querySelector.bind(page.body) });
  const leave = give({ key: "typing" });
  const canvas = new FakeElement("canvas");
  parent.append(canvas);
  canvas.focus();
  /** @type {Editor | undefined} */
  let editor;
  /** @type {string[]} */
  const values = [];
  /** @type {(() => void)[]} */
  const later = [];
  canvas.addEventListener("keydown", ({ key }) => {
    if (page.document.activeElement !== canvas || editor) return; // it is lost there
    if (key === "Tab") values.push("tab");
    if (`${key}`.length > 1) return;
    const made = new Editor(`${key}`);
    editor = made;
    let isClosing = false;
    made.addEventListener("keydown", (event) => {
      const closes = event.key === "Enter" || event.key === "Tab";
      isClosing ||= closes;
      setTimeout(() => {
        if (!isClosing || editor !== made) return;
        if (closes) values.push(made.value);
        editor = undefined;
        later.push(() => {
          made.remove();
          canvas.focus();
        });
      }, 0);
    });
    later.push(() => {
      parent.append(made);
      made.focus();
    });
  });
  const type = (/** @type {string[]} */ ...keys) =>
    keys.map((key) => (page.document.activeElement ?? canvas).fire("keydown", { key }));
  /** Everything that the table does later. */
  const wait = () => {
    pass();
    for (let step = later.shift(); step; step = later.shift()) {
      step();
      pass();
    }
  };
  return { canvas, values, type, wait, leave, parent, editor: () => editor };
}

test("what is typed before the editor is there is written into it", () => {
  const { type, wait, values, editor } = table();
  const [first, second] = type("2", "3", ",", "4", "Enter");
  assert.equal(first.defaultPrevented, false);
  assert.equal(second.defaultPrevented, true);
  assert.equal(editor()?.value, "2");
  wait();
  assert.deepEqual(values, ["23,4"]);
});

test("several cells may be typed at once", () => {
  const { type, wait, values } = table();
  type(..."12.5", "Enter", ..."-inf", "Enter", ..."7", "Tab", "Tab", "8", "Enter");
  wait();
  assert.deepEqual(values, ["12.5", "-inf", "7", "tab", "8"]);
});

test("Backspace takes one back, and Escape all", () => {
  const { type, wait, values, editor } = table();
  type("1", "2", "Backspace", "3", "Enter");
  wait();
  assert.deepEqual(values, ["13"]);
  type("4", "5", "Escape");
  wait();
  assert.equal(editor()?.value, "4");
});

test("keys of an open editor are its own, and so are shortcuts", () => {
  const { type, wait, canvas, editor } = table();
  type("1");
  wait();
  const [key] = type("2");
  assert.equal(key.defaultPrevented, false);
  assert.equal(editor()?.value, "1", "the page writes it there by itself");
  type("Enter");
  for (const shortcut of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }])
    assert.equal(canvas.fire("keydown", { key: "v", ...shortcut }).defaultPrevented, false);
});

test("an Enter right after a digit waits until the digit is drawn and its timer has run", () => {
  const { type, wait, values } = table();
  type("1");
  wait();
  const [digit, enter] = type("2", "Enter");
  assert.equal(digit.defaultPrevented, false);
  assert.equal(enter.defaultPrevented, true);
  for (let frame = 0; frame < 9; frame++) page.frame(); // on a busy page before any timer
  assert.deepEqual(values, []);
  pass();
  assert.equal(values.length, 1);
});

for (const end of ["a press", "a while", "the end"])
  test(`what no editor comes for is given up after ${end}`, () => {
    const { type, canvas, leave, parent } = table();
    type("1", "2");
    if (end === "a press") canvas.fire("pointerdown");
    if (end === "a while") node.timers.tick(30_000);
    if (end === "the end") {
      parent.remove();
      leave?.();
    }
    assert.equal(canvas.fire("keydown", { key: "Enter" }).defaultPrevented, false);
  });

test("a cell that is only read holds no keys", () => {
  const { canvas, type } = table();
  const cell = new FakeElement("td");
  cell.setAttribute("aria-selected", "true");
  cell.setAttribute("aria-readonly", "true");
  canvas.append(cell);
  for (const key of type("1", "2", "Enter")) assert.equal(key.defaultPrevented, false);
});

test("other places of the page are left alone", () => {
  const { parent } = table();
  const field = new FakeElement("input");
  parent.append(field);
  field.focus();
  for (const key of ["1", "2", "Enter"])
    assert.equal(field.fire("keydown", { key }).defaultPrevented, false);
});
