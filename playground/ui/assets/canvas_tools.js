// The row of buttons above the canvas.

import { WIDTHS } from "./canvas_ink.js";
import { clear, setTool, step } from "./canvas_pad.js";
import { element, shape } from "./nodes.js";

const ICONS = {
  // in a square of 24
  undo: ["M9 14 4 9l5-5", "M4 9h10a5.5 5.5 0 0 1 0 11h-3"],
  redo: ["m15 14 5-5-5-5", "M20 9H10a5.5 5.5 0 0 0 0 11h3"],
  eraser: ["M8 20 3 15 14 4l7 7-9 9z", "m9 9 7 7", "M8 20h12"],
  clear: ["M4 7h16", "M9 7V4h6v3", "m6 7 1 13h10l1-13"],
};

export function createTools(view) {
  const bar = element("div", "sp-canvas-tools", view.body);
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "Drawing tools");
  const add = (label, draw, action) => addButton(view, bar, label, draw, action);
  const { doc } = view;
  view.tools = {
    undo: add("Undo", lines(ICONS.undo), () => step(view, true)),
    redo: add("Redo", lines(ICONS.redo), () => step(view, false)),
    clear: add("Clear", lines(ICONS.clear), () => clear(view)),
    eraser: add("Eraser", lines(ICONS.eraser), () => setTool(view, { erasing: !doc.erasing })),
    widths: WIDTHS.map(([name, width]) =>
      add(`${name} pen`, dot(100 * width), () => setTool(view, { width, erasing: false })),
    ),
  };
}

function addButton(view, bar, label, draw, action) {
  const button = element("button", "sp-canvas-tool", bar);
  button.type = "button";
  button.title = label;
  button.setAttribute("aria-label", label);
  draw(shape("svg", "", button, { viewBox: "0 0 24 24", "aria-hidden": "true" }));
  button.addEventListener(
    "click",
    () => {
      if (button.getAttribute("aria-disabled") !== "true") action();
    },
    { signal: view.listeners.signal },
  );
  return button;
}

export function showTools({ tools, doc, working }) {
  const strokes = working ?? doc.strokes;
  // Not `disabled`: that would take the focus away from who just pressed it.
  tools.undo.setAttribute("aria-disabled", !doc.past.length);
  tools.redo.setAttribute("aria-disabled", !doc.future.length);
  tools.clear.setAttribute("aria-disabled", !strokes.length);
  tools.eraser.setAttribute("aria-pressed", doc.erasing);
  tools.widths.forEach((button, i) =>
    button.setAttribute("aria-pressed", !doc.erasing && doc.width === WIDTHS[i][1]),
  );
}

const lines = (paths) => (icon) => paths.forEach((d) => shape("path", "", icon, { d }));

const dot = (radius) => (icon) => shape("circle", "", icon, { cx: 12, cy: 12, r: 0.85 * radius });
