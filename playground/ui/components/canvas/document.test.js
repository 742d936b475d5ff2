// What is drawn in one component: undo and redo, and what outlives a reload.

import assert from "node:assert/strict";
import { test } from "node:test";
import { onNewPages } from "#testing/fake_page.js";
import { change, documentOf, load, redo, say, undo } from "./document.js";
import { erase, isCut, WIDTHS } from "./ink.js";

/** @typedef {import("./ink.js").Stroke} Stroke */

/** A tab's storage, with room for so many characters. */
class FakeStorage {
  /** @type {Map<string, string>} */
  texts = new Map();
  room = Number.POSITIVE_INFINITY;

  /** @param {string} key */
  getItem(key) {
    return this.texts.get(key) ?? null;
  }

  /** @type {(key: string, text: string) => void} */
  setItem(key, text) {
    if (text.length > this.room) throw new Error("QuotaExceededError");
    this.texts.set(key, text);
  }
}

let storage = new FakeStorage();
let loads = 0;
onNewPages(import.meta.filename, () => {
  storage = new FakeStorage();
  Object.assign(globalThis, { sessionStorage: storage });
});

/**
 * The module after a reload of its page: it knows what is in the tab's storage.
 *
 * @returns {Promise<typeof import("./document.js")>}
 */
function reloaded() {
  loads += 1;
  return import(`${"./document.js"}?${loads}`);
}

/** @type {() => never} */
const forbidden = () => {
  throw new Error("SecurityError");
};

/**
 * @param {number[][]} places x and y of each point
 * @returns {Stroke}
 */
const line = (places, width = 0.1) => ({
  width,
  points: places.flatMap(([x, y]) => [x, y, 0.5]),
});

test("a component has one drawing, which is empty at first", () => {
  const doc = documentOf("one");
  assert.equal(documentOf("one"), doc);
  assert.notEqual(documentOf("another"), doc);
  assert.deepEqual(doc.strokes, []);
  assert.equal(doc.pictured, doc.strokes);
  assert.equal(doc.width, WIDTHS[1][1]);
});

test("undo and redo give back the very drawings", () => {
  const doc = documentOf("undo");
  assert.equal(undo(doc), false);
  assert.equal(redo(doc), false);
  const drawings = [doc.strokes, [line([[0, 0]])], [line([[0, 0]]), line([[1, 1]])]];
  for (const drawing of drawings.slice(1)) change(doc, drawing);
  const seen = [];
  for (const move of [undo, undo, redo, redo]) {
    assert.equal(move(doc), true);
    seen.push(doc.strokes);
  }
  assert.deepEqual(
    seen.map((drawing) => drawings.indexOf(drawing)),
    [1, 0, 1, 2],
  );
  assert.equal(redo(doc), false);
});

test("a change after an undo ends the way forward", () => {
  const doc = documentOf("forward");
  change(doc, [line([[0, 0]])]);
  undo(doc);
  change(doc, [line([[1, 1]])]);
  assert.equal(redo(doc), false);
  assert.deepEqual(doc.strokes, [line([[1, 1]])]);
});

test("two hundred steps can be undone", () => {
  const doc = documentOf("many");
  for (let i = 0; i < 250; i += 1) change(doc, [line([[i, i]])]);
  let count = 0;
  while (undo(doc)) count += 1;
  assert.equal(count, 200);
  assert.deepEqual(doc.strokes, [line([[49, 49]])]);
});

test("a drawing that is loaded can be undone", () => {
  const doc = documentOf("load");
  load(doc, { id: "seven", strokes: [[70, 100, 250, 500, 900, 1000, 800]] });
  assert.equal(doc.loaded, "seven");
  assert.deepEqual(doc.strokes, [{ width: 0.07, points: [0.1, 0.25, 0.5, 0.9, 1, 0.8] }]);
  undo(doc);
  assert.deepEqual(doc.strokes, []);
});

// ---------------------------------------------------------------- a reload

