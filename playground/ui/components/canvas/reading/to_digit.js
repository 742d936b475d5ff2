// From ink to the 28 × 28 pixels that a network was trained on, as was done to MNIST's digits:
//
//   crop    cut out along the ink
//   width   strokes are made 2.1 pixels wide in the result, as MNIST's are
//   scale   the longer side becomes 20 pixels, proportions kept
//   centre  the centre of mass comes into the middle of 28 × 28
//
// Each can be left out. playground.drawing.digit does the same, and says why it is so; between
// the two there is no difference that can be seen (tests/javascript/reading.test.js).

import { coverage, quantile, signedDistance, strokeWidth, withWidth } from "./pen_width.js";
import { BICUBIC, BOX, resize } from "./resize.js";

/** @typedef {import("./resize.js").Grey} Grey */
/** @typedef {(typeof STEPS)[number]} Step */
/** @typedef {{ left: number, top: number, right: number, bottom: number }} InkBox */

export const STEPS = /** @type {const} */ (["crop", "width", "scale", "centre"]);
export const SIDE = 28; // pixels of the result
export const FAINT = Math.fround(0.2); // of full ink; what counts as drawn
const LONGER = 20; // pixels of the digit's longer side in it
const MNIST_WIDTH = 2.1;
const FINE = 4; // pixels in which width is corrected, for each pixel of the result
const OFF_MIDDLE = 0.5; // MNIST's centres of mass lie half a pixel beyond the middle
const ROOM = 14; // fine pixels around the ink, for a wider pen
const EDGE = 0.4; // of the ink's strength: where a stroke ends
const SMALLEST = 0.02; // of the canvas: anything shorter was not meant as a digit
const DOT = 2.4; // times the stroke width: nothing shorter can be told from a dot …
const DOT_SIDE = 0.15; // … of the canvas, if it is no larger than this
const LEAST_CONTRAST = 0.08; // below it is noise, not a drawing

/**
 * The picture that a network sees; "nothing" if nothing is drawn, "dot" if it is too little for a digit.
 *
 * @param {Grey} grey ink high, in [0, 1]
 * @param {readonly string[]} steps those to apply
 * @param {number} canvas the longer side of the canvas that it was cut out of, in its pixels
 * @returns {Float32Array | "dot" | "nothing"} 784 values in [0, 1]
 */
export function toDigit(grey, steps, canvas) {
  const ink = fullInk(grey);
  const box = inkBox(ink);
  if (!box) return "nothing";
  /** @param {Step} step */
  const has = (step) => steps.includes(step);
  const cut = has("crop") ? cutOut(ink, box) : ink;
  const unscaled = (SIDE * Math.max(cut.width, cut.height)) / canvas;
  const before = fine(cut, FINE * (has("scale") ? LONGER : unscaled));
  const width = strokeWidth(coverage(before));
  const length = longerExtent(before);
  const longer = Math.max(box.right - box.left, box.bottom - box.top);
  const isDot = longer < DOT_SIDE * canvas && length < DOT * width;
  if (longer < Math.max(SMALLEST * canvas, 2) || isDot) return "dot";
  const { wanted, shrink } = plan(length, width, has);
  const after = coverage(has("width") ? withWidth(before, width, wanted) : before);
  const middle = [after.width / 2, after.height / 2];
  return seen(after, shrink, has("centre") ? centreOfMass(after, shrink) : middle);
}

/**
 * Ink whose strongest is 1.
 *
 * @param {Grey} grey
 * @returns {Grey}
 */
export function fullInk({ values, ...size }) {
  let strongest = 0;
  for (let i = 0; i < values.length; i += 1) if (values[i] > strongest) strongest = values[i];
  if (strongest === 1) return { ...size, values };
  const divisor = strongest < LEAST_CONTRAST ? Infinity : strongest;
  return { ...size, values: values.map((value) => value / divisor) };
}

/**
 * @param {Grey} ink
 * @returns {InkBox | undefined}
 */
export function inkBox({ width, height, values }) {
  const box = { left: width, top: height, right: 0, bottom: 0 };
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      if (values[y * width + x] < FAINT) continue;
      if (x < box.left) box.left = x;
      if (x >= box.right) box.right = x + 1;
      if (!box.bottom) box.top = y;
      box.bottom = y + 1;
    }
  return box.right ? box : undefined;
}

/**
 * @param {Grey} ink
 * @param {InkBox} box
 * @returns {Grey}
 */
