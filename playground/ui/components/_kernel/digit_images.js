// What the components with pictures of digits share: 28 × 28 pixels on a canvas.

import { element } from "./dom.js";

/** @typedef {[red: number, green: number, blue: number]} Colour */

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

// Ink, and weights for and against a class, on a light and on a dark page (red and
// blue are told apart in all common kinds of colour blindness).
/** @type {{ ink: Colour, positive: Colour, negative: Colour }[]} */
const COLOURS = [
  { ink: [17, 20, 28], positive: [178, 24, 43], negative: [18, 86, 168] },
  { ink: [246, 246, 244], positive: [255, 118, 100], negative: [104, 176, 255] },
];
const GAMMA = 0.75; // below 1, so that small weights still show

/**
 * @param {Node} parent
 * @param {string} className
 */
export function picture(parent, className) {
  const canvas = element("canvas", `sp-digit ${className}`, parent);
  canvas.width = canvas.height = SIDE;
  canvas.setAttribute("aria-hidden", "true");
  return canvas;
}

/**
 * Ink from 0 to 1 at each pixel.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {boolean} dark whether the page is
 * @param {(i: number) => number} inkAt
 */
export function paintInk(canvas, dark, inkAt) {
  const { ink } = COLOURS[dark ? 1 : 0];
  paint(canvas, inkAt, ink, ink, (value) => value);
}

/**
 * A value from −1 to 1 at each pixel; 0 is the page.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {boolean} dark whether the page is
 * @param {(i: number) => number} valueAt
 */
export function paintSigned(canvas, dark, valueAt) {
  const { positive, negative } = COLOURS[dark ? 1 : 0];
  /** @param {number} value */
  const alpha = (value) => Math.min(1, Math.abs(value)) ** GAMMA;
  paint(canvas, valueAt, negative, positive, alpha);
}

/**
 * The page shows through: colour is opacity, so nothing need be known of its own colour.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {(i: number) => number} valueAt
 * @param {Colour} below 0
 * @param {Colour} above 0
 * @param {(value: number) => number} alphaOf
 */
function paint(canvas, valueAt, below, above, alphaOf) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(canvas.width, canvas.height);
  const { data } = image;
  for (let i = 0, at = 0; at < data.length; i += 1) {
    // no array for each pixel: there are many
    const value = valueAt(i);
    const colour = value < 0 ? below : above;
    data[at++] = colour[0];
    data[at++] = colour[1];
    data[at++] = colour[2];
    data[at++] = Math.round(255 * alphaOf(value));
  }
  context.putImageData(image, 0, 0);
}
