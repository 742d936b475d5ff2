// Grey pictures made larger or smaller, as Pillow does it for playground.drawing, to the last digit.
//
// A pixel of the result is a weighted mean of the pixels below it: rows first, then columns.

/**
 * @typedef {object} Grey
 * @property {number} width
 * @property {number} height
 * @property {Float32Array} values row by row
 */

/** @typedef {{ support: number, at: (x: number) => number }} Filter */

/** Bicubic, a = −½ (R. Keys, 1981). @type {Filter} */
export const BICUBIC = {
  support: 2,
  at(x) {
    const a = -0.5;
    const d = Math.abs(x);
    if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
    return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
  },
};

/** The mean of the pixels whose middle lies in the new pixel. @type {Filter} */
export const BOX = { support: 0.5, at: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) };

/**
 * @param {Grey} picture
 * @param {number} width
 * @param {number} height
 * @param {Filter} filter
 * @param {number[]} [box] left, top, right, bottom of what is taken; all of it
 * @returns {Grey}
 */
export function resize(picture, width, height, filter, box = []) {
  const [left = 0, top = 0, right = picture.width, bottom = picture.height] = box;
  const rows = along(picture, weightsOf(picture.width, left, right, width, filter));
  const columns = along(turned(rows), weightsOf(picture.height, top, bottom, height, filter));
  return turned(columns);
}

/**
 * Rows and columns exchanged.
 *
 * @param {Grey} picture
 * @returns {Grey}
 */
function turned({ width, height, values }) {
  const result = new Float32Array(values.length);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) result[x * height + y] = values[y * width + x];
  return { width: height, height: width, values: result };
}

/** @typedef {{ first: number, weights: number[] }} Weighted the first pixel, and its weight and on */

/**
 * @param {Grey} picture
 * @param {Weighted[]} targets one for each pixel of a row of the result
 * @returns {Grey}
 */
function along({ width, height, values }, targets) {
  const result = new Float32Array(targets.length * height);
  targets.forEach(({ first, weights }, target) => {
    for (let y = 0; y < height; y += 1) {
      const from = y * width + first;
      let sum = 0;
      for (let i = 0; i < weights.length; i += 1) sum += values[from + i] * weights[i];
      result[y * targets.length + target] = sum;
    }
  });
  return { width: targets.length, height, values: result };
}

/**
 * @param {number} size pixels there are
 * @param {number} from where the first new pixel begins
 * @param {number} to where the last one ends
 * @param {number} count of new pixels
 * @param {Filter} filter
 * @returns {Weighted[]}
 */
function weightsOf(size, from, to, count, filter) {
  const start = Math.fround(from); // as Pillow takes it
  const scale = Math.fround(Math.fround(to) - start) / count;
  const wide = Math.max(1, scale);
  const support = filter.support * wide;
  return Array.from({ length: count }, (_, i) => {
    const centre = start + (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const last = Math.min(size, Math.trunc(centre + support + 0.5));
    /** @type {number[]} */
    const weights = [];
    for (let pixel = first; pixel < last; pixel += 1)
      weights.push(filter.at((pixel - centre + 0.5) * (1 / wide)));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first, weights: sum ? weights.map((weight) => weight / sum) : weights };
  });
}
