// A confusion matrix as a table of buttons: the true class down, the predicted one across.
//
// Nodes are made once for a number of classes; new counts change texts and colours in place.

import { component } from "../_kernel/component.js";
import { element, update, write } from "../_kernel/dom.js";
import { withArticle } from "../_kernel/format.js";
import { focusedAt, makeTabStop, rove } from "../_kernel/roving.js";
import { classColour, readTheme } from "../_kernel/theme.js";

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
 * @property {import("../_kernel/theme.js").ThemeColours} right of the diagonal
 * @property {import("../_kernel/theme.js").ThemeColours} wrong
 * @property {import("../_kernel/theme.js").ColourPair[]} classes
 */

/**
 * @typedef {object} ViewKeys
 * @property {number} seq of the last pick
 * @property {Table} [table] for the classes there are
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

export default component({
  className: "sp-confusion",
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
  const words = element("caption", "sp-hidden", node);
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
    button.tabIndex = -1;
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
  const { names, counts, chosen, words } = view.message;
  const table = tableFor(view, names.length);
  write(table.words, words);
  names.forEach((name, k) => {
    write(table.columns[k], name);
    write(table.rows[k].name, name);
    write(table.rows[k].right, rightOf(counts[k], k));
  });
  for (const { button, i, j } of table.cells) {
    const count = counts[i][j];
    const times = count === 1 ? "once" : `${count} times`;
    write(button, `${count}`);
    update(button, {
      "aria-label": `${withArticle(names[i])} read as ${names[j]}: ${times}`,
      "aria-disabled": count === 0,
      "aria-pressed": chosen?.[0] === i && chosen?.[1] === j,
    });
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
 * As `percent` of playground/validation.py: never "100.0 %" for what is not all, nor "0.0 %" for some.
 *
 * @param {number} part
 */
function percent(part) {
  const text = (100 * part).toFixed(1);
  if (part < 1 && text === "100.0") return ">99.9 %";
  return part > 0 && text === "0.0" ? "<0.1 %" : `${text} %`;
}

/**
 * How many of a class are read right.
 *
 * @param {number[]} counts of its row
 * @param {number} k
 */
function rightOf(counts, k) {
  const total = counts.reduce((sum, n) => sum + n, 0);
  return total ? percent(counts[k] / total) : "–";
}

/**
 * Colours are written out, as a variable or an opacity in each of a hundred cells makes the browser
 * work for several frames.
 *
 * @param {View} view
 */
function colour(view) {
  const { root, message, table } = view;
  const { dark } = readTheme(root);
  const theme = dark ? "dark" : "light";
  if (!table) return;
  const { heat } = message;
  const { right, wrong, classes } = message.colours;
  for (const { button, i, j } of table.cells)
    button.style.backgroundColor = faded((i === j ? right : wrong)[theme], heat[i][j]);
  table.rows.forEach(({ name }, k) => {
    const colourOfClass = classColour(classes, k, dark);
    for (const node of [name, table.columns[k]])
      node.style.setProperty("--sp-class", colourOfClass);
  });
  root.dataset.dark = `${dark}`;
}

/**
 * @param {string} colour such as #0072b2
 * @param {number} strength 0 to 1
 */
function faded(colour, strength) {
  const alpha = Math.round(255 * strength);
  return `${colour}${alpha.toString(16).padStart(2, "0")}`;
}
