// Small digits under a thick pen: the same strokes with a thinner one, which leaves loops open.
//
// playground.drawing.thin_pen does the same. What stands on the canvas is left as it is.

import { isCut } from "./ink.js";
import { thickness } from "./picture.js";

/** @typedef {import("./ink.js").Stroke} Stroke */

/**
 * Strokes whose boxes overlap, mostly of one digit.
 *
 * @typedef {object} Group
 * @property {[left: number, top: number, right: number, bottom: number]} box around the middle of
 *   their lines
 * @property {number} side the longer one
 * @property {number} pen width of the thickest
 * @property {Stroke[]} strokes
 */

const THICK = 0.3; // of a digit's longer side: a thicker pen fills loops
const THIN = 0.12; // of it: such a pen leaves them open
const DOT = 0.5; // of the pen: whatever is smaller is a dot
const THINNEST = 0.001; // of the canvas
const MOST_STROKES = 200; // a doodle of more is left as it is

/**
 * The strokes with thinner pens where they are thick for their digits; the very same array if none
 * is. The eraser was as wide as it was for the pen that was drawn with: what it crossed stays.
 *
 * @param {Stroke[]} strokes
 */
export function withThinnerPen(strokes) {
  if (strokes.length > MOST_STROKES) return strokes;
  const groups = groupsOf(strokes).filter((group) => !group.strokes.some(isCut));
  const thick = groups.filter((group) => !isDot(group) && group.pen > THICK * group.side);
  if (!thick.length) return strokes;
  const thinnest = THIN * Math.min(...thick.map(({ side }) => side));
  /** @type {Map<Stroke, Stroke>} */
  const thinned = new Map();
  for (const group of groups)
    if (isDot(group) || thick.includes(group))
      for (const stroke of group.strokes)
        thinned.set(stroke, thinner(stroke, isDot(group) ? thinnest : THIN * group.side));
  return strokes.map((stroke) => thinned.get(stroke) ?? stroke);
}

/** @param {Group} group */
const isDot = ({ side, pen }) => side < DOT * pen;

/** @param {Stroke[]} strokes */
function groupsOf(strokes) {
  /** @type {Group[]} */
  const groups = [];
  for (const stroke of strokes) {
    let one = groupOf(stroke);
    for (;;) {
      const at = groups.findIndex((group) => overlap(group, one));
      if (at < 0) break;
      one = joined(one, groups.splice(at, 1)[0]);
    }
    groups.push(one);
  }
  return groups;
}

/**
 * @param {Stroke} stroke
 * @returns {Group}
 */
function groupOf(stroke) {
  const { points } = stroke;
  let [left, top, right, bottom] = [points[0], points[1], points[0], points[1]];
  for (let i = 3; i < points.length; i += 3) {
    left = Math.min(left, points[i]);
    top = Math.min(top, points[i + 1]);
    right = Math.max(right, points[i]);
    bottom = Math.max(bottom, points[i + 1]);
  }
  const side = Math.max(right - left, bottom - top);
  return { box: [left, top, right, bottom], side, pen: penOf(stroke), strokes: [stroke] };
}

/** @type {(one: Group, other: Group) => boolean} */
const overlap = ({ box: a }, { box: b }) =>
  a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];

/**
 * @param {Group} one
 * @param {Group} other
 * @returns {Group}
 */
function joined({ box: a, ...one }, { box: b, ...other }) {
  const [left, top] = [Math.min(a[0], b[0]), Math.min(a[1], b[1])];
  const [right, bottom] = [Math.max(a[2], b[2]), Math.max(a[3], b[3])];
  return {
    box: [left, top, right, bottom],
    side: Math.max(right - left, bottom - top),
    pen: Math.max(one.pen, other.pen),
    strokes: [...one.strokes, ...other.strokes],
  };
}

/**
 * The mean width of the line.
 *
 * @param {Stroke} stroke
 */
function penOf({ width, points }) {
  let pressure = 0;
  for (let i = 2; i < points.length; i += 3) pressure += points[i];
  return width * thickness(pressure / (points.length / 3));
}

/**
 * @param {Stroke} stroke
 * @param {number} pen
 * @returns {Stroke}
 */
function thinner(stroke, pen) {
  const width = stroke.width * Math.min(1, pen / penOf(stroke));
  return { ...stroke, width: Math.max(width, THINNEST) };
}
