// Which ink is the digit under the pen: the pieces that do not touch, and which of them may be one.
//
// By their boxes alone, as playground.drawing has it where no network judges (`parts.split`). How
// many digits there are is said by Python when a stroke has ended; until then this is a guess.

import { FAINT } from "./to_digit.js";

/** @typedef {import("./resize.js").Grey} Grey */
/** @typedef {import("./to_digit.js").InkBox} Box */

/**
 * Connected ink, neighbours at corners included.
 *
 * @typedef {object} Piece
 * @property {number} label of its pixels
 * @property {Box} box
 */

const SPECK = 0.08; // of the longest piece: what is shorter is no stroke
const SHARED = 0.25; // of the narrower one's columns: two strokes of a digit share them
const WITHIN = 0.6; // of them: never two digits
const NEAR = 0.08; // of the higher one's height, between two strokes of one digit
const LOOSE = 0.3; // likewise, if one of them ends above the line
const SMALL = 0.6; // of that height: two whole digits side by side are both higher
const SHORT = 0.75; // of two digits, one that ends above the line is higher
const RAISED = 0.15; // no digit ends so far above the line
const BROAD = 1.1; // few digits are broader
const OVER = 0.3; // between a digit and the bar over it
const LOW = 0.3; // no digit over another is so low
const TOO_WIDE = 1.5; // times as wide as high: more than one digit

/** @type {(box: Box) => number} */
const widthOf = ({ left, right }) => right - left;
/** @type {(box: Box) => number} */
const heightOf = ({ top, bottom }) => bottom - top;
/** @type {(box: Box) => number} */
const longerOf = (box) => Math.max(widthOf(box), heightOf(box));
/** @type {(box: Box) => boolean} */
const isFlat = (box) => widthOf(box) > 2 * heightOf(box);
/** @type {(a: Box, b: Box) => number} columns between two, below 0 those that they share */
const beside = (a, b) => Math.max(a.left, b.left) - Math.min(a.right, b.right);
/** @type {(a: Box, b: Box) => number} rows, likewise */
const above = (a, b) => Math.max(a.top, b.top) - Math.min(a.bottom, b.bottom);

/**
 * @param {Grey} ink
 * @returns {{ labels: Uint16Array, pieces: Piece[] }} 0 is paper; specks are left out
 */
export function piecesOf({ width, height, values }) {
  const labels = new Uint16Array(values.length);
  /** @type {Piece[]} */
  const pieces = [];
  const open = [];
  for (let start = 0; start < values.length; start += 1) {
    if (labels[start] || values[start] < FAINT) continue;
    const piece = {
      label: pieces.length + 1,
      box: { left: width, top: height, right: 0, bottom: 0 },
    };
    pieces.push(piece);
    labels[start] = piece.label;
    open.push(start);
    for (let i = open.pop(); i !== undefined; i = open.pop()) {
      const [x, y] = [i % width, Math.floor(i / width)];
      grow(piece.box, x, y);
      for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row += 1)
        for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column += 1) {
          const at = row * width + column;
          if (labels[at] || values[at] < FAINT) continue;
          labels[at] = piece.label;
          open.push(at);
        }
    }
  }
  const longest = Math.max(0, ...pieces.map(({ box }) => longerOf(box)));
  return { labels, pieces: pieces.filter(({ box }) => longerOf(box) >= SPECK * longest) };
}

/**
 * @param {Box} box
 * @param {number} x
 * @param {number} y
 */
function grow(box, x, y) {
  box.left = Math.min(box.left, x);
  box.top = Math.min(box.top, y);
  box.right = Math.max(box.right, x + 1);
  box.bottom = Math.max(box.bottom, y + 1);
}

/**
 * The pieces that are one digit with the first, as far as their boxes tell.
 *
 * @param {Piece} first
 * @param {Piece[]} pieces
 */
export function digitOf(first, pieces) {
  const found = [first];
  for (const piece of found)
    found.push(...pieces.filter((each) => !found.includes(each) && mayBeOne(piece.box, each.box)));
  return found;
}

/** @type {(a: Box, b: Box) => boolean} */
const mayBeOne = (a, b) => areStacked(a, b) || (a.left <= b.left ? areClose(a, b) : areClose(b, a));

/**
 * Interlocked in the same columns, or a bar over a digit.
 *
 * @type {(a: Box, b: Box) => boolean}
 */
function areStacked(a, b) {
  const narrower = Math.min(widthOf(a), widthOf(b));
  const shared = -beside(a, b);
  if (shared < SHARED * narrower) return false;
  const gap = above(a, b);
  const lower = heightOf(a) < heightOf(b) ? a : b;
  const height = Math.max(heightOf(a), heightOf(b));
  if (gap < -LOW * heightOf(lower)) return shared >= WITHIN * narrower;
  const isBar =
    heightOf(lower) < LOW * height || (isFlat(lower) && heightOf(lower) < SMALL * height);
  return isBar && gap < OVER * height;
}

/**
 * Two neighbours in a row, the left one first, that are strokes of one digit.
 *
 * @type {(a: Box, b: Box) => boolean}
 */
function areClose(a, b) {
  const [gap, height] = [beside(a, b), Math.max(heightOf(a), heightOf(b))];
  if (above(a, b) > 0) return false; // of two rows
  if (-gap >= SHARED * Math.min(widthOf(a), widthOf(b))) return true;
  if (Math.max(a.right, b.right) - Math.min(a.left, b.left) > BROAD * height) return false;
  const [shorter, taller] = heightOf(a) <= heightOf(b) ? [a, b] : [b, a];
  if (gap < NEAR * height && heightOf(shorter) < SMALL * height) return true;
  const isStroke = shorter === a || isFlat(shorter);
  const isRaised = taller.bottom - shorter.bottom >= RAISED * height;
  return gap < LOOSE * height && heightOf(shorter) < SHORT * height && isRaised && isStroke;
}

/** Alone on the canvas it is no digit, but a minus. @param {Piece} piece */
export const isBar = ({ box }) => isFlat(box) && heightOf(box) < 0.3 * widthOf(box);

/** Python looks whether digits touch. @param {Piece} piece */
export const mayTouch = (piece) =>
  !isBar(piece) && widthOf(piece.box) >= TOO_WIDE * heightOf(piece.box);
