// Projection mode: the switch that turns it on, and the bar that leads from step to step.
//
// The server keeps the mode and the step; this asks it to change them, one message at a time.
// A clicker is quicker than a page: steps pressed meanwhile are added up and asked for together.
//   projection_keys.js   keyboard and clicker      projection_code.js   the QR code
//   projection_style.js  what it all looks like

import { createCode, openCode } from "./projection_code.js";
import { listenToKeys } from "./projection_keys.js";
import { STYLE } from "./projection_style.js";

const views = new WeakMap(); // parent element → view
const ASK_AGAIN = { after: 5000, times: 3 }; // ms without an answer: the message was lost
const ICONS = {
  before: "M15 5l-7 7 7 7", after: "M9 5l7 7-7 7", leave: "M6 6l12 12M18 6L6 18",
  project: "M3 4h18M5 4v11h14V4M12 15v5M8 20h8",
};
const SVG = "http://www.w3.org/2000/svg";

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
  const view = { root, seq: 0, listeners: new AbortController() };
  view.project = button(root, "sp-project", "project", "Project", () => ask(view, "on"));
  view.project.title = "Large type and steps for a beamer (key p)";
  view.project.append("Project");
  createBar(view);
  view.code = createCode(root);
  listenToKeys({
    isOn: () => view.data.on,
    isCovered: () => view.code.dialog.open,
    uncover: () => view.code.dialog.close(),
    toggle: () => ask(view, view.data.on ? "off" : "on"),
    step: (by) => step(view, by),
    showCode: () => showCode(view),
  }, view.listeners.signal);
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
  button(bar, "", "leave", "Leave projection mode (key p)", () => ask(view, "off"));
}

function button(parent, className, icon, label, action) {
  const made = element("button", className, parent);
  made.type = "button";
  made.setAttribute("aria-label", label);
  made.title = label;
  made.addEventListener("click", action);
  if (!icon) return made;
  const svg = made.appendChild(document.createElementNS(SVG, "svg"));
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.appendChild(document.createElementNS(SVG, "path")).setAttribute("d", ICONS[icon]);
  return made;
}

function destroy(view, parent) {
  clearTimeout(view.pending?.timer);
  view.listeners.abort();
  view.root.remove();
  views.delete(parent);
}

function element(tag, className, parent) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  return parent.appendChild(made);
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
  const { rest } = view;
  view.rest = undefined;
  if (rest) ask(view, rest.what, rest.by);
}

function showStep({ place, title, before, after, root }, data) {
  write(place, `${data.lesson} · ${data.step}`);
  write(title, data.title);
  // Not disabled, which would lose the focus.
  before.setAttribute("aria-disabled", `${!data.before}`);
  after.setAttribute("aria-disabled", `${!data.after}`);
  root.dataset.step = `${data.lesson} ${data.step}`;
}

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// ---------------------------------------------------------------- to the server

function step(view, by) {
  if (view.data[by < 0 ? "before" : "after"] || view.pending) ask(view, "go", by);
}

function ask(view, what, by = 0) {
  if (!view.pending) return void send(view, { what, by, seq: ++view.seq }, ASK_AGAIN.times);
  const added = what === "go" && view.rest?.what === "go" ? view.rest.by : 0;
  view.rest = { what, by: by + added };
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
