// Numbers and texts of the figures, held to playground/charts.

import assert from "node:assert/strict";
import test from "node:test";
import { golden } from "#testing/golden.js";
import { cell, clip, digits, drawn, groupedLabels, stepped, written } from "./live_numbers.js";

/**
 * @typedef {object} Numbers
 * @property {{ value: number, digits: { [count: string]: string }, cell: number | string,
 *   drawn: number, stepped: number }[]} numbers
 * @property {{ value: number, decimals: number, text: string }[]} written
 */

/** @type {Numbers} */
const numbers = golden("numbers");

test("digits, cells and what is drawn are rounded as Python rounds", () => {
  assert.ok(numbers.numbers.length > 600);
  for (const { value, ...expected } of numbers.numbers) {
    for (const [count, text] of Object.entries(expected.digits))
      assert.equal(digits(value, Number(count)), text, `${value}`);
    assert.equal(cell(value), expected.cell);
    assert.equal(drawn(value), expected.drawn);
    assert.ok(Object.is(drawn(value) + 0, drawn(value)), "no −0");
  }
});

test("a fixed number of decimals is written as Python writes it", () => {
  for (const { value, decimals, text } of numbers.written)
    assert.equal(written(value, decimals), text, `${value}`);
});

test("axes end where Python ends them", () => {
  for (const { value, stepped: end } of numbers.numbers)
    if (Number.isFinite(value)) assert.equal(stepped(Math.abs(value)), end, `${value}`);
});

test("labels that lie together become one, as in Python", () => {
  /** @type {{ points: [number, number, number][], labels: string[] }[]} */
  const vectors = golden("labels");
  for (const { points, labels } of vectors) assert.deepEqual(groupedLabels(points), labels);
});

test("a number is kept within its bounds", () => {
  assert.deepEqual(
    [-9, 0.5, 9, Infinity].map((value) => clip(value, -1, 1)),
    [-1, 0.5, 1, 1],
  );
});
