// The live chart: one Plotly node that lives as long as the component is mounted.
//
// A message is only written into a store (rows by index, so that a row may come
// twice); drawing then sends Plotly what differs from the last drawing.
// Messages may be lost on the way: a hole in the rows asks the server for all.

import { component, watchSize } from "../_kernel/component.js";
import { write } from "../_kernel/dom.js";
import { Question } from "../_kernel/mailbox.js";
import { addFrame, downloadButtons, preparePlotly, showWaiting, touch } from "../_kernel/plotly.js";
import { readTheme } from "../_kernel/theme.js";
import { mayBeCut } from "./axes.js";
import { createCursor } from "./cursor.js";
import { coloursOf, fixedLayout, layoutOf, nest, rowsOf, traceOf } from "./figure.js";
import { listenToKeys } from "./keys.js";
import { CUT } from "./notes.js";
import { isSameFrom, withRows } from "./rows.js";

/** @typedef {import("./figure.js").Clip} Clip */
/** @typedef {import("./figure.js").Content} Content */
/** @typedef {import("./figure.js").Curve} Curve */
/** @typedef {import("./figure.js").Mark} Mark */
/** @typedef {import("./figure.js").Spec} Spec */
/** @typedef {import("./rows.js").Rows} Rows */
/** @typedef {import("../_kernel/plotly.js").Changes} Changes */
/** @typedef {import("../_kernel/plotly.js").Layout} Layout */
/** @typedef {import("../_kernel/plotly.js").Plotly} Plotly */
/** @typedef {import("../_kernel/plotly.js").Trace} Trace */

/**
 * What Python sends: `Message.wire` in playground/ui/components/live_chart. A whole
 * one replaces all.
 *
 * @typedef {object} Update
 * @property {string} run
 * @property {number} seq
 * @property {{ [name: string]: Rows }} tables
 * @property {Mark[]} marks
 * @property {boolean} log
 * @property {Clip | null} clip of the axes that may be logarithmic, while they are not
 * @property {number | null} total where the steps will end, if that is known
 * @property {string} alt the chart in words
 * @property {[wide: number, stacked: number]} heights in px
 *
 * @typedef {Update & ({ whole: false } | { whole: true, spec: Spec, plotly: string })} Message
 */

/**
 * @typedef {object} ChartParts
 * @property {Question} question that asks the server for all rows
 * @property {string} [plotlyUrl]
 * @property {number} [seq]
 * @property {Set<string>} changed tables since the last drawing
 * @property {boolean} [held] while something is dragged
 * @property {Changes} sent the layout that Plotly was given last
 * @property {string} [structure] of what is drawn; undefined if nothing is
 * @property {string} [drawnTheme]
 * @property {boolean} [drawnLog]
 * @property {{ place: () => void }} [cursor]
 *
 * @typedef {Omit<Content, "run" | "spec" | "theme">} Rest
 * @typedef {Partial<Pick<Content, "run" | "spec" | "theme">>} Later
 * @typedef {import("../_kernel/component.js").Life<Message>} Life
 * @typedef {Life & import("../_kernel/plotly.js").FrameKeys & ChartParts & Rest & Later} View
 * @typedef {View & Content & { plotlyUrl: string }} Known once a whole message has come
 * @typedef {Known & { Plotly: Plotly }} Ready
 */

const WIDE = 860; // from this width on the panels stand side by side

export default component({
  className: "sp-chart",
  mount,
  receive,
  draw,
});

// ---------------------------------------------------------------- mounting

/** @param {Life} life */
function mount(life) {
  const ask = () => view.trigger("resync", { run: view.message.run, seq: view.message.seq });
  /** @type {View} */
  const view = Object.assign(addFrame(life), {
    question: new Question(ask, life.signal),
    tables: new Map(),
    marks: [],
    log: false,
    clip: null,
    unclipped: false,
    total: null,
    hidden: new Set(),
    changed: new Set(),
    sent: {},
    ...{ width: 0, height: 0, wide: false },
  });
  arrange(view, view.root.clientWidth);
  showWaiting(view, "Loading the chart…");
  watchSize(
    view.root,
    ([entry]) => {
      arrange(view, Math.floor(entry.contentRect.width));
      view.schedule();
    },
    life.signal,
  );
  holdWhileDragging(view);
  view.cursor = createCursor(view);
  listenToKeys(view, { showAll: () => showAll(view), turnCut: () => turnCut(view) });
  return view;
}

/**
 * Redrawing would cancel a zoom that is being dragged: wait for the button to come up.
 *
 * @param {View} view
 */
