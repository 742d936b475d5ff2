// Moves what Plotly has drawn, without Plotly: the same SVG nodes, at other places.
//
// Plotly.restyle and Plotly.react lay out the whole figure anew, axes and texts included:
// 13 to 25 ms for the lessons' figures, too much for a frame of a drag. A line's path, a
// marker's place, a bar's height, a cell's colour and a label's place and words take well
// under 1 ms. Plotly does not know of it, so it must be told soon after (see figure.js), or
// hovering would show the old numbers.

import { shape, write } from "../_kernel/dom.js";

/** @typedef {import("./changes.js").Edit} Edit */
/** @typedef {import("../_kernel/plotly.js").DrawnAxis} DrawnAxis */
/** @typedef {import("../_kernel/plotly.js").PlotNode} PlotNode */
/** @typedef {import("../_kernel/plotly.js").Trace} Trace */

/** @typedef {[across: DrawnAxis, up: DrawnAxis]} Axes */
/** @typedef {[x: number, y: number][]} Places in px within the panel */
/** @typedef {(() => void)[]} Steps that move nodes, once it is known that all can be moved */

/**
 * Adds the steps that give a trace its edit; false if that needs more.
 *
 * @typedef {(plot: PlotNode, trace: Trace, edit: Edit, steps: Steps) => boolean} Plan
 */

/** Keys of a trace that can be changed here; `customdata` is not drawn at all. */
export const MOVABLE = ["x", "y", "z", "zmin", "zmax", "text", "customdata"];

/** @type {{ [type: string]: Plan | undefined }} */
const PLANS = { scatter: planScatter, bar: planBars, heatmap: planCells };
const FAR = 1e4; // px outside of the panel, where a clipped line may as well end
const SVG = "http://www.w3.org/2000/svg";

/**
 * Give each trace its edit, or change nothing and say false if that needs more, such as a new
 * node. Keys that are not movable are left alone.
 *
 * @param {PlotNode} plot
 * @param {{ [index: string]: Edit }} edits
 */
export function moveNodes(plot, edits) {
  /** @type {Steps} */
  const steps = [];
  for (const [index, edit] of Object.entries(edits)) {
    const trace = plot.data[Number(index)];
    if (!PLANS[trace.type]?.(plot, trace, edit, steps)) return false;
  }
  for (const step of steps) step();
  return true;
}

/**
 * After Plotly has drawn: what was laid over its own nodes is in the way.
 *
 * @param {PlotNode} plot
 */
export const uncover = (plot) => plot.querySelector(".sp-cells")?.remove();

/**
 * @param {PlotNode} plot
 * @param {Trace} trace
 * @returns {Axes | undefined}
 */
function axesOf(plot, { xaxis = "x", yaxis = "y" }) {
  const across = plot._fullLayout?.[`xaxis${xaxis.slice(1)}`];
  const up = plot._fullLayout?.[`yaxis${yaxis.slice(1)}`];
  return across && up ? [across, up] : undefined;
}

// ---------------------------------------------------------------- lines, points, labels

/** @type {Plan} */
function planScatter(plot, trace, edit, steps) {
  const group = plot.querySelector(`.scatterlayer .trace${trace.uid}`);
  if (!group) return false;
  const places = edit.x && placesOf(plot, trace, edit);
  if (edit.x && !places) return false;
  const mode = (trace.mode ?? "").split("+");
  if (places && mode.includes("lines") && !planLine(group, places, steps)) return false;
  if (places && mode.includes("markers") && !planMarkers(group, places, steps)) return false;
  return !mode.includes("text") || planLabels(group, trace, edit, places, steps);
}

/**
 * Undefined where Plotly would leave a gap or draw no marker.
 *
 * @param {PlotNode} plot
 * @param {Trace} trace
 * @param {Edit} edit
 * @returns {Places | undefined}
 */
function placesOf(plot, trace, { x = [], y = [] }) {
  const axes = axesOf(plot, trace);
  if (!axes) return undefined;
  const reach = trace.mode === "lines" ? FAR : 1; // lines are clipped
  /** @type {(value: number, axis: DrawnAxis) => number} */
  const place = (value, axis) => {
    const pixel = axis.d2p(value);
    return trace.mode === "lines" ? Math.max(1 - FAR, Math.min(FAR, pixel)) : pixel;
  };
  /** @type {(pixel: number, axis: DrawnAxis) => boolean} */
  const inside = (pixel, { _length }) => pixel > -reach && pixel < _length + reach; // never NaN
  /** @type {Places} */
  const places = x.map((value, i) => [place(value, axes[0]), place(y[i], axes[1])]);
  return places.every(([left, top]) => inside(left, axes[0]) && inside(top, axes[1]))
    ? places
    : undefined;
}

/** @type {(group: Element, places: Places, steps: Steps) => boolean} */
function planLine(group, places, steps) {
  const path = group.querySelector(".lines .js-line");
  if (!path) return places.length < 2;
  const points = places.map(([x, y]) => `${x.toFixed(2)},${y.toFixed(2)}`);
  steps.push(() => path.setAttribute("d", points.length > 1 ? `M${points.join("L")}` : "M0,0"));
  return true;
}

/** @type {(group: Element, places: Places, steps: Steps) => boolean} */
function planMarkers(group, places, steps) {
  const nodes = group.querySelectorAll(".points .point");
  if (nodes.length !== places.length) return false;
  steps.push(() => {
    for (const [i, node] of nodes.entries())
      node.setAttribute("transform", `translate(${places[i].map((v) => v.toFixed(2))})`);
  });
  return true;
}

