// The live chart: one Plotly node that lives as long as the component is mounted.
//
// Streamlit calls the default export again at each rerun and each theme change.
// A message is therefore only written into a store (rows by index, so that a row
// may come twice); drawing then sends Plotly what differs from the last drawing.
// Messages may be lost on the way: a hole in the rows asks the server for all.

import {
  createFrame,
  dispose,
  downloadButtons,
  preparePlotly,
  showWaiting,
  touch,
} from "./figure_frame.js";
import { createCursor } from "./live_chart_cursor.js";
import {
  coloursOf,
  fixedLayout,
  layoutOf,
  nest,
  readTheme,
  rowsOf,
  traceOf,
} from "./live_chart_figure.js";
import { listenToKeys } from "./live_chart_keys.js";

const views = new WeakMap(); // parent element → view
const WIDE = 860; // from this width on the panels stand side by side
const ASK_AGAIN = [1500, 30000]; // ms without an answer: at first, and at most (it doubles)

export default function liveChart({ data, parentElement, setTriggerValue }) {
  if (!data) return undefined;
  let view = views.get(parentElement);
  if (!view) views.set(parentElement, (view = mount(parentElement, data.heights)));
  view.ask = (value) => setTriggerValue("resync", value);
  if (data !== view.message) receive(view, (view.message = data));
  schedule(view); // also when only the theme has changed
  // Streamlit calls this too when a newer message overtakes the loading of this module.
  return () => parentElement.isConnected || destroy(view, parentElement);
}

// ---------------------------------------------------------------- mounting

function mount(parent, heights) {
  const view = createFrame(parent, "sp-chart");
  Object.assign(view, { heights, tables: new Map(), changed: new Set(), sent: {} });
  view.hidden = new Set(); // curves, by index, that keys have hidden
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
  return view;
}

function destroy(view, parent) {
  if (!dispose(view)) return;
  clearTimeout(view.asking);
  views.delete(parent);
}

// Redrawing would cancel a zoom that is being dragged: wait for the button to come up.
function holdWhileDragging(view) {
  const options = { capture: true, signal: view.listeners.signal };
  view.plot.addEventListener("pointerdown", () => (view.held = true), options);
  const release = () =>
    setTimeout(() => {
      // after Plotly's own mouseup
      view.held = false;
      schedule(view);
    });
  for (const name of ["pointerup", "pointercancel", "blur"])
    window.addEventListener(name, () => view.held && release(), options);
}

// The height is fixed for each arrangement, so that nothing below the chart ever jumps.
function arrange(view, width) {
  view.width = width;
  view.wide = width >= WIDE;
  view.height = view.heights[view.wide ? 0 : 1];
  view.root.style.height = `${view.height}px`;
  view.height = view.root.clientHeight || view.height; // projection mode fills the screen
}

// ---------------------------------------------------------------- receiving

function receive(view, message) {
  if (message.whole) {
    if (message.run !== view.run) view.hidden.clear(); // as Plotly forgets clicks on the legend
    Object.assign(view, { run: message.run, spec: message.spec, plotlyUrl: message.plotly });
    view.tables.clear();
  } else if (message.run !== view.run) {
    return hole(view); // nothing to add to: keep what is there
  }
  const tables = Object.entries(message.tables);
  const complete = tables.map(([name, table]) => writeRows(view, name, table)).every(Boolean);
  if (complete) view.asking = clearTimeout(view.asking);
  else hole(view);
  const { seq, marks, log, total, alt } = message;
  Object.assign(view, { seq, marks, log, total });
  if (view.alt.textContent !== alt) view.alt.textContent = alt;
  return undefined;
}

// Once for each hole, not at each message: the answer may be on its way. But question
// and answer can be lost as well, and after the last tick no message would remind us.
const hole = (view) => view.asking ?? askForAll(view, ASK_AGAIN[0]);

function askForAll(view, delay) {
  view.ask({ run: view.message.run, seq: view.message.seq });
  view.asking = setTimeout(askForAll, delay, view, Math.min(2 * delay, ASK_AGAIN[1]));
}

