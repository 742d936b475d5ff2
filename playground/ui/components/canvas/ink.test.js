// Ink as vectors: the edge of the canvas, the eraser, the replay, what is sent.

import assert from "node:assert/strict";
import { test } from "node:test";

import { clip, erase, firstPart, packStrokes } from "./ink.js";

/** @typedef {import("./ink.js").Stroke} Stroke */

/**
 * @param {number[][]} places x and y of each point
 * @returns {Stroke}
 */
const line = (places, width = 0.1) => ({
  width,
  points: places.flatMap(([x, y]) => [x, y, 0.5]),
});

/** @type {(actual: number[], expected: number[]) => void} */
const close = (actual, expected) => {
  assert.equal(actual.length, expected.length, `${actual}`);
  for (const [i, value] of expected.entries())
    assert.ok(Math.abs(actual[i] - value) < 1e-12, `${actual} and not ${expected}`);
};

// ---------------------------------------------------------------- the edge of the canvas

test("a line on the canvas stays as it is", () => {
  const [a, b] = [
    [0.2, 0.3, 0.5],
    [0.8, 1, 0.7],
  ];
  const part = clip(a, b);
  assert.equal(part?.from, a);
  assert.equal(part?.to, b);
  assert.deepEqual([part?.enters, part?.leaves], [false, false]);
});

test("a line that leaves the canvas ends at its edge, with the pressure it has there", () => {
  const part = clip([0.5, 0.5, 0.2], [1.5, 0.7, 0.6]);
  assert.ok(part);
  close(part.from, [0.5, 0.5, 0.2]);
  close(part.to, [1, 0.6, 0.4]);
  assert.deepEqual([part.enters, part.leaves], [false, true]);
});

test("a line across the canvas enters and leaves", () => {
  const part = clip([-1, 0.5, 0.5], [2, 0.5, 0.5]);
  assert.ok(part);
  close(part.from, [0, 0.5, 0.5]);
  close(part.to, [1, 0.5, 0.5]);
  assert.deepEqual([part.enters, part.leaves], [true, true]);
});

test("a line beside the canvas, and one past its corner, is not there", () => {
  assert.equal(clip([-0.1, 0.2, 0.5], [-0.1, 0.8, 0.5]), undefined);
  assert.equal(clip([1.2, 0.5, 0.5], [1.2, 0.5, 0.5]), undefined);
  assert.equal(clip([0.8, -0.5, 0.5], [1.5, 0.4, 0.5]), undefined);
});

test("a point on the canvas is one", () => {
  const point = [0.5, 0.5, 0.5];
  assert.equal(clip(point, point)?.from, point);
});

// ---------------------------------------------------------------- eraser

test("the eraser splits a stroke and leaves the rest of it", () => {
  const stroke = line([
    [0, 0.5],
    [1, 0.5],
  ]);
  const left = erase([stroke], [0.5, 0.5], [0.5, 0.5], 0.05);
  assert.equal(left.length, 2);
  // The disc, and half the stroke's width more.
  close(left[0].points, [0, 0.5, 0.5, 0.4, 0.5, 0.5]);
  close(left[1].points, [0.6, 0.5, 0.5, 1, 0.5, 0.5]);
  assert.deepEqual([left[0].width, left[1].width], [0.1, 0.1]);
});

test("what the eraser does not touch stays the same stroke", () => {
  const strokes = [
    line([[0.1, 0.1]]),
    line([
      [0, 0.9],
      [1, 0.9],
    ]),
  ];
  const left = erase(strokes, [0.5, 0.4], [0.5, 0.6], 0.05);
  assert.equal(left[0], strokes[0]);
  assert.equal(left[1], strokes[1]);
});

test("the eraser takes away dots and ends", () => {
  assert.deepEqual(erase([line([[0.5, 0.5]])], [0.5, 0.5], [0.5, 0.5], 0.04), []);
  const [left] = erase(
    [
      line([
        [0, 0],
        [1, 0],
      ]),
    ],
    [1, 0],
    [1, 0],
    0.05,
  );
  close(left.points, [0, 0, 0.5, 0.9, 0, 0.5]);
});

