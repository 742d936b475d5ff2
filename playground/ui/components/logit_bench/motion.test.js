// The bench's tracks, its glide, and what it comes to.

import assert from "node:assert/strict";
import { test } from "node:test";
import { steps } from "../_kernel/maths.js";
import { resultOf } from "./foot.js";
import {
  advance,
  arrive,
  goalOf,
  lossTerms,
  same,
  scaleOf,
  sentOf,
  stateOf,
  temperatureScaleOf,
  withoutClass,
} from "./motion.js";

/** @typedef {import("./motion.js").Moving} Moving */
/** @typedef {import("./motion.js").State} State */

const LOGITS = /** @type {const} */ ({ kind: "logits" });
const PROBABILITIES = /** @type {const} */ ({ kind: "probabilities" });

/** @type {(values: number[], temperature?: number, target?: number | null) => State} */
const state = (values, temperature = 1, target = null) => ({ values, temperature, target });

/** @type {(from: State, to: State, still?: boolean) => Moving} */
function moving(from, to, still = false) {
  const shown = goalOf(from, LOGITS);
  const temperatureScale = temperatureScaleOf(1);
  const view = { message: LOGITS, state: to, shown, goal: shown, still: { matches: still } };
  const made = { ...view, temperatureScale };
  arrive(made);
  return made;
}

test("tracks hold every value, and at least −5 to 5 or 0 to 1", () => {
  const scale = scaleOf(goalOf(state([1, -7]), LOGITS), LOGITS);
  assert.deepEqual([scale.low, scale.high], [-10, 10]);
  const least = scaleOf(goalOf(state([0, 0]), LOGITS), LOGITS);
  assert.deepEqual([least.low, least.high], [-5, 5]);
  const shares = scaleOf(goalOf(state([0.2, 0.8]), PROBABILITIES), PROBABILITIES);
  assert.deepEqual([shares.low, shares.high], [0, 1]);
  const temperatures = temperatureScaleOf(40);
  assert.deepEqual([temperatures.low, temperatures.high], [0.05, 40]);
  assert.deepEqual([temperatureScaleOf(0.001).low, temperatureScaleOf(1).high], [0.001, 10]);
});

test("values glide to their place, one way and slowing down, and end exactly there", () => {
  const view = moving(state([0, 0, 1]), state([4, -4, 0.25], 2, 1));
  assert.ok(view.glide);
  const seen = [0, 50, 100, 150, 200, 249].map((ms) => {
    advance(view, 1000 + ms);
    return view.shown.values[0];
  });
  assert.equal(seen[0], 0);
  assert.deepEqual(
    seen,
    [...seen].sort((a, b) => a - b),
  );
  assert.ok(seen[1] - seen[0] > seen[4] - seen[3]);
  assert.equal(view.shown.target, 1, "at once");
  assert.ok(view.shown.temperature > 1 && view.shown.temperature < 2);
  advance(view, 1250);
  assert.equal(view.glide, undefined);
  assert.deepEqual(stateOf(view.shown), state([4, -4, 0.25], 2, 1));
  advance(view, 1300);
  assert.deepEqual(stateOf(view.shown), view.state);
});

test("a glide between the largest numbers does not overflow", () => {
  const view = moving(state([1.7e308, 0]), state([-1.7e308, 0]));
  for (const ms of [0, 60, 120, 180]) {
    advance(view, ms);
    assert.ok(view.shown.values.every(Number.isFinite));
  }
});

test("nothing glides for less motion, for other classes, and where nothing moves", () => {
  assert.equal(moving(state([0, 0]), state([1, 0]), true).glide, undefined);
  assert.equal(moving(state([0, 0]), state([1, 0, 0])).glide, undefined);
  const chosen = moving(state([0, 0], 1, 0), state([0, 0], 1, 1));
  assert.equal(chosen.glide, undefined);
  assert.equal(chosen.shown.target, 1);
  assert.ok(moving(state([0, 0]), state([0, 0], 2)).glide, "the temperature does");
});

