// Which pens are made thinner for the picture that is sent, and which strokes stay as drawn.

import assert from "node:assert/strict";
import { test } from "node:test";
import { erase } from "./ink.js";
import { withThinnerPen } from "./thin_pen.js";

/** A ring, as large as `size`. @param {number} x @param {number} size @param {number} width */
function ring(x, size, width, pressure = 0.5) {
  const points = [];
  for (let i = 0; i <= 20; i += 1) {
    const [cos, sin] = [Math.cos((i * Math.PI) / 10), Math.sin((i * Math.PI) / 10)];
    points.push(x + (size / 2) * cos, 0.5 + (size / 2) * sin, pressure);
  }
  return { width, points };
}
/** @type {(x: number, width: number) => { width: number, points: number[] }} */
const dot = (x, width) => ({ width, points: [x, 0.6, 0.5] });
/** @param {{ width: number }[]} strokes */
const widths = (strokes) => strokes.map(({ width }) => Math.round(1e6 * width) / 1e6);

for (const [name, strokes] of Object.entries({
  nothing: [],
  "a digit that is large for its pen": [ring(0.5, 0.5, 0.105)],
  "a thin pen": [ring(0.5, 0.1, 0.03)],
  "a dot alone": [dot(0.5, 0.1)],
  "a dot by a hand that is not quite still": [ring(0.5, 0.04, 0.1)],
  "a doodle of hundreds of strokes": Array.from({ length: 201 }, () => ring(0.5, 0.2, 0.1)),
}))
  test(`as drawn: ${name}`, () => {
    assert.equal(withThinnerPen(strokes), strokes);
  });

test("a small digit under a thick pen gets a thin one, and the drawing is left as it is", () => {
  const strokes = [ring(0.5, 0.2, 0.1)];
  const [seen] = withThinnerPen(strokes);
  assert.deepEqual(widths([seen]), [0.024]);
  assert.equal(seen.points, strokes[0].points);
  assert.equal(strokes[0].width, 0.1);
});

test("each digit has its own pen, and a dot the thinnest of them", () => {
  const large = ring(0.62, 0.5, 0.1);
  const strokes = [ring(0.15, 0.2, 0.1), dot(0.3, 0.1), large, ring(0.95, 0.1, 0.09)];
  const seen = withThinnerPen(strokes);
  assert.deepEqual(widths(seen), [0.024, 0.012, 0.1, 0.012]);
  assert.equal(seen[2], large);
});

test("strokes whose boxes overlap are one digit with one pen", () => {
  const bar = { width: 0.1, points: [0.5, 0.5, 0.5, 0.6, 0.5, 0.5] };
  assert.deepEqual(widths(withThinnerPen([ring(0.5, 0.2, 0.1), bar])), [0.024, 0.024]);
});

test("each ring of an 8 in two strokes is smaller than the pen, and no dot", () => {
  const rings = [ring(0.5, 0.08, 0.1), ring(0.5, 0.08, 0.1)].map((one, k) => ({
    ...one,
    points: one.points.map((value, i) => (i % 3 === 1 ? value + 0.1 * k : value)),
  }));
  assert.deepEqual(widths(withThinnerPen(rings)), [0.0096, 0.0096]);
});

test("what a stylus is pressed with counts, and stays as uneven as it was", () => {
  const strokes = [ring(0.5, 0.2, 0.05, 1)];
  const [seen] = withThinnerPen(strokes); // 0.05 · 1.5 on the canvas
  assert.deepEqual(widths([seen]), [0.016]);
  const soft = [ring(0.5, 0.2, 0.1, 0)]; // 0.05 on the canvas
  assert.equal(withThinnerPen(soft), soft);
});

test("a digit that was erased in part stays as drawn, others do not", () => {
  const strokes = erase([ring(0.2, 0.2, 0.1), ring(0.8, 0.2, 0.1)], [0.3, 0.5], [0.3, 0.5], 0.02);
  assert.deepEqual(widths(withThinnerPen(strokes)), [0.1, 0.024]);
});

test("what the eraser has taken away for good counts no more", () => {
  const [left] = erase([dot(0.1, 0.1), ring(0.8, 0.2, 0.1)], [0.1, 0.6], [0.1, 0.6], 0.04);
  assert.deepEqual(widths(withThinnerPen([left])), [0.024]);
});
