// A batch of digits as a wall of buttons, each framed by its loss.
//
// Buttons are made once and shown in the order the server says: button i shows the i-th
// digit of the order, so focus stays at its place while digits are sorted anew.

import { classColour, inkOn } from "./class_colours.js";
import { fixed, makeTabStop, open, PIXELS, paintInk, picture, rove } from "./digit_images.js";
import { readTheme } from "./live_chart_figure.js";
import { element } from "./nodes.js";

const views = new WeakMap(); // parent element → view
const WIDE = 840; // from this width on 16 stand in a row

const STYLE = `
.sp-wall { --sp-loss: #b3261e; color: var(--st-text-color); font-size: 14px; line-height: 1.3;
  font-variant-numeric: tabular-nums; container-type: inline-size; }
.sp-wall[data-dark="true"] { --sp-loss: #ff8a75; }
.sp-wall-grid { display: grid; gap: 3px; grid-template-columns: repeat(8, minmax(0, 72px)); }
.sp-wall-one { font: inherit; color: inherit; background: transparent; border: 0; padding: 0;
  margin: 0; cursor: pointer; min-width: 0; border-radius: 4px; }
.sp-wall-one[hidden] { display: none; }
.sp-wall-one:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 0; }
.sp-wall-one[aria-current="true"] { box-shadow: 0 0 0 3px var(--st-text-color); }
.sp-wall-frame { display: block; position: relative; aspect-ratio: 1; overflow: hidden;
  background: var(--st-background-color); border-radius: 4px; }
.sp-wall-frame .sp-digit { display: block; width: 100%; height: 100%; image-rendering: pixelated; }
.sp-wall-frame::after { content: ""; position: absolute; inset: 0; border-radius: 4px;
  border: calc(1px + 5px * var(--loss)) solid color-mix(in srgb,
    var(--sp-loss) calc(100% * var(--loss)), var(--st-border-color)); }
.sp-wall-wrong { position: absolute; z-index: 1; right: 0; bottom: 0; padding: 0 4px;
  font-size: 15px; font-weight: 700; line-height: 18px; border-radius: 4px 0 4px 0;
  background: var(--st-text-color); color: var(--st-background-color); }
.sp-wall-wrong:empty { display: none; }
.sp-wall-loss { display: none; text-align: center; padding-bottom: 1px; }
.sp-wall-key { display: flex; flex-wrap: wrap; gap: 4px 14px; align-items: center;
  margin-top: 8px; }
.sp-wall-key > span { display: inline-flex; gap: 5px; align-items: center; }
.sp-wall-key .sp-wall-frame { width: 26px; }
.sp-wall-key .sp-wall-wrong { position: static; border-radius: 4px; }
@container (min-width: 540px) {
  .sp-wall-grid { gap: 4px 5px; }
  .sp-wall-loss { display: block; }
}
@container (min-width: ${WIDE}px) {
  .sp-wall-grid { grid-template-columns: repeat(16, minmax(0, 72px)); }
}`;

export default function digitWall({ data, parentElement, setTriggerValue }) {
  if (!data) return undefined;
  let view = views.get(parentElement);
  if (!view) views.set(parentElement, (view = mount(parentElement)));
  view.trigger = setTriggerValue;
  if (data !== view.message) receive(view, data);
  schedule(view); // also when only the theme has changed
  // Streamlit calls this too when a newer message overtakes the loading of this module.
  return () => parentElement.isConnected || destroy(view, parentElement);
}

function mount(parent) {
  const root = element("div", "sp-wall", parent);
  const view = { root, ones: [], buttons: [], seq: 0, listeners: new AbortController(), drawn: {} };
  element("style", "", root).textContent = STYLE;
  view.grid = element("div", "sp-wall-grid", root);
  view.grid.setAttribute("role", "group");
  const columns = () => getComputedStyle(view.grid).gridTemplateColumns.split(" ").length;
  rove(view.grid, view.buttons, columns, view.listeners.signal);
  view.key = element("div", "sp-wall-key", root);
  return view;
}