/**
 * @param {Element} group
 * @param {Trace} trace
 * @param {Edit} edit
 * @param {Places | undefined} places
 * @param {Steps} steps
 */
function planLabels(group, trace, edit, places, steps) {
  const labels = (edit.text ?? trace.text ?? []).flat();
  const nodes = group.querySelectorAll(".textpoint text");
  if (nodes.length !== labels.length || labels.some((label) => /[<&]/.test(label))) return false;
  steps.push(() => {
    for (const [i, node] of nodes.entries()) {
      write(node, labels[i]);
      if (!places) continue;
      node.setAttribute("x", places[i][0].toFixed(2));
      node.setAttribute("y", places[i][1].toFixed(2));
    }
  });
  return true;
}

// ---------------------------------------------------------------- bars

/**
 * What d3 keeps in a node: a trace's bars in its group, and in each bar its edges.
 *
 * @typedef {Element & { __data__?: { p0?: unknown, p1?: unknown, 0?: { trace?: Trace } } }} Bar
 */

/**
 * Upright bars: Plotly's own left and right edges, another height, and a label that goes with it.
 *
 * @type {Plan}
 */
function planBars(plot, trace, { y = [], text }, steps) {
  const axes = axesOf(plot, trace);
  /** @type {Bar[]} */
  const groups = [...plot.querySelectorAll(".barlayer .trace")];
  const group = groups.find((node) => node.__data__?.[0]?.trace?.uid === trace.uid);
  /** @type {Bar[]} */
  const nodes = [...(group?.querySelectorAll(".point") ?? [])];
  if (!axes || nodes.length !== y.length) return false;
  const foot = axes[1].c2p(0);
  const labels = nodes.map((node) => node.querySelector("text"));
  const words = text ?? trace.text ?? [];
  if (words.length && labels.some((label, i) => !label || /[<&]/.test(`${words[i]}`))) return false;
  const tops = y.map((value) => axes[1].c2p(value));
  const paths = nodes.map((node, i) => {
    const { p0, p1 } = node.__data__ ?? {};
    const [left, right] = [axes[0].c2p(p0), axes[0].c2p(p1)];
    const top = tops[i];
    if (![left, right, top, foot].every(Number.isFinite)) return undefined;
    const [a, b, c, d] = [left, foot, top, right].map((pixel) => pixel.toFixed(2));
    return `M${a},${b}V${c}H${d}V${b}Z`;
  });
  if (!paths.every((path) => path !== undefined)) return false;
  steps.push(() => {
    for (const [i, node] of nodes.entries()) {
      const path = node.firstElementChild;
      const label = labels[i];
      const before = /V(-?[\d.]+)/.exec(path?.getAttribute("d") ?? "")?.[1];
      path?.setAttribute("d", paths[i]);
      if (!label || !words.length) continue;
      write(label, `${words[i]}`);
      const place = label.getAttribute("transform") ?? "";
      const moved = place.replace(
        /^translate\((-?[\d.]+),\s*(-?[\d.]+)\)/,
        (_, x, down) => `translate(${x},${(+down + tops[i] - Number(before)).toFixed(2)})`,
      );
      label.setAttribute("transform", moved);
    }
  });
  return true;
}

// ---------------------------------------------------------------- cells

/**
 * A heat map with a colour for either sign and the page's in the middle. Plotly paints its
 * cells into one image, which takes too long to make; rectangles are laid over it.
 *
 * @type {Plan}
 */
function planCells(plot, trace, { z = [], zmax = 1, text = [] }, steps) {
  const axes = axesOf(plot, trace);
  const group = plot.querySelector(".heatmaplayer .hm");
  const labels = [...(group?.querySelectorAll(".heatmap-label text") ?? [])];
  const [values, words] = [z.flat(), text.flat()];
  if (!axes || !group || trace.colorscale?.length !== 3) return false;
  if (labels.length !== words.length || values.length !== words.length) return false;
  const [[, below], [, middle], [, above]] = trace.colorscale;
  steps.push(() => {
    const cover = group.querySelector(".sp-cells") ?? coverCells(group, axes, z, trace, middle);
    const cells = cover.querySelectorAll("path");
    for (const [i, value] of values.entries()) {
      cells[i].setAttribute("fill", value < 0 ? below : above);
      cells[i].setAttribute("fill-opacity", Math.abs(value / zmax).toFixed(4));
      write(labels[i], words[i]);
    }
  });
  return true;
}

/**
 * @param {Element} group
 * @param {Axes} axes
 * @param {number[][]} z
 * @param {Trace} trace
 * @param {string} page the colour of 0
 */
function coverCells(group, [across, up], z, { xgap = 0, ygap = 0 }, page) {
  const cover = document.createElementNS(SVG, "g");
  cover.setAttribute("class", "sp-cells");
  shape("rect", "", cover, { width: across._length, height: up._length, fill: page });
  /** @type {(axis: DrawnAxis, k: number, gap: number) => [low: number, high: number]} */
  const edges = (axis, k, gap) => {
    const [low, high] = [axis.c2p(k - 0.5), axis.c2p(k + 0.5)]
      .map(Math.round)
      .sort((a, b) => a - b);
    return [low + Math.floor(gap / 2), high - Math.ceil(gap / 2)];
  };
  for (const [i, row] of z.entries())
    for (const j of row.keys()) {
      const [[left, right], [top, bottom]] = [edges(across, j, xgap), edges(up, i, ygap)];
      shape("path", "", cover, { d: `M${left},${top}H${right}V${bottom}H${left}Z` });
    }
  group.querySelector("image")?.after(cover);
  return cover;
}
