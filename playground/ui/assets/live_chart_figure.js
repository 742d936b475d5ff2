// What the live chart looks like: from a view (see live_chart.js) to what Plotly is given.
//
// A view has `spec`, `tables`, `marks`, `log` and `total` from the server, and `width`,
// `height`, `wide` and `theme` from the page. Nothing here changes it.

import { grown } from "./projection_scale.js";

const FONT_SIZE = 14; // readable from the last row of a lecture hall
const MARGIN = { l: 58, r: 18, t: 58, b: 50 };
const GAP = { wide: 80, stacked: 106 }; // px between panels: tick labels and titles

// ---------------------------------------------------------------- traces

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

export function rowsOf(view, index) {
  const trace = view.spec.traces[index];
  const { x, columns } = view.tables.get(trace.table) ?? { x: [], columns: {} };
  const text = x.map((step, row) => describe(trace, step, row, x[row - 1] ?? 0, columns));
  return { x: x.slice(), y: columns[trace.column]?.slice() ?? [], text };
}

// A row of a thinned history stands for all steps since the row before it.
function describe(trace, step, row, previous, columns) {
  const template = step - previous > 1 ? trace.hover : trace.hoverSingle;
  const known = { step, first: previous + 1 };
  return template.replace(/\{(\w+)\}/g, (_, name) => known[name] ?? columns[name]?.[row] ?? "");
}

export function coloursOf(view, index) {
  const colour = view.spec.colours[view.spec.traces[index].role][view.theme.dark ? 1 : 0];
  return { "line.color": colour, "marker.color": colour };
}

// ---------------------------------------------------------------- layout

const axis = (name, panel) => (panel ? `${name}${panel + 1}` : name);

export function fixedLayout(view) {
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

// What may change while the chart lives, as flat keys, so that it can be compared and sent.
export function layoutOf(view) {
  const { theme, width, height } = view;
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
  view.spec.panels.forEach((panel, i) => Object.assign(flat, panelLayout(view, panel, i)));
  const titles = view.spec.panels.map((panel, i) => titleOf(panel, i));
  const marks = view.spec.panels.flatMap((_, i) => view.marks.map((mark) => [mark, i]));
  flat.shapes = marks.map(([mark, i]) => lineOf(view, mark, i));
  flat.annotations = titles.concat(marks.map(([mark, i]) => textOf(view, mark, i)));
  return grown(flat, view.theme.scale);
}

function panelLayout(view, panel, i) {
  const [xs, ys] = domains(view, i);
  const x = axis("xaxis", i);
  const y = axis("yaxis", i);
  const legend = axis("legend", i);
  const drawn = view.spec.traces.some((t) => t.panel === i && view.tables.get(t.table)?.x.length);
  const flat = {
    [`${x}.domain`]: xs,
    [`${y}.domain`]: ys,
    [`${x}.title.text`]: view.wide || i === view.spec.panels.length - 1 ? view.spec.xTitle : "",
    [`${y}.type`]: view.log && panel.mayBeLog ? "log" : "linear",
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
  if (panel.range) flat[`${y}.range`] = panel.range;
  else if (drawn) flat[`${y}.autorange`] = true;
  else flat[`${y}.range`] = view.log && panel.mayBeLog ? [-2, 0] : [0, 1]; // empty axes
  return flat;
}

// Where panel i lies, as fractions of the area inside the margins: [x0, x1], [y0, y1].
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

const inPanel = (i) => ({ xref: `${axis("x", i)} domain`, yref: `${axis("y", i)} domain` });

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

function textOf(view, [step, text], i) {
  return {
    ...inPanel(i),
    xref: axis("x", i),
    x: step,
    y: 1,
    yanchor: "bottom",
    text,
    xanchor: step > 0.6 * view.total ? "right" : "left",
    showarrow: false,
    font: { size: FONT_SIZE - 1, color: markColour(view) },
  };
}

const markColour = (view) => view.spec.colours.mark[view.theme.dark ? 1 : 0];

// {"a.b": 1} → {a: {b: 1}}: Plotly takes flat keys for edits but not for a new chart.
export function nest(flat) {
  const nested = {};
  for (const [path, value] of Object.entries(flat)) {
    const keys = path.split(".");
    const last = keys.pop();
    keys.reduce((at, key) => (at[key] ??= {}), nested)[last] = value;
  }
  return nested;
}

// ---------------------------------------------------------------- theme

/**
 * The page's colours and type, as CSS.
 *
 * @typedef {object} Theme
 * @property {string} page the background
 * @property {boolean} dark whether that is dark
 * @property {string} veil the background, nearly opaque
 * @property {string} text
 * @property {string} raised the background of what stands out
 * @property {string} accent
 * @property {string} grid
 * @property {string} font
 * @property {number} scale of type and lines; 1 except in projection mode
 */

/**
 * Streamlit sets these variables around every component and calls us when they change.
 *
 * @param {Element} root
 * @returns {Theme}
 */
export function readTheme(root) {
  const style = getComputedStyle(root);
  /** @type {(name: string, otherwise: string) => string} */
  const read = (name, otherwise) => style.getPropertyValue(`--st-${name}`).trim() || otherwise;
  const page = read("background-color", "#ffffff");
  const [r, g, b] = rgb(page);
  const border = rgb(read("border-color", "#d0d0d0"));
  const grid = [r, g, b].map((part, i) => Math.round(0.4 * part + 0.6 * border[i]));
  return {
    page,
    dark: 0.2126 * r + 0.7152 * g + 0.0722 * b < 100,
    veil: `rgba(${r},${g},${b},0.75)`,
    text: read("text-color", "#31333f"),
    raised: read("secondary-background-color", page),
    accent: read("primary-color", "#0072b2"),
    grid: `rgb(${grid})`, // quieter than an edge
    font: read("font", "sans-serif"),
    scale: Number(style.getPropertyValue("--sp-scale")) || 1,
  };
}

/** @type {Map<string, Uint8ClampedArray>} */
const seen = new Map(); // reading a canvas back is slow, and colours hardly ever change

/**
 * Any CSS colour, through a canvas, which always answers in red, green and blue.
 *
 * @param {string} colour
 */
function rgb(colour) {
  const known = seen.get(colour);
  if (known) return known;
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const { data } = context.getImageData(0, 0, 1, 1);
  seen.set(colour, data);
  return data;
}