test("a masked class is on no track and not glided to", () => {
  const masked = state([-Infinity, 7, 1]);
  assert.equal(goalOf(masked, { kind: "logits" }).high, 10);
  const view = moving(state([0, 7, 1]), masked);
  arrive(view);
  advance(view, 0);
  for (const now of [1, 100, 249.999999]) {
    advance(view, now);
    assert.equal(view.shown.values[0], -Infinity);
    assert.ok(!view.shown.values.some(Number.isNaN));
  }
  assert.equal(temperatureScaleOf(0).low, temperatureScaleOf(1).low);
});

test("a masked class has a word in messages, which have no infinity", () => {
  const masked = state([-Infinity, 0.5], 0, 1);
  assert.deepEqual(sentOf(masked).values, ["-inf", 0.5]);
  assert.deepEqual(stateOf(JSON.parse(JSON.stringify(sentOf(masked)))), masked);
});

test("states are alike if all that can be moved is", () => {
  assert.ok(same(state([1, 2]), state([1, 2])));
  for (const other of [state([1, 3]), state([1, 2], 2), state([1, 2], 1, 0)])
    assert.ok(!same(state([1, 2]), other));
});

test("the true class follows when another is taken away", () => {
  /** @param {number} index */
  const targetWithout = (index) => withoutClass(state([5, 6, 7, 8], 1, 2), index).target;
  assert.deepEqual([0, 1, 2, 3].map(targetWithout), [1, 1, 0, 2]);
  assert.deepEqual(withoutClass(state([5, 6, 7], 2), 1), state([5, 7], 2));
});

// ---------------------------------------------------------------- what it comes to

test("probabilities need not sum to 1, and one of 0 costs infinity", () => {
  const terms = lossTerms(state([0.7, 0.2, 0.1], 1, 0));
  assert.deepEqual(terms.loss, [-Math.log(0.7), 0, 0]);
  assert.equal(terms.total, -Math.log(0.7));
  assert.ok(Math.abs(terms.sum - 1) < 1e-15);
  assert.equal(lossTerms(state([0, 1.5], 1, 0)).total, Infinity);
  const free = lossTerms(state([0.5, 0]));
  assert.deepEqual(free, { loss: [Math.LN2, Infinity], sum: 0.5, total: undefined });
});

test("the loss, the true class and a hit or a miss are said", () => {
  const given = state([0.1, 0, 0, 1], 1, 3);
  const hit = resultOf("logits", given, steps(given.values, 1, 3));
  assert.deepEqual(hit, {
    loss: "0.7619",
    rest: ["The true class 3 has p = 0.4668.", "Prediction: class 3, a hit."],
  });
  const miss = resultOf("logits", { ...given, target: 0 }, steps(given.values, 1, 0));
  assert.equal(miss.rest[1], "Prediction: class 3, a miss.");
  assert.equal(miss.loss, "1.6619");
  const shares = state([0, 1.5, 0.1], 1, 0);
  const ruledOut = resultOf("probabilities", shares, lossTerms(shares));
  assert.equal(ruledOut.loss, "∞");
  assert.deepEqual(ruledOut.rest, [
    "The true class 0 has p = 0.0000.",
    "Prediction: class 1, a miss.",
  ]);
});

test("without a true class the margin is said", () => {
  const given = state([0.1, 0, 0, 1]);
  const margin = resultOf("logits", given, steps(given.values));
  assert.deepEqual(margin.rest, [
    "Prediction: class 3",
    "ahead of class 0 by 0.9000 in logits, 0.2770 in p",
  ]);
  const tied = state([2, 2, 0]);
  assert.deepEqual(resultOf("logits", tied, steps(tied.values)).rest, [
    "Prediction: class 0",
    "tied with class 1; the first one counts",
  ]);
  const alone = state([-Infinity, 2, -Infinity]);
  assert.equal(
    resultOf("logits", alone, steps(alone.values)).rest[1],
    "all other classes are masked",
  );
  const shares = state([0.25, 0.75]);
  const inP = resultOf("probabilities", shares, lossTerms(shares)).rest[1];
  assert.equal(inP, "ahead of class 0 by 0.5000 in p");
});
