// The live chart: one Plotly node that lives as long as the component is mounted.
//
// Streamlit calls the default export again at each rerun and each theme change.
// A message is therefore only written into a store (rows by index, so that a row
// may come twice); drawing then sends Plotly what differs from the last drawing.
// Messages may be lost on the way: a hole in the rows asks the server for all.

import { write } from "../_kernel/dom.js";
import {
  createFrame,
  dispose,
  downloadButtons,
  preparePlotly,
  showWaiting,
  touch,
} from "../_kernel/plotly_frame.js";
import { readTheme } from "../_kernel/theme.js";
import { createCursor } from "./cursor.js";
import { coloursOf, fixedLayout, layoutOf, nest, rowsOf, traceOf } from "./figure.js";
import { listenToKeys } from "./keys.js";
import { withRows } from "./rows.js";

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
 * What Python sends: `Message.wire` in playground/ui/live_chart.py. A whole one replaces all.
 *
 * @typedef {object} Update
 * @property {string} run
 * @property {number} seq
 * @property {{ [name: string]: Rows }} tables
 * @property {Mark[]} marks
 * @property {boolean} log
 * @property {number | null} total where the steps will end, if that is known
 * @property {string} alt the chart in words
 * @property {[wide: number, stacked: number]} heights in px
 *
 * @typedef {Update & ({ whole: false } | { whole: true, spec: Spec, plotly: string })} Message
 */

/** @typedef {{ run: string, seq: number }} Question that asks the server for all rows */

/**
 * @typedef {object} ChartParts
 * @property {[wide: number, stacked: number]} heights in px
 * @property {Message} message the newest one
 * @property {(value: Question) => void} ask
 * @property {ReturnType<typeof setTimeout>} [asking] while an answer is awaited
 * @property {string} [plotlyUrl]
 * @property {number} [seq]
 * @property {Set<string>} changed tables since the last drawing
 * @property {boolean} [held] while something is dragged
 * @property {Changes} sent the layout that Plotly was given last
 * @property {string} [structure] of what is drawn; undefined if nothing is
 * @property {string} [drawnTheme]
 * @property {{ place: () => void }} [cursor]
 *
 * @typedef {Omit<Content, "run" | "spec" | "theme">} Rest
 * @typedef {Partial<Pick<Content, "run" | "spec" | "theme">>} Later
 * @typedef {import("../_kernel/plotly_frame.js").Frame & ChartParts & Rest & Later} View
 * @typedef {View & Content & { plotlyUrl: string }} Known once a whole message has come
 * @typedef {Known & { Plotly: Plotly }} Ready
 */

/** @type {WeakMap<HTMLElement, View>} */
const views = new WeakMap();
const WIDE = 860; // from this width on the panels stand side by side
const ASK_AGAIN = [1500, 30000]; // ms without an answer: at first, and at most (it doubles)

/** @param {import("../_kernel/dom.js").Component<Message>} component */
export default function liveChart({ data, parentElement, setTriggerValue }) {
  if (!data) return undefined;
  const known = views.get(parentElement);
  const view = known ?? mount(parentElement, data);
  view.ask = (value) => setTriggerValue("resync", value);
  if (!known || data !== view.message) receive(view, data);
  schedule(view); // also when only the theme has changed
  // Streamlit calls this too when a newer message overtakes the loading of this module.
  return () => parentElement.isConnected || destroy(view, parentElement);
}

// ---------------------------------------------------------------- mounting

/**
 * @param {HTMLElement} parent
 * @param {Message} message the first one
 */
function mount(parent, message) {
  /** @type {View} */
  const view = Object.assign(createFrame(parent, "sp-chart"), {
    heights: message.heights,
    message,
    ask: () => undefined,
    tables: new Map(),
    marks: [],
    log: false,
    total: null,
    hidden: new Set(),
    changed: new Set(),
    sent: {},
    ...{ width: 0, height: 0, wide: false },
  });
  arrange(view, parent.clientWidth);
  showWaiting(view, "Loading the chart…");
  view.resize = new ResizeObserver(([entry]) => {
    arrange(view, Math.floor(entry.contentRect.width));
    schedule(view);
  });
  view.resize.observe(view.root);
  holdWhileDragging(view);
  view.cursor = createCursor(view);
  listenToKeys(view, () => showAll(view));
  views.set(parent, view);
  return view;
}

/**
 * @param {View} view
 * @param {HTMLElement} parent
 */
function destroy(view, parent) {
  if (!dispose(view)) return;
  stopAsking(view);
  views.delete(parent);
}

/**
 * Redrawing would cancel a zoom that is being dragged: wait for the button to come up.
 *
 * @param {View} view
 */
function holdWhileDragging(view) {
  const options = { capture: true, signal: view.listeners.signal };
  const hold = () => {
    view.held = true;
  };
  view.plot.addEventListener("pointerdown", hold, options);
  const release = () =>
    setTimeout(() => {
      // after Plotly's own mouseup
      view.held = false;
      schedule(view);
    });
  for (const name of ["pointerup", "pointercancel", "blur"])
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
  view.height = view.heights[view.wide ? 0 : 1];
  view.root.style.height = `${view.height}px`;
  view.height = view.root.clientHeight || view.height; // projection mode fills the screen
}

