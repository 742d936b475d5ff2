// plotly.js, fetched once for all charts of the page, what of it is used here, and what the live chart
// and the figures have in common: the nodes around a Plotly node, the text while there is none, and the
// pictures to take home.

import { element, uniqueName } from "./dom.js";

/** @typedef {{ [path: string]: unknown }} Changes by key or by path, such as "line.color" */

/**
 * A trace: what is read here, and more that only Plotly reads.
 *
 * @typedef {object} TraceKeys
 * @property {string} type
 * @property {string} [uid]
 * @property {string} [mode] such as "lines+markers"
 * @property {boolean | "legendonly"} [visible]
 * @property {number[]} [x] names of classes where nothing moves along x
 * @property {number[]} [y]
 * @property {string} [xaxis] such as "x2"; "x" if there is none
 * @property {string} [yaxis]
 * @property {number[][]} [z] of a heat map
 * @property {number} [zmin]
 * @property {number} [zmax]
 * @property {number} [xgap] px between the cells
 * @property {number} [ygap]
 * @property {[at: number, colour: string][]} [colorscale]
 * @property {string[] | string[][]} [text]
 * @property {(number | string)[][]} [customdata] what a hover shows
 *
 * @typedef {TraceKeys & Changes} Trace
 */

/**
 * A layout: what is read or written here, and more that only Plotly reads.
 *
 * @typedef {object} LayoutKeys
 * @property {number} [width]
 * @property {number} [height]
 * @property {boolean | string} [dragmode]
 * @property {Changes} [legend]
 * @property {Changes & { range?: [number, number] }} [xaxis]
 *
 * @typedef {LayoutKeys & Changes} Layout
 */

/**
 * An axis as Plotly keeps it for itself, in px.
 *
 * @typedef {object} DrawnAxis
 * @property {number} _offset where its panel begins in the figure
 * @property {number} _length
 * @property {(value: unknown) => number} c2p where a number lies in the panel
 * @property {(value: unknown) => number} d2p where a value of the data lies in the panel
 */

/** @typedef {{ annotation?: { name?: string } }} Told what is read of Plotly's events */

/**
 * The node of a figure, once Plotly has drawn it.
 *
 * @typedef {object} Drawn
 * @property {Trace[]} data
 * @property {Layout & { xaxis: { range: [number, number] } }} layout
 * @property {{ [name: string]: DrawnAxis | undefined }} [_fullLayout]
 * @property {(event: string, listener: (told?: Told) => void) => void} on
 *
 * @typedef {HTMLElement & Drawn} PlotNode
 */

/**
 * A button of the bar in a figure's corner.
 *
 * @typedef {object} BarButton
 * @property {string} name
 * @property {string} title
 * @property {object} icon one of Plotly's, or a function that makes a node
 * @property {() => void} click
 */

/**
 * @typedef {object} Plotly
 * @property {(node: HTMLElement, data: Trace[], layout: Layout, config: Changes) => void} newPlot
 * @property {(node: HTMLElement, data: Trace[], layout: Layout) => void} react
 * @property {(node: HTMLElement, changes: Changes) => void} relayout
 * @property {(node: HTMLElement, changes: Changes, traces: number[]) => void} restyle
 * @property {(node: HTMLElement, data: Changes, layout: Changes, traces: number[]) => void} update
 * @property {(node: HTMLElement) => void} purge
 * @property {(node: HTMLElement, options: Changes) => void} downloadImage
 * @property {{ home: object }} Icons
 */

/** @typedef {Window & { Plotly?: Plotly, spPlotly?: Promise<Plotly> }} PlotlyWindow */

/**
 * One script tag; a failed one is taken away, so that it can be tried again.
 *
 * @param {string} url
 * @returns {Promise<Plotly>}
 */
export function loadPlotly(url) {
  /** @type {PlotlyWindow} */
  const page = window;
  page.spPlotly ??= new Promise((resolve, reject) => {
    const script = document.head.appendChild(document.createElement("script"));
    const fail = () => {
      script.remove();
      delete page.spPlotly;
      reject(new Error(`Cannot load ${url}`));
    };
    script.addEventListener("load", () => (page.Plotly ? resolve(page.Plotly) : fail()));
    script.addEventListener("error", fail);
    script.src = url;
  });
  return page.spPlotly;
}

// ---------------------------------------------------------------- the frame around it

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
