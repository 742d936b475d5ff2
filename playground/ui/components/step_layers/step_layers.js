// One step of a training: what each layer makes of one example of its batch, the softmax, the
// gradient at the logits, and what the step has changed.

import { bytesOf } from "../_kernel/blobs.js";
import { component } from "../_kernel/component.js";
import { paintInk, SIDE } from "../_kernel/digit_images.js";
import { element, write } from "../_kernel/dom.js";
import { fixed, fixedLoss, withArticle } from "../_kernel/format.js";
import { paintLayer, sizeOf } from "../_kernel/layers.js";
import { fill } from "../_kernel/markup.js";
import { classColour, readTheme } from "../_kernel/theme.js";

/**
 * @typedef {object} Message
 * @property {string} view JSON of a `Step`
 * @property {string[]} names of the classes
 * @property {boolean} isPlain whether the gradient at the logits is p − y
 * @property {import("../_kernel/theme.js").ColourPair[]} colours
 *
 * @typedef {[before: number, after: number]} Pair
 * @typedef {{ name: string, shape: number[], values: string, most: number }} Layer
 *
 * @typedef {object} Step as playground/training/step_view.py says it
 * @property {number} step
 * @property {number} examples
 * @property {Pair} batch
 * @property {Pair} loss
 * @property {string} pixels
 * @property {number} target
 * @property {number[]} logits
 * @property {number[]} p
 * @property {number[]} slopes
 * @property {number[]} after
 * @property {Layer[]} layers
 * @property {[name: string, change: number, norm: number][]} moved
 *
 * @typedef {import("../_kernel/component.js").Life<Message>} Life
 * @typedef {Life & { words: HTMLElement, rows: HTMLElement, body: HTMLElement,
 *   heads: HTMLElement[] }} View
 */

const COLUMNS = { unit: 52, map: 8, smallMap: 16 }; // that stand in a row
const LARGEST = { unit: 9, map: 44, smallMap: 32 }; // px on the page

export default component({ className: "sp-step", mount, draw });

/**
 * @param {Life} life
 * @returns {View}
 */
function mount(life) {
  const words = element("p", "sp-step-words", life.root);
  const body = element("div", "sp-step-body", life.root);
  const rows = element("div", "", body);
  const box = element("div", "", body);
  const table = element("table", "", box);
  element("caption", "sp-hidden", table, "Each class: logit, softmax, target, gradient, and after");
  const head = element("tr", "", element("thead", "", table));
  const heads = Array.from({ length: 6 }, () => element("th", "", head));
  for (const one of heads) one.scope = "col";
  return Object.assign(life, { words, rows, heads, body: element("tbody", "", table) });
}

