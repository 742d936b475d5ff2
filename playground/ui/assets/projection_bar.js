// Projection mode: the switch that turns it on, and the bar that leads from step to step.
//
// The server keeps the mode and the step; this asks it to change them, one message at a time.
// A clicker is quicker than a page: steps pressed meanwhile are added up and asked for together.
//   projection_keys.js   keyboard and clicker      projection_code.js   the QR code
//   projection_style.js  what it all looks like

import { element, shape, write } from "./nodes.js";
import { createCode, openCode } from "./projection_code.js";
import { listenToKeys } from "./projection_keys.js";
import { STYLE } from "./projection_style.js";

const views = new WeakMap(); // parent element → view
const ASK_AGAIN = { after: 5000, times: 3 }; // ms without an answer: the message was lost
const ICONS = {
  before: "M15 5l-7 7 7 7",
  after: "M9 5l7 7-7 7",
  leave: "M6 6l12 12M18 6L6 18",
  project: "M3 4h18M5 4v11h14V4M12 15v5M8 20h8",
};

export default function projectionBar({ data, parentElement, setTriggerValue }) {
  if (!data) return undefined;
  let view = views.get(parentElement);
  if (!view) views.set(parentElement, (view = mount(parentElement)));
  view.send = (value) => setTriggerValue("asked", value);
  if (data !== view.data) receive(view, data);
  // Streamlit calls this too when a newer message overtakes the loading of this module.
  return () => parentElement.isConnected || destroy(view, parentElement);
}

// ---------------------------------------------------------------- mounting

function mount(parent) {
  const root = element("div", "sp-projection", parent);
  element("style", "", root).textContent = STYLE;
  const view = { root, seq: 0, waiting: [], listeners: new AbortController() };
  view.project = button(root, "sp-project", "project", "Project", () => turn(view, true));
  view.project.title = "Large type and steps for a beamer (key p)";
  view.project.append("Project");
  createBar(view);
  view.code = createCode(root);
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

function createBar(view) {
  const { root } = view;
  const bar = element("nav", "sp-projection-bar", root);
  bar.setAttribute("aria-label", "Steps");
  view.bar = bar;
  view.before = button(bar, "", "before", "Previous step", () => step(view, -1));
  const text = element("div", "sp-projection-text", bar);
  text.setAttribute("role", "status");
  view.place = element("span", "sp-projection-place", text);
  view.title = element("span", "sp-projection-title", text);
  view.after = button(bar, "", "after", "Next step", () => step(view, 1));
  const code = button(bar, "", "", "QR code of this page (key q)", () => showCode(view));
  code.append("QR");
  button(bar, "", "leave", "Leave projection mode (key p)", () => turn(view, false));
}

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

function destroy(view, parent) {
  clearTimeout(view.pending?.timer);
  view.listeners.abort();
  view.root.remove();
  views.delete(parent);
}

// ---------------------------------------------------------------- from the server

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

function showStep({ place, title, before, after, root }, data) {
  write(place, `${data.lesson} · ${data.step}`);
  write(title, data.title);
  // Not disabled, which would lose the focus.
  before.setAttribute("aria-disabled", `${!data.before}`);
  after.setAttribute("aria-disabled", `${!data.after}`);
  root.dataset.step = `${data.lesson} ${data.step}`;
}

// ---------------------------------------------------------------- to the server

// As last asked for, which the server may not have heard of yet.
function wantsOn({ data, pending, waiting }) {
  const asked = [pending?.message, ...waiting].findLast((one) => one && one.what !== "go");
  return asked ? asked.what === "on" : data.on;
}

function turn(view, on) {
  if (wantsOn(view) === on) return;
  const { waiting } = view;
  const last = waiting.at(-1);
  if (last && last.what !== "go")
    waiting.pop(); // it asks for the opposite
  else waiting.push({ what: on ? "on" : "off", by: 0 });
  sendNext(view);
}

function step(view, by) {
  const { data, pending, waiting } = view;
  if (!wantsOn(view) || !(data[by < 0 ? "before" : "after"] || pending)) return;
  const last = waiting.at(-1);
  if (last?.what === "go") last.by += by;
  else waiting.push({ what: "go", by });
  sendNext(view);
}

function sendNext(view) {
  if (view.pending || !view.waiting.length) return;
  send(view, { ...view.waiting.shift(), seq: ++view.seq }, ASK_AGAIN.times);
}

function send(view, message, times) {
  view.send(message);
  const timer = setTimeout(() => {
    if (times > 0) send(view, message, times - 1);
    else view.pending = undefined;
  }, ASK_AGAIN.after);
  view.pending = { message, timer };
}

const showCode = (view) => openCode(view.code, view.data.share);