export function cutOut({ width, values }, { left, top, right, bottom }) {
  const cut = new Float32Array((right - left) * (bottom - top));
  for (let y = top; y < bottom; y += 1)
    cut.set(values.subarray(y * width + left, y * width + right), (y - top) * (right - left));
  return { width: right - left, height: bottom - top, values: cut };
}

/**
 * The signed distance to the edge of the ink, with the longer side at so many pixels.
 *
 * @param {Grey} cut
 * @param {number} longer
 */
function fine(cut, longer) {
  const scale = longer / Math.max(cut.width, cut.height);
  const [width, height] = [cut.width, cut.height].map((side) =>
    Math.max(1, roundToEven(side * scale)),
  );
  const { values } = resize(cut, width, height, BICUBIC);
  // A pen thinner than a pixel leaves grey only: strength is what strokes reach in their middle.
  const most = values.reduce((found, value) => Math.max(found, value), -Infinity);
  const strength = quantile(
    values.filter((value) => value >= 0.5 * most),
    0.5,
  );
  const edge = Math.fround(EDGE * strength);
  const wide = width + 2 * ROOM;
  const inside = new Uint8Array(wide * (height + 2 * ROOM));
  values.forEach((value, i) => {
    const at = (Math.floor(i / width) + ROOM) * wide + (i % width) + ROOM;
    inside[at] = Number(value >= edge);
  });
  return signedDistance(inside, wide, height + 2 * ROOM);
}

/** As Python rounds. @param {number} value */
const roundToEven = (value) => (value % 1 === 0.5 ? 2 * Math.round(value / 2) : Math.round(value));

/** @param {Grey} distance */
function longerExtent(distance) {
  const values = distance.values.map((value) => Number(value > 0));
  const box = inkBox({ ...distance, values });
  return box ? Math.max(box.right - box.left, box.bottom - box.top) : 0;
}

/**
 * The stroke width wanted, in fine pixels, and how many result pixels a fine one is. A wider pen
 * makes the digit larger too; the middle of its strokes stays where it is.
 *
 * @param {number} length
 * @param {number} width
 * @param {(step: Step) => boolean} has
 */
function plan(length, width, has) {
  if (!has("scale") || !has("crop")) return { wanted: MNIST_WIDTH * FINE, shrink: 1 / FINE };
  if (!has("width")) return { wanted: width, shrink: LONGER / length };
  const middle = Math.max(length - width, 1);
  const wanted = (MNIST_WIDTH * middle) / (LONGER - MNIST_WIDTH);
  return { wanted, shrink: LONGER / (middle + wanted) };
}

/**
 * x and y, moved no further than keeps all ink in the result.
 *
 * @param {Grey} ink
 * @param {number} shrink
 */
function centreOfMass({ width, height, values }, shrink) {
  const lines = [new Float64Array(width), new Float64Array(height)];
  values.forEach((value, i) => {
    lines[0][i % width] += value;
    lines[1][Math.floor(i / width)] += value;
  });
  const half = SIDE / 2 / shrink;
  return lines.map((line) => {
    const total = line.reduce((sum, value) => sum + value, 0);
    const moment = line.reduce((sum, value, i) => sum + value * (i + 0.5), 0);
    const centre = moment / total - OFF_MIDDLE / shrink;
    const lowest = line.findLastIndex((value) => value > 0) + 1 - half;
    const highest = line.findIndex((value) => value > 0) + half;
    return lowest <= highest ? Math.min(Math.max(centre, lowest), highest) : centre;
  });
}

/**
 * The square of 28 result pixels around a place in fine pixels.
 *
 * @param {Grey} ink
 * @param {number} shrink
 * @param {number[]} place
 */
function seen({ width, height, values }, shrink, place) {
  const half = SIDE / 2 / shrink;
  const room = Math.trunc(half) + 2;
  const wide = width + 2 * room;
  const padded = new Float32Array(wide * (height + 2 * room));
  for (let y = 0; y < height; y += 1)
    padded.set(values.subarray(y * width, (y + 1) * width), (y + room) * wide + room);
  const [x, y] = place.map((at) => room + at);
  const box = [x - half, y - half, x + half, y + half];
  const all = { width: wide, height: height + 2 * room, values: padded };
  return resize(all, SIDE, SIDE, BOX, box).values.map((value) => Math.min(1, Math.max(0, value)));
}
