// What the live chart looks like: from a view (see live_chart.js) to what Plotly is given.
// Nothing here changes the view.

import { grown } from "../_kernel/projection_scale.js";

/** @typedef {import("../_kernel/class_colours.js").ColourPair} ColourPair */
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
 * @property {"top" | "bottom"} legend
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
 * @property {string} dash
 * @property {number} size of its markers
 * @property {string} format
 * @property {string} hover with {first}, {step} or names of columns
 * @property {string} hoverSingle
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

const FONT_SIZE = 14; // readable from the last row of a lecture hall
const MARGIN = { l: 58, r: 18, t: 58, b: 50 };
const GAP = { wide: 80, stacked: 106 }; // px between panels: tick labels and titles

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
      hovertemplate: `${trace.label}: %{y:${trace.format}}<br>%{text}<extra></extra>`,
      xaxis: axis("x", trace.panel),
      yaxis: axis("y", trace.panel),
      legend: axis("legend", trace.panel),
      uid: `${index}`,
      visible: view.hidden.has(index) ? "legendonly" : true,
      "line.width": trace.width,
      "line.dash": trace.dash,
      "marker.size": trace.size,
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
  const floor = floorOf(view, trace.panel);
  const y = valuesOf(view, trace).map((value) => Math.max(value, floor));
  return { x: x.slice(), y, text };
}

/**
 * @param {Pick<Content, "tables" | "spec" | "log">} view
 * @param {Curve} trace
 */
function valuesOf(view, trace) {
  const log = isLog(view, view.spec.panels[trace.panel]) && trace.logColumn;
  return view.tables.get(trace.table)?.columns[log || trace.column] ?? [];
}

/** @type {(view: Pick<Content, "log">, panel: Panel) => boolean} */
const isLog = (view, panel) => view.log && panel.mayBeLog;

/**
 * What a smaller value is drawn as; -∞ if there is no such thing.
 *
 * @param {Pick<Content, "spec" | "log">} view
 * @param {number} panel
 */
function floorOf(view, panel) {
  const { [panel]: own } = view.spec.panels;
  return (isLog(view, own) ? own.floor : null) ?? Number.NEGATIVE_INFINITY;
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

/** @type {(name: string, panel: number) => string} */
const axis = (name, panel) => (panel ? `${name}${panel + 1}` : name);

/**
 * @param {Content} view
 * @returns {Changes}
 */
export function fixedLayout(view) {
  /** @type {Changes} */
  const flat = {
    uirevision: view.run,
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
        title: { font: { size: FONT_SIZE } },
        ...(i && { matches: "x" }),
      },
      [axis("yaxis", i)]: {
        anchor: axis("x", i),
        rangemode: "tozero",
        nticks: 7,
        tickformat: panel.format,
        exponentformat: "power",
      },
    });
  });
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
  const titles = view.spec.panels.map((panel, i) => titleOf(panel, i));
  const marks = view.spec.panels.flatMap((_, i) => view.marks.map((mark) => ({ mark, i })));
  flat.shapes = marks.map(({ mark, i }) => lineOf(view, mark, i));
  flat.annotations = [
    ...titles,
    ...marks.map(({ mark, i }) => textOf(view, mark, i)),
    ...view.spec.panels.flatMap((panel, i) => (mayBeCut(view, panel) ? [cutOf(view, i)] : [])),
    ...view.spec.panels.flatMap((_, i) => (reachesFloor(view, i) ? [floorNote(view, i)] : [])),
  ];
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
    [`${x}.title.text`]: view.wide || i === view.spec.panels.length - 1 ? view.spec.xTitle : "",
    [`${y}.type`]: isLog(view, panel) ? "log" : "linear",
    [`${legend}.x`]: xs[1],
    [`${legend}.xanchor`]: "right",
    [`${legend}.yanchor`]: panel.legend,
    [`${legend}.y`]: panel.legend === "top" ? ys[1] : ys[0] + 0.01,
    [`${legend}.bgcolor`]: view.theme.veil,
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
 * Where panel i lies, as fractions of the area inside the margins: [x0, x1], [y0, y1].
 *
 * @param {Content} view
 * @param {number} i
 */