// ---------------------------------------------------------------- receiving

/**
 * @param {View} view
 * @param {Message} message
 */
function receive(view, message) {
  view.message = message;
  if (message.whole) {
    if (message.run !== view.run) view.hidden.clear(); // as Plotly forgets clicks on the legend
    Object.assign(view, { run: message.run, spec: message.spec, plotlyUrl: message.plotly });
    view.tables.clear();
  } else if (message.run !== view.run) {
    hole(view); // nothing to add to: keep what is there
    return;
  }
  const tables = Object.entries(message.tables);
  if (tables.map(([name, rows]) => addRows(view, name, rows)).every(Boolean)) {
    stopAsking(view);
    const isBehind = tables.some(([name, { total }]) => total > lengthOf(view, name));
    // More is to come with the next message; if there is none, because ticks have ended or this
    // page was asleep when they came, the rest has to be asked for.
    if (isBehind) view.asking = setTimeout(askForAll, ASK_AGAIN[0], view, ASK_AGAIN[0]);
  } else hole(view);
  const { seq, marks, log, total, alt } = message;
  Object.assign(view, { seq, marks, log, total });
  write(view.alt, alt);
}

/**
 * Once for each hole, not at each message: the answer may be on its way. But question
 * and answer can be lost as well, and after the last tick no message would remind us.
 *
 * @param {View} view
 */
function hole(view) {
  if (view.asking === undefined) askForAll(view, ASK_AGAIN[0]);
}

/** @param {View} view */
function stopAsking(view) {
  clearTimeout(view.asking);
  view.asking = undefined;
}

/**
 * @param {View} view
 * @param {number} delay ms until it asks again
 */
function askForAll(view, delay) {
  view.ask({ run: view.message.run, seq: view.message.seq });
  view.asking = setTimeout(askForAll, delay, view, Math.min(2 * delay, ASK_AGAIN[1]));
}

/**
 * False if rows are missing.
 *
 * @param {View} view
 * @param {string} name of the table
 * @param {Rows} rows
 */
function addRows(view, name, rows) {
  const table = withRows(view.tables.get(name), rows);
  if (!table) return false;
  view.tables.set(name, table);
  view.changed.add(name);
  return true;
}

/** @type {(view: View, name: string) => number} */
const lengthOf = (view, name) => view.tables.get(name)?.x.length ?? 0;

// ---------------------------------------------------------------- drawing

/**
 * Once a frame at most, and not at all in a hidden tab, where the store still fills.
 *
 * @param {View} view
 */
function schedule(view) {
  view.frame ??= requestAnimationFrame(() => {
    view.frame = undefined;
    if (view.dead || !view.spec || view.width <= 0 || view.held) return;
    view.theme = readTheme(view.root);
    if (isReady(view)) draw(view);
    else if (view.plotlyUrl) preparePlotly(view, view.plotlyUrl, "chart", () => schedule(view));
  });
}

/**
 * @param {View} view
 * @returns {view is Ready}
 */
const isReady = (view) => Boolean(view.Plotly && view.spec && view.theme);

/** @param {Ready} view */
function draw(view) {
  const layout = layoutOf(view);
  const structure = JSON.stringify([view.run, view.spec, view.theme.scale]);
  if (structure !== view.structure) redrawAll(view, layout);
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
  view.drawnTheme = JSON.stringify(view.theme);
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
    doubleClick: false,
    // Buttons for a finger are large: more of them would cover the title on a phone.
    modeBarButtons: [touch().matches ? [reset] : ["zoom2d", "pan2d", reset], downloadButtons(view)],
  });
  view.plot.on("plotly_doubleclick", () => showAll(view));
  for (const name of ["plotly_afterplot", "plotly_relayouting"])
    view.plot.on(name, () => view.cursor?.place());
}

/**
 * @param {Ready} view
 * @param {Changes} layout
 */
function redrawChanges(view, layout) {
  if (isZoomed(view)) for (const k of rangeKeys(layout, "xaxis")) layout[k] = view.sent[k];
  /** @param {[key: string, value: unknown]} entry */
  const differs = ([key, value]) => JSON.stringify(value) !== JSON.stringify(view.sent[key]);
  const edits = structuredClone(Object.fromEntries(Object.entries(layout).filter(differs)));
  const theme = JSON.stringify(view.theme);
  /** @param {Curve} trace */
  const stale = (trace) => theme !== view.drawnTheme || view.changed.has(trace.table);
  const indices = [...view.spec.traces.keys()].filter((i) => stale(view.spec.traces[i]));
  Object.assign(view, { sent: layout, drawnTheme: theme });
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

/** @type {(layout: Changes, axis: string) => string[]} */
const rangeKeys = (layout, axis) =>
  Object.keys(layout).filter((k) => k.startsWith(axis) && /range$/.test(k));

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

/** @param {View} view */
function showAll(view) {
  for (const key of rangeKeys(view.sent, "")) delete view.sent[key];
  schedule(view);
}
