// A confusion matrix as a table of buttons: the true class down, the predicted one across.
//
// Nodes are made once for a number of classes; new counts change texts and colours in place.

import { classColour } from "./class_colours.js";
import { makeTabStop, rove } from "./digit_images.js";
import { readTheme } from "./live_chart_figure.js";
import { element } from "./nodes.js";

const views = new WeakMap(); // parent element → view

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

export default function confusionTable({ data, parentElement, setTriggerValue }) {
  if (!data) return undefined;
  let view = views.get(parentElement);
  if (!view) views.set(parentElement, (view = mount(parentElement)));
  view.trigger = setTriggerValue;
  if (data !== view.message) receive(view, data);
  colour(view); // also when only the theme has changed
  // Streamlit calls this too when a newer message overtakes the loading of this module.
  return () => parentElement.isConnected || destroy(view, parentElement);
}

function mount(parent) {
  const root = element("div", "sp-confusion", parent);
  element("style", "", root).textContent = STYLE;
  return { root, cells: [], buttons: [], seq: 0, listeners: new AbortController() };
}

function destroy(view, parent) {
  view.listeners.abort();
  view.root.remove();
  views.delete(parent);
}

// ---------------------------------------------------------------- nodes

function build(view, count) {
  view.table?.remove();
  view.listeners.abort();
  view.listeners = new AbortController();
  Object.assign(view, { cells: [], buttons: [], rows: [], columns: [], count });
  view.root.style.setProperty("--sp-count", count);
  view.table = element("table", "", view.root);
  view.words = element("caption", "sp-confusion-alt", view.table);
  const head = element("thead", "", view.table);
  const top = element("tr", "", head);
  element("td", "", top);
  const across = header(top, "sp-confusion-across", "colgroup", "read as →");
  across.colSpan = count;
  element("td", "", top);
  const names = element("tr", "", head);
  header(names, "", "col", "true ↓").classList.add("sp-confusion-corner");
  for (let k = 0; k < count; k += 1) view.columns.push(named(header(names, "", "col", "")));
  header(names, "", "col", "right");
  const body = element("tbody", "", view.table);
  for (let i = 0; i < count; i += 1) addRow(view, body, i);
  rove(view.table, view.buttons, () => count, view.listeners.signal);
}

function header(row, className, scope, text) {
  const made = element("th", className, row, text);
  made.scope = scope;
  return made;
}

const named = (head) => element("span", "sp-confusion-name", head);

function addRow(view, body, i) {
  const row = element("tr", "", body);
  const name = named(header(row, "", "row", ""));
  for (let j = 0; j < view.count; j += 1) {
    const button = element("button", "sp-confusion-cell", element("td", "", row));
    button.type = "button";
    button.tabIndex = -1;
    button.dataset.cell = `${i} ${j}`;
    button.addEventListener("click", () => pick(view, i, j), { signal: view.listeners.signal });
    view.cells.push({ button, i, j });
    view.buttons.push(button);
  }
  view.rows.push({ name, right: element("td", "", row) });
}

function pick(view, i, j) {
  if (!view.message.counts[i][j]) return;
  view.seq += 1; // the same cell picked again is a new pick
  view.trigger("pick", { cell: [i, j], seq: view.seq });
}

// ---------------------------------------------------------------- receiving

function receive(view, message) {
  view.message = message;
  const { names, counts, heat, chosen, words } = message;
  if (names.length !== view.count) build(view, names.length);
  view.words.textContent = words;
  names.forEach((name, k) => {
    view.columns[k].textContent = name;
    view.rows[k].name.textContent = name;
    const total = counts[k].reduce((sum, n) => sum + n, 0);
    view.rows[k].right.textContent = total ? `${((100 * counts[k][k]) / total).toFixed(1)} %` : "–";
  });
  for (const { button, i, j } of view.cells) {
    const count = counts[i][j];
    const times = count === 1 ? "once" : `${count} times`;
    button.textContent = `${count}`;
    button.setAttribute("aria-label", `a ${names[i]} read as ${names[j]}: ${times}`);
    button.setAttribute("aria-disabled", `${count === 0}`);
    button.setAttribute("aria-pressed", `${chosen?.[0] === i && chosen?.[1] === j}`);
    button.style.setProperty("--sp-heat", heat[i][j]);
  }
  if (!view.buttons.includes(document.activeElement)) {
    const [i, j] = chosen ?? [0, 0];
    makeTabStop(view.buttons, view.buttons[i * names.length + j]);
  }
}

function colour(view) {
  const { dark } = readTheme(view.root);
  const theme = dark ? "dark" : "light";
  if (view.theme === theme && view.coloured === view.table) return;
  const { right, wrong, classes } = view.message.colours;
  for (const { button, i, j } of view.cells)
    button.style.setProperty("--sp-cell", (i === j ? right : wrong)[theme]);
  view.rows.forEach(({ name }, k) => {
    const colourOfClass = classColour(classes, k, dark);
    for (const node of [name, view.columns[k]]) node.style.setProperty("--sp-class", colourOfClass);
  });
  Object.assign(view, { theme, coloured: view.table });
  view.root.dataset.dark = dark;
}
