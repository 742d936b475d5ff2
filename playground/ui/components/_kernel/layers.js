// What the layers of a network make of the picture that a canvas shows, for all parts of the page,
// without a server.
//
// Whoever follows listens for "sp-layers" on the window, and asks here when it begins.

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
