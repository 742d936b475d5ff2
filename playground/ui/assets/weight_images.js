// The weights that meet the pixels: a wall of small pictures, and one of them large.
//
// All pictures share one colour scale. Buttons and canvases are made once and drawn anew in
// place when the weights of another moment arrive, so nothing flickers.

import { fixed, makeTabStop, open, paintSigned, picture, rove } from "./digit_images.js";
import { readTheme } from "./live_chart_figure.js";
import { element } from "./nodes.js";

const views = new WeakMap(); // parent element → view

const STYLE = `
.sp-weights { container-type: inline-size; color: var(--st-text-color); font-size: 15px;
  line-height: 1.35; font-variant-numeric: tabular-nums; }
.sp-weights .sp-digit { display: block; width: 100%; height: auto; aspect-ratio: 1;
  image-rendering: pixelated; background: var(--st-background-color); }
.sp-weights-body { display: grid; gap: 12px 20px; align-items: start; }
.sp-weights-one { display: grid; grid-template-columns: 132px minmax(0, 1fr); gap: 6px 14px;
  align-content: start; min-height: 132px; }
.sp-weights-one > .sp-digit { border: 1px solid var(--st-border-color); }
.sp-weights-text span, .sp-weights-text b { display: block; }
.sp-weights-text b { font-size: 18px; font-weight: 650; }
.sp-weights-key { grid-column: 1 / -1; }
.sp-weights-scale { display: grid; grid-template-columns: auto minmax(60px, 220px) auto;
  gap: 8px; align-items: center; justify-content: start; }
.sp-weights-scale .sp-digit { height: 14px; aspect-ratio: auto;
  border: 1px solid var(--st-border-color); }
.sp-weights-grid { display: grid; gap: 4px;
  grid-template-columns: repeat(var(--sp-columns), minmax(0, var(--sp-most))); }
.sp-weights-unit { font: inherit; color: inherit; background: transparent; margin: 0; padding: 0;
  min-width: 0; cursor: pointer; overflow: hidden; border-radius: 3px;
  border: 1px solid var(--st-border-color); }
.sp-weights-unit[hidden] { display: none; }
.sp-weights-unit[aria-pressed="true"] { box-shadow: 0 0 0 2px var(--st-text-color); }
.sp-weights-unit:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 1px; }
@container (min-width: 620px) {
  .sp-weights-body { grid-template-columns: 236px minmax(0, 1fr); }
  .sp-weights-one { grid-template-columns: minmax(0, 1fr); }
  .sp-weights-one > .sp-digit { width: 200px; }
}`;

export default function weightImages({ data, parentElement, setTriggerValue }) {
  if (!data) return undefined;
  let view = views.get(parentElement);
  if (!view) views.set(parentElement, (view = mount(parentElement)));
  view.trigger = setTriggerValue;
  if (data !== view.message) receive(view, data);
  schedule(view); // also when only the theme has changed
  // Streamlit calls this too when a newer message overtakes the loading of this module.
  return () => parentElement.isConnected || destroy(view, parentElement);
}

// ---------------------------------------------------------------- nodes

function mount(parent) {
  const root = element("div", "sp-weights", parent);
  const view = { root, units: [], buttons: [], listeners: new AbortController(), drawn: {} };
  element("style", "", root).textContent = STYLE;
  const body = element("div", "sp-weights-body", root);
  const one = element("div", "sp-weights-one", body);
  view.large = picture(one, "");
  view.text = element("div", "sp-weights-text", one);
  view.lines = ["b", "span", "span"].map((tag) => element(tag, "", view.text));
  const key = element("div", "sp-weights-key", one);
  const scale = element("div", "sp-weights-scale", key);
  view.low = element("span", "", scale);
  view.scale = picture(scale, "");
  Object.assign(view.scale, { width: 61, height: 1 });
  view.high = element("span", "", scale);
  view.note = element("div", "", key);
  view.beyond = element("div", "", key);
  view.grid = element("div", "sp-weights-grid", body);
  view.grid.setAttribute("role", "group");
  listen(view);
  return view;
}

function listen(view) {
  const options = { signal: view.listeners.signal };
  rove(view.grid, view.buttons, () => view.columns, options.signal);
  view.resize = new ResizeObserver(() => arrange(view));
  view.resize.observe(view.root);
  const point = ({ target }) => {
    const at = view.buttons.indexOf(target.closest?.(".sp-weights-unit"));
    if (at >= 0) show(view, at);
  };
  view.grid.addEventListener("pointerover", point, options);
  view.grid.addEventListener("focusin", point, options);
  view.grid.addEventListener("pointerleave", () => show(view, undefined), options);
  view.grid.addEventListener("focusout", () => show(view, undefined), options);
  view.grid.addEventListener(
    "click",
    (event) => {
      point(event);
      if (view.pointed !== undefined) view.pinned = view.message.shown[view.pointed];
      schedule(view);
    },
    options,
  );
}