function holdWhileDragging(view) {
  const options = { capture: true, signal: view.signal };
  /** @param {PointerEvent} event */
  const hold = ({ button }) => {
    view.held = button === 0; // of one that opens a menu, some browsers never say that it comes up
  };
  view.plot.addEventListener("pointerdown", hold, options);
  const release = () =>
    setTimeout(() => {
      // after Plotly's own mouseup
      view.held = false;
      view.schedule();
    });
  for (const name of ["pointerup", "pointercancel", "contextmenu", "blur"])
    window.addEventListener(name, () => view.held && release(), options);
}

/**
 * The height is fixed for each arrangement, so that nothing below the chart ever jumps.
 *
 * @param {View} view
 * @param {number} width
 */
function arrange(view, width) {
  view.width = width;
  view.wide = width >= WIDE;
  view.height = view.message.heights[view.wide ? 0 : 1];
  view.root.style.height = `${view.height}px`;
  const height = view.root.clientHeight || view.height; // projection mode fills the screen
  view.wide ||= height < view.height; // where panels upon each other would have no room
  view.height = height;
}

// ---------------------------------------------------------------- receiving

/** @param {View} view */
function receive(view) {
  const { message } = view;
  if (message.whole) {
    if (message.run !== view.run) beginRun(view, message.spec);
    Object.assign(view, { run: message.run, spec: message.spec, plotlyUrl: message.plotly });
    for (const name of view.tables.keys()) forgetRows(view, name);
  } else if (message.run !== view.run) {
    view.question.begin(); // nothing to add to: keep what is there
    return;
  }
  const tables = Object.entries(message.tables);
  if (tables.map(([name, rows]) => addRows(view, name, rows)).every(Boolean)) {
    view.question.stop();
    const isBehind = tables.some(([name, { total }]) => total > lengthOf(view, name));
    // More is to come with the next message; if there is none, because ticks have ended or this
    // page was asleep when they came, the rest has to be asked for.
    if (isBehind) view.question.beginLater();
  } else view.question.begin();
  const { seq, marks, log, clip, total, alt } = message;
  Object.assign(view, { seq, marks, log, clip, total });
  write(view.alt, alt);
}

/**
 * All curves are seen again, as Plotly forgets clicks on the legend; those that are hidden at first
 * stay as the visitor left them.
 *
 * @param {View} view
 * @param {Spec} spec
 */
function beginRun(view, spec) {
  const optional = [...spec.traces.keys()].filter((i) => !spec.traces[i].shown);
  view.hidden = new Set(optional.filter((i) => view.run === undefined || view.hidden.has(i)));
  view.unclipped = false;
}

/**
 * False if rows are missing.
 *
 * @param {View} view
 * @param {string} name of the table
 * @param {Rows} rows
 */
function addRows(view, name, rows) {
  const before = view.tables.get(name);
  const table = withRows(before, rows);
  if (!table) return false;
  if (!isSameFrom(rows.start, table, before)) view.changed.add(name);
  view.tables.set(name, table);
  return true;
}

/**
 * @param {View} view
 * @param {string} name of the table
 */
function forgetRows(view, name) {
  if (lengthOf(view, name)) view.changed.add(name);
  view.tables.delete(name);
}

/** @type {(view: View, name: string) => number} */
const lengthOf = (view, name) => view.tables.get(name)?.x.length ?? 0;

// ---------------------------------------------------------------- drawing

/**
 * Not at all in a hidden tab, where the store still fills.
 *
 * @param {View} view
 */
function draw(view) {
  if (!view.spec || view.width <= 0 || view.held) return;
  view.theme = readTheme(view.root);
  if (isReady(view)) redraw(view);
  else if (view.plotlyUrl) preparePlotly(view, view.plotlyUrl, "chart", view.schedule);
}

/**
 * @param {View} view
 * @returns {view is Ready}
 */
const isReady = (view) => Boolean(view.Plotly && view.spec && view.theme);

/** @param {Ready} view */
function redraw(view) {
  const layout = layoutOf(view);
  const structure = JSON.stringify([view.spec, view.theme.scale]);
  const begins = view.run !== view.sent.uirevision;
  if (structure !== view.structure || (begins && isTouched(view))) redrawAll(view, layout);
  else redrawChanges(view, layout);
  view.structure = structure;
  view.changed.clear();
  const rows = [...view.tables].map(([name, table]) => `${name}:${table.x.length}`);
  Object.assign(view.root.dataset, { run: view.run, rows: rows.join(" "), seq: `${view.seq}` });
}

/**
 * @param {Ready} view
 * @param {Changes} layout
 */
