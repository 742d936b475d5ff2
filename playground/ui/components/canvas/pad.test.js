// A pointer, keys and buttons draw.

import assert from "node:assert/strict";
import { test } from "node:test";
import { canvas, onNewCanvases, wait } from "#testing/canvas.js";
import { page } from "#testing/fake_page.js";

onNewCanvases(import.meta.filename);

test("ink that the device has forgotten is painted again", () => {
  const one = canvas();
  one.dot(10);
  one.dot(20);
  page.frame();
  const { calls } = one.pad.getContext();
  calls.splice(0);
  one.pad.fire("contextrestored");
  page.frame();
  assert.ok(calls.some(([name]) => name === "drawImage"));
});

test("ink off the canvas is left out, and a stroke that comes back is another one", () => {
  const one = canvas();
  one.stroke([50, 50], [120, 50], [120, 80], [50, 80]);
  assert.deepEqual(one.doc.strokes, [
    { width: 0.07, points: [0.5, 0.5, 0.5, 1, 0.5, 0.5] },
    { width: 0.07, points: [1, 0.8, 0.5, 0.5, 0.8, 0.5] },
  ]);
});

test("all points that the browser has gathered for a frame are drawn", () => {
  const one = canvas();
  one.point("pointerdown", 10, 50);
  const between = [20, 30].map((x) => ({ pointerType: "mouse", clientX: x, clientY: 50 }));
  one.point("pointermove", 30, 50, { getCoalescedEvents: () => between });
  // A stroke that grows is no part of the drawing yet, so that undo takes it as a whole.
  assert.equal(one.doc.strokes.length, 0);
  one.point("pointerup", 30, 50);
  assert.deepEqual(one.doc.strokes[0].points, [0.1, 0.5, 0.5, 0.2, 0.5, 0.5, 0.3, 0.5, 0.5]);
});

test("a pen has its pressure and its eraser end; a second finger is ignored", () => {
  const one = canvas();
  one.point("pointerdown", 10, 50, { pointerType: "pen", pressure: 0.8 });
  one.point("pointerdown", 90, 50, { pointerId: 2 });
  one.point("pointermove", 80, 50, { pointerId: 2 });
  one.point("pointerup", 90, 50, { pointerId: 2 });
  one.point("pointerup", 10, 50);
  assert.deepEqual(one.doc.strokes, [{ width: 0.07, points: [0.1, 0.5, 0.8] }]);
  one.point("pointerdown", 50, 50, { button: 2 });
  one.point("pointerup", 50, 50);
  assert.equal(one.doc.strokes.length, 1);
  one.point("pointerdown", 10, 50, { pointerType: "pen", button: 5, buttons: 32 });
  one.point("pointerup", 10, 50);
  assert.deepEqual(one.doc.strokes, []);
});

test("a stroke is cleared at once, also before a frame has shown that it can be", () => {
  const one = canvas();
  page.frame();
  assert.equal(one.parent.button("Clear").getAttribute("aria-disabled"), "true");
  one.dot(10);
  one.parent.button("Clear").click();
  one.dot(20);
  assert.equal(one.doc.strokes.length, 1);
});

test("undo, redo and clear are one picture each, and so are their keys", () => {
  const one = canvas();
  const button = (/** @type {string} */ name) => () => one.parent.button(name).click();
  const key = (/** @type {string} */ key, shiftKey = false) =>
    one.press(key, { ctrlKey: true, shiftKey });
  /** @type {[action: () => void, strokes: number][]} */
  const steps = [
    [() => one.dot(10), 1],
    [() => one.dot(20), 2],
    [button("Undo"), 1],
    [button("Undo"), 0],
    [button("Redo"), 1],
    [button("Clear"), 0],
    [() => key("z"), 1],
    [() => key("Z", true), 0],
  ];
  for (const [action, strokes] of steps) {
    action();
    wait(1);
    const last = one.pictures.at(-1);
    one.give({ seq: last?.seq });
    page.frame();
    assert.equal(last?.ink?.length, strokes, `${action}`);
  }
  assert.equal(one.parent.button("Redo").getAttribute("aria-disabled"), "true");
  const before = one.pictures.length;
  one.parent.button("Clear").click();
  one.parent.button("Redo").click();
  wait(2000);
  assert.equal(one.pictures.length, before, "a button that is off does nothing");
});

test("the eraser splits what it crosses; where there is nothing it sends nothing", () => {
  const one = canvas();
  one.stroke([20, 50], [80, 50]);
  wait(1);
  one.give({ seq: one.doc.seq });
  one.parent.button("Eraser").click();
  page.frame();
  assert.equal(one.parent.button("Eraser").getAttribute("aria-pressed"), "true");
  const before = one.seqs;
  one.stroke([50, 10], [50, 20]);
  wait(2000);
  assert.equal(one.seqs, before);
  assert.equal(one.doc.strokes.length, 1);
  one.stroke([50, 30], [50, 70]);
  assert.equal(one.doc.strokes.length, 2);
  one.parent.button("Fine pen").click();
  assert.deepEqual([one.doc.erasing, one.doc.width], [false, 0.045]);
});

