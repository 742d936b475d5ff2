// The way back through a network: what a small change of each pixel does to one of its numbers.
//
// network.js leaves at each layer from which one it came and by what. Here each of these steps is gone
// back by the chain rule: of the slope of a number by a layer's values comes its slope by the values
// before them. PyTorch's autograd does the same; tests/golden_reading.py holds both together.

import { DEVIATION } from "./network.js";

/** @typedef {import("./network.js").Layer} Layer */
/** @typedef {import("./network.js").Weights} Weights */

/**
 * ∂z/∂x: the slope of a number by the pixels.
 *
 * @param {Weights} weights
 * @param {Layer} layer the number's own, or one on its way
 * @param {Float32Array} slope ∂z/∂ of that layer's values; of one of these itself 1 and 0 elsewhere
 */
export function slopeOfPixels(weights, layer, slope) {
  let result = slope;
  for (let at = layer; at.from && at.by; at = at.from)
    result = BACK[at.by.kind](result, at.from, at, weights);
  return result;
}

/**
 * Each gets the slope by the values of `layer`, which came from `x`, and gives that by those of `x`.
 *
 * @type {Record<string, (slope: Float32Array, x: Layer, layer: Layer, weights: Weights) =>
 *   Float32Array>}
 */
const BACK = {
  dense: backThroughDense,
  convolution: backThroughConvolution,
  pool: backThroughPool,
  relu: (slope, x) => slope.map((value, i) => (x.values[i] > 0 ? value : 0)),
  scale: (slope) => slope.map((value) => value / DEVIATION),
};

/**
 * Of y = Wx + b: Wᵀ · slope.
 *
 * @param {Float32Array} slope
 * @param {Layer} x
 * @param {Layer} layer
 * @param {Weights} weights
 */
function backThroughDense(slope, { values: x }, { by }, weights) {
  const { values: w } = weights[`${by?.name}.weight`];
  const result = new Float32Array(x.length);
  for (const [unit, of] of slope.entries()) {
    if (of === 0) continue; // as behind a ReLU that lets nothing through: often half of them
    for (let i = 0, at = unit * x.length; i < x.length; i += 1, at += 1) result[i] += of * w[at];
  }
  return result;
}

/**
 * Each place of a map has seen a square of pixels: what it has of the slope goes to these, each
 * by its weight.
 *
 * @param {Float32Array} slope
 * @param {Layer} x
 * @param {Layer} layer
 * @param {Weights} weights
 */
function backThroughConvolution(slope, x, { shape, by }, weights) {
  const { shape: kernels, values: w } = weights[`${by?.name}.weight`];
  const [inputs, side] = kernels.slice(1);
  const [, rows, columns] = shape;
  const { stride = 1, padding = 0 } = by ?? {};
  const result = new Float32Array(x.values.length);
  let i = 0;
  for (let first = 0; i < slope.length; first += inputs * side * side)
    for (let row = 0; row < rows; row += 1)
      for (let column = 0; column < columns; column += 1, i += 1) {
        if (slope[i] === 0) continue;
        const place = { top: row * stride - padding, left: column * stride - padding, side };
        scatter(w, first, slope[i], place, x.shape, result);
      }
  return result;
}

/**
 * Add `of` times a kernel to a square of every channel; what lies beyond the edge is left out.
 *
 * @param {Float32Array} w
 * @param {number} first the place of the kernel's first weight
 * @param {number} of
 * @param {{ top: number, left: number, side: number }} place
 * @param {number[]} shape of the channels
 * @param {Float32Array} into
 */
function scatter(w, first, of, { top, left, side }, [channels, height, width], into) {
  const from = Math.max(0, left);
  const to = Math.min(width, left + side);
  const above = Math.max(0, top);
  const below = Math.min(height, top + side);
  for (let c = 0; c < channels; c += 1)
    for (let y = above; y < below; y += 1) {
      const kernel = first + (c * side + y - top) * side - left;
      const row = (c * height + y) * width;
      for (let x = from; x < to; x += 1) into[row + x] += of * w[kernel + x];
    }
}

/**
 * Only the largest of four has come through; of several, as in PyTorch, the first.
 *
 * @param {Float32Array} slope
 * @param {Layer} x
 * @param {Layer} layer
 */
function backThroughPool(slope, { shape: [, height, width], values }, { shape }) {
  const [, rows, columns] = shape;
  const result = new Float32Array(values.length);
  for (const [i, of] of slope.entries()) {
    if (of === 0) continue;
    const [c, row] = [Math.floor(i / (rows * columns)), Math.floor(i / columns) % rows];
    const first = (c * height + 2 * row) * width + 2 * (i % columns);
    let best = first;
    for (const at of [first + 1, first + width, first + width + 1])
      if (values[at] > values[best]) best = at;
    result[best] += of;
  }
  return result;
}
