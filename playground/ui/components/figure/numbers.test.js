// Numbers and texts of the figures, held to playground/charts.

import assert from "node:assert/strict";
import test from "node:test";
import { golden } from "#testing/golden.js";
import {
  cells,
  drawn,
  groupedLabels,
  numbers,
  shortened,
  spaced,
  spacedByRatio,
  stepped,
  unique,
} from "./numbers.js";

/**
 * @typedef {object} Numbers
 * @property {{ value: number, cell: number | string, drawn: number }[]} numbers
 */

const UNSEEN = "\u200b";
/** @type {Numbers} */
const vectors = golden("numbers");

test("cells and what is drawn are rounded as Python rounds", () => {
  assert.ok(vectors.numbers.length > 600);
  for (const { value, ...expected } of vectors.numbers) {
    assert.deepEqual(cells([value, "as it is"]), [expected.cell, "as it is"]);
    assert.equal(drawn(value), expected.drawn);
    assert.ok(Object.is(drawn(value) + 0, drawn(value)), "no −0");
  }
});

test("what is drawn has six digits, no infinity, and gaps", () => {
  assert.deepEqual(numbers([1 / 3, 1e308, -Infinity, NaN, 2]), [0.333333, 1e300, -1e300, NaN, 2]);
  assert.deepEqual(cells([1 / 3, 200 / 3, -Infinity], 2), [0.33, 67, "−∞"]);
});

test("rounding without a text is rounding with one, of all sizes and beside powers of ten", () => {
  const mantissas = Array.from({ length: 400 }, (_, i) => 1 + 9 * ((i * 0.618034) % 1));
  const edges = [1 - 2 ** -53, 1 + 2 ** -52, 0.9999995000001, 0.9999994999999];
  for (let power = -330; power <= 308; power += 1)
    for (const mantissa of [...(power % 7 ? [] : mantissas), ...edges])
      for (const count of [4, 5, 6]) {
        const value = -mantissa * Number(`1e${power}`);
        const expected = Number(value.toExponential(count - 1));
        assert.ok(Object.is(shortened(value, count) + 0, expected + 0), `${value}, ${count}`);
      }
});

test("the end of an axis rarely moves", () => {
  const sizes = [0, 0.3, 1, 1.2, 4, 7.6, 61, 1e300];
  assert.deepEqual(sizes.map(stepped), [1, 1, 1, 1.5, 5, 10, 75, 1e300]);
  const many = spacedByRatio(0.1, 1e6, 500);
  for (const size of many) {
    assert.ok(stepped(size) >= size);
    assert.ok(size <= 1 || stepped(size) <= 2 * size, `${size}`);
  }
  assert.ok(new Set(many.map(stepped)).size <= 37);
});

test("labels that lie together become one, at the topmost", () => {
  assert.deepEqual(
    groupedLabels([
      [0, 0.5, 0],
      [0, 0.9, 1],
      [0, 0.52, 2],
    ]),
    [UNSEEN, "class 1", "classes 0, 2"],
  );
  assert.deepEqual(
    groupedLabels([
      [0, 0.5, 3],
      [0.5, 0.5, 4],
    ]),
    ["class 3", "class 4"],
  );
});

test("every class is named once, whatever lies where, and by its name if it has one", () => {
  for (const spread of [0.05, 0.2, 1])
    for (let size = 1; size <= 10; size++) {
      /** @type {[number, number, number][]} */
      const points = Array.from({ length: size }, (_, k) => [
        spread * ((k * 0.618) % 1),
        spread * ((k * 0.7548) % 1),
        size - 1 - k,
      ]);
      const labels = groupedLabels(points, (classes) => classes.map((k) => `<${k}>`).join());
      const named = labels.filter((label) => label !== UNSEEN);
      const classes = named.flatMap((label) => label.match(/\d+/g) ?? []);
      assert.deepEqual(
        classes.map(Number).sort((a, b) => a - b),
        Array.from({ length: size }, (_, k) => k),
      );
      for (const [i, label] of labels.entries()) {
        if (label === UNSEEN) continue;
        const [x, y] = points[i];
        for (const k of (label.match(/\d+/g) ?? []).map(Number)) {
          const [across, up] = points[size - 1 - k];
          assert.ok(Math.abs(across - x) < 0.08 && y - up >= 0 && y - up < 0.1);
        }
      }
    }
});

test("numbers are spaced evenly, by difference or by ratio, and end where they should", () => {
  assert.deepEqual(spaced(-1, 1, 5), [-1, -0.5, 0, 0.5, 1]);
  assert.equal(spaced(0.02, 1, 50)[49], 1);
  const grid = spacedByRatio(0.05, 10, 44);
  assert.deepEqual([grid.length, grid[0], grid[43]], [44, 0.05, 10]);
  for (const [i, value] of grid.slice(1).entries())
    assert.ok(Math.abs(value / grid[i] - 200 ** (1 / 43)) < 1e-12);
  assert.deepEqual(unique([3, 1, 10, 3]), [1, 3, 10]);
});
