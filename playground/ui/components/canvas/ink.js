// Ink as vectors. A stroke is { width, points: [x, y, pressure, x, y, pressure, …] }, x and y
// in fractions of the side, and is never changed once it is part of a drawing. A drawing is
// an array of strokes; each change makes a new array, so undo is going back to an old one.

/** @typedef {{ width: number, points: number[] }} Stroke */
/** @typedef {number[]} Point x, y and, of a pen, its pressure */
/** @typedef {[from: number, to: number]} Span two fractions of a line */
/** @typedef {number[]} PackedStroke width, x, y, pressure, x, … in thousandths */

/** @type {readonly (readonly [name: string, width: number])[]} */
export const WIDTHS = [
  ["Fine", 0.045],
  ["Medium", 0.07],
  ["Broad", 0.105],
];
/** @type {WeakSet<Stroke>} */
const cuts = new WeakSet(); // what the eraser left of strokes

// ---------------------------------------------------------------- pen

/**
 * What of the line from a to b lies on the canvas; undefined if nothing.
 *
 * @param {Point} a
 * @param {Point} b
 */
export function clip(a, b) {
  let [from, to] = [0, 1];
  for (const axis of [0, 1]) {
    const step = b[axis] - a[axis];
    const hits = [-a[axis] / step, (1 - a[axis]) / step].sort((s, t) => s - t);
    if (step === 0 ? a[axis] < 0 || a[axis] > 1 : hits[0] > to || hits[1] < from) return undefined;
    if (step !== 0) [from, to] = [Math.max(from, hits[0]), Math.min(to, hits[1])];
  }
  return { from: between(a, b, from), to: between(a, b, to), enters: from > 0, leaves: to < 1 };
}

/** @type {(a: Point, b: Point, t: number) => Point} */
const between = (a, b, t) => (t === 0 ? a : t === 1 ? b : a.map((v, k) => v + t * (b[k] - v)));

// ---------------------------------------------------------------- eraser

/**
 * The eraser is a disc of `radius` moved from a to b. It splits the strokes it crosses.
 *
 * @param {Stroke[]} strokes
 * @param {Point} a
 * @param {Point} b
 * @param {number} radius
 */
export function erase(strokes, a, b, radius) {
  const steps = Math.ceil(Math.hypot(b[0] - a[0], b[1] - a[1]) / (radius / 2)) || 1;
  let left = strokes;
  for (let i = 1; i <= steps; i += 1) {
    const [x, y] = between(a, b, i / steps);
    // Half its width more, so that the round end of what is left touches the disc.
    left = left.flatMap((stroke) => without(stroke, x, y, radius + stroke.width / 2));
  }
  return left;
}

/**
 * @param {Stroke} stroke
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 */
function without(stroke, x, y, radius) {
  const { width, points } = stroke;
  /** @type {number[][]} */
  const pieces = [];
  /** @type {number[] | undefined} */
  let open; // the piece that the next line goes on with
  let touched = false;
  /** @param {number} i */
  const at = (i) => points.slice(3 * i, 3 * i + 3);
  const count = points.length / 3;
  if (count === 1) return Math.hypot(points[0] - x, points[1] - y) < radius ? [] : [stroke];
  for (let i = 1; i < count; i += 1) {
    const spans = outside(at(i - 1), at(i), x, y, radius);
    if (spans.length !== 1 || spans[0][0] > 0 || spans[0][1] < 1) touched = true;
    if (!spans.length || spans[0][0] > 0) open = undefined;
    for (const [from, to] of spans) {
      if (!open || from > 0) {
        open = between(at(i - 1), at(i), from).slice();
        pieces.push(open);
      }
      open.push(...between(at(i - 1), at(i), to));
      if (to < 1) open = undefined;
    }
  }
  if (!touched) return [stroke];
  return pieces.map((piece) => markCut({ width, points: piece }));
}

/**
 * Whether the eraser has taken a part of the stroke away.
 *
 * @param {Stroke} stroke
 */
export const isCut = (stroke) => cuts.has(stroke);

