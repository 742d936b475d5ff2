// The row of buttons above the canvas.

import { element, shape } from "../_kernel/dom.js";
import { WIDTHS } from "./ink.js";
import { clear, setTool, step } from "./pad.js";

/** @typedef {(icon: SVGSVGElement) => void} Draw */

/**
 * @typedef {object} Tools
 * @property {HTMLButtonElement} undo
 * @property {HTMLButtonElement} redo
 * @property {HTMLButtonElement} clear
 * @property {HTMLButtonElement} eraser
 * @property {HTMLButtonElement[]} widths one a pen
 */

const ICONS = {
  // in a square of 24
  undo: ["M9 14 4 9l5-5", "M4 9h10a5.5 5.5 0 0 1 0 11h-3"],
  redo: ["m15 14 5-5-5-5", "M20 9H10a5.5 5.5 0 0 0 0 11h3"],
  eraser: ["M8 20 3 15 14 4l7 7-9 9z", "m9 9 7 7", "M8 20h12"],
  clear: ["M4 7h16", "M9 7V4h6v3", "m6 7 1 13h10l1-13"],
};

/**
 * @param {HTMLElement} body
 * @returns {Tools}
 */
export function createTools(body) {
  const bar = element("div", "sp-canvas-tools", body);
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "Drawing tools");
  return {
    undo: addButton(bar, "Undo", lines(ICONS.undo)),
    redo: addButton(bar, "Redo", lines(ICONS.redo)),
    clear: addButton(bar, "Clear", lines(ICONS.clear)),
    eraser: addButton(bar, "Eraser", lines(ICONS.eraser)),
    widths: WIDTHS.map(([name, width]) => addButton(bar, `${name} pen`, dot(100 * width))),
  };
}

/**
 * @param {HTMLElement} bar
 * @param {string} label
 * @param {Draw} draw
 */
function addButton(bar, label, draw) {
  const button = element("button", "sp-canvas-tool", bar);
  button.title = label;
  button.setAttribute("aria-label", label);
  draw(shape("svg", "", button, { viewBox: "0 0 24 24", "aria-hidden": "true" }));
  return button;
}

/** @param {import("./canvas.js").View} view */
export function listenToTools(view) {
  const { tools, doc } = view;
  /** @type {(button: HTMLButtonElement, action: () => void) => void} */
  const on = (button, action) => button.addEventListener("click", action);
  on(tools.undo, () => step(view, true));
  on(tools.redo, () => step(view, false));
  on(tools.clear, () => clear(view));
  on(tools.eraser, () => setTool(view, { erasing: !doc.erasing }));
  tools.widths.forEach((button, i) => {
    on(button, () => setTool(view, { width: WIDTHS[i][1], erasing: false }));
  });
}

/** @param {import("./canvas.js").View} view */
export function showTools({ tools, doc, working }) {
  const strokes = working ?? doc.strokes;
  // Not `disabled`: that would take the focus away from who just pressed it.
  tools.undo.setAttribute("aria-disabled", `${!doc.past.length}`);
  tools.redo.setAttribute("aria-disabled", `${!doc.future.length}`);
  tools.clear.setAttribute("aria-disabled", `${!strokes.length}`);
  tools.eraser.setAttribute("aria-pressed", `${doc.erasing}`);
  tools.widths.forEach((button, i) => {
    button.setAttribute("aria-pressed", `${!doc.erasing && doc.width === WIDTHS[i][1]}`);
  });
}

/** @type {(paths: string[]) => Draw} */
const lines = (paths) => (icon) => {
  for (const d of paths) shape("path", "", icon, { d });
};

/** @type {(radius: number) => Draw} */
const dot = (radius) => (icon) => {
  shape("circle", "", icon, { cx: 12, cy: 12, r: 0.85 * radius });
};
