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

/** @param {Node} parent */
export function picture(parent) {
  const canvas = element("canvas", "sp-digit", parent);
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

// ---------------------------------------------------------------- many at once

/**
 * Colours, as `pictures` takes them, of ink at 16 levels.
 *
 * @param {boolean} dark whether the page is
 */
function inkColours(dark) {
  const { ink } = COLOURS[dark ? 1 : 0];
  return Uint32Array.from({ length: 16 }, (_, level) => packed(ink, 17 * level));
}

/**
 * Colours, as `pictures` takes them, of the bytes from −127 to 127, each as a number from 0 to 255.
 *
 * @param {boolean} dark whether the page is
 */
export function signedColours(dark) {
  const { positive, negative } = COLOURS[dark ? 1 : 0];
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    const value = byte < 128 ? byte : byte - 256;
    const alpha = Math.round(255 * Math.min(1, Math.abs(value) / 127) ** GAMMA);
    return packed(value < 0 ? negative : positive, alpha);
  });
}

/** @type {(colour: Colour, alpha: number) => number} */
const packed = ([red, green, blue], alpha) =>
  ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;

/**
 * Pictures below each other, to be copied from: nobody sees this canvas.
 *
 * @param {Uint8Array} values pixel by pixel, picture by picture
 * @param {number} side pixels of each
 * @param {Uint32Array} colours of the values
 */
export function pictures(values, side, colours) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: side, height: Math.max(1, values.length / side) });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < values.length; i += 1) pixels[i] = colours[values[i]];
  context.putImageData(image, 0, 0);
  return canvas;
}

/**
 * The `pictures` of digits of two pixels a byte, the first in its upper half.
 *
 * @param {Uint8Array} bytes
 * @param {number[]} positions of the digits among them
 * @param {boolean} dark whether the page is
 */
export function digitPictures(bytes, positions, dark) {
  const levels = new Uint8Array(positions.length * PIXELS);
  let at = 0;
  for (const position of positions)
    for (let i = (position * PIXELS) / 2; i < ((position + 1) * PIXELS) / 2; i += 1) {
      levels[at++] = bytes[i] >> 4;
      levels[at++] = bytes[i] & 15;
    }
  return pictures(levels, SIDE, inkColours(dark));
}

/**
 * One of `pictures`, where it has its place.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {HTMLCanvasElement} all
 * @param {number} at
 * @param {import("./sheet.js").Place} place
 */
export function copyPicture(context, all, at, { left, top, width, height }) {
  const side = all.width;
  context.drawImage(all, 0, at * side, side, side, left, top, width, height);
}
