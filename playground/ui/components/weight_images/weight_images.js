// The weights that meet the pixels: a wall of small pictures, and one of them large.
//
// All pictures share one colour scale. Buttons are made once and their pictures, which are on one
// canvas, are drawn anew in place when the weights of another moment arrive, so nothing flickers.

import { open } from "../_kernel/blobs.js";
import { component, watchSize } from "../_kernel/component.js";
import {
  copyPicture,
  paintSigned,
  picture,
  pictures,
  signedColours,
} from "../_kernel/digit_images.js";
import { element, update, write } from "../_kernel/dom.js";
import { digits, fixed } from "../_kernel/format.js";
import { focusedAt, makeTabStop, rove } from "../_kernel/roving.js";
import { Sheet } from "../_kernel/sheet.js";
import { readTheme } from "../_kernel/theme.js";

/**
 * What Python sends. Lists are by place among those that are shown.
 *
 * @typedef {object} Message
 * @property {number[]} shown numbers of the units
 * @property {string[]} names
 * @property {number[]} norms
 * @property {number[]} extremes the largest |weight| of each
 * @property {number} side pixels of a picture
 * @property {number} limit the |weight| with the strongest colour
 * @property {string} kind in the plural, such as "kernels"
 * @property {string} note which of the units these are
 * @property {number} beyond how many weights are beyond the limit
 * @property {number} total how many weights there are
 * @property {import("../_kernel/blobs.js").Blob} weights
 */

/**
 * @typedef {object} ViewKeys
 * @property {HTMLElement} grid
 * @property {HTMLButtonElement[]} buttons of the units
 * @property {Sheet} sheet
 * @property {HTMLElement[]} pictured where their pictures are
 * @property {{ of: string, pictures: HTMLCanvasElement, large?: number }} [painted] last
 * @property {HTMLCanvasElement} large the one picture that is shown large
 * @property {HTMLElement[]} lines about it
 * @property {HTMLElement} low the left end of the scale
 * @property {HTMLCanvasElement} scale
 * @property {HTMLElement} high
 * @property {HTMLElement} note
 * @property {HTMLElement} beyond
 * @property {number} [columns]
 * @property {number} [pointed] the place of the unit that is pointed at
 * @property {number} [pinned] the number of the unit that was clicked last
 *
 * @typedef {import("../_kernel/component.js").Life<Message>} Life
 * @typedef {Life & ViewKeys & import("../_kernel/blobs.js").Asker} View
 */

export default component({ className: "sp-weights", mount, receive, draw });

// ---------------------------------------------------------------- nodes

/** @param {Life} life */
function mount(life) {
  const { root, signal } = life;
  const body = element("div", "sp-weights-body", root);
  const one = element("div", "sp-weights-one", body);
  const large = picture(one);
  const text = element("div", "sp-weights-text", one);
  const lines = [element("b", "", text), element("span", "", text), element("span", "", text)];
  const key = mountKey(element("div", "sp-weights-key", one));
  const grid = element("div", "sp-weights-grid", body);
  grid.setAttribute("role", "group");
  /** @type {View} */
  const view = Object.assign(life, {
    ...{ grid, buttons: [], pictured: [], large, lines, ...key },
    sheet: new Sheet(grid, () => draw(view), signal),
  });
  watchSize(root, () => arrange(view), signal);
  listen(view);
  return view;
}

/** @param {HTMLElement} parent */
function mountKey(parent) {
  const row = element("div", "sp-weights-scale", parent);
  const low = element("span", "", row);
  const scale = Object.assign(picture(row), { width: 61, height: 1 });
  const high = element("span", "", row);
  return { low, scale, high, note: element("div", "", parent), beyond: element("div", "", parent) };
}

/** @param {View} view */
function listen(view) {
  rove(view.grid, view.buttons, () => view.columns);
  /** @param {Event} event */
  const point = ({ target }) => {
    if (!(target instanceof Element)) return;
    const button = target.closest("button");
    const at = button ? view.buttons.indexOf(button) : -1;
    if (at >= 0) show(view, at);
  };
  for (const name of ["pointerover", "focusin"]) view.grid.addEventListener(name, point);
  for (const name of ["pointerleave", "focusout"])
    view.grid.addEventListener(name, () => show(view, undefined));
  view.grid.addEventListener("click", (event) => {
    point(event);
    if (view.pointed !== undefined) view.pinned = view.message.shown[view.pointed];
    view.schedule();
  });
}

/** @param {View} view */
function addUnit(view) {
  const button = element("button", "sp-weights-unit", view.grid);
  button.tabIndex = -1;
  view.pictured.push(element("span", "sp-digit", button));
  view.buttons.push(button);
}

// ---------------------------------------------------------------- receiving

/**
 * @param {View} view
 * @param {Message} [before]
 */
