// A figure of a lesson: one Plotly node that lives as long as the component is mounted.
//
// Streamlit calls the default export again at each rerun and each theme change. A message
// holds the whole figure. Where only lines and points move, their nodes are moved at once
// and Plotly is told when there is time (figure_nodes.js); all else is Plotly.react's, in the
// node that is there. While a slider is dragged, previews move the live parts
// (figure_live.js); they hold until the server has answered.

import {
  createFrame,
  dispose,
  downloadButtons,
  preparePlotly,
  showsModeBar,
  showWaiting,
  touch,
} from "./figure_frame.js";
import { fits, LIVE_KINDS, previewEdits, shownText, trailOf } from "./figure_live.js";
import { MOVABLE, moveNodes, uncover } from "./figure_nodes.js";
import { readTheme } from "./live_chart_figure.js";
import { grown } from "./projection_scale.js";

const views = new WeakMap(); // parent element → view
const FONT_SIZE = 14; // readable from the last row of a lecture hall
const QUIET = 150; // ms without a change, after which Plotly is told
const UNSEEN = 250; // the same for a figure that is scrolled out of sight
const NEARLY_SEEN = "120px"; // so far beyond the edge of the window
const NARROW = 560; // px, below which panels that stood side by side stand below each other

export default function figure({ data, parentElement }) {
  if (!data) return undefined;
  let view = views.get(parentElement);
  if (!view) views.set(parentElement, (view = mount(parentElement)));
  const news = data !== view.message;
  if (news) receive(view, data);
  if (news && view.shape !== undefined && !view.seen) postpone(view);
  else if (news && view.shape !== undefined && view.width > 0)
    draw(view); // a frame earlier
  else schedule(view); // also when only the theme has changed
  // Streamlit calls this too when a newer message overtakes the loading of this module.
  return () => parentElement.isConnected || destroy(view, parentElement);
}

// ---------------------------------------------------------------- mounting

function mount(parent) {
  const view = createFrame(parent, "sp-figure");
  Object.assign(view, { width: Math.floor(parent.clientWidth), received: 0, seen: true });
  view.root.style.fontVariantNumeric = "tabular-nums";
  showWaiting(view, "Loading the figure…");
  view.resize = new ResizeObserver(([entry]) => {
    view.width = Math.floor(entry.contentRect.width);
    if (view.message) fixHeight(view);
    schedule(view);
  });
  view.resize.observe(view.root);
  view.sight = new IntersectionObserver(
    (entries) => {
      view.seen = entries.at(-1).isIntersecting;
      if (view.seen && view.drawn && view.drawn !== view.message) schedule(view);
    },
    { rootMargin: NEARLY_SEEN },
  );
  view.sight.observe(view.root);
  const options = { signal: view.listeners.signal };
  window.addEventListener("sp-preview", (event) => preview(view, event.detail), options);
  touch.addEventListener("change", () => schedule(view), options);
  return view;
}

function destroy(view, parent) {
  if (!dispose(view)) return;
  view.sight.disconnect();
  clearTimeout(view.later);
  views.delete(parent);
}

// ---------------------------------------------------------------- receiving

function receive(view, message) {
  view.message = message;
  view.received += 1;
  fixHeight(view);
  view.root.setAttribute("aria-label", message.label);
  if (view.alt.textContent !== message.alt) view.alt.textContent = message.alt;
  // A drag goes on over an answer to something else; its end is answered by this.
  if (view.preview?.settled || !fits(message.live, view.preview)) view.preview = undefined;
}

const isNarrow = ({ width, message }) => width < NARROW && message.narrow;

// Fixed for each width: nothing below ever jumps.
function fixHeight(view) {
  view.height = isNarrow(view) ? view.message.narrow.height : view.message.height;
  view.root.style.height = `${view.height}px`;
  view.height = view.root.clientHeight || view.height; // projection mode fills the screen
}

function preview(view, detail) {
  if (!view.message?.follows || detail?.key !== view.message.follows) return;
  if (!fits(view.message.live, detail)) return; // the server's answer will
  if (!view.dragging) view.trail = [];
  view.dragging = !detail.settled;
  view.preview = detail;
  view.previewed = false;
  schedule(view);
}

// ---------------------------------------------------------------- drawing

// What nobody sees must not hold up what is seen: a drag may move many figures at once.
function postpone(view) {
  clearTimeout(view.later);
  view.later = setTimeout(schedule, UNSEEN, view);
}

// Once a frame at most, and not at all in a hidden tab.
function schedule(view) {
  view.frame ??= requestAnimationFrame(() => {
    view.frame = undefined;
    if (view.dead || view.width <= 0) return;
    view.theme = readTheme(view.root); // makes the browser compute styles: not at each message
    draw(view);
  });
}

function draw(view) {
  if (!view.Plotly)
    return void preparePlotly(view, view.message.plotly, "figure", () => schedule(view));
  const { dataset } = view.root;
  const moving = view.preview && !view.previewed;
  const shape = JSON.stringify([view.theme, view.width, view.height, touch.matches]);
  if (shape !== view.shape) redraw(view);
  else if (view.drawn !== view.message) answer(view);
  Object.assign(view, { shape, drawn: view.message });
  if (view.preview && !view.previewed) movePreview(view);
  if (moving) dataset.previews = Number(dataset.previews ?? 0) + 1;
  dataset.shown = shownText(view);
  dataset.received = view.received;
}