function addOne(view) {
  const at = view.ones.length;
  const button = element("button", "sp-wall-one", view.grid);
  button.type = "button";
  button.tabIndex = -1;
  const { frame, wrong } = addFrame(button);
  const one = { button, frame, wrong, canvas: picture(frame, "") };
  one.loss = element("span", "sp-wall-loss", button);
  button.addEventListener(
    "click",
    () => {
      view.seq += 1; // the same digit picked again is a new pick
      view.trigger("pick", { index: view.message.order[at], seq: view.seq });
    },
    { signal: view.listeners.signal },
  );
  view.ones.push(one);
  view.buttons.push(button);
}

function addFrame(parent) {
  const frame = element("span", "sp-wall-frame", parent);
  return { frame, wrong: element("span", "sp-wall-wrong", frame) };
}

function destroy(view, parent) {
  view.dead = true;
  view.listeners.abort();
  clearTimeout(view.asking);
  cancelAnimationFrame(view.frame);
  view.root.remove();
  views.delete(parent);
}

// ---------------------------------------------------------------- receiving

function receive(view, message) {
  const { order, labels, predictions, strongest } = message;
  if (strongest !== view.message?.strongest) showKey(view, strongest);
  view.message = message;
  while (view.ones.length < order.length) addOne(view);
  view.ones.forEach((one, at) => {
    one.button.hidden = at >= order.length;
    if (!one.button.hidden) update(message, one, order[at]);
  });
  const misses = order.filter((p) => labels[p] !== predictions[p]).length;
  view.grid.setAttribute("aria-label", `${order.length} test digits, ${misses} misread`);
  if (!view.buttons.includes(document.activeElement))
    makeTabStop(view.buttons, view.buttons[Math.max(0, order.indexOf(message.chosen))]);
}

function update(message, { button, frame, wrong, loss }, position) {
  const [label, prediction] = [message.labels[position], message.predictions[position]];
  const name = `test digit ${message.indices[position]}: a ${label} read as ${prediction}, loss `;
  const value = message.losses[position];
  button.setAttribute("aria-label", name + fixed(value, 2));
  button.setAttribute("aria-current", `${position === message.chosen}`);
  button.title = name + value;
  button.dataset.position = position;
  wrong.textContent = label === prediction ? "" : `${prediction}`;
  loss.textContent = fixed(value, 2);
  setFrame(frame, value, message.strongest);
}

function setFrame(frame, loss, strongest) {
  frame.style.setProperty("--loss", Math.min(1, loss / strongest));
}

function showKey(view, strongest) {
  view.key.replaceChildren();
  element("span", "", view.key, "Frame: loss");
  for (const part of [0, 0.25, 0.5, 1]) {
    const entry = element("span", "", view.key);
    setFrame(addFrame(entry).frame, part * strongest, strongest);
    element("span", "", entry, `${part * strongest}${part === 1 ? " or more" : ""}`);
  }
  const entry = element("span", "", view.key);
  view.sample = element("span", "sp-wall-wrong", entry, "9");
  element("span", "", entry, "misread, as this");
}

// ---------------------------------------------------------------- drawing

// Once a frame at most.
function schedule(view) {
  view.frame ??= requestAnimationFrame(() => {
    view.frame = undefined;
    if (!view.dead) draw(view);
  });
}

function draw(view) {
  const { message, drawn } = view;
  const { dark } = readTheme(view.root);
  view.root.dataset.dark = dark;
  for (const mark of [...view.ones.map(({ wrong }) => wrong), view.sample])
    colourMark(mark, message.colours, dark);
  const bytes = open(view, message.digits);
  if (!bytes) return;
  const order = message.order.join();
  if (dark !== drawn.dark || message.digits.id !== drawn.id || order !== drawn.order)
    message.order.forEach((position, at) => {
      paintDigit(view.ones[at].canvas, dark, bytes, position);
    });
  view.drawn = { dark, order, id: message.digits.id };
  view.root.dataset.digits = message.digits.id;
}

// What a digit was misread as, on the colour of that class.
function colourMark(mark, colours, dark) {
  if (!mark.textContent) return;
  const colour = classColour(colours, Number(mark.textContent), dark);
  Object.assign(mark.style, { background: colour, color: inkOn(colour) });
}

// Two pixels a byte, the first in its upper half.
function paintDigit(canvas, dark, bytes, position) {
  paintInk(canvas, dark, (i) => {
    const byte = bytes[(position * PIXELS + i) >> 1];
    return (i % 2 ? byte & 15 : byte >> 4) / 15;
  });
}
