// The page's colours and type, as Streamlit has them, and the classes' own colours.

import { update } from "./dom.js";
import { frameShown } from "./moment.js";

/**
 * The page's colours and type, as CSS.
 *
 * @typedef {object} Theme
 * @property {string} page the background
 * @property {boolean} dark whether that is dark
 * @property {string} veil the background, nearly opaque
 * @property {string} text
 * @property {string} raised the background of what stands out
 * @property {string} accent
 * @property {string} edge
 * @property {string} grid
 * @property {string} font
 * @property {number} scale of type and lines; 1 except in projection mode
 */

/** @type {WeakMap<Element, Theme>} */
const known = new WeakMap();

/**
 * Streamlit sets these variables around every component and calls us when they change. While a
 * scrubber moves they are not read: the browser would compute the page's styles for each component.
 *
 * @param {Element} root
 * @returns {Theme}
 */
export function readTheme(root) {
  const before = frameShown() && known.get(root);
  if (before) return before;
  const theme = themeOf(root);
  known.set(root, theme);
  update(root, { "data-page": theme.page }); // two frames after the page itself has changed
  return theme;
}

/** @type {(root: Element) => Theme} */
function themeOf(root) {
  const style = getComputedStyle(root);
  /** @type {(name: string, otherwise: string) => string} */
  const read = (name, otherwise) => style.getPropertyValue(`--st-${name}`).trim() || otherwise;
  const page = read("background-color", "#ffffff");
  const [r, g, b] = rgb(page);
  const edge = read("border-color", "#d0d0d0");
  const border = rgb(edge);
  const grid = [r, g, b].map((part, i) => Math.round(0.4 * part + 0.6 * border[i]));
  return {
    page,
    dark: 0.2126 * r + 0.7152 * g + 0.0722 * b < 100,
    veil: `rgba(${r},${g},${b},0.75)`,
    text: read("text-color", "#31333f"),
    raised: read("secondary-background-color", page),
    accent: read("primary-color", "#0072b2"),
    edge,
    grid: `rgb(${grid})`, // quieter than an edge
    font: read("font", "sans-serif"),
    scale: Number(style.getPropertyValue("--sp-scale")) || 1,
  };
}

/** @type {Map<string, Uint8ClampedArray>} */
const seen = new Map(); // reading a canvas back is slow, and colours hardly ever change

/**
 * Any CSS colour, through a canvas, which always answers in red, green and blue.
 *
 * @param {string} colour
 */
function rgb(colour) {
  const known = seen.get(colour);
  if (known) return known;
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const { data } = context.getImageData(0, 0, 1, 1);
  seen.set(colour, data);
  return data;
}

// ---------------------------------------------------------------- classes

/** @typedef {[light: string, dark: string]} ColourPair for a light page and for a dark one */
/** @typedef {{ light: string, dark: string }} ThemeColours the same by name */

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
