// A confusion matrix as a table of buttons: the true class down, the predicted one across.
//
// Nodes are made once for a number of classes; new counts change texts and colours in place.

import { classColour } from "../_kernel/class_colours.js";
import { component } from "../_kernel/component.js";
import { element } from "../_kernel/dom.js";
import { focusedAt, makeTabStop, rove } from "../_kernel/roving.js";
import { readTheme } from "../_kernel/theme.js";

/** @typedef {{ light: string, dark: string }} ThemeColours */
/** @typedef {[truth: number, prediction: number]} Cell */

/**
 * What Python sends.
 *
 * @typedef {object} Message
 * @property {number[][]} counts true class down, predicted class across
 * @property {number[][]} heat how strongly each cell is coloured, 0 to 1
 * @property {string[]} names of the classes
 * @property {string} words that say it all
 * @property {Colours} colours
 * @property {Cell | null} chosen the cell that is looked at
 *
 * @typedef {object} Colours
 * @property {ThemeColours} right of the diagonal
 * @property {ThemeColours} wrong
 * @property {import("../_kernel/class_colours.js").ColourPair[]} classes
 */

/**
 * @typedef {object} ViewKeys
 * @property {number} seq of the last pick
 * @property {Table} [table] for the classes there are
 * @property {Table} [coloured] the table that has its colours
 * @property {"light" | "dark"} [theme] the one it has them for
 *
 * @typedef {import("../_kernel/component.js").Life<Message> & ViewKeys} View
 *
 * @typedef {object} Table
 * @property {HTMLElement} node
 * @property {HTMLElement} words
 * @property {{ button: HTMLButtonElement, i: number, j: number }[]} cells row by row
 * @property {HTMLButtonElement[]} buttons of the cells
 * @property {{ name: HTMLElement, right: HTMLElement }[]} rows
 * @property {HTMLElement[]} columns their names
 */

const STYLE = `
.sp-confusion { container-type: inline-size; color: var(--st-text-color); font-size: 15px;
  line-height: 1.3; font-variant-numeric: tabular-nums; }
.sp-confusion table { border-collapse: separate; border-spacing: 2px; width: 100%;
  max-width: 660px; table-layout: fixed; margin: 0; }
.sp-confusion :is(td, th) { padding: 0; border: 0; text-align: center; vertical-align: middle;
  font-weight: 400; height: 36px; }
.sp-confusion th { font-weight: 650; }
.sp-confusion thead th { height: 28px; }
.sp-confusion-name { display: inline-block; max-width: 100%; padding: 0 4px; overflow: hidden;
  text-overflow: ellipsis; vertical-align: middle; border-bottom: 4px solid var(--sp-class); }
.sp-confusion .sp-confusion-across { text-align: left; white-space: nowrap; }
.sp-confusion-corner { white-space: nowrap; }
.sp-confusion tr > :first-child { width: 64px; }
.sp-confusion tr > :last-child { width: 58px; }
.sp-confusion tbody tr > :last-child { font-size: 14px; text-align: right; }
.sp-confusion thead tr > :last-child { text-align: right; }
.sp-confusion-cell { font: inherit; color: inherit; display: block; width: 100%; height: 36px;
  padding: 0; margin: 0; border: 0; border-radius: 4px; cursor: pointer; overflow: hidden;
  background: color-mix(in srgb, var(--sp-cell) calc(100% * var(--sp-heat)), transparent); }
.sp-confusion-cell[aria-disabled="true"] { cursor: default; opacity: .75; }
.sp-confusion-cell[aria-pressed="true"] { box-shadow: inset 0 0 0 3px var(--st-text-color); }
.sp-confusion-cell:focus-visible { outline: 3px solid var(--st-primary-color);
  outline-offset: 1px; position: relative; }
.sp-confusion-alt { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
@media (hover: hover) { .sp-confusion-cell:not([aria-disabled="true"]):hover {
  box-shadow: inset 0 0 0 2px var(--st-primary-color); } }
@container (max-width: 519px) {
  .sp-confusion { font-size: 13px; }
  .sp-confusion table { border-spacing: 1px; }
  .sp-confusion tr > :first-child { width: 38px; }
  .sp-confusion-corner { font-size: 12px; }
  .sp-confusion tbody tr > :last-child, .sp-confusion thead tr > :last-child { display: none; }
}
@media (pointer: coarse) { /* cells for fingers: a wide table scrolls inside itself */
  .sp-confusion { overflow-x: auto; padding: 4px 0; }
  .sp-confusion table { min-width: calc(44px + 42px * var(--sp-count)); }
  .sp-confusion-cell, .sp-confusion tbody th { height: 40px; }
  .sp-confusion tr > :first-child { position: sticky; left: 0; z-index: 1;
    background: var(--st-background-color); }
}`;

export default component({
  className: "sp-confusion",
  style: STYLE,
  /** @type {(life: import("../_kernel/component.js").Life<Message>) => View} */
  mount: (life) => Object.assign(life, { seq: 0 }),
  receive,
  show: colour,
});

