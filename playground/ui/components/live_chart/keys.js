// The live chart by keyboard: what a mouse does by dragging and by clicking on the legend.

import { element } from "../_kernel/dom.js";
import { clip } from "../_kernel/maths.js";

const LEAST = 8; // steps that stay in sight
/** @typedef {import("./figure.js").Content} Content */

/**
 * What the keys need of the live chart.
 *
 * @typedef {Pick<import("../_kernel/plotly.js").Frame, "root" | "plot" | "alt" | "Plotly">} Parts
 * @typedef {Pick<Content, "tables" | "total"> & { spec?: Content["spec"] }} Shown
 * @typedef {Parts & Shown & { structure?: string }} Charted
 */

/** @typedef {{ showAll: () => void, turnCut: () => string }} Ways */

/**
 * Plotly's node takes the keys; what they do is said in sight and, after each, aloud.
 *
 * @param {Charted} view
 * @param {Ways} ways what the chart does itself
 */
export function listenToKeys(view, ways) {
  const hint = element("div", "sp-chart-keys", view.root);
  const said = element("div", "sp-hidden", view.root);
  hint.id = `${view.alt.id}-keys`;
  said.setAttribute("role", "status");
  view.plot.tabIndex = 0;
  view.plot.setAttribute("role", "application"); // the keys are its own
  view.plot.setAttribute("aria-label", "The chart, by keys");
  view.plot.setAttribute("aria-describedby", hint.id);
  view.plot.addEventListener("focus", () => {
    hint.textContent = explain(view);
  });
  view.plot.addEventListener("keydown", (event) => {
    if (event.target !== view.plot || event.ctrlKey || event.metaKey || event.altKey) return;
    if (view.structure === undefined) return; // nothing is drawn yet
    const told = press(view, event.key, ways);
    if (!told) return;
    said.textContent = told;
    event.preventDefault();
    event.stopPropagation();
  });
}

/** @param {Charted} view */
function explain(view) {
  const curves = labels(view).map((label, i) => `${i + 1} ${label}`);
  return `+ − zoom · ← → move · 0 shows all · y cuts the loss or not · hide or show: ${curves.join(", ")}`;
}

/**
 * In words what the key has done; undefined if it means nothing here.
 *
 * @param {Charted} view
 * @param {string} key
 * @param {Ways} ways
 */
export function press(view, key, ways) {
  if (key === "+" || key === "=") return zoom(view, 0.5, 0);
  if (key === "-" || key === "−") return zoom(view, 2, 0);
  if (key === "ArrowLeft") return zoom(view, 1, -0.25);
  if (key === "ArrowRight") return zoom(view, 1, 0.25);
  if (key === "0") {
    ways.showAll();
    return "All steps";
  }
  if (key === "y") return ways.turnCut();
  return /^[1-9]$/.test(key) ? toggle(view, labels(view)[Number(key) - 1]) : undefined;
}

/**
 * The range of steps, `factor` times as wide and moved by `by` of its width, within what there is.
 *
 * @param {Charted} view
 * @param {number} factor
 * @param {number} by
 */
function zoom(view, factor, by) {
  const [from, to] = view.plot.layout.xaxis.range;
  const end = Math.max(view.total ?? 0, ...[...view.tables.values()].map((t) => t.x.at(-1) ?? 0));
  if (!end) return "No steps yet";
  const width = clip((to - from) * factor, Math.min(LEAST, end), end);
  const wanted = (from + to - width) / 2 + by * width;
  const start = clip(wanted, 0, end - width);
  view.Plotly?.relayout(view.plot, { "xaxis.range": [start, start + width] });
  return `Steps ${Math.round(start)} to ${Math.round(start + width)}`;
}

/**
 * Curves with the same name, in all panels, are one.
 *
 * @param {Charted} view
 */
const labels = (view) => [...new Set((view.spec?.traces ?? []).map((trace) => trace.label))];

/**
 * @param {Charted} view
 * @param {string} [label]
 */
function toggle(view, label) {
  if (!label) return undefined;
  const traces = view.spec?.traces ?? [];
  const indices = [...traces.keys()].filter((i) => traces[i].label === label);
  const hide = indices.some((i) => view.plot.data[i].visible !== "legendonly");
  view.Plotly?.restyle(view.plot, { visible: hide ? "legendonly" : true }, indices);
  return `${label} ${hide ? "hidden" : "shown"}`;
}
