// The step table of the bench: its head, one row a class, and the row of sums.

import { element, update, write } from "../_kernel/dom.js";
import { clip } from "../_kernel/maths.js";
import { createField, createSlider, drawField, drawSlider, stretch } from "./control.js";
import { show, showOnTrack } from "./numbers.js";

/** @typedef {import("./logit_bench.js").Message} Message */
/** @typedef {import("./logit_bench.js").View} View */
/** @typedef {import("./control.js").Field} Field */
/** @typedef {import("./control.js").Host} Host */
/** @typedef {import("./control.js").Slider} Slider */

/** @typedef {"scaled" | "shifted" | "exponential" | "probability" | "loss" | "gradient"} Column */

/**
 * What the columns show, as far as they are known; `total` is the loss, `sum` the sum of the
 * exponentials or of the probabilities.
 *
 * @typedef {{ [name in Column]?: number[] | null } & { sum: number, total?: number }} Steps
 */

/** @typedef {{ high: number, lossRoom: number }} Room what fills a bar */

/**
 * @typedef {object} Cell
 * @property {Column} column
 * @property {HTMLElement} cell
 * @property {HTMLElement} number
 * @property {HTMLElement} [word]
 * @property {HTMLElement} bar
 */

/**
 * @typedef {object} Row
 * @property {HTMLElement} node
 * @property {number} index
 * @property {{ square: HTMLElement, radio?: HTMLInputElement }} swatch
 * @property {Slider} slider
 * @property {Field} field
 * @property {Cell[]} cells
 * @property {HTMLButtonElement} [remove]
 */

/**
 * @typedef {object} Sums
 * @property {HTMLElement} node
 * @property {HTMLElement} remark
 * @property {HTMLElement} value
 * @property {{ column: Column, number: HTMLElement }[]} columns
 */

/**
 * @typedef {object} Table
 * @property {HTMLElement} node
 * @property {HTMLElement[]} head the ends and the middle of the tracks
 * @property {Row[]} rows
 * @property {Sums} [sums]
 */

/** @type {Column[]} */
const SUMMED = ["exponential", "probability"];
const LOSS_ROOM = 5; // a loss that fills its bar, where the track says nothing about losses

/**
 * What a column shows: its head as [text, superscript], and its bar from one fraction to another.
 *
 * @typedef {object} Look
 * @property {(z: string) => [text: string, raised?: string]} head
 * @property {(value: number, room: Room) => [from: number, to: number]} bar
 */

/** @type {{ [name in Column]: Look }} */
const COLUMNS = {
  scaled: { head: () => ["z/T"], bar: (x, { high }) => [0.5, 0.5 + x / high / 2] },
  shifted: { head: (z) => [`${z} − max`], bar: (x, { high }) => [1, 1 + x / high / 2] },
  exponential: { head: (z) => ["e", `${z} − max`], bar: (x) => [0, x] },
  probability: { head: () => ["p"], bar: (x) => [0, x] },
  loss: { head: () => ["−log p"], bar: (x, { lossRoom }) => [0, x / lossRoom] },
  gradient: { head: () => ["p − y"], bar: (x) => [0.5, 0.5 + x / 2] },
};

/**
 * Whether a column has a bar that is compared from afar, as long as the sliders nearly.
 *
 * @type {(column: Column, message: Pick<Message, "kind">) => boolean}
 */
const isWide = (column, { kind }) => column === "probability" || kind === "probabilities";

/** @type {(column: Column, message: Pick<Message, "kind">) => string} */
const classOf = (column, message) =>
  `sp-bench-${column}${isWide(column, message) ? " sp-bench-wide" : ""}`;

/**
 * What CSS needs to know of the columns: how wide each is where a class has one line, and how many
 * stand side by side below the one that is wide where it has several.
 *
 * @param {Pick<Message, "columns" | "kind">} message
 */
export function columnStyle(message) {
  const wide = message.columns.map((column) => isWide(column, message));
  return {
    "--sp-widths": wide.map((each) => `var(--sp-${each ? "wide" : "thin"})`).join(" "),
    "--sp-columns": `${Math.max(wide.filter((each) => !each).length, 1)}`,
  };
}

/**
 * @param {View} view
 * @returns {Table}
 */
