// The bench: sliders for K values, and softmax and loss worked out from them at each frame.
//
// The browser shows what it computes itself; the server hears of it once, when a drag or a
// key press ends ("commit"), and echoes the number of the last commit it has handled. What the
// server says is taken over unless the visitor is moving something or a commit is under way.

import { classColour, inkOn } from "../_kernel/class_colours.js";
import { element } from "../_kernel/dom.js";
import { steps } from "../_kernel/maths.js";
import { readTheme } from "../_kernel/theme.js";
import { resetField } from "./control.js";
import { CLASSES, createFoot, drawFoot, drawResult } from "./foot.js";
import {
  advance,
  arrive,
  goalOf,
  land,
  lossTerms,
  same,
  scaleOf,
  stateOf,
  temperatureScaleOf,
  withoutClass,
} from "./motion.js";
import { STYLE } from "./style.js";
import { createRow, createTable, drawHead, drawRow, drawSums } from "./table.js";

/** @typedef {import("../_kernel/class_colours.js").ColourPair} ColourPair */
/** @typedef {import("./control.js").Host} Host */
/** @typedef {import("./foot.js").Foot} Foot */
/** @typedef {import("./motion.js").Moving} Moving */
/** @typedef {import("./motion.js").State} State */
/** @typedef {import("./numbers.js").Scale} Scale */
/** @typedef {import("./table.js").Column} Column */
/** @typedef {import("./table.js").Steps} Steps */
/** @typedef {import("./table.js").Table} Table */

/**
 * What Python sends: `Bench.wire` in playground/ui/logit_bench.py.
 *
 * @typedef {object} BenchParts
 * @property {string} key
 * @property {number} seq of the last commit that the server has dealt with
 * @property {"logits" | "probabilities"} kind
 * @property {Column[]} columns
 * @property {boolean} hasTemperature
 * @property {boolean} hasTarget
 * @property {boolean} resizable
 * @property {ColourPair[]} classColours
 * @property {{ [name: string]: ColourPair }} columnColours
 *
 * @typedef {State & BenchParts} Message
 */

/** @typedef {State & { seq: number }} Commit what the server is told */

/**
 * @typedef {object} ViewParts
 * @property {HTMLElement} root
 * @property {string} name of the radio buttons
 * @property {Message} message the newest one
 * @property {string} [structure] what the nodes were made for
 * @property {Table} table
 * @property {Foot} foot
 * @property {Scale} scale of the values
 * @property {(commit: Commit) => void} send
 * @property {number} seq of the last commit
 * @property {Commit & { timer?: ReturnType<typeof setTimeout> }} [pending] commit
 * @property {State} [before] what held before the visitor began to move something
 * @property {Host} [mover] which is moved
 * @property {() => void} [input] to be dealt with in the next frame
 * @property {number} [frame] the next drawing, if one is due
 * @property {string} [told] what other components were told last
 * @property {boolean} [dead]
 *
 * @typedef {Moving & ViewParts} View
 */

/** @type {WeakMap<HTMLElement, View>} */
const views = new WeakMap();
const ASK_AGAIN = { after: 5000, times: 3 }; // ms without an answer to a commit: it was lost

/** @param {import("../_kernel/dom.js").Component<Message>} component */
export default function logitBench({ data, parentElement, setTriggerValue }) {
  if (!data) return undefined;
  const known = views.get(parentElement);
  const view = known ?? mount(parentElement, data);
  view.send = (value) => setTriggerValue("commit", value);
  if (!known || data !== view.message) receive(view, data);
  paint(view); // also when only the theme has changed
  // Streamlit calls this too when a newer message overtakes the loading of this module.
  return () => parentElement.isConnected || destroy(view, parentElement);
}

/**
 * @param {HTMLElement} parent
 * @param {Message} message the first one
 */
function mount(parent, message) {
  const root = element("div", "sp-bench", parent);
  const goal = goalOf(message, message);
  /** @type {View} */
  const view = {
    root,
    name: `sp-bench-${Math.random().toString(36).slice(2)}`,
    message,
    table: { node: root, head: [], rows: [] }, // until `build`
    foot: { node: root, result: { rest: [] } },
    scale: scaleOf(goal, message),
    temperatureScale: temperatureScaleOf(message.temperature),
    state: stateOf(message),
    shown: goal,
    goal,
    still: matchMedia("(prefers-reduced-motion: reduce)"),
    send: () => undefined,
    seq: 0,
  };
  views.set(parent, view);
  return view;
}