test("drawing with keys alone", () => {
  const one = canvas();
  one.parent.button("Broad pen").click();
  one.pad.focus();
  one.press("ArrowLeft"); // the pen is up
  wait(5000);
  assert.equal(one.seqs, "");
  one.press(" ");
  assert.equal(one.parent.one("[role]").dataset.keys, "true");
  for (let i = 0; i < 8; i += 1) one.press("ArrowUp");
  one.press("ArrowRight", { shiftKey: true });
  one.press(" ", { repeat: true }); // a key that is held down
  one.press(" ");
  assert.equal(one.doc.strokes.length, 1);
  const { width, points } = one.doc.strokes[0];
  assert.equal(width, 0.105);
  assert.deepEqual(points.slice(0, 3), [0.48, 0.5, 0.5]);
  assert.deepEqual(points.slice(-3), [0.58, 0.34, 0.5]);
  one.press(" ");
  one.press("ArrowDown");
  one.press("Escape"); // lifts the pen
  assert.equal(one.doc.strokes.length, 2);
  one.press("Delete");
  assert.equal(one.doc.strokes.length, 0);
  assert.equal(page.document.activeElement, one.pad);
  one.press("Escape");
  assert.equal(page.document.activeElement, null);
  assert.equal(one.press("a").defaultPrevented, false);
  assert.equal(one.press("ArrowUp").defaultPrevented, true);
  assert.equal(one.press("ArrowUp", { ctrlKey: true }).defaultPrevented, false);
});

test("each arrow leads its own way, and none off the canvas", () => {
  const one = canvas();
  const places = ["ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"].map((key) => {
    one.press(key);
    return one.doc.cursor.join(" ");
  });
  assert.deepEqual(places, ["0.48 0.5", "0.48 0.48", "0.5 0.48", "0.5 0.5"]);
  for (let i = 0; i < 7; i += 1) one.press("ArrowRight", { shiftKey: true });
  assert.deepEqual(one.doc.cursor, [1, 0.5]);
});

// ---------------------------------------------------------------- pen and palm

const TOUCH = { pointerType: "touch", pointerId: 7 };
const PEN = { pointerType: "pen", pointerId: 9 };

test("a pen takes back what the palm before it has begun", () => {
  const one = canvas();
  one.point("pointerdown", 10, 90, TOUCH);
  one.point("pointermove", 20, 90, TOUCH);
  one.point("pointerdown", 50, 50, PEN);
  one.point("pointermove", 15, 80, TOUCH); // the palm rests there
  one.point("pointermove", 60, 50, PEN);
  one.point("pointerup", 15, 80, TOUCH);
  one.point("pointerup", 60, 50, PEN);
  assert.deepEqual(
    one.doc.strokes.map(({ points }) => points.slice(0, 2)),
    [[0.5, 0.5]],
  );
  assert.equal(one.doc.past.length, 1); // one step of undo
});

test("a second finger takes back what the first has drawn on its way; both draw nothing more", () => {
  const one = canvas();
  const [first, second] = [1, 2].map((pointerId) => ({ pointerId, pointerType: "touch" }));
  one.point("pointerdown", 50, 50, first);
  one.point("pointermove", 54, 50, first);
  one.point("pointerdown", 60, 60, second);
  page.frame();
  assert.equal(one.root.dataset.empty, "true");
  one.point("pointermove", 90, 50, first);
  one.point("pointermove", 60, 90, second);
  one.point("pointercancel", 90, 50, first);
  one.point("pointerdown", 20, 20, { ...first, pointerId: 3 }); // before all are lifted
  one.point("pointerup", 20, 20, { ...first, pointerId: 3 });
  one.point("pointerup", 60, 90, second);
  assert.deepEqual(one.doc.strokes, []);
  assert.deepEqual(one.doc.past, [], "nothing to undo");
  one.point("pointerdown", 50, 50, first);
  one.point("pointerup", 50, 50, first);
  assert.equal(one.doc.strokes.length, 1);
});

test("a palm beside a finger that has drawn more takes nothing back and zooms nothing", () => {
  const one = canvas();
  const [finger, palm] = [1, 2].map((pointerId) => ({ pointerId, pointerType: "touch" }));
  one.point("pointerdown", 20, 50, finger);
  one.point("pointermove", 60, 50, finger);
  one.point("pointermove", 21, 50, finger); // a loop ends where it began
  one.point("pointerdown", 90, 90, palm);
  assert.equal(one.pad.fire("touchstart", { touches: [1, 2] }).defaultPrevented, true);
  one.point("pointermove", 80, 80, palm);
  one.point("pointermove", 30, 50, finger);
  one.point("pointerup", 30, 50, finger);
  assert.equal(one.doc.strokes[0].points.at(-3), 0.3);
  one.point("pointerup", 80, 80, palm);
  assert.equal(one.doc.strokes.length, 1);
  assert.equal(one.pad.fire("touchstart", { touches: [1, 2] }).defaultPrevented, false);
});

test("a touch that the browser takes for itself has drawn nothing, unless it has drawn much", () => {
  const one = canvas();
  for (const [to, strokes] of [
    [53, 0],
    [80, 1],
  ]) {
    one.point("pointerdown", 50, 50, { pointerType: "touch" });
    one.point("pointermove", to, 50, { pointerType: "touch" });
    one.point("pointercancel", to, 50, { pointerType: "touch" });
    assert.equal(one.doc.strokes.length, strokes);
  }
});

test("a finger does not take a pen's stroke, nor a pen the mouse's", () => {
  for (const [first, second] of [
    [PEN, TOUCH],
    [{ pointerType: "mouse", pointerId: 1 }, PEN],
  ]) {
    const one = canvas();
    one.point("pointerdown", 10, 50, first);
    one.point("pointerdown", 80, 50, second);
    one.point("pointerup", 10, 50, first);
    assert.deepEqual(
      one.doc.strokes.map(({ points }) => points[0]),
      [0.1],
    );
  }
});
