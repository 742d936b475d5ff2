// What each layer of a network makes of the picture on the canvas, while it is drawn.
//
// Maps and units are painted, the page where they are 0; the logits and their softmax stand below.

import { classColour } from "../_kernel/class_colours.js";
import { component } from "../_kernel/component.js";
import { paintInk, paintSigned } from "../_kernel/digit_images.js";
import { element, write } from "../_kernel/dom.js";
import { layersShown } from "../_kernel/layers.js";
import { readTheme } from "../_kernel/theme.js";

/** @typedef {import("../_kernel/layers.js").Layer} Layer */
/** @typedef {import("../_kernel/layers.js").Layers} Layers */

/**
 * What Python sends.
 *
 * @typedef {object} Message
 * @property {string} note as long as there are no layers
 * @property {import("../_kernel/class_colours.js").ColourPair[]} colours
 */

/**
 * @typedef {object} OneClass the nodes of one class
 * @property {HTMLElement} logit
 * @property {HTMLElement} bar
 */

/**
 * @typedef {import("../_kernel/component.js").Life<Message>} Life
 * @typedef {object} Parts
 * @property {HTMLElement} note
 * @property {HTMLElement} body
 * @property {HTMLCanvasElement[]} maps one a hidden layer
 * @property {OneClass[]} classes
 * @property {string} [structure] of the layers for which there are nodes
 *
 * @typedef {Life & Parts} View
 */

const MOST_MAPS = 16; // in a row
const MOST_UNITS = 104;
const PAINTED = 3; // pixels a side for each pixel of a map, so that lines between maps are thin
const LINE = 0.2; // of the strongest: how much these stand out
const LARGEST = { unit: 24, small: 32, map: 48 }; // px on the page
const SMALL = 10; // pixels a side: a map of fewer

export default component({ className: "sp-layers", mount, draw });

/**
 * @param {Life} life
 * @returns {View}
 */
function mount(life) {
  const note = element("div", "sp-layers-note", life.root);
  const body = element("div", "sp-layers-body", life.root);
  const view = Object.assign(life, { note, body, maps: [], classes: [] });
  window.addEventListener("sp-layers", () => view.schedule(), { signal: life.signal });
  return view;
}

/** @param {View} view */
function draw(view) {
  const { root, message } = view;
  const layers = layersShown();
  view.note.hidden = layers !== null;
  view.body.hidden = layers === null;
  write(view.note, message.note);
  if (!layers) return;
  const structure = JSON.stringify([
    layers.network,
    layers.classes,
    layers.hidden.map(({ name, shape }) => [name, shape]),
  ]);
  if (structure !== view.structure) build(view, layers);
  view.structure = structure;
  const { dark } = readTheme(root);
  layers.hidden.forEach((layer, i) => {
    paint(view.maps[i], layer, dark);
  });
  view.classes.forEach(({ logit, bar }, k) => {
    write(logit, layers.logits[k].toFixed(1).replace("-", "−"));
    bar.style.backgroundColor = classColour(message.colours, k, dark);
    bar.style.transform = `scaleY(${layers.probabilities[k]})`;
  });
}

/**
 * @param {View} view
 * @param {Layers} layers
 */
function build(view, { classes, hidden }) {
  view.body.replaceChildren();
  view.maps = hidden.map((layer) => {
    const row = addRow(view.body, layer.name, sizeOf(layer));
    const canvas = element("canvas", "sp-layers-maps", row);
    canvas.setAttribute("aria-hidden", "true");
    const { columns, rows, side, gap, largest } = gridOf(layer);
    canvas.width = columns * (side + gap) - gap;
    canvas.height = rows * (side + gap) - gap;
    canvas.style.maxWidth = `${columns * largest}px`;
    return canvas;
  });
  const list = element("ul", "sp-layers-classes", addRow(view.body, "Logits", "bars: softmax"));
  view.classes = classes.map((label) => {
    const node = element("li", "sp-layers-class", list);
    const logit = element("span", "", node);
    const bar = element("span", "", element("span", "sp-layers-track", node));
    element("span", "sp-layers-label", node, label).title = label;
    return { logit, bar };
  });
}

/**
 * @param {HTMLElement} parent
 * @param {string} name
 * @param {string} size
 */
function addRow(parent, name, size) {
  const row = element("div", "sp-layers-row", parent);
  element("span", "sp-layers-size", element("div", "sp-layers-name", row, name), size);
  return row;
}

/** In words. @param {Layer} layer */
const sizeOf = ({ shape: [count, height, width] }) =>
  height === undefined
    ? `${count} ${count === 1 ? "unit" : "units"}`
    : `${count} ${count === 1 ? "map" : "maps"} of ${height} × ${width}`;

/**
 * How many maps or units stand beside and above each other, rows as full as can be; and the pixels
 * of each and between them.
 *
 * @param {Layer} layer
 */
export function gridOf({ shape: [count, size] }) {
  const isMap = size !== undefined;
  const rows = Math.ceil(count / (isMap ? MOST_MAPS : MOST_UNITS));
  const columns = Math.ceil(count / rows);
  if (!isMap) return { columns, rows, side: 1, gap: 0, largest: LARGEST.unit };
  const largest = size < SMALL ? LARGEST.small : LARGEST.map;
  return { columns, rows, side: PAINTED * size, gap: 1, largest };
}

/**
 * The strongest of a layer stands out most.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Layer} layer
 * @param {boolean} dark
 */
function paint(canvas, layer, dark) {
  const { columns, side, gap } = gridOf(layer);
  const { values, shape } = layer;
  const [size, each] = [shape[1] ?? 1, side + gap];
  let [most, least] = [1e-12, 0];
  for (const value of values) {
    most = Math.max(most, Math.abs(value));
    least = Math.min(least, value);
  }
  const { width } = canvas;
  const valueAt = (/** @type {number} */ i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    const [left, top] = [x % each, y % each];
    if (left === side || top === side) return LINE;
    const map = Math.floor(y / each) * columns + Math.floor(x / each);
    const [column, row] = [left, top].map((at) => Math.floor((at * size) / side));
    return (values[(map * size + row) * size + column] ?? 0) / most;
  };
  (least < 0 ? paintSigned : paintInk)(canvas, dark, valueAt);
}