/**
 * @param {View} view
 * @param {HTMLElement} parent
 */
function destroy(view, parent) {
  view.dead = true;
  if (view.frame !== undefined) cancelAnimationFrame(view.frame);
  clearTimeout(view.pending?.timer);
  view.root.remove();
  views.delete(parent);
}

/** @param {View} view */
function build(view) {
  const { root, message } = view;
  root.replaceChildren();
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", message.kind === "logits" ? "Softmax bench" : "Loss bench");
  element("style", "", root).textContent = STYLE;
  stopMoving(view);
  root.style.setProperty("--sp-columns", `${Math.max(message.columns.length, 1)}`);
  root.classList.toggle("sp-bench-resizable", message.resizable);
  root.classList.toggle("sp-bench-targeted", message.hasTarget);
  root.classList.toggle("sp-bench-dense", message.columns.length > 4);
  view.table = createTable(view);
  view.foot = createFoot(view, temperatureHost(view), () => addClass(view));
  view.state = stateOf(message);
  view.shown = goalOf(message, message); // nothing glides there
  move(view);
}

/** @param {View} view */
function paint({ root, message, table }) {
  const { dark } = readTheme(root);
  root.classList.toggle("sp-bench-dark", dark);
  for (const [column, colours] of Object.entries(message.columnColours))
    root.style.setProperty(`--sp-${column}`, colours[dark ? 1 : 0]);
  for (const { node, index, swatch } of table.rows) {
    const colour = classColour(message.classColours, index, dark);
    node.style.setProperty("--sp-class", colour);
    swatch.square.style.color = inkOn(colour);
  }
}

// ---------------------------------------------------------------- from the server

/**
 * @param {View} view
 * @param {Message} message
 */
function receive(view, message) {
  const { key, kind, columns, hasTemperature, hasTarget, resizable } = message;
  const structure = JSON.stringify([key, kind, columns, hasTemperature, hasTarget, resizable]);
  view.message = message;
  const isOther = structure !== view.structure;
  if (isOther) build(view);
  view.structure = structure;
  view.seq = Math.max(view.seq, message.seq); // goes on counting after a remount
  if (view.pending && (isOther || message.seq >= view.pending.seq)) answered(view);
  adopt(view);
}

/** @param {View} view */
function answered(view) {
  clearTimeout(view.pending?.timer);
  view.pending = undefined;
}

/**
 * The server's values, unless the visitor is ahead of them.
 *
 * @param {View} view
 */
function adopt(view) {
  if (view.before || view.pending) return;
  const next = stateOf(view.message);
  if (same(view.state, next)) return;
  view.state = next;
  forgetTyping(view);
  move(view);
}

/**
 * What was typed and refused; a text that is still being typed stays.
 *
 * @param {View} view
 */
function forgetTyping({ table, foot }) {
  const fields = [...table.rows.map(({ field }) => field), foot.field];
  for (const field of fields)
    if (field?.dirty && field.input !== document.activeElement) resetField(field, 0);
}

// ---------------------------------------------------------------- to the server

/** @param {View} view */
function commit(view) {
  clearTimeout(view.pending?.timer);
  view.seq += 1;
  view.pending = { ...stateOf(view.state), seq: view.seq };
  sendPending(view, ASK_AGAIN.times);
}

/**
 * @param {View} view
 * @param {number} times that it is still sent again if no answer comes
 */
function sendPending(view, times) {
  const { pending } = view;
  if (!pending || view.dead) return;
  const { values, temperature, target, seq } = pending;
  view.send({ values, temperature, target, seq });
  pending.timer = setTimeout(() => {
    if (times > 0) sendPending(view, times - 1);
    else view.pending = undefined; // the next message of the server says what holds
  }, ASK_AGAIN.after);
}

/**
 * One change that is complete at once: typed, added, removed, chosen.
 *
 * @param {View} view
 * @param {State} next
 */
function change(view, next) {
  finish(view); // a key that is still held
  if (same(view.state, next)) return;
  view.state = next;
  forgetTyping(view);
  move(view);
  commit(view);
}

/** @param {View} view */
function addClass(view) {
  const { values } = view.state;
  if (values.length >= CLASSES.most) return;
  change(view, { ...view.state, values: [...values, 0] });
}

/**
 * @param {View} view
 * @param {number} index
 */
function removeClass(view, index) {
  const { values } = view.state;
  if (values.length <= CLASSES.least) return;
  change(view, withoutClass(view.state, index));
  view.table.rows[Math.min(index, values.length - 2)].remove?.focus();
}

