// A batch of digits as a wall of buttons, each framed by its loss.
//
// Buttons are made once and shown in the order the server says: button i shows the i-th
// digit of the order, so focus stays at its place while digits are sorted anew. What is seen of all
// is painted on one canvas.

import { open } from "../_kernel/blobs.js";
import { component } from "../_kernel/component.js";
import { copyPicture, digitPictures } from "../_kernel/digit_images.js";
import { element, update } from "../_kernel/dom.js";
import { fixed, withArticle } from "../_kernel/format.js";
import { frameShown } from "../_kernel/moment.js";
import { focusedAt, makeTabStop, rove } from "../_kernel/roving.js";
import { Sheet } from "../_kernel/sheet.js";
import { classColour, inkOn, readTheme } from "../_kernel/theme.js";

/** @typedef {import("../_kernel/theme.js").ColourPair} ColourPair */

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
 * @property {string[] | null} names of the classes, if they are no digits
 * @property {number | null} chosen the position that is looked at
 * @property {import("../_kernel/blobs.js").Blob} digits
 */

/**
 * The nodes of one digit.
 *
 * @typedef {object} One
 * @property {HTMLButtonElement} button
 * @property {HTMLElement} frame where the digit is
 * @property {HTMLElement} loss where its loss is, if there is room
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
 * @property {Sheet} sheet
 * @property {{ of: string, pictures: HTMLCanvasElement }} [digits] as they were made last
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
  /** @type {View} */
  const view = Object.assign(life, {
    ...{ grid, key, ones: [], buttons: [], seq: 0 },
    sheet: new Sheet(grid, () => draw(view), life.signal),
  });
  rove(grid, view.buttons, () => getComputedStyle(grid).gridTemplateColumns.split(" ").length);
  return view;
}

