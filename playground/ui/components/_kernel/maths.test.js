// The browser's softmax and loss, held to playground/maths.py.

import assert from "node:assert/strict";
import test from "node:test";
import { assertNear, golden } from "#testing/golden.js";
import * as maths from "./maths.js";

/**
 * @typedef {object} Example
 * @property {number[]} values
 * @property {number} temperature
 * @property {number} target
 * @property {number[]} scaled
 * @property {number[]} probability
 * @property {number[]} losses of each class
 * @property {number[]} gradient
 * @property {number} plain_loss at a temperature of 1
 * @property {number[]} plain_gradient
 * @property {number} loss_of_probabilities
 * @property {number} predicted
 */

const CLOSE = { absolute: 1e-9 };
const RELATIVE = { absolute: 1e-9, relative: 1e-9 };

test("softmax, losses and gradients are Python's, at extremes as well", () => {
  /** @type {Example[]} */
  const examples = golden("softmax");
  assert.equal(examples.length, 1300);
  for (const { values, temperature, target, ...expected } of examples) {
    const at = `${values} at ${temperature}`;
    const steps = maths.steps(values, temperature, target);
    assertNear(steps.scaled, expected.scaled, RELATIVE, at);
    assertNear(steps.shifted, maths.shifted(values, temperature), {}, at);
    assertNear(steps.probability, expected.probability, CLOSE, at);
    assertNear(maths.sum(steps.probability), 1, CLOSE, at);
    const shares = steps.exponential.map((share) => share / steps.sum);
    assertNear(shares, expected.probability, CLOSE, at);
    assertNear(steps.loss, expected.losses, RELATIVE, at);
    assertNear(steps.gradient, expected.gradient, CLOSE, at);
    assertNear(maths.sum(steps.gradient ?? [NaN]), 0, CLOSE, at);
    const loss = maths.crossEntropy(values, target, temperature);
    assertNear(loss, expected.losses[target], RELATIVE, at);
    assertNear(maths.crossEntropy(values, target), expected.plain_loss, RELATIVE, at);
    assertNear(maths.gradient(values, target), expected.plain_gradient, CLOSE, at);
    const { probability, loss_of_probabilities } = expected;
    const ofProbabilities = maths.crossEntropyFromProbabilities(probability, target);
    assertNear(ofProbabilities, loss_of_probabilities, RELATIVE, at);
    assert.equal(maths.argMax(values), expected.predicted, at);
  }
});

test("masked classes and a temperature of 0 are Python's, too", () => {
  /** @type {(Example & { plain_losses: number[] })[]} */
  const examples = golden("limits");
  assert.equal(examples.length, 200);
  for (const { values, temperature, target, ...expected } of examples) {
    const at = `${values} at ${temperature}`;
    const steps = maths.steps(values, temperature, target);
    assertNear(steps.probability, expected.probability, CLOSE, at);
    assertNear(maths.sum(steps.probability), 1, CLOSE, at);
    const plain = maths.steps(values, 1, target);
    assertNear(plain.loss, expected.plain_losses, RELATIVE, at);
    assertNear(plain.gradient, expected.plain_gradient, CLOSE, at);
    for (const column of [steps.scaled, steps.shifted, steps.exponential, steps.loss])
      assert.ok(!column.some(Number.isNaN), at);
  }
});

test("without a true class there is no gradient", () => {
  assert.equal(maths.steps([1, 2]).gradient, null);
  assert.equal(maths.steps([1, 2], 1, null).gradient, null);
});

test("a loss of nothing is 0 and not −0, and p = 0 costs infinity", () => {
  assert.ok(Object.is(maths.crossEntropy([1e308, -1e308], 0), 0));
  assert.ok(Object.is(maths.crossEntropyFromProbabilities([1, 0], 0), 0));
  assert.equal(maths.crossEntropyFromProbabilities([1, 0], 1), Infinity);
  assert.ok(Object.is(maths.gradient([1e308, -1e308], 0)[0], 0));
});

test("losses are Python's, those of a float32 probability where it has digits", () => {
  /** @type {{ logit: number, target: number, right: number, rough: number }[]} */
  const vectors = golden("two_classes");
  for (const { logit, target, right, rough } of vectors) {
    assertNear(maths.binaryLoss(logit, target), right, { relative: 1e-12 }, `${logit}`);
    assertNear(maths.sigmoid(logit), maths.softmax([0, logit])[1], { relative: 1e-12 }, `${logit}`);
    // Libraries round e^z in float32 to either side.
    const mine = maths.float32BinaryLoss(logit, target);
    if (rough === 0 || rough === Infinity || Math.abs(logit) < 9)
      assertNear(mine, rough, { relative: 1e-2 }, `${logit}`);
    else assert.ok(Number.isFinite(mine) && mine > 0);
  }
});

test("a number is kept within its bounds", () => {
  assert.deepEqual(
    [-9, 0.5, 9, Infinity].map((value) => maths.clip(value, -1, 1)),
    [-1, 0.5, 1, 1],
  );
});
