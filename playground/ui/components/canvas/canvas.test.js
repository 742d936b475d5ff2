// What lasts when a canvas, its page or the server goes away and comes back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { canvas, canvasOf, onNewCanvases, wait } from "#testing/canvas.js";
import { page } from "#testing/fake_page.js";
import { documentOf } from "./document.js";

onNewCanvases(import.meta.filename);

/** In the tab, before a reload. */
function keepDot() {
  const kept = { ink: [[0.1, 0, 0.5, 0.5, 0.5]], past: [[[], []]], strokes: [[0], []], future: [] };
  const getItem = () => JSON.stringify(kept);
  Object.assign(globalThis, { sessionStorage: { getItem, setItem() {} } });
}

test("after a reload the server is told of the drawing that the tab has kept", () => {
  keepDot();
  const one = canvas();
  assert.equal(one.seqs, "1!");
  assert.equal(one.pictures[0].ink?.length, 1);
});

test("of a drawing that the tab has kept nobody is told that nothing is drawn", () => {
  keepDot();
  const one = canvas({ line: "Nothing is drawn yet." });
  wait(2000);
  const said = () => ["[aria-live]", ".sp-canvas-line"].map((at) => one.parent.one(at).textContent);
  assert.deepEqual(said(), ["", ""]);
  one.give({ seq: 1, line: "It is a dot." });
  assert.deepEqual(said(), ["It is a dot.", "It is a dot."]);
  one.press("Delete");
  one.give({ seq: 2, line: "Nothing is drawn yet." });
  wait(2000);
  assert.deepEqual(said(), ["Nothing is drawn yet.", "Nothing is drawn yet."]);
});

test("a canvas that comes back has its ink, and asks for nothing that is answered", () => {
  const one = canvas();
  one.dot(10);
  wait(1);
  one.give({ seq: 2 });
  one.leave();
  const other = canvasOf(one.key, { seq: 2 });
  wait(5000);
  assert.equal(other.seqs, "");
  assert.equal(other.root.dataset.sent, "2");
  other.parent.button("Undo").click();
  assert.deepEqual(other.doc.strokes, []);
});

test("a canvas that comes back to a server that knows another drawing tells it of its own", () => {
  const one = canvas();
  one.dot(10);
  wait(1);
  one.leave();
  const other = canvasOf(one.key, { seq: 0 });
  assert.equal(other.seqs, "3!");
  assert.equal(other.pictures[0].ink?.length, 1);
});

test("a change that waited when the canvas went away is sent when it is back", () => {
  const one = canvas();
  one.dot(10);
  wait(1);
  one.dot(20); // waits for the answer to the one before
  one.leave();
  wait(5000);
  assert.equal(one.seqs, "1 2!");
  const other = canvasOf(one.key, { seq: 2 });
  assert.equal(other.seqs, "3!");
  assert.equal(other.pictures[0].ink?.length, 2);
});

test("a stroke under way when the canvas goes away is kept", () => {
  const one = canvas();
  one.point("pointerdown", 10, 10);
  one.leave();
  assert.equal(one.doc.strokes.length, 1);
  wait(5000);
  assert.equal(one.seqs, "1", "a canvas that is gone sends nothing");
});

test("a canvas that is gone listens to nothing", () => {
  const one = canvas();
  assert.ok(page.window.listeners.length > 0);
  one.leave();
  assert.equal(page.window.listeners.length, 0);
  one.press(" ");
  assert.deepEqual(one.doc.strokes, []);
});

test("another key at the same place is another drawing", () => {
  const one = canvas();
  one.dot(10);
  one.give({ key: "elsewhere" });
  assert.equal(one.parent.children.length, 1);
  assert.deepEqual(documentOf("elsewhere").strokes, []);
  assert.equal(one.doc.strokes.length, 1);
});

test("a drawing is loaded once, is sent with its id, and can be undone", () => {
  const one = canvas();
  one.dot(10);
  wait(1);
  const load = { id: "seven", strokes: [[70, 100, 100, 500, 900, 900, 500]] };
  one.give({ seq: 2, load });
  assert.equal(one.pictures[2].loaded, "seven");
  assert.deepEqual(one.doc.strokes[0].points, [0.1, 0.1, 0.5, 0.9, 0.9, 0.5]);
  one.give({ seq: 3, load });
  assert.equal(one.doc.past.length, 2);
  one.parent.button("Undo").click();
  assert.equal(one.doc.strokes[0].points[0], 0.1);
  assert.equal(one.doc.strokes[0].points.length, 3);
});

test("a replay shows a part of the ink; the next stroke ends it", () => {
  const one = canvas({ shown: 0.5 });
  one.stroke([0, 50], [93, 50]);
  wait(1);
  one.give({ seq: 2, shown: 0.4 });
  page.frame();
  const { calls } = one.pad.getContext();
  const drawn = calls.filter(([name]) => name === "lineTo").at(-1);
  assert.ok(Math.abs(Number(drawn?.[1]) - 0.4 * 93) < 1e-9, `${drawn}`);
  one.dot(50, 90);
  page.frame();
  const whole = calls.filter(([name]) => name === "drawImage").length;
  assert.ok(whole > 0);
  assert.equal(one.root.dataset.empty, "false");
  assert.equal(one.doc.strokes[0].points[3], 0.93);
});
