// One unit of a network, and what speaks for one of its classes: for the picture it has just read.

import { slopeOfPixels } from "./backward.js";

/** @typedef {import("./network.js").Layer} Layer */
/** @typedef {import("./network.js").Weights} Weights */
/** @typedef {import("../../_kernel/layers.js").Unit} Unit */
/** @typedef {import("../../_kernel/layers.js").Speech} Speech */

/**
 * A unit of a layer, or a map of it.
 *
 * @param {Weights} weights
 * @param {Layer} layer after its activation, as `forward` gives it
 * @param {number} unit
 * @returns {Unit}
 */
export function unitOf(weights, layer, unit) {
  const made = steps(layer).find(({ by }) => by?.name);
  const activated = steps(layer).find(({ by }) => by?.kind === "relu");
  if (!made?.from || !made.by) throw new RangeError(`${layer.name} has no weights`);
  const { shape, values } = weights[`${made.by.name}.weight`];
  const size = values.length / shape[0];
  const isKernel = made.by.kind === "convolution";
  const isOfPixels = !steps(made.from).some(({ by }) => by?.name);
  return {
    weights: {
      name: made.name,
      shape: isKernel ? shape.slice(1) : made.from.shape,
      values: values.subarray(unit * size, (unit + 1) * size),
    },
    inputs: isOfPixels ? "" : made.from.name,
    isKernel,
    bias: weights[`${made.by.name}.bias`].values[unit],
    before: activated?.from ? partOf(activated.from, unit) : null,
    after: partOf(layer, unit),
  };
}

/**
 * The layer and all that it came from, the last step first.
 *
 * @param {Layer} layer
 */
function steps(layer) {
  const found = [];
  for (let at = /** @type {Layer | undefined} */ (layer); at; at = at.from) found.push(at);
  return found;
}

/**
 * @param {Layer} layer
 * @param {number} unit
 * @returns {Layer}
 */
function partOf({ name, shape, values }, unit) {
  const size = values.length / shape[0];
  const part = values.subarray(unit * size, (unit + 1) * size);
  return { name, shape: [1, ...shape.slice(1)], values: part };
}

/**
 * z_k = Σ a_j · W_kj + b_k: each part of that sum, of a map over all its places; and x · ∂z_k/∂x of
 * each pixel, as `playground.explaining.saliency` has it.
 *
 * A network with one logit s for two classes has for class 1 the logit s and for class 0 −s: only
 * their difference counts.
 *
 * @param {Weights} weights
 * @param {Layer} last the logits
 * @param {number} k
 * @param {boolean} isBinary
 * @returns {Speech}
 */
export function speechOf(weights, last, k, isBinary) {
  const [row, sign] = isBinary ? [0, k ? 1 : -1] : [k, 1];
  const name = last.by?.name;
  const { from } = last;
  if (!from) throw new RangeError(`${last.name} came from nothing`);
  const { values: a, shape } = from;
  const w = weights[`${name}.weight`].values.subarray(row * a.length, (row + 1) * a.length);
  const size = a.length / shape[0];
  const parts = new Float32Array(shape[0]);
  for (let j = 0; j < a.length; j += 1) parts[Math.floor(j / size)] += sign * a[j] * w[j];
  const slope = new Float32Array(last.values.length);
  slope[row] = sign;
  const slopes = slopeOfPixels(weights, last, slope);
  const { values: pixels } = steps(last)[steps(last).length - 1];
  return {
    logit: sign * last.values[row],
    bias: sign * weights[`${name}.bias`].values[row],
    units: from.from ? { name: from.name, shape: [shape[0]], values: parts } : null,
    pixels: slopes.map((value, i) => value * pixels[i]),
  };
}
