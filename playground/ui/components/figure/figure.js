// A figure of a lesson: one Plotly node that lives as long as the component is mounted.
//
// A message holds a state from which the figure is drawn (kinds.js), or a figure that Python has
// drawn. While a slider is dragged, each frame of the drag is a state, too, which holds until the
// server has answered. Where only lines and points move, their nodes are moved at once and Plotly
// is told when there is time (plotly_fast_path.js); all else is Plotly.react's, in the node that is
// there.

import { component, watchSight, watchSize } from "../_kernel/component.js";
import { write } from "../_kernel/dom.js";
import { frameShown } from "../_kernel/moment.js";
import {
  addFrame,
  downloadButtons,
  preparePlotly,
  showsModeBar,
  showWaiting,
  touch,
} from "../_kernel/plotly.js";
import { grown } from "../_kernel/projection_scale.js";
import { readTheme } from "../_kernel/theme.js";
import { change, coloured, moves } from "./changes.js";
import { drawingOf, fits, KINDS, shownText, stateOf } from "./kinds.js";
import { moveNodes, uncover } from "./plotly_fast_path.js";

/** @typedef {import("./kinds.js").Place} Place */
/** @typedef {import("./kinds.js").Preview} Preview */
/** @typedef {import("../_kernel/theme.js").Theme} Theme */
/** @typedef {import("../_kernel/plotly.js").Changes} Changes */
/** @typedef {import("../_kernel/plotly.js").Layout} Layout */
/** @typedef {import("../_kernel/plotly.js").Plotly} Plotly */
/** @typedef {import("./changes.js").Figure} Figure */

/**
 * What Python sends: `wire` of `Chart` or `MovingChart` in playground/charts/base.py, and
 * playground/ui/components/figure.
 *
 * @typedef {object} MessageKeys
 * @property {string} label
 * @property {string} alt the figure in words
 * @property {number} height in px
 * @property {string} follows key of the component whose previews move the figure
 * @property {string} plotly the path of plotly.js
 *
 * @typedef {{ kind?: undefined, figure: Figure, narrow: Narrow | null }} Drawn
 * @typedef {{ height: number, layout: Changes }} Narrow
 * @typedef {MessageKeys & (Drawn | import("./kinds.js").Given)} Message
 */

/**
 * @typedef {object} FigureParts
 * @property {number} received how many there were
 * @property {Message} [drawn] the one that is drawn
 * @property {Figure} [figure] what is drawn: that message's, or a preview's
 * @property {string} [shape] all else that the drawing depends on
 * @property {Theme} [theme] as it was read last
 * @property {number} width
 * @property {number} height
 * @property {number} [wanted] the height that was asked for
 * @property {boolean} seen whether the figure is in sight, or nearly
 * @property {ReturnType<typeof setTimeout>} [later] when Plotly is told, or an unseen figure drawn
 * @property {Preview} [preview]
 * @property {boolean} [dragging]
 * @property {Place[]} trail where the last drag has led
 *
 * @typedef {import("../_kernel/component.js").Life<Message>} Life
 * @typedef {Life & import("../_kernel/plotly.js").FrameKeys & FigureParts} View
 * @typedef {View & { Plotly: Plotly, theme: Theme }} Ready
 */

const FONT_SIZE = 14; // readable from the last row of a lecture hall
const QUIET = 150; // ms without a change, after which Plotly is told
const UNSEEN = 250; // the same for a figure that is scrolled out of sight
const NARROW = 560; // px, below which panels that stood side by side stand below each other

export default component({
  className: "sp-figure",
  mount,
  receive,
  show(view, isNews) {
    const news = isNews && view.shape !== undefined;
    if (news && !view.seen) postpone(view);
    else if (news && view.width > 0)
      draw(view); // a frame earlier
    else view.schedule(); // also when only the theme has changed
  },
  draw(view) {
    if (view.width <= 0) return; // in a hidden tab
    view.theme = readTheme(view.root); // makes the browser compute styles: not at each message
    draw(view);
  },
  leave: ({ later }) => clearTimeout(later),
});

// ---------------------------------------------------------------- mounting

/** @param {Life} life */
function mount(life) {
  const { root, signal, schedule } = life;
  /** @type {View} */
  const view = Object.assign(addFrame(life), {
    received: 0,
    width: root.clientWidth,
    height: 0,
    seen: true,
    trail: [],
  });
  root.style.fontVariantNumeric = "tabular-nums";
  showWaiting(view, "Loading the figure…");
  watchSize(
    root,
    ([entry]) => {
      view.width = Math.floor(entry.contentRect.width);
      fixHeight(view);
      schedule();
    },
    signal,
  );
  watchSight(root, (isSeen) => turn(view, isSeen), signal);
  /** @param {Event & { detail?: Partial<Preview> | null }} event */
  const follow = ({ detail }) => preview(view, detail);
  window.addEventListener("sp-preview", follow, { signal });
  touch().addEventListener("change", () => schedule(), { signal });
  return view;
}

/**
 * @param {View} view
 * @param {boolean} isSeen
 */
function turn(view, isSeen) {
  view.seen = isSeen;
  if (isSeen && view.drawn && view.drawn !== view.message) view.schedule();
}

// ---------------------------------------------------------------- receiving