// The message with the preview's changes, if there is one, by Plotly itself.
function redraw(view) {
  view.edits = view.preview && previewEdits(view);
  view.composed = edited(view.message.figure, view.edits);
  let { data, layout } = coloured(view.composed, view.theme);
  data.forEach((trace, i) => (trace.uid = `sp${i}`)); // names its nodes, for figure_nodes.js
  keepTrail(view, data);
  dress(view, layout);
  ({ data, layout } = grown({ data, layout }, view.theme.scale));
  view.later = clearTimeout(view.later);
  view.previewed = true;
  if (view.shape !== undefined) {
    view.Plotly.react(view.plot, data, layout);
    return uncover(view.plot);
  }
  showWaiting(view, "");
  return view.Plotly.newPlot(view.plot, data, layout, {
    displaylogo: false,
    displayModeBar: showsModeBar(),
    responsive: false,
    modeBarButtons: [downloadButtons(view)],
  });
}

// A new message: its lines and points at once, and Plotly's own books when there is time.
function answer(view) {
  const edits = moves(view.composed, view.drawn, view.message);
  if (!edits || !moveNodes(view.plot, edits)) return redraw(view);
  view.composed = view.message.figure;
  view.previewed = false;
  return catchUp(view);
}

// What must be moved to show a message; undefined if it differs in more from what there is.
function moves(composed, before, after) {
  const { data, layout } = after.figure;
  if (!same(composed.layout, layout)) return undefined;
  if (!same(before.live.map(tracesOf), after.live.map(tracesOf))) return undefined;
  if (composed.data.length !== data.length) return undefined;
  const trail = after.live.find(({ kind }) => LIVE_KINDS[kind].trail)?.traces.trail;
  const edits = {};
  for (const [i, trace] of data.entries()) {
    if (i === trail) continue;
    const keys = Object.keys({ ...trace, ...composed.data[i] });
    const changed = keys.filter((key) => !same(trace[key], composed.data[i][key]));
    if (!changed.every((key) => MOVABLE.includes(key))) return undefined;
    if (changed.length) edits[i] = pick(trace);
  }
  for (const { traces } of after.live) // a preview may have moved them
    for (const i of Object.values(traces)) if (i !== trail) edits[i] = pick(data[i]);
  return edits;
}

const tracesOf = ({ kind, traces }) => [kind, traces];

const pick = (trace) =>
  Object.fromEntries(MOVABLE.filter((key) => key in trace).map((key) => [key, trace[key]]));

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

function movePreview(view) {
  view.edits = previewEdits(view);
  const moved = looksTheSame(view.composed, view.edits) && moveNodes(view.plot, view.edits.traces);
  if (!moved) return redraw(view);
  view.previewed = true;
  return catchUp(view);
}

// Whether edits change nothing that only Plotly can draw: a marker of another shape, a label
// at another side, an axis.
function looksTheSame({ data, layout }, edits) {
  const unchanged = (object, changes) =>
    Object.entries(changes).every(
      ([path, value]) => MOVABLE.includes(path) || same(at(object, keysOf(path)), value),
    );
  return (
    unchanged(layout, edits.layout) &&
    Object.entries(edits.traces).every(([i, edit]) => unchanged(data[i], edit))
  );
}

// A copy of a figure with a preview's changes, whose keys are paths: "annotations[0].text".
function edited(figure, edits) {
  if (!edits) return figure;
  const copy = structuredClone(figure);
  change(copy.layout, edits.layout);
  for (const [i, edit] of Object.entries(edits.traces)) change(copy.data[i], edit);
  return copy;
}

function change(object, changes) {
  for (const [path, value] of Object.entries(changes)) {
    const keys = keysOf(path);
    at(object, keys.slice(0, -1))[keys.at(-1)] = value;
  }
}

const keysOf = (path) => path.split(/[.[\]]+/).filter(Boolean);
const at = (object, keys) => keys.reduce((inner, key) => inner[key], object);

// Tell Plotly what was moved without it, once nothing has moved for a while.
function catchUp(view) {
  clearTimeout(view.later);
  view.later = setTimeout(() => redraw(view), QUIET);
}

// The path of the last drag stays over the server's answer, until the next drag.
function keepTrail(view, data) {
  const part = view.message.live.find(({ kind }) => LIVE_KINDS[kind].trail);
  if (part && view.trail?.length) Object.assign(data[part.traces.trail], trailOf(view.trail));
}

// A copy in which every colour is the one for this theme.
function coloured(value, theme) {
  if (Array.isArray(value)) return value.map((item) => coloured(item, theme));
  if (value === null || typeof value !== "object") return value;
  if (value.light && value.dark) return theme.dark ? value.dark : value.light;
  if (value.theme) return theme[value.theme];
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, coloured(v, theme)]));
}

// What all figures have in common: size, type and the theme's colours.
function dress(view, layout) {
  const { theme, width, height, message } = view;
  const font = { color: theme.text, family: theme.font, size: FONT_SIZE };
  Object.assign(layout, {
    width,
    height,
    autosize: false,
    uirevision: "same",
    font,
    paper_bgcolor: theme.page,
    plot_bgcolor: theme.page,
    modebar: { bgcolor: "rgba(0,0,0,0)", color: theme.text, activecolor: theme.accent },
    hoverlabel: { bgcolor: theme.raised, namelength: -1, font: { ...font, size: FONT_SIZE + 1 } },
  });
  if (isNarrow(view)) change(layout, message.narrow.layout);
  if (layout.legend) layout.legend.bgcolor = theme.veil;
  if (touch.matches) layout.dragmode = false;
  for (const name of Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key))) {
    const axis = layout[name];
    Object.assign(axis, {
      gridcolor: theme.grid,
      linecolor: theme.grid,
      zerolinecolor: theme.grid,
    });
    if (touch.matches) axis.fixedrange = true; // a finger scrolls the page
    axis.exponentformat ??= "power";
  }
}