test("the eraser reaches as far as it was moved, and no further", () => {
  const dots = [0.519, 0.522].map((x) => line([[x, 0.5]], 0.001));
  assert.deepEqual(erase(dots, [0, 0.5], [0.5, 0.5], 0.02), [dots[1]]);
});

test("a quick move of the eraser leaves no gaps", () => {
  const dots = Array.from({ length: 21 }, (_, i) => line([[i / 20, 0.5]], 0.001));
  assert.deepEqual(erase(dots, [0, 0.5], [1, 0.5], 0.02), []);
});

test("a stroke that the eraser crosses within a longer one keeps its other points", () => {
  const stroke = line(
    [
      [0, 0],
      [0, 1],
      [1, 1],
      [1, 0],
    ],
    0.02,
  );
  const left = erase([stroke], [0.5, 1], [0.5, 1], 0.04);
  close(left[0].points, [0, 0, 0.5, 0, 1, 0.5, 0.45, 1, 0.5]);
  close(left[1].points, [0.55, 1, 0.5, 1, 1, 0.5, 1, 0, 0.5]);
});

// ---------------------------------------------------------------- replay

test("a part of the ink is counted along the strokes, a dot as its width", () => {
  const strokes = [
    line([
      [0, 0],
      [0.9, 0],
    ]),
    line([[0.5, 0.5]]),
  ];
  assert.equal(firstPart(strokes, 1), strokes);
  assert.deepEqual(firstPart(strokes, 0), []);
  const half = firstPart(strokes, 0.5); // 0.5 of 0.9 + 0.1
  assert.equal(half.length, 1);
  close(half[0].points, [0, 0, 0.5, 0.5, 0, 0.5]);
  assert.deepEqual(firstPart(strokes, 0.9), [strokes[0]]);
  assert.deepEqual(firstPart(strokes, 0.95), strokes);
});

// ---------------------------------------------------------------- what is sent

/** @param {number[][]} packed */
const count = (packed) => packed.reduce((sum, { length }) => sum + length, 0);

test("strokes are sent in thousandths, and what is off the canvas at its edge", () => {
  const strokes = [{ width: 0.0704, points: [0.1234, 0.5, 0.5, -0.2, 1.7, 0.8996] }];
  assert.deepEqual(packStrokes(strokes), [[70, 123, 500, 500, 0, 1000, 900]]);
  assert.deepEqual(packStrokes([]), []);
});

test("of a long stroke every other point goes until it fits, never the ends", () => {
  const points = Array.from({ length: 20_000 }, (_, i) => [(i % 1000) / 1000, i / 20_000, 0.5]);
  points[19_999] = [0.777, 0.888, 0.999];
  const packed = packStrokes([{ width: 0.07, points: points.flat() }]);
  assert.ok(count(packed) <= 30_000);
  assert.ok(JSON.stringify(packed).length <= 60_000);
  const [[width, ...rest]] = packed;
  assert.equal(rest.length % 3, 0);
  assert.ok(count(packed) > 15_000, "no more went than had to");
  assert.deepEqual([width, ...rest.slice(0, 3)], [70, 0, 0, 500]);
  assert.deepEqual(rest.slice(-3), [777, 888, 999]);
  assert.deepEqual(rest.slice(3, 6), [4, 0, 500]); // every fourth is left
});

test("of thousands of short strokes the latest are sent", () => {
  const strokes = Array.from({ length: 6000 }, (_, i) =>
    line([
      [0.1, i / 6000],
      [0.2, 0.3],
    ]),
  );
  const packed = packStrokes(strokes);
  assert.ok(count(packed) <= 30_000);
  assert.equal(packed.length, 1500);
  assert.equal(packed[1499][2], 1000);
  assert.equal(packed[0][2], 750);
});