function domains(view, i) {
  const count = view.spec.panels.length;
  const { scale } = view.theme;
  const inner = view.wide
    ? view.width - (MARGIN.l + MARGIN.r) * scale
    : view.height - (MARGIN.t + MARGIN.b) * scale;
  const gap = ((view.wide ? GAP.wide : GAP.stacked) * scale) / inner;
  const size = (1 - gap * (count - 1)) / count;
  const from = i * (size + gap);
  return view.wide
    ? [
        [from, from + size],
        [0, 1],
      ]
    : [
        [0, 1],
        [1 - from - size, 1 - from],
      ];
}

/** @param {number} i */
const inPanel = (i) => ({ xref: `${axis("x", i)} domain`, yref: `${axis("y", i)} domain` });

/**
 * @param {Panel} panel
 * @param {number} i
 */
function titleOf(panel, i) {
  return {
    ...inPanel(i),
    x: 0,
    y: 1,
    xanchor: "left",
    yanchor: "bottom",
    showarrow: false,
    xshift: -MARGIN.l,
    yshift: 22,
    text: `<b>${panel.title}</b>`,
  };
}

/**
 * @param {Content} view
 * @param {Mark} mark
 * @param {number} i
 */
function lineOf(view, [step], i) {
  return {
    ...inPanel(i),
    xref: axis("x", i),
    type: "line",
    x0: step,
    x1: step,
    y0: 0,
    y1: 1,
    line: { color: markColour(view), width: 1.5, dash: "dot" },
  };
}

/**
 * @param {Content} view
 * @param {Mark} mark
 * @param {number} i
 */
function textOf(view, [step, text], i) {
  return {
    ...inPanel(i),
    xref: axis("x", i),
    x: step,
    y: 1,
    yanchor: "bottom",
    text,
    xanchor: step > 0.6 * (view.total ?? 0) ? "right" : "left",
    showarrow: false,
    font: { size: FONT_SIZE - 1, color: markColour(view) },
  };
}

/**
 * Whether the panel's axis ends below its largest values, or would. A logarithmic one has room.
 *
 * @param {Pick<Content, "clip" | "log">} view
 * @param {Panel} panel
 */
export const mayBeCut = (view, panel) => Boolean(view.clip && panel.mayBeLog && !view.log);

/** The name of the mark at an axis that is cut, by which a press on it is known. */
export const CUT = "cut";

/**
 * What lies above the axis, at its upper edge; a press shows it, and back.
 *
 * @param {Content} view
 * @param {number} i
 */
function cutOf(view, i) {
  const press = view.unclipped ? "cut again" : "show all";
  const text = `${view.clip?.text} · <u>${press}</u>`;
  return { ...inCorner(view, i, text), name: CUT, captureevents: true };
}

/**
 * Whether a panel has something that its logarithmic axis cannot show.
 *
 * @param {Content} view
 * @param {number} i
 */
function reachesFloor(view, i) {
  const floor = floorOf(view, i);
  return view.spec.traces.some(
    (trace) => trace.panel === i && valuesOf(view, trace).some((value) => value < floor),
  );
}

/**
 * @param {Content} view
 * @param {number} i
 */
function floorNote(view, i) {
  const power = Math.log10(floorOf(view, i));
  const text = `0 is drawn at 10<sup>${Math.round(power)}</sup>: a log axis has no 0`;
  return inCorner(view, i, text);
}

/**
 * A text at the upper edge of a panel, on the right.
 *
 * @param {Content} view
 * @param {number} i
 * @param {string} text
 */
function inCorner(view, i, text) {
  return {
    ...inPanel(i),
    x: 1,
    y: 1,
    xanchor: "right",
    yanchor: "top",
    showarrow: false,
    borderpad: 4,
    bgcolor: view.theme.veil,
    text,
    font: { size: FONT_SIZE - 1, color: markColour(view) },
  };
}

/** @param {Content} view */
const markColour = (view) => view.spec.colours.mark[view.theme.dark ? 1 : 0];

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