test("a reload keeps the drawing with what the eraser cut, and all of undo and redo", async () => {
  const doc = documentOf("kept");
  const whole = [
    line([
      [0.1, 0.5],
      [0.9, 0.5],
    ]),
    line([[0.2, 0.9]]),
  ];
  change(doc, whole);
  change(doc, erase(whole, [0.5, 0.4], [0.5, 0.6], 0.04));
  say(doc, [0, 0, 10, 10, 1]);
  change(doc, []);
  undo(doc);

  const after = await reloaded();
  const back = after.documentOf("kept");
  assert.deepEqual([back.past, back.strokes, back.future], [doc.past, doc.strokes, doc.future]);
  assert.deepEqual(back.strokes.map(isCut), [true, true, false]);
  assert.deepEqual(after.saidOf(back.strokes), [[0, 0, 10, 10, 1]]);
  assert.notEqual(back.pictured, back.strokes); // nobody has a picture of it yet
  after.undo(back);
  assert.deepEqual(after.saidOf(back.strokes), []);
  assert.deepEqual(after.documentOf("another").strokes, []);
});

test("what is cleared is clear after a reload, and can be brought back", async () => {
  const doc = documentOf("cleared");
  change(doc, [line([[0, 0]])]);
  change(doc, []);
  const after = await reloaded();
  const back = after.documentOf("cleared");
  assert.deepEqual(back.strokes, []);
  assert.equal(back.pictured, back.strokes);
  after.undo(back);
  assert.deepEqual(back.strokes, [line([[0, 0]])]);
});

test("what a link brings is above what was stored, which undo gives back", async () => {
  change(documentOf("linked"), [line([[0, 0]])]);
  const after = await reloaded();
  const back = after.documentOf("linked");
  after.load(back, { id: "seven", strokes: [[70, 100, 250, 500]] });
  assert.deepEqual(back.strokes, [{ width: 0.07, points: [0.1, 0.25, 0.5] }]);
  after.undo(back);
  assert.deepEqual(back.strokes, [line([[0, 0]])]);
});

test("where there is no room for all of undo, what is drawn is kept, and undone as a whole", async () => {
  const doc = documentOf("large");
  change(doc, [line([[0, 0]]), line([[1, 1]])]);
  storage.room = storage.getItem("sp-canvas:large")?.length ?? 0;
  change(doc, [line([[0.5, 0.5]])]);
  const after = await reloaded();
  const back = after.documentOf("large");
  assert.deepEqual(back.strokes, [line([[0.5, 0.5]])]);
  assert.ok(after.undo(back));
  assert.deepEqual(back.strokes, []);
  assert.equal(after.undo(back), false);
});

test("where there is no room at all, no older drawing comes back", async () => {
  const doc = documentOf("full");
  change(doc, [line([[0, 0]])]);
  storage.room = 10;
  change(doc, [line([[1, 1]])]);
  assert.deepEqual(doc.strokes, [line([[1, 1]])]);
  assert.deepEqual((await reloaded()).documentOf("full").strokes, []);
});

test("storage that is forbidden is no error", () => {
  Object.defineProperty(globalThis, "sessionStorage", { get: forbidden, configurable: true });
  const doc = documentOf("forbidden");
  change(doc, [line([[0, 0]])]);
  assert.ok(undo(doc));
});

for (const text of [
  "no JSON",
  "null",
  "7",
  "{}",
  '{"ink":[[0.1,0]],"past":[],"strokes":[[0],[]],"future":[]}',
  '{"ink":[[0.1,0,1,2]],"past":[],"strokes":[[0],[]],"future":[]}',
  '{"ink":[[0.1,0,1,2,"3"]],"past":[],"strokes":[[0],[]],"future":[]}',
  '{"ink":[[0.1,0,0.1,0.2,0.5]],"past":[],"strokes":[[1],[]],"future":[]}',
  '{"ink":[[0.1,0,0.1,0.2,0.5]],"past":[],"strokes":[[0],[[1,2]]],"future":[]}',
])
  test(`what is no drawing is no error: ${text}`, () => {
    storage.setItem(`sp-canvas:${text}`, text);
    const doc = documentOf(text);
    assert.deepEqual([doc.past, doc.strokes, doc.future], [[], [], []]);
  });
