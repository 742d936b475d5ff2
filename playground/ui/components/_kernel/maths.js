// Softmax, its steps and the cross-entropy, as playground/maths.py has them: pure arithmetic.
//
// `values` are K numbers, of which one at least is finite and the others may be −∞, which masks a
// class. `temperature` is from 0 up; at 0 all are their limits. Nothing overflows on the way; a
// result beyond the largest float64 is infinite, as it is in Python.

/**
 * z / T, which is infinite where no float64 can hold it; 0 / 0 is 0, its limit.
 *
 * @param {number[]} values
 */
export const scaled = (values, temperature = 1) =>
  values.map((z) => (z === 0 ? 0 : z / temperature));

/**
 * (z − max z) / T. Halving z and T alike is exact and keeps the difference in range, so that
 * a large T can still bring it back; with a small T halving could lose a subnormal.
 *
 * @param {number[]} values
 */
export function shifted(values, temperature = 1) {
  const scale = temperature > 1 ? 0.5 : 1;
  const largest = Math.max(...values) * scale;
  if (temperature === 0) return values.map((z) => (z * scale === largest ? 0 : -Infinity));
  return values.map((z) => (z * scale - largest) / (temperature * scale));
}

/** @param {number[]} values */
export const exponentials = (values, temperature = 1) => shifted(values, temperature).map(Math.exp);

/** @param {number[]} values */
export function softmax(values, temperature = 1) {
  const weights = exponentials(values, temperature);
  const total = sum(weights);
  return weights.map((weight) => weight / total);
}

/**
 * The largest term of the sum is exactly 1, so log1p of the others keeps the tiny values
 * that log(1 + tiny) would round to 0.
 *
 * @param {number[]} values
 */
export function logSoftmax(values, temperature = 1) {
  const exponents = shifted(values, temperature);
  const largest = argMax(values);
  const rest = sum(exponents.map((x, k) => (k === largest ? 0 : Math.exp(x))));
  return exponents.map((x) => x - Math.log1p(rest));
}

/**
 * @param {number[]} values
 * @param {number} target the true class
 */
export const crossEntropy = (values, target, temperature = 1) =>
  0 - logSoftmax(values, temperature)[target];

/**
 * −Σ y log p with a single y of 1: p need not sum to 1, and p = 0 at the target gives ∞.
 *
 * @param {number[]} probabilities
 * @param {number} target
 */
export const crossEntropyFromProbabilities = (probabilities, target) =>
  0 - Math.log(probabilities[target]);

/**
 * p − y. At the true class it is −(sum of the other p), which is the same without rounding.
 *
 * @param {number[]} values
 * @param {number} target
 */
export function gradient(values, target, temperature = 1) {
  const slopes = softmax(values, temperature);
  slopes[target] = 0;
  slopes[target] = 0 - sum(slopes);
  return slopes;
}

/**
 * All columns of the step table; without a target there is no gradient.
 *
 * @param {number[]} values
 * @param {number | null} [target]
 */
export function steps(values, temperature = 1, target = null) {
  const exponential = exponentials(values, temperature);
  return {
    scaled: scaled(values, temperature),
    shifted: shifted(values, temperature),
    exponential,
    sum: sum(exponential),
    probability: softmax(values, temperature),
    loss: logSoftmax(values, temperature).map((x) => 0 - x),
    gradient: target === null ? null : gradient(values, target, temperature),
  };
}

/**
 * The loss of two classes from s = z₁ − z₀: −log σ(s), or −log(1 − σ(s)) if class 0 is true.
 *
 * @type {(logit: number, target: number) => number}
 */
export function binaryLoss(logit, target) {
  const size = Math.abs(logit);
  return size * (logit >= 0 ? 1 - target : target) + Math.log1p(Math.exp(-size));
}

/**
 * −log of the probability of what happened, all in float32: log σ(z) or log(1 − σ(z)). It is ∞ or
 * exactly 0 where float32 has no number between 1 and the probability.
 *
 * @type {(logit: number, target: number) => number}
 */
export function float32BinaryLoss(logit, target) {
  const { fround, exp, log } = Math;
  const p = fround(1 / fround(1 + fround(exp(-fround(logit)))));
  return 0 - fround(log(target ? p : fround(1 - p)));
}

/** @param {number} logit */
export function sigmoid(logit) {
  const small = Math.exp(-Math.abs(logit)); // at most 1, so nothing below can overflow
  return (logit >= 0 ? 1 : small) / (1 + small);
}

/** @type {(value: number, low: number, high: number) => number} */
export const clip = (value, low, high) => Math.max(low, Math.min(high, value));

/**
 * z₁ − z₀, held within what a float64 can hold.
 *
 * @param {number[]} values
 */
export const difference = ([first, second]) =>
  clip(second - first, -Number.MAX_VALUE, Number.MAX_VALUE);

/**
 * The index of the first of the largest.
 *
 * @param {number[]} values
 */
export const argMax = (values) => values.indexOf(Math.max(...values));

/** @param {number[]} values */
export const sum = (values) => values.reduce((total, value) => total + value, 0);
