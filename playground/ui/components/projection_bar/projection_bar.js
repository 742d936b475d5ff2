// Projection mode: the switch that turns it on, and the bar that leads from step to step.
//
// The server keeps the mode and the step; this asks it to change them, one message at a time.
// A clicker is quicker than a page: steps pressed meanwhile are added up and asked for together.
//   projection_keys.js   keyboard and clicker      projection_code.js   the QR code
//   projection_style.js  what it all looks like

import { element, shape, write } from "../_kernel/dom.js";
import { createCode, openCode } from "./code.js";
import { listenToKeys } from "./keys.js";
import { STYLE } from "./style.js";

/**
 * What Python sends: whether the mode is on, and then also where one is.
 *
 * @typedef {object} Off
 * @property {false} on
 * @property {number} seq of the last message that the server knows of
 * @property {string} share where to ask for the short link
 *
 * @typedef {object} On
 * @property {true} on
 * @property {number} seq
 * @property {string} share
 * @property {string} lesson
 * @property {string} step such as "Step 3 of 11"
 * @property {string} title of the step
 * @property {boolean} before whether a step comes before it
 * @property {boolean} after
 *
 * @typedef {On | Off} Message
 */

/** @typedef {{ what: "on" | "off" | "go", by: number }} Wish `by`: so many steps on */
/** @typedef {Wish & { seq: number }} Asked */

/**
 * @typedef {object} View
 * @property {HTMLElement} root
 * @property {HTMLButtonElement} project the switch
 * @property {HTMLElement} bar
 * @property {HTMLButtonElement} before
 * @property {HTMLButtonElement} after
 * @property {HTMLElement} place
 * @property {HTMLElement} title
 * @property {import("./code.js").Code} code
 * @property {Message} data the last message
 * @property {(asked: Asked) => void} send
 * @property {number} seq of the last message to the server
 * @property {Wish[]} waiting what will be asked for
 * @property {{ message: Asked, timer: ReturnType<typeof setTimeout> }} [pending] not answered yet
 * @property {AbortController} listeners
 */

/** @type {WeakMap<HTMLElement, View>} */
const views = new WeakMap(); // parent element → view
const ASK_AGAIN = { after: 5000, times: 3 }; // ms without an answer: the message was lost
const ICONS = {
  before: "M15 5l-7 7 7 7",
  after: "M9 5l7 7-7 7",
  leave: "M6 6l12 12M18 6L6 18",
  project: "M3 4h18M5 4v11h14V4M12 15v5M8 20h8",
};

/** @param {import("../_kernel/dom.js").Component<Message>} component */
export default function projectionBar({ data, parentElement, setTriggerValue }) {
  if (!data) return undefined;
  /** @param {Asked} asked */
  const send = (asked) => setTriggerValue("asked", asked);
  let view = views.get(parentElement);
  const isNew = !view;
  if (!view) {
    view = mount(parentElement, data, send);
    views.set(parentElement, view);
  }
  view.send = send;
  if (isNew || data !== view.data) receive(view, data);
  // Streamlit calls this too when a newer message overtakes the loading of this module.
  return () => parentElement.isConnected || destroy(view, parentElement);
}

// ---------------------------------------------------------------- mounting

/**
 * @param {HTMLElement} parent
 * @param {Message} data
 * @param {View["send"]} send
 */
function mount(parent, data, send) {
  const root = element("div", "sp-projection", parent);
  element("style", "", root).textContent = STYLE;
  const project = button(root, "sp-project", "project", "Project", () => turn(view, true));
  project.title = "Large type and steps for a beamer (key p)";
  project.append("Project");
  /** @type {View} */
  const view = {
    root,
    project,
    ...createBar(root, {
      go: (by) => step(view, by),
      showCode: () => showCode(view),
      leave: () => turn(view, false),
    }),
    code: createCode(root),
    data,
    send,
    seq: 0,
    waiting: [],
    listeners: new AbortController(),
  };
  listenToKeys(
    {
      isOn: () => wantsOn(view),
      isCovered: () => view.code.dialog.open,
      uncover: () => view.code.dialog.close(),
      toggle: () => turn(view, !wantsOn(view)),
      step: (by) => step(view, by),
      showCode: () => showCode(view),
    },
    view.listeners.signal,
  );
  return view;
}

/**
 * @param {HTMLElement} root
 * @param {{ go: (by: number) => void, showCode: () => void, leave: () => void }} actions
 */
