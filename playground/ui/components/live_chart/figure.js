// What the live chart looks like: from a view (see live_chart.js) to what Plotly is given.
// Nothing here changes the view.

import { grown } from "../_kernel/projection_scale.js";
import {
  axis,
  domains,
  FONT_SIZE,
  floorOf,
  hasTitleBelow,
  isLog,
  legendTop,
  MARGIN,
  mayBeCut,
  showsRight,
  valuesOf,
} from "./axes.js";
import { notesOf } from "./notes.js";

/** @typedef {import("../_kernel/theme.js").ColourPair} ColourPair */
/** @typedef {import("../_kernel/plotly.js").Changes} Changes */
/** @typedef {import("../_kernel/plotly.js").Layout} Layout */
/** @typedef {import("../_kernel/plotly.js").Trace} Trace */
/** @typedef {import("../_kernel/theme.js").Theme} Theme */

/**
 * A pair of axes: `Panel` in playground/ui/components/live_chart.
 *
 * @typedef {object} Panel
 * @property {string} title
 * @property {string} format of the ticks
 * @property {boolean} mayBeLog
 * @property {[low: number, high: number] | null} range
 * @property {number | null} floor of what is drawn on a logarithmic axis
 */

/**
 * A line: `Trace` in playground/ui/components/live_chart.
 *
 * @typedef {object} Curve
 * @property {string} table
 * @property {string} column
 * @property {string | null} logColumn instead, on a logarithmic axis
 * @property {string} label
 * @property {string} role of its colour
 * @property {number} panel
 * @property {string} mode
 * @property {number} width
 * @property {string} hover with {first}, {step} or names of columns
 * @property {string} hoverSingle
 * @property {boolean} right whether it has an axis of its own, on the panel's right
 * @property {boolean} shown at first
 */

/**
 * What the chart is made of: `Spec` in playground/ui/components/live_chart.
 *
 * @typedef {object} Spec
 * @property {string} label
 * @property {Panel[]} panels
 * @property {Curve[]} traces
 * @property {string} xTitle
 * @property {{ [role: string]: ColourPair }} colours
 */

/** @typedef {{ x: number[], columns: { [name: string]: number[] } }} Table of rows, by step */
/** @typedef {[step: number, text: string]} Mark */

/**
 * Where a few outliers would flatten all else: `Clip` in playground/ui/components/live_chart.
 *
 * @typedef {{ limit: number, text: string }} Clip
 */

/**
 * What is drawn.
 *
 * @typedef {object} Content
 * @property {string} run
 * @property {Spec} spec
 * @property {Map<string, Table>} tables
 * @property {Mark[]} marks
 * @property {boolean} log
 * @property {Clip | null} clip
 * @property {boolean} unclipped whether all is shown although there is a clip
 * @property {number | null} total where the steps will end, if that is known
 * @property {Set<number>} hidden curves, by index
 * @property {number} width
 * @property {number} height
 * @property {boolean} wide whether the panels stand side by side
 * @property {Theme} theme
 */

// ---------------------------------------------------------------- traces

/**
 * @param {Content} view
 * @param {number} index
 * @returns {Trace}
 */
export function traceOf(view, index) {
  const trace = view.spec.traces[index];
  return grown(
    nest({
      type: "scatter",
      name: trace.label,
      mode: trace.mode,
      connectgaps: false,
      hovertemplate: `${trace.label}: %{y:.6~g}<br>%{text}<extra></extra>`,
      xaxis: axis("x", trace.panel),
      yaxis: trace.right ? rightName("y", view) : axis("y", trace.panel),
      legend: axis("legend", trace.panel),
      uid: `${index}`,
      visible: view.hidden.has(index) ? "legendonly" : true,
      "line.width": trace.width,
      "marker.size": 6, // of one above that, Plotly finds a line that passes first
      ...rowsOf(view, index),
      ...coloursOf(view, index),
    }),
    view.theme.scale,
  );
}

/**
 * @param {Pick<Content, "spec" | "tables" | "log">} view
 * @param {number} index
 */
export function rowsOf(view, index) {
  const trace = view.spec.traces[index];
  const { x, columns } = view.tables.get(trace.table) ?? { x: [], columns: {} };
  const text = x.map((step, row) => describe(trace, step, row, x[row - 1] ?? 0, columns));
  const floor = floorOf(view, trace);
  const y = valuesOf(view, trace).map((value) => Math.max(value, floor));
  return { x: x.slice(), y, text };
}

/**
 * A row of a thinned history stands for all steps since the row before it.
 *
 * @param {Curve} trace
 * @param {number} step
 * @param {number} row
 * @param {number} previous
 * @param {Table["columns"]} columns
 */
function describe(trace, step, row, previous, columns) {
  const template = step - previous > 1 ? trace.hover : trace.hoverSingle;
  /** @type {{ [name: string]: number }} */
  const known = { step, first: previous + 1 };
  return template.replace(
    /\{(\w+)\}/g,
    (_, name) => `${known[name] ?? columns[name]?.[row] ?? ""}`,
  );
}

/**
 * @param {Pick<Content, "spec" | "theme">} view
 * @param {number} index
 */
export function coloursOf(view, index) {
  const colour = view.spec.colours[view.spec.traces[index].role][view.theme.dark ? 1 : 0];
  return { "line.color": colour, "marker.color": colour };
}

// ---------------------------------------------------------------- layout

/**
 * @param {Content} view
 * @returns {Changes}
 */