// ---------------------------------------------------------------- nodes

/**
 * @param {View} view
 * @param {number} count of classes
 */
function build(view, count) {
  view.root.style.setProperty("--sp-count", `${count}`);
  const node = element("table", "", view.root);
  const words = element("caption", "sp-confusion-alt", node);
  const head = element("thead", "", node);
  const top = element("tr", "", head);
  element("td", "", top);
  const across = header(top, "sp-confusion-across", "colgroup", "read as →");
  across.colSpan = count;
  element("td", "", top);
  const names = element("tr", "", head);
  header(names, "", "col", "true ↓").classList.add("sp-confusion-corner");
  const columns = Array.from({ length: count }, () => named(header(names, "", "col", "")));
  header(names, "", "col", "right");
  const body = element("tbody", "", node);
  /** @type {Table} */
  const table = {
    node,
    words,
    cells: [],
    buttons: [],
    rows: [],
    columns,
  };
  for (let i = 0; i < count; i += 1) addRow(view, table, body, i);
  rove(node, table.buttons, () => count);
  return table;
}

/**
 * @param {HTMLElement} row
 * @param {string} className
 * @param {string} scope
 * @param {string} text
 */
function header(row, className, scope, text) {
  const made = element("th", className, row, text);
  made.scope = scope;
  return made;
}

/** @param {HTMLElement} head */
const named = (head) => element("span", "sp-confusion-name", head);

/**
 * @param {View} view
 * @param {Table} table
 * @param {HTMLElement} body
 * @param {number} i the true class
 */
function addRow(view, table, body, i) {
  const row = element("tr", "", body);
  const name = named(header(row, "", "row", ""));
  table.columns.forEach((_, j) => {
    const button = element("button", "sp-confusion-cell", element("td", "", row));
    button.type = "button";
    button.tabIndex = -1;
    button.dataset.cell = `${i} ${j}`;
    button.addEventListener("click", () => pick(view, i, j));
    table.cells.push({ button, i, j });
    table.buttons.push(button);
  });
  table.rows.push({ name, right: element("td", "", row) });
}

/**
 * @param {View} view
 * @param {number} i
 * @param {number} j
 */
function pick(view, i, j) {
  if (!view.message.counts[i][j]) return;
  view.seq += 1; // the same cell picked again is a new pick
  view.trigger("pick", { cell: [i, j], seq: view.seq });
}

// ---------------------------------------------------------------- receiving

/** @param {View} view */
function receive(view) {
  const { names, counts, heat, chosen, words } = view.message;
  const table = tableFor(view, names.length);
  table.words.textContent = words;
  names.forEach((name, k) => {
    table.columns[k].textContent = name;
    table.rows[k].name.textContent = name;
    table.rows[k].right.textContent = rightOf(counts[k], k);
  });
  for (const { button, i, j } of table.cells) {
    const count = counts[i][j];
    const times = count === 1 ? "once" : `${count} times`;
    button.textContent = `${count}`;
    button.setAttribute("aria-label", `a ${names[i]} read as ${names[j]}: ${times}`);
    button.setAttribute("aria-disabled", `${count === 0}`);
    button.setAttribute("aria-pressed", `${chosen?.[0] === i && chosen?.[1] === j}`);
    button.style.setProperty("--sp-heat", `${heat[i][j]}`);
  }
  if (focusedAt(table.buttons) < 0) {
    const [i, j] = chosen ?? [0, 0];
    makeTabStop(table.buttons, table.buttons[i * names.length + j]);
  }
}

/**
 * The nodes, made again for another number of classes.
 *
 * @param {View} view
 * @param {number} count
 */
function tableFor(view, count) {
  if (view.table?.columns.length === count) return view.table;
  view.table?.node.remove();
  view.table = build(view, count);
  return view.table;
}

/**
 * How many of a class are read right.
 *
 * @param {number[]} counts of its row
 * @param {number} k
 */
function rightOf(counts, k) {
  const total = counts.reduce((sum, n) => sum + n, 0);
  return total ? `${((100 * counts[k]) / total).toFixed(1)} %` : "–";
}

/** @param {View} view */
function colour(view) {
  const { table } = view;
  const { dark } = readTheme(view.root);
  const theme = dark ? "dark" : "light";
  if (!table || (view.theme === theme && view.coloured === table)) return;
  const { right, wrong, classes } = view.message.colours;
  for (const { button, i, j } of table.cells)
    button.style.setProperty("--sp-cell", (i === j ? right : wrong)[theme]);
  table.rows.forEach(({ name }, k) => {
    const colourOfClass = classColour(classes, k, dark);
    for (const node of [name, table.columns[k]])
      node.style.setProperty("--sp-class", colourOfClass);
  });
  Object.assign(view, { theme, coloured: table });
  view.root.dataset.dark = `${dark}`;
}
