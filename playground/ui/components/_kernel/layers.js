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
 * @typedef {object} Layers
 * @property {string} network its name
 * @property {string[]} classes
 * @property {Layer[]} hidden in the order of computation
 * @property {number[]} logits one a class
 * @property {number[]} probabilities their softmax
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
