// What the browser reads while the pen moves, held to what Python reads (tests/golden_reading.py).

import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOf } from "../../playground/ui/components/_kernel/blobs.js";
import { readInk } from "../../playground/ui/components/canvas/live.js";
import { forward, readWeights } from "../../playground/ui/components/canvas/network.js";
import { enlarged } from "../../playground/ui/components/canvas/picture.js";
import { toDigit } from "../../playground/ui/components/canvas/to_digit.js";
import { assertNear, golden } from "./golden.js";

/** @typedef {import("../../playground/ui/components/canvas/picture.js").Levels} Levels */
/** @typedef {Omit<Levels, "levels"> & { levels: string }} Sent */

/** @type {(Sent & { digit: string, full: string, steps: string[] })[]} */
const seen = golden("seen_digits");

/** @param {Sent} sent */
const greyOf = ({ levels, ...place }) => enlarged({ ...place, levels: bytesOf(levels) });

/** @param {string} text */
const floatsOf = (text) => new Float32Array(bytesOf(text).buffer);

/** @type {(a: ArrayLike<number>, b: ArrayLike<number>) => number} */
const apart = (a, b) =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);

test("each drawing becomes the 28 × 28 pixels that it becomes in Python", () => {
  assert.ok(seen.length >= 500);
  for (const [i, { steps, digit, full, ...sent }] of seen.entries()) {
    const grey = greyOf(sent);
    if (full)
      assert.deepEqual(
        Array.from(grey.values, (v) => Math.round(255 * v)),
        [...bytesOf(full)],
      );
    const found = toDigit(grey, steps, 280);
    if (!(found instanceof Float32Array)) assert.equal(found, digit, `${i}`);
    else assert.ok(apart(found, floatsOf(digit)) <= 1 / 255, `drawing ${i}, ${steps}`);
  }
});

test("each network says to them what it says in Python", () => {
  const digits = seen.flatMap(({ digit }) => (digit.length > 10 ? [floatsOf(digit)] : []));
  /** @type {{ kind: string, activation: string, weights: string, logits: number[][] }[]} */
  const vectors = golden("networks");
  for (const { weights, logits, ...network } of vectors) {
    const tensors = readWeights(bytesOf(weights).buffer);
    logits.forEach((expected, i) => {
      const layers = forward(network, tensors, digits[i]);
      const values = [...(layers.at(-1)?.values ?? [])];
      const found = network.kind === "binary" ? [0, ...values] : values;
      assertNear(found, expected, { absolute: 1e-3 }, `${network.kind}, digit ${i}`);
      const best = expected.indexOf(Math.max(...expected));
      assert.equal(found.indexOf(Math.max(...found)), best, `${network.kind}, digit ${i}`);
    });
  }
});

/** @param {number} p in ten-thousandths */
const printed = (p) => (p / 100).toFixed(1);

test("what is not said to be provisional is what Python says when the pen is lifted", () => {
  /** @type {{ weights: string, calibration: string, drawings: (Sent & { points: number[],
   *   count: number, digits: string[], p: number[] | null, verdict: string })[] }} */
  const { drawings, weights, calibration } = golden("readings");
  const network = {
    name: "CNN",
    classes: Array.from({ length: 10 }, (_, k) => `${k}`),
    kind: "cnn",
    activation: "relu",
    weights: "",
    calibration: "",
    tensors: readWeights(bytesOf(weights).buffer),
    bounds: readWeights(bytesOf(calibration).buffer),
  };
  const steps = ["crop", "width", "scale", "centre"];
  const counts = { certain: 0, one: 0, several: 0, ofSeveral: 0 };
  for (const [i, { points, count, digits, p, verdict, ...sent }] of drawings.entries()) {
    const flat = points.flatMap((at, k) => (k % 2 ? [at, 0.5] : [at]));
    const live = readInk([network], steps, greyOf(sent), [{ width: 0.07, points: flat }]);
    assert.ok(live);
    const [answer] = live.answers;
    if (!live.provisional) {
      counts.certain += 1;
      assert.equal(count, 1, `${i}`);
      assert.deepEqual(answer.p?.map(printed), p?.map(printed), `${i}`);
      assert.equal(answer.verdict, verdict, `${i}`);
    }
    const is = digits.some((digit) => live.digit && apart(live.digit, bytesOf(digit)) <= 1);
    if (count === 1) counts.one += Number(is);
    else {
      counts.several += 1;
      counts.ofSeveral += Number(is);
    }
  }
  // Nearly always, and that nothing of it is so by accident.
  assert.ok(counts.certain > 0.9 * counts.one, `${JSON.stringify(counts)}`);
  assert.ok(counts.ofSeveral >= 0.8 * counts.several, `${JSON.stringify(counts)}`);
  assert.ok(counts.several >= 5, `${JSON.stringify(counts)}`);
});