export function createTable(view) {
  const { message, root } = view;
  const node = element("div", "sp-bench-table", root);
  node.setAttribute("role", "table");
  node.setAttribute(
    "aria-label",
    message.kind === "logits" ? "Logits, step by step" : "Probabilities",
  );
  const head = createHead(view, node);
  const summed =
    message.kind === "probabilities" || message.columns.some((each) => SUMMED.includes(each));
  return { node, head, rows: [], sums: summed ? createSums(view, node) : undefined };
}

/**
 * @param {string} className
 * @param {string} role
 * @param {HTMLElement} parent
 */
function cell(className, role, parent) {
  const made = element("div", className, parent);
  made.setAttribute("role", role);
  return made;
}

// ---------------------------------------------------------------- head

/**
 * @param {HTMLElement} node
 * @param {Column} column
 * @param {Message} message
 */
function writeHead(node, column, message) {
  const divided = message.hasTemperature || message.temperature !== 1;
  const [text, raised] = COLUMNS[column].head(divided ? "z/T" : "z");
  const isTerm = column === "loss" && message.kind === "probabilities" && message.hasTarget;
  node.textContent = isTerm ? "−y log p" : text;
  if (raised) element("sup", "", node).textContent = raised;
  if (column === "gradient" && divided) node.title = "The slope of the loss in z is (p − y) / T";
}

/**
 * @param {View} view
 * @param {HTMLElement} parent
 */
function createHead(view, parent) {
  const { message } = view;
  const row = cell("sp-bench-row sp-bench-heads", "row", parent);
  cell("sp-bench-class", "columnheader", row).textContent = message.hasTarget ? "true" : "class";
  const axis = cell("sp-bench-axis", "columnheader", row);
  const marks = ["low", "middle", "high"].map(() => element("span", "", axis));
  const value = cell("sp-bench-value", "columnheader", row);
  value.textContent = message.kind === "logits" ? "z" : "p";
  for (const column of message.columns)
    writeHead(cell(`sp-bench-head sp-bench-${column}`, "columnheader", row), column, message);
  return marks;
}

/**
 * @param {HTMLElement[]} marks
 * @param {import("./numbers.js").Scale} scale
 */
export function drawHead(marks, { low, high }) {
  for (const [i, value] of [low, low / 2 + high / 2, high].entries())
    write(marks[i], showOnTrack(value));
}

// ---------------------------------------------------------------- one class

/**
 * @param {View} view
 * @param {HTMLElement} parent
 * @returns {Cell[]}
 */
function createCells(view, parent) {
  const cells = element("div", "sp-bench-cells", parent);
  return view.message.columns.map((column) => {
    const made = cell(`sp-bench-cell ${classOf(column, view.message)}`, "cell", cells);
    writeHead(element("span", "sp-bench-label", made), column, view.message);
    const number = element("span", "sp-bench-number", made);
    const word = column === "gradient" ? element("span", "sp-bench-word", made) : undefined;
    const room = element("span", "sp-bench-room", made);
    return { column, cell: made, number, word, bar: element("span", "sp-bench-bar", room) };
  });
}

/**
 * @typedef {object} Clicks on a row
 * @property {(index: number) => void} choose
 * @property {(index: number) => void} remove
 */

/**
 * @param {View} view
 * @param {Host} host
 * @param {Clicks} clicks
 */
export function createRow(view, host, { choose, remove }) {
  const { table, message } = view;
  const index = table.rows.length;
  const node = document.createElement("div");
  node.className = "sp-bench-row";
  node.setAttribute("role", "row");
  table.node.insertBefore(node, table.sums?.node ?? null);
  const name = message.kind === "logits" ? "Logit" : "Probability";
  const swatch = createSwatch(view, node, index, choose);
  const slider = createSlider(cell("sp-bench-slide", "cell", node), host);
  slider.track.setAttribute("aria-label", `${name} of class ${index}`);
  const field = createField(cell("sp-bench-type", "cell", node), host);
  field.input.setAttribute("aria-label", `${name} of class ${index} as a number`);
  /** @type {Row} */
  const row = { node, index, swatch, slider, field, cells: createCells(view, node) };
  if (message.resizable) row.remove = createRemove(node, index, remove);
  table.rows.push(row);
}

/**
 * With a target the swatch is the label of the radio button that makes this the true class.
 *
 * @param {View} view
 * @param {HTMLElement} parent
 * @param {number} index
 * @param {(index: number) => void} choose
 * @returns {Row["swatch"]}
 */
