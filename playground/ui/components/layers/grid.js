// The units of a layer as cells of one picture, a pixel a value, and over it a button for each.

import { element } from "../_kernel/dom.js";
import { paintLayer, sizeOf } from "../_kernel/layers.js";
import { makeTabStop, rove } from "../_kernel/roving.js";

/** @typedef {import("../_kernel/layers.js").Layer} Layer */
/** @typedef {{ maps: number, units: number }} Most how many stand in a row at most */

/**
 * @typedef {object} Cells
 * @property {HTMLCanvasElement} canvas
 * @property {HTMLButtonElement[]} buttons one a unit or map
 * @property {number} columns
 */

const LARGEST = { unit: 24, small: 32, map: 48 }; // px on the page
const SMALL = 10; // pixels a side: a map of fewer
const FINGER = { map: 40, unit: 24 }; // px, of what a finger can press

/**
 * @param {number} width px there are
 * @param {boolean} isTouched by fingers, which need more room
 * @returns {Most}
 */
export function mostInRow(width, isTouched) {
  if (!isTouched) return { maps: 16, units: 104 };
  const [maps, units] = [FINGER.map, FINGER.unit].map((size) => Math.floor(width / size));
  return { maps: Math.max(1, maps), units: Math.max(1, units) };
}

/**
 * How many maps or units stand beside and above each other, rows as full as can be; and the pixels
 * a side of each.
 *
 * @param {Layer} layer
 * @param {Most} most
 */
export function gridOf({ shape: [count, size] }, most) {
  const isMap = size !== undefined;
  const rows = Math.ceil(count / (isMap ? most.maps : most.units));
  const columns = Math.ceil(count / rows);
  if (!isMap) return { columns, rows, side: 1, largest: LARGEST.unit };
  return { columns, rows, side: size, largest: size < SMALL ? LARGEST.small : LARGEST.map };
}

/**
 * @param {HTMLElement} parent
 * @param {Layer} layer
 * @param {Most} most
 * @param {(unit: number) => void} press
 * @returns {Cells}
 */
export function addCells(parent, layer, most, press) {
  const { columns, rows, side, largest } = gridOf(layer, most);
  const place = element("div", "sp-layers-place", parent);
  place.style.maxWidth = `${columns * largest}px`;
  const canvas = addPicture(place, columns * side, rows * side);
  const grid = addLines(place, columns, rows);
  grid.setAttribute("role", "group");
  grid.setAttribute("aria-label", `${layer.name}: ${sizeOf(layer)}`);
  grid.style.gridTemplateColumns = `repeat(${columns}, 1fr)`;
  grid.style.gridTemplateRows = `repeat(${rows}, 1fr)`;
  grid.toggleAttribute("data-lines", side > 1);
  const buttons = Array.from({ length: layer.shape[0] }, (_, unit) => {
    const button = element("button", "", grid);
    button.setAttribute("aria-label", nameOf(layer, unit));
    button.setAttribute("aria-pressed", "false");
    return button;
  });
  grid.addEventListener("click", ({ target }) => {
    const unit = target instanceof HTMLButtonElement ? buttons.indexOf(target) : -1;
    if (unit >= 0) press(unit);
  });
  rove(grid, buttons, () => columns);
  makeTabStop(buttons, buttons[0]);
  return { canvas, buttons, columns };
}

/**
 * The pictures of a layer with lines between them.
 *
 * @param {HTMLElement} parent
 * @param {Layer} layer
 * @param {Most} most
 * @param {boolean} dark
 */
export function addPictures(parent, layer, most, dark) {
  const { columns, rows, side } = gridOf(layer, most);
  const place = element("div", "sp-layers-place", parent);
  paintLayer(addPicture(place, columns * side, rows * side), layer, columns, dark);
  addLines(place, columns, rows).toggleAttribute("data-lines", side > 1);
}

/**
 * @param {HTMLElement} place
 * @param {number} columns
 * @param {number} rows
 */
function addLines(place, columns, rows) {
  const lines = element("div", "sp-layers-cells", place);
  lines.style.backgroundSize = `${100 / columns}% ${100 / rows}%`;
  return lines;
}

/**
 * @param {HTMLElement} parent
 * @param {number} width in pixels
 * @param {number} height
 */
export function addPicture(parent, width, height) {
  const canvas = element("canvas", "sp-layers-maps", parent);
  canvas.setAttribute("aria-hidden", "true");
  Object.assign(canvas, { width, height });
  return canvas;
}

/** @type {(layer: Layer, unit: number) => string} */
export const nameOf = ({ name, shape }, unit) =>
  `${name}, ${shape.length > 1 ? "map" : "unit"} ${unit}`;