function addUnit(view) {
  const button = element("button", "sp-weights-unit", view.grid);
  button.type = "button";
  button.tabIndex = -1;
  view.units.push({ button, canvas: picture(button, "") });
  view.buttons.push(button);
}

function destroy(view, parent) {
  view.dead = true;
  view.listeners.abort();
  view.resize.disconnect();
  clearTimeout(view.asking);
  cancelAnimationFrame(view.frame);
  view.root.remove();
  views.delete(parent);
}

// ---------------------------------------------------------------- receiving

function receive(view, message) {
  const others = view.message?.shown.length !== message.shown.length;
  view.message = message;
  const { shown, names, norms, side, limit, kind, note, beyond, total } = message;
  while (view.units.length < shown.length) addUnit(view);
  view.units.forEach(({ button, canvas }, at) => {
    button.hidden = at >= shown.length;
    if (button.hidden) return;
    resize(canvas, side);
    button.setAttribute("aria-label", `${names[at]}, norm ${norms[at]}`);
    button.dataset.unit = shown[at];
  });
  resize(view.large, side);
  view.low.textContent = `−${limit}`;
  view.high.textContent = `+${limit}`;
  view.note.textContent = `${note}.`;
  view.beyond.textContent = `${percent(beyond / total)} of the weights are beyond the scale.`;
  view.grid.setAttribute(
    "aria-label",
    `Weights as pictures: ${note}. Norms from ${Math.min(
      ...norms,
    )} to ${Math.max(...norms)}; ${kind} are drawn from −${limit}, blue, to ${limit}, red.`,
  );
  if (!view.buttons.includes(document.activeElement))
    makeTabStop(view.buttons, view.buttons[place(view)]);
  if (others) arrange(view); // which asks the browser for a layout
}

// A canvas that is given a size is wiped, even if it is the one it has.
function resize(canvas, side) {
  if (canvas.width !== side) canvas.width = canvas.height = side;
}

const percent = (part) =>
  part === 0 ? "None" : part < 0.001 ? "Less than 0.1 %" : `${(100 * part).toFixed(1)} %`;

// As many in a row as fit: on a phone eight of 64, or five of a network's ten.
function arrange(view) {
  if (!view.message) return;
  const { shown } = view.message;
  const width = view.grid.clientWidth;
  if (!width) return;
  const largest = shown.length > 16 ? 72 : 112;
  const smallest = shown.length > 16 ? 40 : 58;
  const most = Math.floor((width + 4) / (smallest + 4));
  const wished = shown.length > 16 ? 16 : shown.length > 10 ? 8 : 5;
  view.columns = Math.max(1, Math.min(wished, most, shown.length));
  view.grid.style.setProperty("--sp-columns", view.columns);
  view.grid.style.setProperty("--sp-most", `${largest}px`);
}

function show(view, at) {
  view.pointed = at ?? focused(view);
  schedule(view);
}

function focused(view) {
  const at = view.buttons.indexOf(document.activeElement);
  return at < 0 || !document.activeElement.matches(":focus-visible") ? undefined : at;
}

// Where the unit stands that is shown large: the one pointed at, or the last one clicked.
function place(view) {
  const { shown } = view.message;
  if (view.pointed < shown.length) return view.pointed;
  return Math.max(0, shown.indexOf(view.pinned));
}

// ---------------------------------------------------------------- drawing

// Once a frame at most.
function schedule(view) {
  view.frame ??= requestAnimationFrame(() => {
    view.frame = undefined;
    if (!view.dead) draw(view);
  });
}

// Each picture only if something in it has changed since it was drawn.
function draw(view) {
  const { message, drawn } = view;
  const { dark } = readTheme(view.root);
  const bytes = open(view, message.weights);
  describe(view);
  if (dark !== drawn.dark) paintSigned(view.scale, dark, (i) => i / 30 - 1);
  if (!bytes) return; // the pictures that are there stay until the new ones have come
  const weights = new Int8Array(bytes.buffer);
  const size = message.side ** 2;
  const fresh = dark !== drawn.dark || message.weights.id !== drawn.id;
  const paint = (canvas, at) => paintSigned(canvas, dark, (i) => weights[at * size + i] / 127);
  if (fresh) message.shown.forEach((_, at) => paint(view.units[at].canvas, at));
  const at = place(view);
  if (fresh || at !== drawn.at) paint(view.large, at);
  view.drawn = { dark, at, id: message.weights.id };
  Object.assign(view.root.dataset, { weights: message.weights.id, shown: message.shown[at], dark });
}

function describe(view) {
  const { names, norms, extremes, shown } = view.message;
  const at = place(view);
  const texts = [names[at], `norm ${norms[at]}`, `strongest weight ${fixed(extremes[at], 3)}`];
  view.lines.forEach((line, i) => {
    if (line.textContent !== texts[i]) line.textContent = texts[i];
  });
  view.units.forEach(({ button }, i) => {
    button.setAttribute("aria-pressed", `${i < shown.length && i === at}`);
  });
}
