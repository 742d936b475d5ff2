// Strokes as pixels without a canvas, for a browser that falsifies what is read back from one.
//
// Some browsers change what is read, so that nobody is told apart by how their computer draws.
// That is found out once, with a picture whose pixels are known.

import { SIDE, thickness } from "./picture.js";

/** @typedef {import("./ink.js").Stroke} Stroke */

const FIELD = 35; // px a side of the chessboard
const TOLERANCE = 2; // of 255

/**
 * Whether what is read back from a canvas is what was put there: the fields of a chessboard, each
 * fully opaque or empty.
 */
export function isTruthful() {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return false;
  const board = context.createImageData(SIDE, SIDE);
  for (let i = 0; i < SIDE * SIDE; i += 1) {
    const [column, row] = [i % SIDE, Math.floor(i / SIDE)].map((at) => Math.floor(at / FIELD));
    board.data[4 * i + 3] = (column + row) % 2 ? 255 : 0;
  }
  context.putImageData(board, 0, 0);
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  for (let i = 3; i < data.length; i += 4)
    if (Math.abs(data[i] - board.data[i]) > TOLERANCE) return false;
  return data.length === board.data.length;
}

/**
 * The strokes as a canvas would draw them: red, green, blue and opacity of each pixel, all but the
 * opacity 0. playground.drawing.rendering draws the same.
 *
 * @param {Stroke[]} strokes
 */
export function rasterOf(strokes) {
  const blank = new Float32Array(SIDE * SIDE).fill(1);
  for (const stroke of strokes) {
    const covered = coverage(stroke);
    for (let i = 0; i < blank.length; i += 1) blank[i] *= 1 - covered[i];
  }
  const data = new Uint8ClampedArray(4 * SIDE * SIDE);
  for (let i = 0; i < blank.length; i += 1) data[4 * i + 3] = Math.round(255 * (1 - blank[i]));
  return data;
}

/**
 * How much of each pixel a stroke covers.
 *
 * @param {Stroke} stroke
 */
function coverage({ width, points }) {
  const covered = new Float32Array(SIDE * SIDE);
  const count = points.length / 3;
  for (let i = count > 1 ? 1 : 0; i < count; i += 1) {
    const [from, to] = [3 * Math.max(0, i - 1), 3 * i];
    const pressure = (points[from + 2] + points[to + 2]) / 2;
    const ends = [points[from], points[from + 1], points[to], points[to + 1]];
    const [x0, y0, x1, y1] = ends.map((value) => value * SIDE);
    addLine(covered, x0, y0, x1, y1, (width * thickness(pressure) * SIDE) / 2);
  }
  return covered;
}

/**
 * @param {Float32Array} covered
 * @param {number} x0
 * @param {number} y0
 * @param {number} x1
 * @param {number} y1
 * @param {number} radius
 */
function addLine(covered, x0, y0, x1, y1, radius) {
  const [dx, dy, reach] = [x1 - x0, y1 - y0, radius + 1];
  const square = dx * dx + dy * dy;
  const most = Math.min(1, 2 * radius);
  const [left, right] = [Math.max(0, Math.floor(Math.min(x0, x1) - reach)), Math.max(x0, x1)];
  const [top, bottom] = [Math.max(0, Math.floor(Math.min(y0, y1) - reach)), Math.max(y0, y1)];
  for (let row = top; row < Math.min(SIDE, bottom + reach + 1); row += 1)
    for (let column = left; column < Math.min(SIDE, right + reach + 1); column += 1) {
      const [x, y] = [column + 0.5 - x0, row + 0.5 - y0];
      const along = square > 0 ? Math.min(1, Math.max(0, (x * dx + y * dy) / square)) : 0;
      const distance = Math.hypot(x - along * dx, y - along * dy);
      const near = Math.min(most, Math.max(0, radius + 0.5 - distance));
      const at = row * SIDE + column;
      covered[at] = Math.max(covered[at], near);
    }
}
