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
 * @property {boolean} dark whether the page is
 * @property {string} [structure] of the layers for which there are nodes
 *
 * @typedef {Life & Parts} View
 */

const MOST_MAPS = 16; // in a row
const MOST_UNITS = 104;
const LARGEST = { unit: 24, small: 32, map: 48 }; // px on the page
const SMALL = 10; // pixels a side: a map of fewer

export default component({
  className: "sp-layers",
  mount,
  show(view) {
    view.dark = readTheme(view.root).dark; // a question that makes the browser work out all styles
    draw(view);
  },
});

/**
 * @param {Life} life
 * @returns {View}
 */
function mount(life) {
  const note = element("div", "sp-layers-note", life.root);
  const body = element("div", "sp-layers-body", life.root);
  const view = Object.assign(life, { note, body, maps: [], classes: [], dark: false });
  // At once: it is told in a frame, in which the bars above move, too.
  window.addEventListener("sp-layers", () => draw(view), { signal: life.signal });
  return view;
}

/** @param {View} view */
function draw(view) {
  const { message, dark } = view;
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
    const { columns, rows, side, largest } = gridOf(layer);
    const place = element("div", "sp-layers-place", row);
    place.style.maxWidth = `${columns * largest}px`;
    const canvas = element("canvas", "sp-layers-maps", place);
    canvas.setAttribute("aria-hidden", "true");
    canvas.width = columns * side;
    canvas.height = rows * side;
    if (side === 1) return canvas;
    const lines = element("div", "sp-layers-lines", place);
    lines.style.backgroundSize = `${100 / columns}% ${100 / rows}%`;
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
 * a side of each.
 *
 * @param {Layer} layer
 */
export function gridOf({ shape: [count, size] }) {
  const isMap = size !== undefined;
  const rows = Math.ceil(count / (isMap ? MOST_MAPS : MOST_UNITS));
  const columns = Math.ceil(count / rows);
  if (!isMap) return { columns, rows, side: 1, largest: LARGEST.unit };
  return { columns, rows, side: size, largest: size < SMALL ? LARGEST.small : LARGEST.map };
}

/**
 * A pixel a value. The strongest of a layer stands out most.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Layer} layer
 * @param {boolean} dark
 */
function paint(canvas, layer, dark) {
  const { columns, side } = gridOf(layer);
  const { values } = layer;
  let [most, least] = [1e-12, 0];
  for (const value of values) {
    most = Math.max(most, Math.abs(value));
    least = Math.min(least, value);
  }
  const width = columns * side;
  const valueAt = (/** @type {number} */ i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    const map = Math.floor(y / side) * columns + Math.floor(x / side);
    return (values[(map * side + (y % side)) * side + (x % side)] ?? 0) / most;
  };
  (least < 0 ? paintSigned : paintInk)(canvas, dark, valueAt);
}