// Rows from `start` on are replaced and later ones forgotten. False if rows are missing.
function writeRows(view, name, { start, n, total, x, columns }) {
  const empty = { x: [], columns: Object.fromEntries(Object.keys(columns).map((c) => [c, []])) };
  const stored = view.tables.get(name) ?? empty;
  if (start > stored.x.length) return false;
  const steps = Array.isArray(x) ? Array.from({ length: n }, (_, i) => x[0] + i * x[1]) : unpack(x);
  stored.x = stored.x.slice(0, start).concat(steps);
  for (const [column, values] of Object.entries(columns))
    stored.columns[column] = stored.columns[column].slice(0, start).concat(unpack(values));
  view.tables.set(name, stored);
  view.changed.add(name);
  return stored.x.length >= total;
}

// float32, little-endian, base64 → numbers; NaN is a gap in the line.
function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const values = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 4 }, (_, i) => values.getFloat32(4 * i, true));
}

// ---------------------------------------------------------------- drawing

// Once a frame at most, and not at all in a hidden tab, where the store still fills.
function schedule(view) {
  view.frame ??= requestAnimationFrame(() => {
    view.frame = undefined;
    if (!view.dead && view.spec && view.width > 0 && !view.held) draw(view);
  });
}

function draw(view) {
  if (!view.Plotly) return void preparePlotly(view, view.plotlyUrl, "chart", () => schedule(view));
  view.theme = readTheme(view.root);
  const layout = layoutOf(view);
  const structure = JSON.stringify([view.run, view.spec, view.theme.scale]);
  if (structure !== view.structure) redrawAll(view, layout);
  else redrawChanges(view, layout);
  view.structure = structure;
  view.changed.clear();
  const rows = [...view.tables].map(([name, table]) => `${name}:${table.x.length}`);
  Object.assign(view.root.dataset, { run: view.run, rows: rows.join(" "), seq: view.seq });
}

function redrawAll(view, layout) {
  const traces = view.spec.traces.map((_, i) => traceOf(view, i));
  const whole = nest({ ...fixedLayout(view), ...layout });
  if (view.structure === undefined) firstPlot(view, traces, whole);
  else view.Plotly.react(view.plot, traces, whole); // the node stays; zoom stays for the same run
  view.sent = structuredClone(layout); // Plotly zooms in the very arrays that it was given
  view.drawnTheme = JSON.stringify(view.theme);
  view.root.setAttribute("aria-label", view.spec.label);
}

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
    modeBarButtons: [touch.matches ? [reset] : ["zoom2d", "pan2d", reset], downloadButtons(view)],
  });
  view.plot.on("plotly_doubleclick", () => showAll(view));
  for (const name of ["plotly_afterplot", "plotly_relayouting"])
    view.plot.on(name, view.cursor.place);
}

function redrawChanges(view, layout) {
  if (isZoomed(view)) for (const k of rangeKeys(layout, "xaxis")) layout[k] = view.sent[k];
  const differs = ([k, v]) => JSON.stringify(v) !== JSON.stringify(view.sent[k]);
  const edits = structuredClone(Object.fromEntries(Object.entries(layout).filter(differs)));
  const theme = JSON.stringify(view.theme);
  const stale = (trace) => theme !== view.drawnTheme || view.changed.has(trace.table);
  const indices = [...view.spec.traces.keys()].filter((i) => stale(view.spec.traces[i]));
  Object.assign(view, { sent: layout, drawnTheme: theme });
  if (!indices.length) return Object.keys(edits).length && view.Plotly.relayout(view.plot, edits);
  const parts = indices.map((i) => ({ ...rowsOf(view, i), ...coloursOf(view, i) }));
  const traceEdits = Object.fromEntries(
    Object.keys(parts[0]).map((key) => [key, parts.map((part) => part[key])]),
  );
  return view.Plotly.update(view.plot, traceEdits, edits, indices);
}

const rangeKeys = (layout, axis) =>
  Object.keys(layout).filter((k) => k.startsWith(axis) && /range$/.test(k));

// The user has zoomed or panned if the range is no longer the one sent last.
function isZoomed(view) {
  const sent = view.sent["xaxis.range"];
  const now = view.plot.layout.xaxis.range;
  return Boolean(sent && now && (sent[0] !== now[0] || sent[1] !== now[1]));
}

function showAll(view) {
  for (const key of rangeKeys(view.sent, "")) delete view.sent[key];
  schedule(view);
}