function redrawAll(view, layout) {
  const traces = view.spec.traces.map((_, i) => traceOf(view, i));
  const whole = nest({ ...fixedLayout(view), ...layout });
  if (view.structure === undefined) firstPlot(view, traces, whole);
  else view.Plotly.react(view.plot, traces, whole); // the node stays; zoom stays for the same run
  view.sent = structuredClone(layout); // Plotly zooms in the very arrays that it was given
  Object.assign(view, { drawnTheme: JSON.stringify(view.theme), drawnLog: view.log });
  view.root.setAttribute("aria-label", view.spec.label);
}

/**
 * @param {Ready} view
 * @param {Trace[]} traces
 * @param {Layout} layout
 */
function firstPlot(view, traces, layout) {
  const reset = {
    name: "showAll",
    title: "Show all (double-click)",
    icon: view.Plotly.Icons.home,
    click: () => showAll(view),
  };
  showWaiting(view, "");
  view.Plotly.newPlot(view.plot, traces, layout, {
    displaylogo: false,
    displayModeBar: true,
    responsive: false,
    showTips: false, // they would lie upon the page's own numbers
    doubleClick: false,
    // Buttons for a finger are large: more of them would cover the title on a phone.
    modeBarButtons: [touch().matches ? [reset] : ["zoom2d", "pan2d", reset], downloadButtons(view)],
  });
  view.plot.on("plotly_doubleclick", () => showAll(view));
  view.plot.on("plotly_restyle", () => {
    const hidden = [...view.plot.data.keys()].filter((i) => view.plot.data[i].visible !== true);
    if (`${hidden}` === `${[...view.hidden].sort()}`) return;
    view.hidden = new Set(hidden); // by a click on the legend
    view.schedule();
  });
  view.plot.on("plotly_clickannotation", (told) => {
    if (told?.annotation?.name === CUT) turnCut(view);
  });
  for (const name of ["plotly_afterplot", "plotly_relayouting"])
    view.plot.on(name, () => view.cursor?.place());
}

/**
 * @param {Ready} view
 * @param {Changes} layout
 */
function redrawChanges(view, layout) {
  if (isZoomed(view)) for (const k of rangeKeys(layout)) layout[k] = view.sent[k];
  /** @param {[key: string, value: unknown]} entry */
  const differs = ([key, value]) => JSON.stringify(value) !== JSON.stringify(view.sent[key]);
  const edits = structuredClone(Object.fromEntries(Object.entries(layout).filter(differs)));
  const theme = JSON.stringify(view.theme);
  /** @param {Curve} trace */
  const stale = ({ table, panel }) =>
    theme !== view.drawnTheme ||
    view.changed.has(table) ||
    (view.log !== view.drawnLog && view.spec.panels[panel].mayBeLog);
  const indices = [...view.spec.traces.keys()].filter((i) => stale(view.spec.traces[i]));
  Object.assign(view, { sent: layout, drawnTheme: theme, drawnLog: view.log });
  if (!indices.length) {
    if (Object.keys(edits).length) view.Plotly.relayout(view.plot, edits);
    return;
  }
  /** @type {Changes[]} */
  const parts = indices.map((i) => ({ ...rowsOf(view, i), ...coloursOf(view, i) }));
  const traceEdits = Object.fromEntries(
    Object.keys(parts[0]).map((key) => [key, parts.map((part) => part[key])]),
  );
  view.Plotly.update(view.plot, traceEdits, edits, indices);
}

/** @param {Changes} layout */
const rangeKeys = (layout) => Object.keys(layout).filter((key) => key.endsWith("range"));

/**
 * The user has zoomed or panned if the range is no longer the one sent last.
 *
 * @param {Ready} view
 */
function isZoomed(view) {
  const sent = view.sent["xaxis.range"];
  const now = view.plot.layout.xaxis.range;
  return Boolean(sent && now && `${sent}` !== `${now}`);
}

/**
 * Whether a hand has changed what is seen: by zooming, panning, or a press on the legend.
 *
 * @param {Ready} view
 */
function isTouched({ plot, sent, hidden }) {
  const layout = /** @type {{ [axis: string]: Changes | undefined }} */ (plot.layout);
  const moved = rangeKeys(sent).some((key) => {
    const [axis, name] = key.split(".");
    return `${layout[axis]?.[name]}` !== `${sent[key]}`;
  });
  return moved || plot.data.some((trace, i) => (trace.visible !== true) !== hidden.has(i));
}

/**
 * Show what lies above an axis that is cut, or cut it again; in words what it has done.
 *
 * @param {View} view
 */
function turnCut(view) {
  if (!view.spec?.panels.some((panel) => mayBeCut(view, panel))) return "Nothing lies above";
  view.unclipped = !view.unclipped;
  showAll(view);
  return view.unclipped ? "All of the loss" : `${view.clip?.text}`;
}

/** @param {View} view */
function showAll(view) {
  for (const key of rangeKeys(view.sent)) delete view.sent[key];
  view.schedule();
}