/** @param {View} view */
function draw({ message, root, words, rows, heads, body }) {
  const { names, colours, isPlain, view } = message;
  /** @type {Step} */
  const step = JSON.parse(view);
  const { dark } = readTheme(root);
  root.toggleAttribute("data-dark", dark);
  root.dataset.step = `${step.step}`;
  const [before, after] = step.batch.map((loss) => fixedLoss(loss, 4));
  const mine = step.loss.map((loss) => fixedLoss(loss, 3));
  fill(words, [
    ["strong", `Step ${step.step.toLocaleString("en")}`],
    `: the mean loss of its ${step.examples} examples was ${before}, and is ${after} after it. `,
    "Here is the one with the largest loss, a ",
    ["strong", names[step.target]],
    `: ${mine[0]} before, ${mine[1]} after.`,
  ]);
  const ink = bytesOf(step.pixels);
  rows.replaceChildren();
  const pixels = addRow(rows, "Pixels", `${SIDE} × ${SIDE}`);
  const picture = addPicture(pixels, withArticle(names[step.target]), SIDE, SIDE, 84);
  paintInk(picture, dark, (i) => ink[i] / 255);
  for (const layer of step.layers)
    addLayer(addRow(rows, layer.name, sizeOf(layer), movedBy(step, layer.name)), layer, dark);
  const last = step.moved.at(-1)?.[0] ?? "";
  const output = element("div", "sp-step-row", rows);
  addName(output, last, `${names.length} logits, in the table`, movedBy(step, last));
  const titles = ["class", "logit z", "softmax p", "y", isPlain ? "p − y" : "slope", "p after"];
  for (const [i, title] of titles.entries()) write(heads[i], title);
  body.replaceChildren();
  for (const [k, name] of names.entries()) {
    const row = element("tr", "", body);
    row.toggleAttribute("data-target", k === step.target);
    element("th", "", row, name).scope = "row";
    element("td", "", row, fixed(step.logits[k], 2));
    const bar = element("td", "sp-step-p", row, fixed(step.p[k], 4));
    bar.style.setProperty("--part", `${step.p[k]}`);
    bar.style.setProperty("--colour", classColour(colours, k, dark));
    element("td", "", row, k === step.target ? "1" : "0");
    const slope = element("td", "sp-step-slope", row, fixed(step.slopes[k], 4));
    slope.style.setProperty("--part", `${Math.min(1, Math.abs(step.slopes[k]))}`);
    slope.toggleAttribute("data-below", step.slopes[k] < 0);
    const [was, is] = [step.p[k], step.after[k]].map((p) => Math.round(1e4 * p));
    element("td", "", row, `${fixed(step.after[k], 4)} ${arrow(is - was)}`);
  }
}

/** Of what is printed. @param {number} change */
const arrow = (change) => (change ? (change > 0 ? "↑" : "↓") : "·");

/**
 * @param {HTMLElement} parent
 * @param {string} name
 * @param {string} size
 * @param {string} [moved]
 */
function addRow(parent, name, size, moved) {
  const row = element("div", "sp-step-row", parent);
  addName(row, name, size, moved);
  return row;
}

/** @type {(row: HTMLElement, name: string, size: string, moved?: string) => void} */
function addName(row, name, size, moved) {
  const words = element("div", "sp-step-name", row, name);
  element("span", "sp-step-size", words, size);
  if (!moved) return;
  const line = element("span", "", words);
  element("span", "sp-step-what", line, "weights ");
  line.append(`moved ${moved}`);
}

/** @type {(step: Step, name: string) => string} */
function movedBy({ moved }, name) {
  const [, change, norm] = moved.find(([one]) => one === name) ?? ["", 0, 0];
  const part = norm ? ` (${rough((100 * change) / norm)} %)` : "";
  return `${rough(change)}${part}`;
}

/** Two digits; for 99.5 and more these would be a power of ten. @param {number} value */
const rough = (value) => (value < 99.5 ? value.toPrecision(2).replace("-", "−") : fixed(value, 0));

/**
 * @param {HTMLElement} row
 * @param {Layer} layer
 * @param {boolean} dark
 */
function addLayer(row, { name, shape, values: packed, most }, dark) {
  const [count, side = 1] = shape;
  const kind = shape.length === 1 ? "unit" : side < 7 ? "smallMap" : "map";
  const columns = Math.min(count, COLUMNS[kind]);
  const values = Float32Array.from(new Int8Array(bytesOf(packed).buffer));
  const part = Math.round((100 * values.filter((value) => value).length) / values.length);
  const words = `${name}: ${sizeOf({ shape })}, ${part} % of the values are not 0, the largest ${most}`;
  const size = /** @type {const} */ ([columns * side, Math.ceil(count / columns) * side]);
  paintLayer(
    addPicture(row, words, ...size, columns * LARGEST[kind]),
    { shape, values },
    columns,
    dark,
  );
}

/**
 * @param {HTMLElement} parent
 * @param {string} words
 * @param {number} width in pixels
 * @param {number} height
 * @param {number} most px wide on the page
 */
function addPicture(parent, words, width, height, most) {
  const canvas = element("canvas", "sp-step-picture", parent);
  Object.assign(canvas, { width, height });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", words);
  canvas.style.maxWidth = `${most}px`;
  return canvas;
}
