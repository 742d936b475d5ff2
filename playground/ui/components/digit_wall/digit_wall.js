// A batch of digits as a wall of buttons, each framed by its loss.
//
// Buttons are made once and shown in the order the server says: button i shows the i-th
// digit of the order, so focus stays at its place while digits are sorted anew.

import { open } from "../_kernel/blobs.js";
import { classColour, inkOn } from "../_kernel/class_colours.js";
import { component } from "../_kernel/component.js";
import { PIXELS, paintInk, picture } from "../_kernel/digit_images.js";
import { element } from "../_kernel/dom.js";
import { fixed } from "../_kernel/format.js";
import { focusedAt, makeTabStop, rove } from "../_kernel/roving.js";
import { readTheme } from "../_kernel/theme.js";

/** @typedef {import("../_kernel/class_colours.js").ColourPair} ColourPair */

/**
 * What Python sends. All lists but `order` are by position in the batch.
 *
 * @typedef {object} Message
 * @property {number[]} order the positions to show
 * @property {number[]} indices in the test set
 * @property {number[]} labels
 * @property {number[]} predictions
 * @property {number[]} losses
 * @property {number} strongest the loss with the thickest frame
 * @property {ColourPair[]} colours of the classes
 * @property {number | null} chosen the position that is looked at
 * @property {import("../_kernel/blobs.js").Blob} digits
 */

/**
 * The nodes of one digit.
 *
 * @typedef {object} One
 * @property {HTMLButtonElement} button
 * @property {HTMLElement} frame
 * @property {HTMLElement} wrong
 * @property {HTMLElement} loss
 * @property {HTMLCanvasElement} canvas
 * @property {number} [pressed] the digit that stood here when a pointer came down
 */

/**
 * @typedef {object} ViewKeys
 * @property {HTMLElement} grid
 * @property {HTMLElement} key
 * @property {HTMLElement} [sample] of a misread digit, in the key
 * @property {One[]} ones
 * @property {HTMLButtonElement[]} buttons of them
 * @property {number} seq of the last pick
 * @property {{ dark?: boolean, order?: string, id?: string }} drawn
 *
 * @typedef {import("../_kernel/component.js").Life<Message>} Life
 * @typedef {Life & ViewKeys & import("../_kernel/blobs.js").Asker} View
 */

export default component({ className: "sp-wall", mount, receive, draw });

/**
 * @param {Life} life
 * @returns {View}
 */
function mount(life) {
  const grid = element("div", "sp-wall-grid", life.root);
  grid.setAttribute("role", "group");
  const key = element("div", "sp-wall-key", life.root);
  const view = Object.assign(life, { grid, key, ones: [], buttons: [], seq: 0, drawn: {} });
  rove(grid, view.buttons, () => getComputedStyle(grid).gridTemplateColumns.split(" ").length);
  return view;
}

/** @param {View} view */
function addOne(view) {
  const at = view.ones.length;
  const button = element("button", "sp-wall-one", view.grid);
  button.tabIndex = -1;
  const { frame, wrong } = addFrame(button);
  const canvas = picture(frame, "");
  const loss = element("span", "sp-wall-loss", button);
  /** @type {One} */
  const one = { button, frame, wrong, loss, canvas };
  const digit = () => view.message.indices[view.message.order[at]];
  // A wall that follows a training may show another digit here before the pointer is up again.
  button.addEventListener("pointerdown", () => Object.assign(one, { pressed: digit() }));
  button.addEventListener("click", ({ detail }) => {
    view.seq += 1; // the same digit picked again is a new pick
    const index = (detail > 0 ? one.pressed : undefined) ?? digit(); // 0 is the keyboard's
    view.trigger("pick", { index, seq: view.seq });
  });
  view.ones.push(one);
  view.buttons.push(button);
}

/** @param {HTMLElement} parent */
function addFrame(parent) {
  const frame = element("span", "sp-wall-frame", parent);
  return { frame, wrong: element("span", "sp-wall-wrong", frame) };
}

// ---------------------------------------------------------------- receiving

/**
 * @param {View} view
 * @param {Message} [before]
 */
function receive(view, before) {
  const { message } = view;
  const { order, labels, predictions, strongest } = message;
  view.root.hidden = order.length === 0;
  if (strongest !== before?.strongest) showKey(view, strongest);
  while (view.ones.length < order.length) addOne(view);
  view.ones.forEach((one, at) => {
    one.button.hidden = at >= order.length;
    if (!one.button.hidden) update(message, one, order[at]);
  });
  const misses = order.filter((p) => labels[p] !== predictions[p]).length;
  view.grid.setAttribute("aria-label", `${order.length} test digits, ${misses} misread`);
  const chosen = message.chosen === null ? -1 : order.indexOf(message.chosen);
  if (focusedAt(view.buttons) < 0) makeTabStop(view.buttons, view.buttons[Math.max(0, chosen)]);
}

/**
 * @param {Message} message
 * @param {One} one
 * @param {number} position
 */
function update(message, { button, frame, wrong, loss }, position) {
  const [label, prediction] = [message.labels[position], message.predictions[position]];
  const name = `test digit ${message.indices[position]}: a ${label} read as ${prediction}, loss `;
  const value = message.losses[position];
  button.setAttribute("aria-label", name + fixed(value, 2));
  button.setAttribute("aria-current", `${position === message.chosen}`);
  button.title = name + value;
  button.dataset.position = `${position}`;
  wrong.textContent = label === prediction ? "" : `${prediction}`;
  loss.textContent = fixed(value, 2);
  setFrame(frame, value, message.strongest);
}

/**
 * @param {HTMLElement} frame
 * @param {number} loss
 * @param {number} strongest
 */
function setFrame(frame, loss, strongest) {
  frame.style.setProperty("--loss", `${Math.min(1, loss / strongest)}`);
}

/**
 * @param {View} view
 * @param {number} strongest
 */
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

/** @param {View} view */
function draw(view) {
  const { message, drawn } = view;
  const { dark } = readTheme(view.root);
  view.root.dataset.dark = `${dark}`;
  for (const { wrong } of view.ones) colourMark(wrong, message.colours, dark);
  if (view.sample) colourMark(view.sample, message.colours, dark);
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

/**
 * What a digit was misread as, on the colour of that class.
 *
 * @param {HTMLElement} mark
 * @param {ColourPair[]} colours
 * @param {boolean} dark
 */
function colourMark(mark, colours, dark) {
  if (!mark.textContent) return;
  const colour = classColour(colours, Number(mark.textContent), dark);
  Object.assign(mark.style, { background: colour, color: inkOn(colour) });
}

/**
 * Two pixels a byte, the first in its upper half.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {boolean} dark
 * @param {Uint8Array} bytes
 * @param {number} position
 */
function paintDigit(canvas, dark, bytes, position) {
  paintInk(canvas, dark, (i) => {
    const byte = bytes[(position * PIXELS + i) >> 1];
    return (i % 2 ? byte & 15 : byte >> 4) / 15;
  });
}
