// What the browser reads while the pen moves, held to what Python reads (tests/golden_reading.py).

import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOf } from "../../playground/ui/components/_kernel/blobs.js";
import { readInk } from "../../playground/ui/components/canvas/live.js";
import { enlarged } from "../../playground/ui/components/canvas/picture.js";
import { speechOf, unitOf } from "../../playground/ui/components/canvas/reading/inside.js";
import { forward, readWeights } from "../../playground/ui/components/canvas/reading/network.js";
import { toDigit } from "../../playground/ui/components/canvas/reading/to_digit.js";
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
const apart = (a, b) => {
  assert.equal(a.length, b.length);
  let most = 0;
  for (let i = 0; i < a.length; i += 1) most = Math.max(most, Math.abs(a[i] - b[i]));
  return most;
};

test("each drawing becomes the 28 × 28 pixels that it becomes in Python", () => {
  assert.ok(seen.length >= 300);
  for (const [i, { steps, digit, full, ...sent }] of seen.entries()) {
    const grey = greyOf(sent);
    if (full)
      assert.equal(
        apart(
          grey.values.map((v) => Math.round(255 * v)),
          bytesOf(full),
        ),
        0,
        `${i}`,
      );
    const found = toDigit(grey, steps, 280);
    if (!(found instanceof Float32Array)) assert.equal(found, digit, `${i}`);
    else assert.ok(apart(found, floatsOf(digit)) <= 1 / 255, `drawing ${i}, ${steps}`);
  }
});

const digits = seen.flatMap(({ digit }) => (digit.length > 10 ? [floatsOf(digit)] : []));
/** @type {{ kind: string, activation: string, weights: string, logits: number[][],
 *   saliency: { k: number, map: string }[] }[]} */
const vectors = golden("networks");

test("each network says to them what it says in Python", () => {
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

test("the way back leads to the pixels that PyTorch's autograd finds", () => {
  for (const { weights, saliency, ...network } of vectors) {
    const tensors = readWeights(bytesOf(weights).buffer);
    for (const [at, { k, map }] of saliency.entries()) {
      const layers = forward(network, tensors, digits[Math.floor(at / 2)]);
      const last = layers[layers.length - 1];
      const { pixels } = speechOf(tensors, last, k, network.kind === "binary");
      const expected = floatsOf(map);
      const largest = Math.max(...expected.map(Math.abs));
      assert.ok(apart(pixels, expected) <= 1e-3 * largest, `${network.kind}, class ${k}`);
    }
  }
});

test("the units of the last layer and the bias add up to the logit, pixels alone do so too", () => {
  for (const { weights, ...network } of vectors) {
    const tensors = readWeights(bytesOf(weights).buffer);
    const layers = forward(network, tensors, digits[0]);
    const last = layers[layers.length - 1];
    const hidden = layers.at(-2);
    const isBinary = network.kind === "binary";
    for (const k of last.values.keys()) {
      const { logit, bias, units, pixels } = speechOf(tensors, last, k, isBinary);
      assert.equal(units === null, hidden === undefined);
      assert.equal(units?.name, hidden?.name);
      const parts = [...(units?.values ?? pixels)];
      const sum = parts.reduce((all, part) => all + part, bias);
      assert.ok(Math.abs(sum - logit) < 1e-4, `${network.kind}, class ${k}: ${sum} and ${logit}`);
      assert.equal(logit, isBinary ? -last.values[0] : last.values[k]);
    }
  }
});

test("a unit's weights meet what comes to it, and its activation is what comes of that", () => {
  const layer = { name: "x", shape: [1, 28, 28], values: digits[0] };
  for (const { weights, ...network } of vectors) {
    const tensors = readWeights(bytesOf(weights).buffer);
    const layers = forward(network, tensors, digits[0]).slice(0, -1);
    const [first, ...later] = layers;
    if (!first) continue; // softmax regression has no units
    const unit = unitOf(tensors, first, 1);
    assert.deepEqual([unit.inputs, unit.isKernel], ["", first.shape.length === 3]);
    assert.deepEqual(
      unit.weights.shape,
      unit.isKernel ? tensors["conv1.weight"].shape.slice(1) : layer.shape,
    );
    const before = unit.before ?? unit.after;
    if (!unit.isKernel) {
      const sum = unit.weights.values.reduce((all, w, i) => all + w * digits[0][i], unit.bias);
      assert.ok(Math.abs(sum - before.values[0]) < 1e-4, network.kind);
    }
    const after = before.values.map((value) => (unit.before ? Math.max(0, value) : value));
    assert.deepEqual(unit.after.values, after, network.kind);
    assert.equal(unit.before === null, network.activation === "none");
    later.forEach((each, i) => {
      assert.equal(unitOf(tensors, each, 0).inputs, layers[i].name);
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