function createSwatch({ message, name }, parent, index, choose) {
  const head = cell("sp-bench-class", "rowheader", parent);
  const label = element(message.hasTarget ? "label" : "span", "sp-bench-choice", head);
  let radio;
  if (message.hasTarget) {
    radio = element("input", "", label);
    Object.assign(radio, { type: "radio", name });
    radio.setAttribute("aria-label", `Class ${index} is the true class`);
    radio.addEventListener("change", () => choose(index));
  }
  const square = element("span", "sp-bench-swatch", label);
  square.textContent = `${index}`;
  return { square, radio };
}

/**
 * @param {HTMLElement} parent
 * @param {number} index
 * @param {(index: number) => void} remove
 */
function createRemove(parent, index, remove) {
  const made = element("button", "sp-bench-remove", cell("sp-bench-end", "cell", parent));
  made.textContent = "×";
  made.setAttribute("aria-label", `Remove class ${index}`);
  made.addEventListener("click", () => remove(index));
  return made;
}

/**
 * @param {View} view
 * @param {Row} row
 * @param {Steps} steps
 * @param {boolean} settled
 */
export function drawRow(view, row, steps, settled) {
  const { shown, message, scale } = view;
  const value = shown.values[row.index];
  const isTrue = shown.target === row.index;
  const isKnown = steps.probability && !message.covered;
  const p = isKnown ? `, probability ${show(steps.probability?.[row.index] ?? NaN)}` : "";
  const words = value === -Infinity ? "masked, −∞" : show(value);
  drawSlider(row.slider, scale, value, words + p, !view.glide);
  drawField(row.field, value);
  if (row.swatch.radio && row.swatch.radio.checked !== isTrue) row.swatch.radio.checked = isTrue;
  update(row.node, { "data-true": isTrue });
  const lossRoom = message.kind === "logits" ? scale.high : LOSS_ROOM;
  for (const made of row.cells)
    drawCell(made, steps[made.column]?.[row.index] ?? NaN, { high: scale.high, lossRoom }, settled);
}

/**
 * @param {Cell} cell
 * @param {number} value
 * @param {Room} room
 * @param {boolean} settled
 */
function drawCell({ column, cell: node, number, word, bar }, value, room, settled) {
  write(number, show(value));
  const [from, to] = COLUMNS[column].bar(value, room);
  stretch(bar, clip(from, 0, 1), clip(to, 0, 1));
  if (word) write(word, pushOf(value));
  if (settled) update(node, { title: value }); // nobody hovers over it during a drag
}

/**
 * Gradient descent subtracts the gradient, so a negative one raises the logit.
 *
 * @param {number} slope
 */
function pushOf(slope) {
  if (slope === 0) return "keep";
  return slope < 0 ? "↑ raise" : "↓ lower";
}

// ---------------------------------------------------------------- sums

/**
 * @param {View} view
 * @param {HTMLElement} parent
 * @returns {Sums}
 */
function createSums(view, parent) {
  const node = cell("sp-bench-row sp-bench-sums", "row", parent);
  cell("sp-bench-class", "rowheader", node).textContent = "Σ";
  const remark = cell("sp-bench-remark", "cell", node);
  const value = cell("sp-bench-value", "cell", node);
  const cells = element("div", "sp-bench-cells", node);
  const columns = view.message.columns.map((column) => {
    const made = cell(`sp-bench-cell ${classOf(column, view.message)}`, "cell", cells);
    writeHead(element("span", "sp-bench-label", made), column, view.message);
    return { column, number: element("span", "sp-bench-number", made) };
  });
  return { node, remark, value, columns };
}

/**
 * @param {View} view
 * @param {Sums} sums
 * @param {Steps} steps
 */
export function drawSums(view, { remark, value, columns }, steps) {
  for (const { column, number } of columns) {
    if (column === "exponential") write(number, show(steps.sum));
    if (column === "probability") write(number, "1.0000");
    if (column === "loss") write(number, steps.total === undefined ? "" : show(steps.total));
  }
  if (view.message.kind === "logits") return;
  const isOne = show(steps.sum) === show(1);
  write(remark, isOne ? "They sum to 1." : "They do not sum to 1: allowed.");
  write(value, show(steps.sum));
}
