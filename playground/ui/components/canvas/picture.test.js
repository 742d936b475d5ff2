// Ink as pixels: what is drawn anew, how thick, and what is sent of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeElement, onNewPages } from "#testing/fake_page.js";
import { createSurface, drawInk, levelsOf, packed, SIDE, takePicture } from "./picture.js";

onNewPages(import.meta.filename);

/** @param {Uint8ClampedArray} data */
const pictureOf = (data) => packed(levelsOf(data));

function surface() {
  const canvas = new FakeElement("canvas");
  const made = createSurface(/** @type {HTMLCanvasElement} */ (/** @type {unknown} */ (canvas)));
  const base = /** @type {FakeElement} */ (/** @type {unknown} */ (made.base.canvas));
  const [above, below] = [canvas.getContext().calls, base.getContext().calls];
  return { made, canvas, base, above, below };
}

/** @type {(x: number, pressure?: number) => { width: number, points: number[] }} */
const dot = (x, pressure = 0.5) => ({ width: 0.1, points: [x, 0.5, pressure] });

/** @param {unknown[][]} calls */
const dots = (calls) => calls.filter(([name]) => name === "arc").map(([, x]) => x);

test("a stroke that does not grow any more is drawn once", () => {
  const { made, above, below } = surface();
  const strokes = [dot(0.1)];
  drawInk(made, strokes, 100, "#000");
  assert.deepEqual([dots(below), dots(above)], [[], [10]]);
  strokes.push(dot(0.2));
  drawInk(made, strokes, 100, "#000");
  assert.deepEqual([dots(below), dots(above)], [[10], [10, 20]]);
  drawInk(made, strokes, 100, "#000");
  assert.deepEqual(dots(below), [10]);
});

test("after an undo, in another size and in another colour all is drawn again", () => {
  const { made, canvas, base, below } = surface();
  const [a, b, c] = [dot(0.1), dot(0.2), dot(0.3)];
  drawInk(made, [a, b, c], 100, "#000");
  assert.deepEqual(dots(below), [10, 20]);
  drawInk(made, [a], 100, "#000");
  drawInk(made, [a, c], 100, "#000");
  assert.deepEqual(dots(below), [10, 20, 10]);
  drawInk(made, [a, c], 200, "#000");
  assert.deepEqual(dots(below), [10, 20, 10, 20]);
  assert.deepEqual([canvas.width, base.height], [200, 200]);
  drawInk(made, [a, c], 200, "#fff");
  assert.deepEqual(dots(below), [10, 20, 10, 20, 20]);
});

test("what the device has forgotten is drawn again", () => {
  const { made, canvas, base, below } = surface();
  const strokes = [dot(0.1), dot(0.2)];
  for (const node of [base, canvas]) {
    drawInk(made, strokes, 100, "#000");
    below.splice(0);
    node.fire("contextrestored");
    drawInk(made, strokes, 100, "#000");
    assert.deepEqual(dots(below), [10]);
  }
});

test("a line is as thick as its pressure says, one half being that of a mouse", () => {
  const { made, canvas, above } = surface();
  const even = { width: 0.1, points: [0, 0, 0.5, 0.5, 0, 0.5, 1, 0, 0.5] };
  drawInk(made, [even], 100, "#000");
  assert.deepEqual(
    above.filter(([name]) => name === "stroke"),
    [["stroke", 10]],
  );
  above.length = 0;
  drawInk(made, [{ width: 0.1, points: [0, 0, 0, 0.5, 0, 1, 1, 0, 0.5] }], 100, "#000");
  const strokes = above.filter(([name]) => name === "stroke");
  assert.deepEqual(strokes, [
    ["stroke", 10],
    ["stroke", 12.5],
  ]);
  assert.deepEqual(above.find(([name]) => name === "arc")?.slice(1, 4), [0, 0, 2.5]);
  assert.equal(canvas.getContext().lineWidth, 12.5);
});

// ---------------------------------------------------------------- what is sent

/** @param {(x: number, y: number) => number} opacityAt */
function raster(opacityAt) {
  const data = new Uint8ClampedArray(4 * SIDE * SIDE);
  for (let y = 0; y < SIDE; y += 1)
    for (let x = 0; x < SIDE; x += 1) data[4 * (y * SIDE + x) + 3] = opacityAt(x, y);
  return data;
}

/** @param {string} grey */
const levels = (grey) =>
  [...atob(grey)].flatMap((byte) => [byte.charCodeAt(0) >> 4, byte.charCodeAt(0) & 15]);

test("an empty canvas is sent as nothing", () => {
  const nothing = { size: [0, 0], box: [0, 0, 0, 0], grey: "" };
  assert.deepEqual(pictureOf(raster(() => 0)), nothing);
  assert.deepEqual(pictureOf(raster(() => 8)), nothing); // rounds to level 0
  assert.deepEqual(packed(takePicture(surface().made, [])), nothing);
});

test("little ink is sent pixel by pixel, cropped", () => {
  const picture = pictureOf(
    raster((x, y) => (y === 20 && x === 10 ? 255 : y === 21 && x === 12 ? 9 : 0)),
  );
  assert.deepEqual(picture.size, [3, 2]);
  assert.deepEqual(picture.box, [10, 20, 13, 22]);
  assert.deepEqual(levels(picture.grey), [15, 0, 0, 0, 0, 1]);
});

test("an odd number of pixels ends with half a byte", () => {
  const picture = pictureOf(raster((x, y) => (y === 0 && x < 3 ? 17 * (x + 1) : 0)));
  assert.deepEqual(picture.size, [3, 1]);
  assert.deepEqual(levels(picture.grey), [1, 2, 3, 0]);
});

test("much ink is made smaller, and stays as wide for its height", () => {
  const all = pictureOf(raster(() => 255));
  assert.deepEqual(all.size, [44, 44]);
  assert.deepEqual(all.box, [0, 0, SIDE, SIDE]);
  assert.deepEqual(new Set(levels(all.grey)), new Set([15]));
  const wide = pictureOf(raster((_, y) => (y >= 100 && y < 140 ? 255 : 0)));
  assert.deepEqual(wide.size, [116, 16]);
  assert.ok(116 * 16 <= 44 * 44);
});

test("a pixel of a smaller picture is the mean of those that it covers", () => {
  // 88 × 88 becomes 44 × 44: a chequerboard of single pixels is half as dark everywhere.
  const picture = pictureOf(raster((x, y) => (x < 88 && y < 88 && (x + y) % 2 ? 255 : 0)));
  assert.deepEqual(picture.size, [44, 44]);
  assert.deepEqual(new Set(levels(picture.grey)), new Set([8]));
});

test("the thinnest line is still a picture", () => {
  const picture = pictureOf(raster((x) => (x === 5 ? 255 : 0)));
  assert.deepEqual(picture.size, [1, 280]);
});
