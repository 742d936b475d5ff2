// A constant added to all logits.

import assert from "node:assert/strict";
import { test } from "node:test";
import { drawn, HUGE, notesOf, rangeOf, THREE } from "#testing/figures.js";
import { assertNear, golden } from "#testing/golden.js";

/** @typedef {import("../kinds.js").State} State */
import { barRange, staysFinite } from "./shift.js";

/** @type {(values: number[], constant: number, temperature?: number) => import("../kinds.js").Drawing} */
const shifted = (values, constant, temperature = 1) =>
  drawn("shift", { values, temperature, constant });

test("a shift changes the logits only", () => {
  const { data, layout, shown } = shifted(THREE, 4);
  const [before, after, p, moved] = data.map(({ y = [] }) => y);
  assertNear(
    after.map((z, k) => z - before[k]),
    [4, 4, 4],
    { absolute: 1e-12 },
    "z + c",
  );
  assertNear(moved, p, { relative: 1e-5 }, "p");
  assert.deepEqual(notesOf(layout), [
    "<b>Logits: z plain, z + c hatched (c = 4)</b>",
    "<b>Probabilities of both: the same</b>",
  ]);
  assert.deepEqual(shown, { values: THREE, temperature: 1, constant: 4 });
});

test("the probabilities are Python's", () => {
  /** @type {{ values: number[], temperature: number, probability: number[] }[]} */
  const examples = golden("softmax");
  for (const { values, temperature, probability } of examples) {
    const [, , p, moved] = shifted(values, 0, temperature).data;
    assertNear(p.y, probability, { absolute: 1e-9, relative: 1e-5 }, `${values}`);
    assert.deepEqual(moved.y, p.y);
  }
});

test("digits that the sum loses are said", () => {
  const heading = (/** @type {number} */ c) => notesOf(shifted(THREE, c).layout)[1];
  assert.equal(heading(100), "<b>Probabilities of both: the same</b>");
  assert.equal(heading(1e20), "<b>Probabilities: z + c has lost digits</b>");
});

test("the bars have room, and a range that stays", () => {
  const limits = (/** @type {number[]} */ values, /** @type {number} */ c) =>
    rangeOf(shifted(values, c).layout, "yaxis");
  assert.deepEqual(limits(THREE, 4), [0, 7.5]);
  assert.deepEqual(limits([2.7, 1.4, 0.3], 4), [0, 7.5]);
  assert.deepEqual(limits(THREE, -4), [-5, 3]);
  assert.deepEqual(limits([0, 0], 0), [0, 1]);
  assert.deepEqual(limits(HUGE, 0), [-1e300, 1e300]);
  assert.deepEqual(barRange([5, -5]), [-7.5, 7.5]);
  for (const size of [1e-9, 0.3, 2, 47, 1e9, 1e299]) {
    const [low, high] = barRange([size, -2 * size]);
    assert.ok(low <= -2 * size && high >= size, `${size}`);
  }
});

test("a shift beyond the largest number is none", () => {
  const at = (/** @type {number[]} */ values, /** @type {number} */ constant) =>
    staysFinite(/** @type {State} */ ({ values, constant }));
  assert.ok(at(THREE, 1e308));
  assert.ok(!at([1e308, 0, 0], 1e308));
});
