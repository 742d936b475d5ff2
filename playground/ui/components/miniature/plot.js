// The few kinds of nodes that the home page's pictures are made of.

import { element, shape, update } from "../_kernel/dom.js";

const TYPE = 12; // px, unless the page is projected: as in home.css

/**
 * A picture as wide as its place: one unit is one pixel, so that text keeps its size. `type` says
 * how many times as large that is as usual.
 *
 * @param {HTMLElement} stage
 */
export function picture(stage) {
  const svg = shape("svg", "sp-home-picture", stage, { role: "img" });
  const size = () => {
    const [width, height] = [stage.clientWidth || 240, stage.clientHeight || 124];
    update(svg, { viewBox: `0 0 ${width} ${height}`, width, height });
    return { width, height, type: parseFloat(getComputedStyle(svg).fontSize) / TYPE || 1 };
  };
  return { svg, size };
}

/**
 * Distances for text that is so many times as large as usual.
 *
 * @template {Record<string, number>} Room
 * @param {Room} room
 * @param {number} type
 */
export const roomFor = (room, type) =>
  /** @type {Room} */ (
    Object.fromEntries(Object.entries(room).map(([side, px]) => [side, px * type]))
  );

/**
 * @typedef {object} SliderOptions
 * @property {string} name
 * @property {number} min
 * @property {number} max
 * @property {number} step
 * @property {number} value at first
 * @property {(value: number) => void} input is told each value
 */

/**
 * A native slider: fingers, keys and screen readers know it.
 *
 * @param {HTMLElement} parent
 * @param {SliderOptions} options
 */
export function slider(parent, { name, min, max, step, value, input }) {
  const made = element("input", "sp-home-slider", parent);
  Object.assign(made, { type: "range", min, max, step, value });
  made.setAttribute("aria-label", name);
  made.addEventListener("input", () => input(made.valueAsNumber));
  // A finger moves it at once; one that goes on to scroll has moved nothing.
  let before = value;
  made.addEventListener("pointerdown", () => {
    before = made.valueAsNumber;
  });
  made.addEventListener("pointercancel", () => {
    made.valueAsNumber = before;
    input(before);
  });
  return made;
}

/**
 * Never "100 %" for what is not quite, nor "0 %" for what is more than nothing.
 *
 * @param {number} p
 */
export function percent(p) {
  if (p > 0 && p < 0.01) return "< 1 %";
  return p < 1 && p > 0.99 ? "> 99 %" : `${Math.round(100 * p)} %`;
}

/**
 * From 0 to 1 without a jerk.
 *
 * @param {number} t
 */
export const ease = (t) => t * t * (3 - 2 * t);

/**
 * A way through several places, each stretch eased.
 *
 * @param {number[]} places
 * @param {number} t from 0 to 1
 */
export function along(places, t) {
  const reach = Math.min(t, 1) * (places.length - 1);
  const i = Math.min(Math.floor(reach), places.length - 2);
  return places[i] + (places[i + 1] - places[i]) * ease(reach - i);
}