// ---------------------------------------------------------------- moving

/**
 * What a control needs to know of one quantity.
 *
 * @typedef {Pick<Host, "scale" | "value" | "check">} Read
 * @typedef {Read & { put: (value: number) => State }} Quantity `put` is the state with that value
 */

/**
 * @param {View} view
 * @param {Quantity} quantity
 */
function hostOf(view, { scale, value, put, check }) {
  /** @type {Host} */
  const host = {
    scale,
    value,
    check,
    begin() {
      if (view.before) return false;
      if (view.glide) land(view);
      Object.assign(view, { before: stateOf(view.state), mover: host });
      return true;
    },
    preview(next) {
      if (view.mover !== host) return;
      view.state = put(next);
      Object.assign(view.shown, view.state);
      if (host.field?.dirty) resetField(host.field, next);
      schedule(view);
    },
    onFrame(action) {
      view.input = action;
      schedule(view);
    },
    finish() {
      if (view.mover === host) finish(view);
    },
    cancel() {
      if (view.mover !== host || !view.before) return;
      view.state = view.before;
      stopMoving(view);
      move(view);
      adopt(view);
    },
    typed: (next) => change(view, put(next)),
  };
  return host;
}

/** @param {View} view */
const stopMoving = (view) =>
  Object.assign(view, { before: undefined, mover: undefined, input: undefined });

/**
 * @param {View} view
 * @param {number} index
 */
function valueHost(view, index) {
  return hostOf(view, {
    scale: () => scaleOf(view.shown, view.message),
    value: () => view.state.values[index],
    put: (value) => ({
      ...view.state,
      values: view.state.values.map((old, k) => (k === index ? value : old)),
    }),
    check: (value) =>
      view.message.kind === "probabilities" && value < 0
        ? "A probability cannot be below 0."
        : undefined,
  });
}

/** @param {View} view */
function temperatureHost(view) {
  return hostOf(view, {
    scale: () => view.temperatureScale,
    value: () => view.state.temperature,
    put: (temperature) => ({ ...view.state, temperature }),
    check: (value) => (value > 0 ? undefined : "The temperature must be above 0."),
  });
}

/** @param {View} view */
function finish(view) {
  const { before } = view;
  if (!before) return;
  stopMoving(view);
  move(view);
  if (same(before, view.state)) adopt(view);
  else commit(view);
}

// ---------------------------------------------------------------- drawing

/** @param {View} view */
function move(view) {
  arrive(view);
  schedule(view);
}

/**
 * Once a frame at most, however many pointer events there were.
 *
 * @param {View} view
 */
function schedule(view) {
  view.frame ??= requestAnimationFrame((now) => {
    view.frame = undefined;
    if (view.dead) return;
    const { input } = view;
    view.input = undefined;
    input?.();
    advance(view, now);
    draw(view);
    if (view.glide) schedule(view);
  });
}

/** @param {View} view */
function draw(view) {
  const { shown, table, foot, message } = view;
  const settled = !view.before && !view.glide;
  view.scale = scaleOf(shown, message);
  fitRows(view);
  /** @type {Steps} */
  const columns =
    message.kind === "logits"
      ? steps(shown.values, shown.temperature, shown.target)
      : lossTerms(shown);
  drawHead(table.head, view.scale);
  for (const row of table.rows) drawRow(view, row, columns, settled);
  if (table.sums) drawSums(view, table.sums, columns);
  drawFoot(view, foot);
  drawResult(view, foot.result, columns);
  tellOthers(view, settled);
}

/** @param {View} view */
function fitRows(view) {
  const { rows } = view.table;
  const count = view.shown.values.length;
  if (rows.length === count) return;
  /** @type {import("./table.js").Clicks} */
  const clicks = {
    choose: (target) => change(view, { ...view.state, target }),
    remove: (index) => removeClass(view, index),
  };
  while (rows.length > count) rows.pop()?.node.remove();
  while (rows.length < count) createRow(view, valueHost(view, rows.length), clicks);
  paint(view);
}

/**
 * @param {View} view
 * @param {boolean} settled
 */
function tellOthers(view, settled) {
  const { values, temperature, target } = view.shown;
  const { key, kind } = view.message;
  const detail = { key, kind, values: [...values], temperature, target, settled };
  const told = JSON.stringify(detail);
  if (told === view.told) return;
  view.told = told;
  view.root.dataset.settled = `${settled}`;
  window.dispatchEvent(new CustomEvent("sp-preview", { detail }));
}
