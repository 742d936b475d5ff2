// The bench: sliders for K values, and softmax and loss worked out from them at each frame.
//
// The browser shows what it computes itself; the server hears of it once, when a drag or a
// key press ends ("commit"), and echoes the number of the last commit it has handled. What the
// server says is taken over unless the visitor is moving something or a commit is under way.

import { component } from "../_kernel/component.js";
import { uniqueName, update } from "../_kernel/dom.js";
import { Mailbox } from "../_kernel/mailbox.js";
import { steps } from "../_kernel/maths.js";
import { News } from "../_kernel/news.js";
import { classColour, inkOn, readTheme } from "../_kernel/theme.js";
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
  sentOf,
  stateOf,
  temperatureScaleOf,
  withoutClass,
} from "./motion.js";
import { columnStyle, createRow, createTable, drawHead, drawRow, drawSums } from "./table.js";

/** @typedef {import("../_kernel/theme.js").ColourPair} ColourPair */
/** @typedef {import("./control.js").Host} Host */
/** @typedef {import("./foot.js").Foot} Foot */
/** @typedef {import("./motion.js").Moving} Moving */
/** @typedef {import("./motion.js").Sent} Sent */
/** @typedef {import("./motion.js").State} State */
/** @typedef {import("./numbers.js").Scale} Scale */
/** @typedef {import("./table.js").Column} Column */
/** @typedef {import("./table.js").Steps} Steps */
/** @typedef {import("./table.js").Table} Table */

/**
 * What Python sends: `Bench.wire` in playground/ui/components/logit_bench.
 *
 * @typedef {object} BenchParts
 * @property {string} key
 * @property {number} seq of the last commit that the server has dealt with
 * @property {"logits" | "probabilities"} kind
 * @property {Column[]} columns
 * @property {boolean} hasTemperature
 * @property {boolean} hasTarget
 * @property {boolean} resizable
 * @property {boolean} maskable whether a logit may be −∞
 * @property {boolean} [covered] what is worked out is not to be seen, nor heard
 * @property {ColourPair[]} classColours
 * @property {{ [name: string]: ColourPair }} columnColours
 *
 * @typedef {Sent & BenchParts} Message
 */

/**
 * @typedef {object} ViewParts
 * @property {string} name of the radio buttons
 * @property {string} [structure] what the nodes were made for
 * @property {Table} table
 * @property {Foot} foot
 * @property {Scale} scale of the values
 * @property {Mailbox<Sent>} mail to the server: commits
 * @property {State} [before] what held before the visitor began to move something
 * @property {Host} [mover] which is moved
 * @property {boolean} [isCovered]
 * @property {string} [told] what other components were told last
 *
 * @typedef {import("../_kernel/component.js").Life<Message>} Life
 * @typedef {Life & Moving & ViewParts} View
 */

export default component({
  className: "sp-bench",
  mount,
  receive,
  show: paint,
  draw(view, now) {
    advance(view, now);
    draw(view);
    if (view.glide) view.schedule();
  },
});

/** @param {Life} life */
function mount(life) {
  const { root, message, signal } = life;
  const goal = goalOf(stateOf(message), message);
  const news = new News(root, root, signal); // of what the server says to the values
  /** @type {Mailbox<Sent>} */
  const mail = new Mailbox((commit) => view.trigger("commit", commit), signal, undefined, news);
  /** @type {View} */
  const view = Object.assign(life, {
    name: uniqueName("sp-bench"),
    table: { node: root, head: [], rows: [] }, // until `build`
    foot: { node: root, result: { rest: [] } },
    scale: scaleOf(goal, message),
    temperatureScale: temperatureScaleOf(message.temperature),
    state: stateOf(message),
    shown: goal,
    goal,
    still: matchMedia("(prefers-reduced-motion: reduce)"),
    mail,
  });
  return view;
}

