// What the layers of a network make of the picture that a canvas shows, for all parts of the page,
// without a server.
//
// Whoever follows listens for "sp-layers" on the window, and asks here when it begins.

import { paintInk, paintSigned } from "./digit_images.js";

/**
 * @typedef {object} Layer
 * @property {string} name
 * @property {number[]} shape [units], or [channels, height, width]
 * @property {Float32Array} values
 */

/**
 * One unit of a hidden layer, or one map.
 *
 * @typedef {object} Unit
 * @property {Layer} weights its own: pictures [inputs, side, side], or numbers [inputs]
 * @property {string} inputs the name of the layer that they meet; "" if these are the pixels
 * @property {boolean} isKernel whether the weights meet each place of their inputs in turn
 * @property {number} bias
 * @property {Layer | null} before the activation, likewise; null if there is none
 * @property {Layer} after what the next layer is given
 */

/**
 * What speaks for a class, and against it, in units of its logit.
 *
 * @typedef {object} Speech
 * @property {number} logit the parts and the bias, added up
 * @property {number} bias
 * @property {Layer | null} units of the last hidden layer, activation × weight of each, of a map
 *   over all its places; null if there is none
 * @property {Float32Array} pixels gradient × input
 */

/**
 * @typedef {object} Layers
 * @property {string} weights their address, which stands for nothing else
 * @property {string[]} classes
 * @property {Layer[]} hidden in the order of computation
 * @property {number[]} logits one a class
 * @property {number[]} probabilities their softmax
 * @property {(layer: number, unit: number) => Unit} unitAt of a hidden layer
 * @property {(k: number) => Speech} speechFor a class
 */

/** @type {Layers | null} */
let shown = null;

/** Null if nothing is drawn, or if no network is here. */
export const layersShown = () => shown;

/** @param {Layers | null} layers */
export function showLayers(layers) {
  if (layers === shown) return;
  shown = layers;
  window.dispatchEvent(new CustomEvent("sp-layers"));
}

// ---------------------------------------------------------------- one layer

/** In words. @param {Pick<Layer, "shape">} layer */
export const sizeOf = ({ shape: [count, height, width] }) =>
  height === undefined
    ? `${count} ${count === 1 ? "unit" : "units"}`
    : `${count} ${count === 1 ? "map" : "maps"} of ${height} × ${width}`;

/**
 * A pixel a value. The strongest of a layer stands out most; what is below 0 has another colour.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Pick<Layer, "shape" | "values">} layer
 * @param {number} columns
 * @param {boolean} dark
 */
export function paintLayer(canvas, { values, shape }, columns, dark) {
  const side = shape[1] ?? 1;
  let [most, least] = [1e-12, 0];
  for (const value of values) {
    most = Math.max(most, Math.abs(value));
    least = Math.min(least, value);
  }
  const width = columns * side;
  const valueAt = (/** @type {number} */ i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    const map = Math.floor(y / side) * columns + Math.floor(x / side);
    return (values[(map * side + (y % side)) * side + (x % side)] ?? 0) / most;
  };
  (least < 0 ? paintSigned : paintInk)(canvas, dark, valueAt);
}
