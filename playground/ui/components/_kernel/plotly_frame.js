// What the live chart and the figures have in common: the nodes around a Plotly node, the
// text while there is none, fetching plotly.js, and the pictures to take home.

import { element, uniqueName } from "./dom.js";
import { loadPlotly } from "./plotly.js";

/** @typedef {import("./plotly.js").PlotNode} PlotNode */
/** @typedef {import("./plotly.js").Plotly} Plotly */

/**
 * What a view has from here.
 *
 * @typedef {object} FrameKeys
 * @property {PlotNode} plot
 * @property {HTMLElement} wait what is said while nothing is drawn
 * @property {HTMLElement} alt the figure in words
 * @property {Plotly} [Plotly] once it is loaded
 * @property {boolean} [loading]
 *
 * @typedef {Pick<import("./component.js").Life<object>, "root" | "signal">} Base
 * @typedef {Base & FrameKeys} Frame
 */

const PNG_SCALE = 2; // sharp on paper and on a projector

/** Whether the visitor points with a finger. */
export const touch = () => matchMedia("(pointer: coarse)");

/**
 * Adds to a view what it has from here.
 *
 * @template {Base} Life
 * @param {Life} life
 * @returns {Life & FrameKeys}
 */
export function addFrame(life) {
  const { root, signal } = life;
  const name = root.className;
  /** @type {HTMLElement} */
  const plot = element("div", `${name}-plot`, root);
  /** @type {Life & FrameKeys} */
  const view = Object.assign(life, {
    plot: /** @type {PlotNode} */ (plot), // Plotly will make it one
    wait: element("div", `${name}-wait`, root),
    alt: element("div", `${name}-alt sp-hidden`, root),
  });
  view.alt.id = uniqueName(`${name}-alt`);
  root.setAttribute("role", "figure");
  root.setAttribute("aria-describedby", view.alt.id);
  signal.addEventListener("abort", () => view.Plotly?.purge(view.plot));
  return view;
}

/**
 * @param {Frame} view
 * @param {string} text
 * @param {() => void} [retry]
 */
export function showWaiting(view, text, retry) {
  view.wait.replaceChildren(text);
  view.wait.hidden = !text;
  if (!retry) return;
  element("button", "", view.wait, "Retry").addEventListener("click", retry);
}

/**
 * Fetch plotly.js into `view.Plotly` and then call `ready`.
 *
 * @param {Frame} view
 * @param {string} path of plotly.js
 * @param {"chart" | "figure"} what
 * @param {() => void} ready
 */
export async function preparePlotly(view, path, what, ready) {
  if (view.loading) return; // on its way, or failed and waiting for a click
  view.loading = true;
  showWaiting(view, `Loading the ${what}…`);
  try {
    view.Plotly = await loadPlotly(location.origin + path);
    ready();
  } catch {
    showWaiting(view, `The ${what} could not be loaded: is the server still running?`, () => {
      view.loading = false;
      preparePlotly(view, path, what, ready);
    });
  }
}

// ---------------------------------------------------------------- pictures to take home

/**
 * Buttons for Plotly's mode bar. It shows on hover and on focus, and always under a finger.
 *
 * @param {Frame} view
 */
export function downloadButtons(view) {
  return /** @type {const} */ (["png", "svg"]).map((format) => ({
    name: `sp-${format}`,
    title: `Download as ${format.toUpperCase()}`,
    icon: () => icon(format),
    click: () => download(view, format),
  }));
}

export const showsModeBar = () => (touch().matches ? true : "hover");

/**
 * @param {Frame} view
 * @param {"png" | "svg"} format
 */
function download(view, format) {
  const { width, height } = view.plot.layout;
  const filename = fileName(view.root.getAttribute("aria-label") ?? "");
  const scale = format === "png" ? PNG_SCALE : 1;
  view.Plotly?.downloadImage(view.plot, { format, width, height, scale, filename });
}

/**
 * "Loss and accuracy of the run" → "loss-and-accuracy-of-the-run"
 *
 * @param {string} label
 */
export function fileName(label) {
  const plain = label
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "");
  return plain.slice(0, 80) || "figure";
}

/** @param {string} format */
function icon(format) {
  const text = document.createElement("span");
  text.className = "sp-format";
  text.textContent = format.toUpperCase();
  return text;
}
