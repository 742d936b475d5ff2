// The bench: sliders for K values, and softmax and loss worked out from them at each frame.
//
// The browser shows what it computes itself; the server hears of it once, when a drag or a
// key press ends ("commit"), and echoes the number of the last commit it has handled. What the
// server says is taken over unless the visitor is moving something or a commit is under way.

import { classColour, inkOn } from "./class_colours.js";
import { readTheme } from "./theme.js";
import { resetField } from "./logit_bench_control.js";
import { CLASSES, createFoot, drawFoot, drawResult } from "./logit_bench_foot.js";
import { advance, arrive, land, same, scaleOf, stateOf } from "./logit_bench_motion.js";
import { STYLE } from "./logit_bench_style.js";
import { createRow, createTable, drawHead, drawRow, drawSums } from "./logit_bench_table.js";
import { element } from "./nodes.js";
import { crossEntropyFromProbabilities, steps, sum } from "./softmax_maths.js";

const views = new WeakMap(); // parent element → view
const ASK_AGAIN = { after: 5000, times: 3 }; // ms without an answer to a commit: it was lost

export default function logitBench({ data, parentElement, setTriggerValue }) {
  if (!data) return undefined;
  let view = views.get(parentElement);
  if (!view) views.set(parentElement, (view = mount(parentElement)));
  view.send = (value) => setTriggerValue("commit", value);
  if (data !== view.message) receive(view, data);
  paint(view); // also when only the theme has changed
  // Streamlit calls this too when a newer message overtakes the loading of this module.
  return () => parentElement.isConnected || destroy(view, parentElement);
}

function mount(parent) {
  const root = element("div", "sp-bench", parent);
  const name = `sp-bench-${Math.random().toString(36).slice(2)}`; // of the radio buttons
  return { root, name, seq: 0, still: matchMedia("(prefers-reduced-motion: reduce)") };
}

function destroy(view, parent) {
  view.dead = true;
  cancelAnimationFrame(view.frame);
  clearTimeout(view.pending?.timer);
  view.root.remove();
  views.delete(parent);
}

function build(view) {
  const { root, message } = view;
  root.replaceChildren();
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", message.kind === "logits" ? "Softmax bench" : "Loss bench");
  element("style", "", root).textContent = STYLE;
  Object.assign(stopMoving(view), { glide: undefined, shown: undefined });
  root.style.setProperty("--sp-columns", Math.max(message.columns.length, 1));
  root.classList.toggle("sp-bench-resizable", message.resizable);
  root.classList.toggle("sp-bench-targeted", message.hasTarget);
  root.classList.toggle("sp-bench-dense", message.columns.length > 4);
  view.table = createTable(view);
  view.foot = createFoot(view, temperatureHost(view), () => addClass(view));
}

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

function receive(view, message) {
  const parts = ["key", "kind", "columns", "hasTemperature", "hasTarget", "resizable"];
  const structure = JSON.stringify(parts.map((part) => message[part]));
  view.message = message;
  const isOther = structure !== view.structure;
  if (isOther) build(view);
  view.structure = structure;
  view.seq = Math.max(view.seq, message.seq); // goes on counting after a remount
  if (view.pending && (isOther || message.seq >= view.pending.seq)) answered(view);
  adopt(view);
}

function answered(view) {
  clearTimeout(view.pending.timer);
  view.pending = undefined;
}

// The server's values, unless the visitor is ahead of them.
function adopt(view) {
  if (view.before || view.pending) return;
  const next = stateOf(view.message);
  if (view.state && view.shown && same(view.state, next)) return;
  view.state = next;
  forgetTyping(view);
  move(view);
}

// What was typed and refused; a text that is still being typed stays.
function forgetTyping({ table, foot }) {
  const fields = [...table.rows.map(({ field }) => field), foot.field];
  for (const field of fields)
    if (field?.dirty && field.input !== document.activeElement) resetField(field, 0);
}

// ---------------------------------------------------------------- to the server