/** @param {View} view */
function addOne(view) {
  const at = view.ones.length;
  const button = element("button", "sp-wall-one", view.grid);
  button.tabIndex = -1;
  const frame = element("span", "sp-wall-frame", button);
  /** @type {One} */
  const one = { button, frame, loss: element("span", "sp-wall-loss", button) };
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

// ---------------------------------------------------------------- receiving

/**
 * @param {View} view
 * @param {Message} [before]
 */
function receive(view, before) {
  const { message } = view;
  const { order, labels, predictions, strongest, names } = message;
  view.root.hidden = order.length === 0;
  if (strongest !== before?.strongest || `${names}` !== `${before.names}`) showKey(view);
  while (view.ones.length < order.length) addOne(view);
  view.ones.forEach((one, at) => {
    one.button.hidden = at >= order.length;
    if (!one.button.hidden) name(message, one.button, order[at]);
  });
  const misses = order.filter((p) => labels[p] !== predictions[p]).length;
  const noun = names ? "images" : "digits";
  view.grid.setAttribute("aria-label", `${order.length} test ${noun}, ${misses} misread`);
  const chosen = message.chosen === null ? -1 : order.indexOf(message.chosen);
  if (focusedAt(view.buttons) < 0) makeTabStop(view.buttons, view.buttons[Math.max(0, chosen)]);
}

/**
 * @param {Message} message
 * @param {HTMLButtonElement} button
 * @param {number} position
 */
function name(message, button, position) {
  const { names } = message;
  const [label, prediction] = [message.labels, message.predictions].map((of) =>
    nameOf(message, of[position]),
  );
  const what = `test ${names ? "image" : "digit"} ${message.indices[position]}`;
  const words = `${what}: ${names ? label : withArticle(label)} read as ${prediction}, loss `;
  const value = message.losses[position];
  update(button, {
    "aria-label": words + fixed(value, 2),
    "aria-current": position === message.chosen,
  });
  // The browser styles a node again for each new title, which nobody reads while a scrubber moves.
  const title = frameShown() ? "" : words + value;
  if (button.title !== title) button.title = title;
}

/** @type {(message: Message, label: number) => string} */
const nameOf = ({ names }, label) => (names ? names[label] : `${label}`);

/** @type {(message: Message) => number} the class of the sample in the key */
const sampled = ({ names }) => (names ? names.length - 1 : 9);

/** @param {View} view */
function showKey(view) {
  const { strongest } = view.message;
  view.key.replaceChildren();
  element("span", "", view.key, "Frame: loss");
  for (const part of [0, 0.25, 0.5, 1]) {
    const entry = element("span", "", view.key);
    element("span", "sp-wall-frame", entry).style.setProperty("--loss", `${part}`);
    element("span", "", entry, `${part * strongest}${part === 1 ? " or more" : ""}`);
  }
  const entry = element("span", "", view.key);
  view.sample = element(
    "span",
    "sp-wall-wrong",
    entry,
    nameOf(view.message, sampled(view.message)),
  );
  element("span", "", entry, "misread, as this");
}

// ---------------------------------------------------------------- drawing

const LOSS = { light: "#b3261e", dark: "#ff8a75" };
const CORNER = 4; // px
const MARK = 18; // px, the height of what a digit was misread as

/** @param {View} view */
function draw(view) {
  const { message, root, ones, sheet } = view;
  const theme = readTheme(root);
  const { dark } = theme;
  root.dataset.dark = `${dark}`;
  root.style.setProperty("--sp-loss", LOSS[dark ? "dark" : "light"]);
  if (view.sample) {
    const background = classColour(message.colours, sampled(message), dark);
    Object.assign(view.sample.style, { background, color: inkOn(background) });
  }
  const bytes = open(view, message.digits);
  if (!bytes || root.hidden) return; // what stands there stays until the others have come
  const of = [dark, message.digits.id, message.order].join();
  if (of !== view.digits?.of)
    view.digits = { of, pictures: digitPictures(bytes, message.order, dark) };
  const { pictures } = view.digits;
  const shown = ones.slice(0, message.order.length);
  const { context, places } = sheet.clear(shown.flatMap(({ frame, loss }) => [frame, loss]));
  const pen = { context, scale: sheet.scale, theme };
  const { order, labels, predictions, losses } = message;
  for (const [at, position] of order.entries()) {
    copyPicture(context, pictures, at, places[2 * at]);
    paintFrame(pen, places[2 * at], losses[position] / message.strongest);
  }
  // One kind of type after the other: to change it for each digit takes as long as to write.
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = `700 ${15 * pen.scale * theme.scale}px ${theme.font}`;
  for (const [at, position] of order.entries())
    if (labels[position] !== predictions[position])
      paintMark(pen, places[2 * at], predictions[position], message);
  context.font = `${14 * pen.scale * theme.scale}px ${theme.font}`;
  context.fillStyle = theme.text;
  for (const [at, position] of order.entries()) {
    const below = places[2 * at + 1];
    if (below.height) write(context, fixed(losses[position], 2), below);
  }
  sheet.show();
  root.dataset.digits = message.digits.id;
}

/**
 * @typedef {object} Pen
 * @property {CanvasRenderingContext2D} context
 * @property {number} scale pixels of the canvas for a pixel of the page
 * @property {import("../_kernel/theme.js").Theme} theme
 *
 * @typedef {import("../_kernel/sheet.js").Place} Place
 */

/**
 * @param {Pen} pen
 * @param {Place} place
 * @param {number} strength of the loss; all from 1 on look the same
 */
function paintFrame({ context, scale, theme }, { left, top, width, height }, strength) {
  const part = Math.min(1, strength);
  const line = Math.floor(1 + 5 * part) * scale; // as a border is
  const loss = LOSS[theme.dark ? "dark" : "light"];
  // In whole percent: a colour that has been read before is not read again.
  context.strokeStyle = `color-mix(in srgb, ${loss} ${Math.round(100 * part)}%, ${theme.edge})`;
  context.lineWidth = line;
  context.beginPath();
  const round = Math.max(0, CORNER * scale - line / 2);
  context.roundRect(left + line / 2, top + line / 2, width - line, height - line, round);
  context.stroke();
}

/**
 * What a digit was misread as, on the colour of that class.
 *
 * @param {Pen} pen
 * @param {Place} place
 * @param {number} prediction
 * @param {Message} message
 */
function paintMark({ context, scale, theme }, place, prediction, message) {
  const colour = classColour(message.colours, prediction, theme.dark);
  const corner = CORNER * scale;
  const wide = (/** @type {string} */ text) => context.measureText(text).width + 8 * scale;
  const text = shortened(nameOf(message, prediction), (part) => wide(part) <= place.width);
  const [width, height] = [wide(text), MARK * scale];
  const [left, top] = [place.left + place.width - width, place.top + place.height - height];
  context.fillStyle = colour;
  context.beginPath();
  context.roundRect(left, top, width, height, [corner, 0, corner, 0]);
  context.fill();
  context.fillStyle = inkOn(colour);
  write(context, text, { left, top, width, height });
}

/**
 * As much of a text as fits; one letter at least.
 *
 * @param {string} text
 * @param {(part: string) => boolean} fits
 */
function shortened(text, fits) {
  const letters = [...text];
  if (fits(text)) return text;
  while (letters.length > 1 && !fits(`${letters.join("")}…`)) letters.pop();
  return `${letters.join("")}…`;
}

/** @type {(context: CanvasRenderingContext2D, text: string, place: Place) => void} */
function write(context, text, { left, top, width, height }) {
  context.fillText(text, left + width / 2, top + height / 2 + 1);
}