function receive(view, before) {
  const { shown, names, norms, side, limit, kind, note, beyond, total } = view.message;
  while (view.buttons.length < shown.length) addUnit(view);
  view.buttons.forEach((button, at) => {
    button.hidden = at >= shown.length;
    if (button.hidden) return;
    update(button, { "aria-label": `${names[at]}, norm ${digits(norms[at])}` });
  });
  // A canvas that is given a size is wiped, even if it is the one it has.
  if (view.large.width !== side) view.large.width = view.large.height = side;
  write(view.low, `−${limit}`);
  write(view.high, `+${limit}`);
  write(view.note, `${note}.`);
  write(view.beyond, `${percent(beyond / total)} of the weights are beyond the scale.`);
  view.grid.setAttribute(
    "aria-label",
    `Weights as pictures: ${note}. Norms from ${digits(
      Math.min(...norms),
    )} to ${digits(Math.max(...norms))}; ${kind} are drawn from −${limit}, blue, to ${limit}, red.`,
  );
  if (focusedAt(view.buttons) < 0) makeTabStop(view.buttons, view.buttons[place(view)]);
  if (before?.shown.length !== shown.length) arrange(view); // which asks the browser for a layout
}

/** @param {number} part of one */
const percent = (part) =>
  part === 0 ? "None" : part < 0.001 ? "Less than 0.1 %" : `${(100 * part).toFixed(1)} %`;

/** @param {View} view */
function arrange(view) {
  const { shown } = view.message;
  const width = view.grid.clientWidth;
  if (!width) return;
  view.columns = columnsFor(shown.length, width);
  view.grid.style.setProperty("--sp-columns", `${view.columns}`);
  view.grid.style.setProperty("--sp-most", `${shown.length > 16 ? 72 : 112}px`);
  view.sheet.forget();
  view.schedule();
}

/**
 * As many in a row as fit: on a phone eight of 64, or five of a network's ten.
 *
 * @param {number} count of pictures
 * @param {number} width in px
 */
export function columnsFor(count, width) {
  const smallest = count > 16 ? 40 : 58;
  const most = Math.floor((width + 4) / (smallest + 4));
  const wished = count > 16 ? 16 : count > 10 ? 8 : 5;
  return Math.max(1, Math.min(wished, most, count));
}

/**
 * @param {View} view
 * @param {number | undefined} at
 */
function show(view, at) {
  view.pointed = at ?? focused(view);
  view.schedule();
}

/** @param {View} view */
function focused(view) {
  const at = focusedAt(view.buttons);
  return at < 0 || !view.buttons[at].matches(":focus-visible") ? undefined : at;
}

/**
 * Where the unit stands that is shown large: the one pointed at, or the last one clicked.
 *
 * @param {View} view
 */
function place({ message: { shown }, pointed, pinned }) {
  if (pointed !== undefined && pointed < shown.length) return pointed;
  return Math.max(0, pinned === undefined ? -1 : shown.indexOf(pinned));
}

// ---------------------------------------------------------------- drawing

/** @param {View} view */
function draw(view) {
  const { message, sheet, pictured, large } = view;
  const { side, shown } = message;
  const { dark } = readTheme(view.root);
  const bytes = open(view, message.weights);
  describe(view);
  if (view.root.dataset.dark !== `${dark}`) paintSigned(view.scale, dark, (i) => i / 30 - 1);
  view.root.dataset.dark = `${dark}`;
  if (!bytes) return; // the pictures that are there stay until the new ones have come
  const [at, of] = [place(view), [dark, message.weights.id, shown].join()];
  const size = side ** 2;
  if (of !== view.painted?.of) {
    const values = bytes.subarray(0, shown.length * size);
    view.painted = { of, pictures: pictures(values, side, signedColours(dark)) };
  }
  if (at !== view.painted.large) {
    const weights = new Int8Array(bytes.buffer, at * size, size);
    paintSigned(large, dark, (i) => weights[i] / 127);
    view.painted.large = at;
  }
  const { context, places } = sheet.clear(pictured.slice(0, shown.length));
  for (const [unit, there] of places.entries())
    copyPicture(context, view.painted.pictures, unit, there);
  sheet.show();
  Object.assign(view.root.dataset, { weights: message.weights.id, shown: shown[at] });
}

/** @param {View} view */
function describe(view) {
  const { names, norms, extremes, shown } = view.message;
  const at = place(view);
  const texts = [
    names[at],
    `norm ${digits(norms[at])}`,
    `strongest weight ${fixed(extremes[at], 3)}`,
  ];
  view.lines.forEach((line, i) => {
    write(line, texts[i]);
  });
  view.buttons.forEach((button, i) => {
    update(button, { "aria-pressed": i < shown.length && i === at });
  });
}