function commit(view) {
  clearTimeout(view.pending?.timer);
  view.seq += 1;
  view.pending = { ...stateOf(view.state), seq: view.seq };
  sendPending(view, ASK_AGAIN.times);
}

function sendPending(view, times) {
  const { values, temperature, target, seq } = view.pending;
  view.send({ values, temperature, target, seq });
  view.pending.timer = setTimeout(() => {
    if (times > 0) return sendPending(view, times - 1);
    return (view.pending = undefined); // the next message of the server says what holds
  }, ASK_AGAIN.after);
}

// One change that is complete at once: typed, added, removed, chosen.
function change(view, next) {
  finish(view); // a key that is still held
  if (same(view.state, next)) return;
  view.state = next;
  forgetTyping(view);
  move(view);
  commit(view);
}

function addClass(view) {
  const { values } = view.state;
  if (values.length >= CLASSES.most) return;
  change(view, { ...view.state, values: [...values, 0] });
}

function removeClass(view, index) {
  const { values, target } = view.state;
  if (values.length <= CLASSES.least) return;
  const moved = target !== null && index < target ? target - 1 : target;
  change(view, {
    ...view.state,
    values: values.filter((_, k) => k !== index),
    target: index === target ? 0 : moved,
  });
  view.table.rows[Math.min(index, values.length - 2)].remove.focus();
}

// ---------------------------------------------------------------- moving

// What the controls need to know of one quantity: see logit_bench_control.js.
function hostOf(view, { scale, value, put, check }) {
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
      if (host.field.dirty) resetField(host.field, next);
      schedule(view);
    },
    onFrame(action) {
      view.input = action;
      schedule(view);
    },
    finish: () => view.mover === host && finish(view),
    cancel() {
      if (view.mover !== host) return;
      view.state = view.before;
      stopMoving(view);
      move(view);
      adopt(view);
    },
    typed: (next) => change(view, put(next)),
  };
  return host;
}

const stopMoving = (view) =>
  Object.assign(view, { before: undefined, mover: undefined, input: undefined });

function valueHost(view, index) {
  return hostOf(view, {
    scale: () => scaleOf(view),
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

function temperatureHost(view) {
  return hostOf(view, {
    scale: () => view.temperatureScale,
    value: () => view.state.temperature,
    put: (temperature) => ({ ...view.state, temperature }),
    check: (value) => (value > 0 ? undefined : "The temperature must be above 0."),
  });
}

function finish(view) {
  const { before } = view;
  if (!before) return;
  stopMoving(view);
  move(view);
  if (same(before, view.state)) adopt(view);
  else commit(view);
}

// ---------------------------------------------------------------- drawing

function move(view) {
  arrive(view);
  schedule(view);
}

// Once a frame at most, however many pointer events there were.
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

function draw(view) {
  const { shown, table, foot, message } = view;
  const settled = !view.before && !view.glide;
  view.scale = scaleOf(view);
  fitRows(view);
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

// −y log p of each class, or −log p where no class is the true one.
function lossTerms({ values, target }) {
  const loss = values.map((_, k) =>
    target === null || k === target ? crossEntropyFromProbabilities(values, k) : 0,
  );
  return { loss, sum: sum(values), total: target === null ? undefined : loss[target] };
}

function fitRows(view) {
  const { rows } = view.table;
  const count = view.shown.values.length;
  if (rows.length === count) return;
  const actions = {
    choose: (target) => change(view, { ...view.state, target }),
    remove: (index) => removeClass(view, index),
  };
  while (rows.length > count) rows.pop().node.remove();
  while (rows.length < count) createRow(view, valueHost(view, rows.length), actions);
  paint(view);
}

function tellOthers(view, settled) {
  const { values, temperature, target } = view.shown;
  const { key, kind } = view.message;
  const detail = { key, kind, values: [...values], temperature, target, settled };
  const told = JSON.stringify(detail);
  if (told === view.told) return;
  view.told = told;
  view.root.dataset.settled = settled;
  window.dispatchEvent(new CustomEvent("sp-preview", { detail }));
}
