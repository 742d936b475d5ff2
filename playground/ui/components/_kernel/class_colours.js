// The classes' colours, and what can be read on them.

/** @typedef {[light: string, dark: string]} ColourPair for a light page and for a dark one */

/**
 * @param {ColourPair[]} colours
 * @param {number} k the class; colours begin again after the last
 * @param {boolean} dark
 */
export const classColour = (colours, k, dark) => colours[k % colours.length][dark ? 1 : 0];

/**
 * Black or white, whichever has more contrast: black above a relative luminance of 0.179.
 *
 * @param {string} colour as "#rrggbb"
 */
export function inkOn(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => (parseInt(colour.slice(at, at + 2), 16) / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
}
