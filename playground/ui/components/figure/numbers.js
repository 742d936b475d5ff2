// Numbers and texts of the figures, written as playground/charts/base.py writes them.

import { digits, significant } from "../_kernel/format.js";
import { clip } from "../_kernel/maths.js";

/** @typedef {(number | string)[]} Cells what a hover shows */

const UNSEEN = "\u200b"; // takes no room, but has a node
const DRAWN_LIMIT = 1e300;
const POWERS = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`)); // those that are exact
const STEPS = [1, 1.5, 2, 3, 5, 7.5, 10];

/** @param {number[]} classes */
export const classNames = (classes) =>
  `class${classes.length > 1 ? "es" : ""} ${classes.join(", ")}`;

/**
 * Labels for points: "class 2", "classes 0, 1" at the topmost of several that lie too close
 * together for their own, and nothing at the others of these.
 *
 * @param {[across: number, up: number, class_: number][]} points places as fractions of the panel
 * @param {(classes: number[]) => string} [name] what classes are called, in rising order
 */
export function groupedLabels(points, name = classNames) {
  /** @type {number[][]} */
  const groups = [];
  const order = points.map((_, i) => i).sort((a, b) => points[b][1] - points[a][1] || a - b);
  for (const i of order) {
    const near = groups.find(
      ([first]) =>
        Math.abs(points[first][0] - points[i][0]) < 0.08 &&
        Math.abs(points[first][1] - points[i][1]) < 0.1,
    );
    if (near) near.push(i);
    else groups.push([i]);
  }
  const labels = points.map(() => UNSEEN);
  for (const group of groups) {
    labels[group[0]] = name(group.map((i) => points[i][2]).sort((a, b) => a - b));
  }
  return labels;
}

/**
 * What a hover shows as it is: six digits or so many; an infinity as a text.
 *
 * @param {(number | string)[]} values texts stay as they are
 * @returns {Cells}
 */
export const cells = (values, count = 6) =>
  values.map((value) => (typeof value === "string" ? value : cell(value, count)));

/** @type {(value: number, count: number) => number | string} */
const cell = (value, count) =>
  Number.isFinite(value) ? shortened(value, count) : digits(value, count);

/**
 * Mostly without a text, which takes twenty times as long: a whole number and a power of ten are
 * exact, and so their ratio is the number that the text would be read as. Not so near a tie.
 *
 * @param {number} value
 */
export function shortened(value, count = 6) {
  const scale = POWERS[count - 1 - Math.floor(Math.log10(Math.abs(value)))];
  const [scaled, whole] = [value * scale, Math.round(value * scale)];
  const isClear = Math.abs(Math.abs(scaled - whole) - 0.5) > 1e-6; // false if there is no scale
  return isClear ? whole / scale : Number(significant(value, count));
}

/**
 * Six digits, and within what Plotly can draw: it takes differences, and 1e308 − (−1e308) is no
 * float64.
 *
 * @param {number} value
 */
export const drawn = (value) => shortened(clip(value, -DRAWN_LIMIT, DRAWN_LIMIT));

/**
 * The same for many; NaN is a gap.
 *
 * @param {number[]} values
 */
export const numbers = (values) => values.map(drawn);

/**
 * So many numbers with the same distance between neighbours.
 *
 * @type {(from: number, to: number, count: number) => number[]}
 */
export const spaced = (from, to, count) =>
  Array.from({ length: count }, (_, i) =>
    i === count - 1 ? to : from + ((to - from) * i) / (count - 1),
  );

/**
 * So many numbers with the same ratio between neighbours, from and to exactly.
 *
 * @type {(from: number, to: number, count: number) => number[]}
 */
export const spacedByRatio = (from, to, count) => [
  from,
  ...spaced(Math.log(from), Math.log(to), count).slice(1, -1).map(Math.exp),
  to,
];

/**
 * Each number once, rising.
 *
 * @param {number[]} values
 */
export const unique = (values) => [...new Set(values)].sort((a, b) => a - b);

/**
 * Where an axis ends that shall rarely move: 1, 1.5, 2, 3, 5 or 7.5 · 10^n, at least `size` and 1.
 *
 * @param {number} size
 */
export function stepped(size) {
  if (size <= 1) return 1;
  const unit = 10 ** Math.floor(Math.log10(size));
  const step = STEPS.find((end) => end * unit >= size) ?? 10;
  return shortened(step * unit);
}