/** @param {View} view */
function receive(view) {
  const { message } = view;
  view.received += 1;
  if (heightOf(view) !== view.wanted) fixHeight(view); // which asks the browser for a layout
  view.root.setAttribute("aria-label", message.label);
  write(view.alt, message.alt);
  // A drag goes on over an answer to something else; its end is answered by this.
  const goesOn = message.kind !== undefined && fits(message, view.preview);
  if (view.preview?.settled || !goesOn) view.preview = undefined;
}

/**
 * How the figure is arranged where there is little room, if there is.
 *
 * @param {View} view
 */
const narrowed = ({ width, message }) =>
  width < NARROW && message.kind === undefined ? message.narrow : null;

/**
 * Fixed for each width: nothing below ever jumps.
 *
 * @param {View} view
 */
function fixHeight(view) {
  view.wanted = heightOf(view);
  view.root.style.height = `${view.wanted}px`;
  view.height = view.root.clientHeight || view.wanted; // projection mode fills the screen
}

/** @param {View} view */
const heightOf = (view) => (narrowed(view) ?? view.message).height;

/**
 * @param {View} view
 * @param {Partial<Preview> | null} [detail]
 */
function preview(view, detail) {
  const { message } = view;
  if (message.kind === undefined || !message.follows || detail?.key !== message.follows) return;
  if (!fits(message, detail)) {
    // The server's answer will, and it ends the drag if this did.
    if (view.preview && detail.settled) view.preview = { ...view.preview, settled: true };
    return;
  }
  const { extended } = KINDS[message.kind];
  if (!view.dragging) view.trail = [];
  if (extended) view.trail = extended(view.trail, stateOf(message, detail));
  view.dragging = !detail.settled;
  view.preview = detail;
  view.schedule();
}

// ---------------------------------------------------------------- drawing

/**
 * What nobody sees must not hold up what is seen: a drag may move many figures at once.
 *
 * @param {View} view
 */
const postpone = (view) => whenQuiet(view, UNSEEN, () => view.schedule());

/**
 * Do it when nothing has moved for a while, and no scrubber is held.
 *
 * @param {View} view
 * @param {number} quiet ms
 * @param {() => void} act
 */
function whenQuiet(view, quiet, act) {
  clearTimeout(view.later);
  view.later = setTimeout(() => (frameShown() ? whenQuiet(view, quiet, act) : act()), quiet);
}

/**
 * @param {View} view
 * @returns {view is Ready}
 */
const isReady = (view) => Boolean(view.Plotly && view.theme);

/** @param {View} view */
function draw(view) {
  if (!isReady(view)) {
    preparePlotly(view, view.message.plotly, "figure", view.schedule);
    return;
  }
  const { dataset } = view.root;
  const { message, preview, figure: before } = view;
  const shape = JSON.stringify([view.theme, view.width, view.height, touch().matches]);
  const figure =
    message.kind !== undefined ? drawingOf(message, preview, view.trail) : message.figure;
  const edits = before && shape === view.shape ? moves(before, figure) : undefined;
  const isFirst = view.shape === undefined;
  Object.assign(view, { shape, drawn: message, figure });
  if (!edits || !moveNodes(view.plot, edits)) redraw(view, figure, isFirst);
  else if (Object.keys(edits).length) catchUp(view, figure);
  dataset.shown = figure.shown ? shownText(figure.shown) : message.alt;
  dataset.received = `${view.received}`;
}

/**
 * By Plotly itself.
 *
 * @param {Ready} view
 * @param {Figure} figure
 */
function redraw(view, figure, isFirst = false) {
  const { data, layout } = coloured(figure, view.theme);
  for (const [i, trace] of data.entries()) trace.uid = `sp${i}`; // its nodes, for plotly_fast_path.js
  dress(view, layout);
  /** @type {Figure} */
  const large = grown({ data, layout }, view.theme.scale);
  clearTimeout(view.later);
  view.later = undefined;
  if (!isFirst) {
    view.Plotly.react(view.plot, large.data, large.layout);
    uncover(view.plot);
    return;
  }
  showWaiting(view, "");
  view.Plotly.newPlot(view.plot, large.data, large.layout, {
    displaylogo: false,
    displayModeBar: showsModeBar(),
    responsive: false,
    modeBarButtons: [downloadButtons(view)],
  });
}

/**
 * Tell Plotly what was moved without it, once nothing has moved for a while.
 *
 * @param {Ready} view
 * @param {Figure} figure
 */
const catchUp = (view, figure) => whenQuiet(view, QUIET, () => redraw(view, figure));

/**
 * What all figures have in common: size, type and the theme's colours.
 *
 * @param {Ready} view
 * @param {Layout} layout
 */
function dress(view, layout) {
  const { theme, width, height } = view;
  const narrow = narrowed(view);
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
  if (narrow) change(layout, narrow.layout);
  if (layout.legend) layout.legend.bgcolor = theme.veil;
  if (touch().matches) layout.dragmode = false;
  for (const name of Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key))) {
    const axis = /** @type {Changes} */ (layout[name]);
    Object.assign(axis, {
      gridcolor: theme.grid,
      linecolor: theme.grid,
      zerolinecolor: theme.grid,
    });
    if (touch().matches) axis.fixedrange = true; // a finger scrolls the page
    axis.exponentformat ??= "power";
    // Else Plotly takes the end that an axis had for a zoom by hand, and keeps it without its range.
    if (!axis.range) axis.autorange ??= true;
  }
}
