// How wide the strokes of a picture are, and the same strokes with another pen.
//
// playground.drawing.width does the same. Everything follows from the signed distance to the edge of
// the ink: adding d to it makes strokes 2d wider, with round ends.

/** @typedef {import("./resize.js").Grey} Grey */

const FAR_INSIDE = 20; // pixels; beyond them it is only known that the edge is far
const FAR_OUTSIDE = 8;
const TURNING = Math.fround(0.6); // slope of the distance below which it is the middle of a stroke
const THIN_PART = 0.15; // of the strokes' middle that a thinner pen may treat as the thinnest
const LEAST = 0.7; // of the wanted width is left of these

/**
 * The distance of each pixel's middle to the edge of the ink: above 0 within, below 0 outside.
 *
 * @param {Uint8Array} inside 1 for ink
 * @param {number} width
 * @param {number} height
 * @returns {Grey}
 */
export function signedDistance(inside, width, height) {
  const within = distanceTo(inside, 0, width, height, FAR_INSIDE);
  const outside = distanceTo(inside, 1, width, height, FAR_OUTSIDE);
  const values = within.map((distance, i) => (inside[i] ? distance - 0.5 : 0.5 - outside[i]));
  return { width, height, values };
}

/**
 * To the nearest pixel with this value, at most `far`: along columns, then along rows (A. Meijster et
 * al., 2000).
 *
 * @param {Uint8Array} inside
 * @param {number} goal
 * @param {number} width
 * @param {number} height
 * @param {number} far
 */
function distanceTo(inside, goal, width, height, far) {
  const down = new Uint8Array(inside.length).map((_, i) => (inside[i] === goal ? 0 : far));
  for (let i = width; i < down.length; i += 1) down[i] = Math.min(down[i], down[i - width] + 1);
  for (let i = down.length - width - 1; i >= 0; i -= 1)
    down[i] = Math.min(down[i], down[i + width] + 1);
  const distance = new Float32Array(inside.length);
  for (let y = 0; y < height; y += 1)
    for (let x = 0, row = y * width; x < width; x += 1) {
      let square = down[row + x] ** 2;
      for (let d = 1; d * d < square && d <= far; d += 1) {
        if (x >= d) square = Math.min(square, down[row + x - d] ** 2 + d * d);
        if (x + d < width) square = Math.min(square, down[row + x + d] ** 2 + d * d);
      }
      distance[row + x] = Math.min(far, Math.sqrt(square));
    }
  return distance;
}

/**
 * How much of each pixel is ink, by its distance.
 *
 * @param {Grey} distance
 * @returns {Grey}
 */
export const coverage = ({ values, ...size }) => ({
  ...size,
  values: values.map((value) => Math.min(1, Math.max(0, value + 0.5))),
});

/**
 * The mean width of the strokes: 2 area / perimeter, which is the total variation.
 *
 * @param {Grey} ink
 */
export function strokeWidth({ width, height, values }) {
  const { fround, sqrt } = Math;
  let [area, perimeter] = [0, 0];
  for (let y = 0; y <= height; y += 1)
    for (let x = 0, i = y * width; x <= width; x += 1, i += 1) {
      const [inColumn, inRow] = [x < width, y < height];
      const here = inColumn && inRow ? values[i] : 0;
      const before = x && inRow ? values[i - 1] : 0;
      const up = y && inColumn ? values[i - width] : 0;
      const both = x && y ? values[i - width - 1] : 0;
      // Over 2 × 2 pixels, which treats all directions more alike than two neighbours do.
      const [one, other] = [fround(here - both), fround(up - before)];
      perimeter += fround(sqrt(fround(fround(one * one) + fround(other * other)) / 2));
      area += here;
    }
  return perimeter > 0 ? (2 * area) / perimeter : 0;
}

/**
 * @param {Grey} distance
 * @param {number} width of the strokes now
 * @param {number} wanted
 * @returns {Grey}
 */
export function withWidth(distance, width, wanted) {
  let grow = (wanted - width) / 2;
  if (grow < 0)
    grow = Math.min(0, Math.max(grow, (LEAST * wanted) / 2 - halfWidthOfThinParts(distance)));
  const more = Math.fround(grow);
  return { ...distance, values: distance.values.map((value) => value + more) };
}

/**
 * The distance rises by 1 a pixel up to the middle of a stroke, where it turns.
 *
 * @param {Grey} distance
 */
function halfWidthOfThinParts({ width, height, values }) {
  const middle = [];
  for (let y = 1; y < height - 1; y += 1)
    for (let x = 1; x < width - 1; x += 1) {
      const i = y * width + x;
      if (values[i] <= 0) continue;
      const right = Math.fround(values[i + 1] - values[i - 1]) / 2;
      const down = Math.fround(values[i + width] - values[i - width]) / 2;
      if (Math.fround(Math.hypot(right, down)) < TURNING) middle.push(values[i]);
    }
  return middle.length ? quantile(middle, THIN_PART) : 0;
}

/**
 * Between the two values next to it in order, in 32 bits as numpy has it.
 *
 * @param {number[] | Float32Array} values
 * @param {number} part
 */
export function quantile(values, part) {
  const { fround } = Math;
  const sorted = Float32Array.from(values).sort();
  const at = fround((sorted.length - 1) * fround(part));
  const below = Math.floor(at);
  const [low, high] = [sorted[below], sorted[Math.min(below + 1, sorted.length - 1)]];
  const share = fround(at - below);
  const step = fround(high - low);
  return share < 0.5
    ? fround(low + fround(step * share))
    : fround(high - fround(step * fround(1 - share)));
}