export function fixedLayout(view) {
  /** @type {Changes} */
  const flat = {
    margin: { ...MARGIN, pad: 0 },
    autosize: false,
    dragmode: "zoom",
    hovermode: "closest",
    hoverdistance: 30,
    "font.size": FONT_SIZE,
    showlegend: true,
    "hoverlabel.namelength": -1,
  };
  view.spec.panels.forEach((panel, i) => {
    Object.assign(flat, {
      [axis("xaxis", i)]: {
        anchor: axis("y", i),
        rangemode: "tozero",
        ticks: "outside",
        title: { font: { size: FONT_SIZE }, standoff: 2 },
        ...(i && { matches: "x" }),
      },
      [axis("yaxis", i)]: {
        anchor: axis("x", i),
        rangemode: "tozero",
        nticks: 7,
        tickformat: panel.format,
        exponentformat: "power",
      },
      [axis("legend", i)]: {
        orientation: "h",
        xanchor: "left",
        yanchor: "top",
        bgcolor: "rgba(0,0,0,0)",
        font: { size: FONT_SIZE - 1 },
      },
    });
  });
  const own = view.spec.traces.find(({ right }) => right);
  if (own)
    flat[rightName("yaxis", view)] = {
      anchor: axis("x", own.panel),
      overlaying: axis("y", own.panel),
      side: "right",
      rangemode: "tozero",
      showgrid: false,
      zeroline: false,
      tickmode: "auto",
      nticks: 5,
      exponentformat: "power",
    };
  return grown(flat, view.theme.scale);
}

/**
 * What may change while the chart lives, as flat keys, so that it can be compared and sent.
 *
 * @param {Content} view
 * @returns {Changes}
 */
export function layoutOf(view) {
  const { theme, width, height } = view;
  /** @type {Changes} */
  const flat = {
    uirevision: view.run,
    width,
    height,
    paper_bgcolor: theme.page,
    plot_bgcolor: theme.page,
    "font.color": theme.text,
    "font.family": theme.font,
    "modebar.bgcolor": "rgba(0,0,0,0)",
    "modebar.color": theme.text,
    "modebar.activecolor": theme.accent,
    "hoverlabel.bgcolor": theme.raised,
    "hoverlabel.font": { color: theme.text, family: theme.font },
  };
  for (const [i, panel] of view.spec.panels.entries())
    Object.assign(flat, panelLayout(view, panel, i));
  Object.assign(flat, notesOf(view), rightAxis(view));
  return grown(flat, view.theme.scale);
}

/**
 * @param {Content} view
 * @param {Panel} panel
 * @param {number} i
 */
function panelLayout(view, panel, i) {
  const [xs, ys] = domains(view, i);
  const x = axis("xaxis", i);
  const y = axis("yaxis", i);
  const legend = axis("legend", i);
  const drawn = view.spec.traces.some((t) => t.panel === i && view.tables.get(t.table)?.x.length);
  /** @type {Changes} */
  const flat = {
    [`${x}.domain`]: xs,
    [`${y}.domain`]: ys,
    [`${x}.title.text`]: hasTitleBelow(view, i) ? view.spec.xTitle : "",
    [`${y}.type`]: isLog(view, panel) ? "log" : "linear",
    [`${legend}.x`]: xs[0],
    [`${legend}.y`]: legendTop(view, i),
  };
  for (const name of [x, y]) {
    flat[`${name}.gridcolor`] = view.theme.grid;
    flat[`${name}.zerolinecolor`] = view.theme.grid;
    flat[`${name}.linecolor`] = view.theme.grid;
  }
  if (view.total) flat[`${x}.range`] = [0, view.total];
  else flat[`${x}.autorange`] = true;
  const cut = mayBeCut(view, panel) && !view.unclipped && view.clip;
  if (panel.range) flat[`${y}.range`] = panel.range;
  else if (cut && drawn) flat[`${y}.range`] = [0, cut.limit];
  else if (drawn) flat[`${y}.autorange`] = true;
  else flat[`${y}.range`] = isLog(view, panel) ? [-2, 0] : [0, 1]; // empty axes
  return flat;
}

/**
 * The name of the one axis that stands on the right of a panel.
 *
 * @param {string} name
 * @param {Pick<Content, "spec">} view
 */
const rightName = (name, view) => axis(name, view.spec.panels.length);

/**
 * That axis, if a curve of the chart has one: it is seen with its curve alone.
 *
 * @param {Content} view
 * @returns {Changes}
 */
function rightAxis(view) {
  const trace = view.spec.traces.find(({ right }) => right);
  const name = rightName("yaxis", view);
  if (!trace) return {};
  const colour = view.spec.colours[trace.role][view.theme.dark ? 1 : 0];
  return {
    [`${name}.visible`]: showsRight(view),
    [`${name}.autorange`]: true,
    [`${name}.tickfont.color`]: colour,
    [`${name}.linecolor`]: view.theme.grid,
  };
}

/**
 * {"a.b": 1} → {a: {b: 1}}: Plotly takes flat keys for edits but not for a new chart.
 *
 * @template {Changes} Flat
 * @param {Flat} flat
 */
export function nest(flat) {
  /** @type {Changes} */
  const nested = {};
  for (const [path, value] of Object.entries(flat)) {
    const keys = path.split(".");
    const last = keys.pop() ?? path;
    let at = nested;
    for (const key of keys) {
      at[key] ??= {};
      at = /** @type {Changes} */ (at[key]);
    }
    at[last] = value;
  }
  return /** @type {Flat} */ (nested); // with the keys that were flat already
}