/** @param {View} view */
function build(view) {
  const { root, message } = view;
  for (const node of [...root.children])
    if (node.localName !== "style" && node.className !== "sp-news") node.remove();
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", message.kind === "logits" ? "Softmax bench" : "Loss bench");
  stopMoving(view);
  for (const [name, value] of Object.entries(columnStyle(message)))
    root.style.setProperty(name, value);
  root.classList.toggle("sp-bench-resizable", message.resizable);
  root.classList.toggle("sp-bench-targeted", message.hasTarget);
  root.classList.toggle("sp-bench-dense", message.columns.length > 2);
  view.table = createTable(view);
  view.foot = createFoot(view, temperatureHost(view), () => addClass(view));
  view.state = stateOf(message);
  view.shown = goalOf(view.state, message); // nothing glides there
  draw(view); // not in the next frame: what stands below would be seen at two places
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

/** @param {View} view */
function receive(view) {
  const { message, mail, root } = view;
  const { key, kind, columns, hasTemperature, hasTarget, resizable } = message;
  const structure = JSON.stringify([key, kind, columns, hasTemperature, hasTarget, resizable]);
  if (structure !== view.structure) {
    build(view);
    mail.forget();
  }
  view.structure = structure;
  const isCovered = !!message.covered;
  root.classList.toggle("sp-bench-covered", isCovered);
  if (isCovered !== view.isCovered) view.schedule(); // the sliders' words have an answer, too
  view.isCovered = isCovered;
  mail.answered(message.seq);
  adopt(view);
}

/**
 * The server's values, unless the visitor is ahead of them.
 *
 * @param {View} view
 */
function adopt(view) {
  if (view.before || view.mail.pending) return;
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
    if (field?.noted || (field?.dirty && field.input !== document.activeElement))
      resetField(field, 0);
}

// ---------------------------------------------------------------- to the server

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
  view.mail.post(sentOf(view.state));
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
      if (host.field?.dirty || host.field?.noted) resetField(host.field, next);
      view.schedule();
    },
    onFrame: view.schedule,
    signal: view.signal,
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
const stopMoving = (view) => Object.assign(view, { before: undefined, mover: undefined });

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
    check: (value) => reasonAgainst(value, index, view.state.values, view.message),
  });
}

/**
 * Why a typed number cannot be one of the values.
 *
 * @param {number} value
 * @param {number} index
 * @param {number[]} values
 * @param {Message} message
 */
function reasonAgainst(value, index, values, { kind, maskable }) {
  if (kind === "probabilities") {
    if (value < 0) return "A probability cannot be below 0.";
    return value === Infinity ? "A probability is a finite number." : undefined;
  }
  if (value === Infinity) return "A logit of +∞ makes softmax ∞/∞, which is nan.";
  if (value !== -Infinity) return undefined;
  if (!maskable) return "A logit is a finite number here.";
  if (values.some((other, k) => k !== index && other !== -Infinity)) return undefined;
  return "One logit stays finite: with all classes masked, softmax is 0/0, which is nan.";
}

/** @param {View} view */
function temperatureHost(view) {
  return hostOf(view, {
    scale: () => view.temperatureScale,
    value: () => view.state.temperature,
    put: (temperature) => ({ ...view.state, temperature }),
    check: (value) =>
      value >= 0 && value !== Infinity
        ? undefined
        : "The temperature is a finite number from 0 up.",
  });
}

/** @param {View} view */
function finish(view) {
  const { before } = view;
  if (!before) return;
  stopMoving(view);
  move(view);
  if (same(before, view.state)) adopt(view);
  else view.mail.post(sentOf(view.state));
}

// ---------------------------------------------------------------- drawing

/** @param {View} view */
function move(view) {
  view.root.dataset.settled = "false"; // at once, as others may hear of it before the next frame
  arrive(view);
  view.schedule();
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
  update(view.root, { "data-settled": settled });
  if (told === view.told) return;
  view.told = told;
  window.dispatchEvent(new CustomEvent("sp-preview", { detail }));
}