/**
 * @param {Stroke} stroke
 * @returns {Stroke} the same, now known as what the eraser left
 */
export function markCut(stroke) {
  cuts.add(stroke);
  return stroke;
}

/**
 * The parts of the line from a to b outside a circle.
 *
 * @param {Point} a
 * @param {Point} b
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @returns {Span[]}
 */
function outside(a, b, x, y, radius) {
  const [dx, dy, fx, fy] = [b[0] - a[0], b[1] - a[1], a[0] - x, a[1] - y];
  const square = dx * dx + dy * dy;
  const half = fx * dx + fy * dy;
  const rest = fx * fx + fy * fy - radius * radius;
  if (square === 0) return rest < 0 ? [] : [[0, 1]];
  const root = half * half - square * rest;
  if (root <= 0) return [[0, 1]];
  const [enter, leave] = [(-half - Math.sqrt(root)) / square, (-half + Math.sqrt(root)) / square];
  if (enter >= 1 || leave <= 0) return [[0, 1]];
  /** @type {Span[]} */
  const spans = [
    [0, enter],
    [leave, 1],
  ];
  return spans.filter(([from, to]) => from >= 0 && to <= 1 && from < to);
}

// ---------------------------------------------------------------- replay and sending

/**
 * The first fraction of the ink by its length, as playground.drawing.partial has it; a stroke
 * in one place counts as its width, so that dots take their time too.
 *
 * @param {Stroke[]} strokes
 * @param {number} fraction
 */
export function firstPart(strokes, fraction) {
  if (fraction >= 1) return strokes;
  const lengths = strokes.map(lengthOf);
  let left = fraction * lengths.reduce((sum, length) => sum + length, 0);
  /** @type {Stroke[]} */
  const part = [];
  strokes.forEach((stroke, i) => {
    if (left >= lengths[i]) part.push(stroke);
    else if (left > 0) part.push(cut(stroke, left));
    left -= lengths[i];
  });
  return part;
}

/** @param {Stroke} stroke */
function lengthOf({ width, points }) {
  let length = 0;
  for (let i = 3; i < points.length; i += 3)
    length += Math.hypot(points[i] - points[i - 3], points[i + 1] - points[i - 2]);
  return Math.max(width, length);
}

/**
 * @param {Stroke} stroke
 * @param {number} length
 * @returns {Stroke}
 */
function cut({ width, points }, length) {
  const part = points.slice(0, 3);
  let left = length;
  for (let i = 3; i < points.length && left > 0; i += 3) {
    const [a, b] = [points.slice(i - 3, i), points.slice(i, i + 3)];
    const step = Math.hypot(b[0] - a[0], b[1] - a[1]);
    part.push(...(step <= left ? b : between(a, b, left / step)));
    left -= step;
  }
  return { width, points: part };
}

const MOST_TEXT = 60_000; // characters of JSON
const MOST_NUMBERS = 30_000;

/**
 * Every other point goes until it fits.
 *
 * @param {Stroke[]} strokes
 * @returns {PackedStroke[]}
 */
export function packStrokes(strokes) {
  /** @param {number} value */
  const whole = (value) => Math.round(1000 * Math.min(1, Math.max(0, value)));
  let packed = strokes.map(({ width, points }) => [whole(width), ...points.map(whole)]);
  const fits = () =>
    packed.reduce((sum, { length }) => sum + length, 0) <= MOST_NUMBERS &&
    JSON.stringify(packed).length <= MOST_TEXT;
  while (!fits()) {
    const most = Math.max(...packed.map(({ length }) => length));
    // Strokes of a start and an end, thousands of them: the latest are what was meant.
    packed = most > 7 ? packed.map(thinned) : packed.slice(Math.ceil(packed.length / 2));
  }
  return packed;
}

/**
 * @param {PackedStroke} stroke
 * @returns {PackedStroke}
 */
function thinned([width, ...points]) {
  const last = points.length / 3 - 1;
  return [width, ...points.filter((_, i) => Math.floor(i / 3) % 2 === 0 || i >= 3 * last)];
}
