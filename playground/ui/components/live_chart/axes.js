// Where the panels of the live chart lie, and what their axes may show.

/** @typedef {import("./figure.js").Content} Content */
/** @typedef {import("./figure.js").Curve} Curve */
/** @typedef {import("./figure.js").Panel} Panel */

export const FONT_SIZE = 14; // readable from the last row of a lecture hall
export const MARGIN = { l: 58, r: 18, t: 50, b: 70 };
const GAP = { wide: 80, stacked: 122 }; // px between panels: tick labels, legend and titles
const RIGHT_AXIS = 46; // px of an axis on the right
const BELOW = { ticks: 22, title: 46 }; // px from a panel to its legend, without and with a title

/** @type {(name: string, panel: number) => string} */
export const axis = (name, panel) => (panel ? `${name}${panel + 1}` : name);

/**
 * Where panel i lies, as fractions of the area inside the margins: [x0, x1], [y0, y1].
 *
 * @param {Content} view
 * @param {number} i
 */
export function domains(view, i) {
  const count = view.spec.panels.length;
  const { width, height } = inner(view);
  const right = showsRight(view) ? RIGHT_AXIS * view.theme.scale : 0;
  const gap = view.wide
    ? (GAP.wide * view.theme.scale + right) / width
    : (GAP.stacked * view.theme.scale) / height;
  const size = (1 - gap * (count - 1)) / count;
  const from = i * (size + gap);
  return view.wide
    ? [
        [from, from + size],
        [0, 1],
      ]
    : [
        [0, 1 - right / width],
        [1 - from - size, 1 - from],
      ];
}

/**
 * The area inside the margins, in px.
 *
 * @param {Content} view
 */
export function inner({ width, height, theme: { scale } }) {
  return {
    width: width - (MARGIN.l + MARGIN.r) * scale,
    height: height - (MARGIN.t + MARGIN.b) * scale,
  };
}

/**
 * Whether the steps are named below panel i.
 *
 * @param {Content} view
 * @param {number} i
 */
export const hasTitleBelow = (view, i) => view.wide || i === view.spec.panels.length - 1;

/**
 * The upper edge of a panel's legend, which stands below the panel: it covers nothing there.
 *
 * @param {Content} view
 * @param {number} i
 */
export function legendTop(view, i) {
  const below = BELOW[hasTitleBelow(view, i) ? "title" : "ticks"] * view.theme.scale;
  return domains(view, i)[1][0] - below / inner(view).height;
}

// ---------------------------------------------------------------- what an axis shows

/** @type {(view: Pick<Content, "log">, panel: Panel) => boolean} */
export const isLog = (view, panel) => view.log && panel.mayBeLog;

/**
 * The values of a curve on the axis that it has now.
 *
 * @param {Pick<Content, "tables" | "spec" | "log">} view
 * @param {Curve} trace
 */
export function valuesOf(view, trace) {
  const log = isLog(view, view.spec.panels[trace.panel]) && trace.logColumn;
  return view.tables.get(trace.table)?.columns[log || trace.column] ?? [];
}

/**
 * What a smaller value is drawn as; -∞ if there is no such thing.
 *
 * @param {Pick<Content, "spec" | "log">} view
 * @param {Curve} trace
 */
export function floorOf(view, trace) {
  const panel = view.spec.panels[trace.panel];
  const floor = isLog(view, panel) && !trace.right ? panel.floor : null;
  return floor ?? Number.NEGATIVE_INFINITY;
}

/**
 * Whether the panel's axis ends below its largest values, or would. A logarithmic one has room.
 *
 * @param {Pick<Content, "clip" | "log">} view
 * @param {Panel} panel
 */
export const mayBeCut = (view, panel) => Boolean(view.clip && panel.mayBeLog && !view.log);

/**
 * Whether a curve with an axis of its own, on the right, is shown.
 *
 * @param {Pick<Content, "spec" | "hidden">} view
 */
export const showsRight = (view) =>
  view.spec.traces.some((trace, i) => trace.right && !view.hidden.has(i));