function createBar(root, { go, showCode, leave }) {
  const bar = element("nav", "sp-projection-bar", root);
  bar.setAttribute("aria-label", "Steps");
  const before = button(bar, "", "before", "Previous step", () => go(-1));
  const text = element("div", "sp-projection-text", bar);
  text.setAttribute("role", "status");
  const place = element("span", "sp-projection-place", text);
  const title = element("span", "sp-projection-title", text);
  const after = button(bar, "", "after", "Next step", () => go(1));
  button(bar, "", null, "QR code of this page (key q)", showCode).append("QR");
  button(bar, "", "leave", "Leave projection mode (key p)", leave);
  return { bar, before, place, title, after };
}

/**
 * @param {HTMLElement} parent
 * @param {string} className
 * @param {keyof typeof ICONS | null} icon
 * @param {string} label
 * @param {() => void} action
 */
function button(parent, className, icon, label, action) {
  const made = element("button", className, parent);
  made.type = "button";
  made.setAttribute("aria-label", label);
  made.title = label;
  made.addEventListener("click", action);
  if (!icon) return made;
  const svg = shape("svg", "", made, { viewBox: "0 0 24 24", "aria-hidden": "true" });
  shape("path", "", svg, { d: ICONS[icon] });
  return made;
}

/**
 * @param {View} view
 * @param {HTMLElement} parent
 */
function destroy(view, parent) {
  clearTimeout(view.pending?.timer);
  view.listeners.abort();
  view.root.remove();
  views.delete(parent);
}

// ---------------------------------------------------------------- from the server

/**
 * @param {View} view
 * @param {Message} data
 */
function receive(view, data) {
  view.data = data;
  view.seq = Math.max(view.seq, data.seq); // goes on counting after a remount
  if (view.pending && data.seq >= view.pending.message.seq) {
    clearTimeout(view.pending.timer);
    view.pending = undefined;
  }
  view.project.hidden = data.on;
  view.bar.hidden = !data.on;
  if (!data.on && view.code.dialog.open) view.code.dialog.close();
  if (data.on) showStep(view, data);
  sendNext(view);
}

/**
 * @param {View} view
 * @param {On} data
 */
function showStep({ place, title, before, after, root }, data) {
  write(place, `${data.lesson} · ${data.step}`);
  write(title, data.title);
  // Not disabled, which would lose the focus.
  before.setAttribute("aria-disabled", `${!data.before}`);
  after.setAttribute("aria-disabled", `${!data.after}`);
  root.dataset.step = `${data.lesson} ${data.step}`;
}

// ---------------------------------------------------------------- to the server

/**
 * As last asked for, which the server may not have heard of yet.
 *
 * @param {View} view
 */
function wantsOn({ data, pending, waiting }) {
  const asked = [pending?.message, ...waiting].findLast((one) => one && one.what !== "go");
  return asked ? asked.what === "on" : data.on;
}

/**
 * @param {View} view
 * @param {boolean} on
 */
function turn(view, on) {
  if (wantsOn(view) === on) return;
  const { waiting } = view;
  const last = waiting.at(-1);
  if (last && last.what !== "go")
    waiting.pop(); // it asks for the opposite
  else waiting.push({ what: on ? "on" : "off", by: 0 });
  sendNext(view);
}

/**
 * @param {View} view
 * @param {number} by
 */
function step(view, by) {
  const { data, pending, waiting } = view;
  const isThere = data.on && (by < 0 ? data.before : data.after);
  if (!wantsOn(view) || !(isThere || pending)) return;
  const last = waiting.at(-1);
  if (last?.what === "go") last.by += by;
  else waiting.push({ what: "go", by });
  sendNext(view);
}

/** @param {View} view */
function sendNext(view) {
  if (view.pending) return;
  const next = view.waiting.shift();
  if (!next) return;
  view.seq += 1;
  send(view, { ...next, seq: view.seq }, ASK_AGAIN.times);
}

/**
 * @param {View} view
 * @param {Asked} message
 * @param {number} times it is sent again
 */
function send(view, message, times) {
  view.send(message);
  const timer = setTimeout(() => {
    if (times > 0) send(view, message, times - 1);
    else view.pending = undefined;
  }, ASK_AGAIN.after);
  view.pending = { message, timer };
}

/** @param {View} view */
const showCode = (view) => openCode(view.code, view.data.share);
