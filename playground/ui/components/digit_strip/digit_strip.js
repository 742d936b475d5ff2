// A few test images and what the network takes them for: now, or where a scrubber stands.
//
// Nodes are made once; a new reading changes texts and marks in place. All images are on one canvas.

import { open } from "../_kernel/blobs.js";
import { component } from "../_kernel/component.js";
import { copyPicture, digitPictures } from "../_kernel/digit_images.js";
import { element, update, write } from "../_kernel/dom.js";
import { momentShown } from "../_kernel/moment.js";
import { Sheet } from "../_kernel/sheet.js";
import { readTheme } from "../_kernel/theme.js";

/**
 * What the network makes of n images after a step.
 *
 * @typedef {[step: number, predictions: number[], probabilities: number[]]} Reading
 */

/**
 * What Python sends.
 *
 * @typedef {object} Message
 * @property {string} noun what the images show, in the plural
 * @property {string} note what stands there without images
 * @property {number[]} targets the images' classes
 * @property {string[]} names of all classes
 * @property {Reading | null} now
 * @property {Record<"right" | "wrong", import("../_kernel/theme.js").ThemeColours>} colours
 * @property {import("../_kernel/blobs.js").Blob | null} digits
 * @property {import("../_kernel/blobs.js").Blob | null} moments
 */

/**
 * @typedef {object} One the nodes of one image
 * @property {HTMLElement} node
 * @property {HTMLElement} body that is read out as one picture
 * @property {HTMLElement} image where it is
 * @property {HTMLElement} answer
 * @property {HTMLElement} sure
 */

/**
 * @typedef {import("../_kernel/component.js").Life<Message>} Life
 * @typedef {object} Parts
 * @property {HTMLElement} count
 * @property {HTMLElement} when
 * @property {HTMLElement} list
 * @property {One[]} ones
 * @property {Sheet} sheet
 * @property {{ theme?: string, id?: string }} drawn
 * @property {import("../_kernel/blobs.js").Asker} digits who asks for the images
 * @property {import("../_kernel/blobs.js").Asker} moments
 *
 * @typedef {Life & Parts} View
 */

const PLACES = 10; // that stand empty before there are images
const FULL = 65535; // the probability 1 in a moment's two bytes

export default component({ className: "sp-strip", mount, draw });

/**
 * @param {Life} life
 * @returns {View}
 */
function mount(life) {
  const row = element("div", "sp-strip-row", life.root);
  const head = element("div", "sp-strip-head", row);
  const count = element("strong", "", head);
  const when = element("span", "", head);
  const list = element("ul", "sp-strip-list", row);
  /** @returns {import("../_kernel/blobs.js").Asker} */
  const asker = () => ({ trigger: (...told) => view.trigger(...told), signal: life.signal });
  const resized = () => {
    view.drawn = {};
    draw(view);
  };
  /** @type {View} */
  const view = Object.assign(life, {
    count,
    when,
    list,
    ones: [],
    sheet: new Sheet(list, resized, life.signal),
    drawn: {},
    digits: asker(),
    moments: asker(),
  });
  window.addEventListener("sp-moment", () => view.schedule(), { signal: life.signal });
  return view;
}

/** @param {View} view */
function addOne({ list, ones }) {
  const node = element("li", "sp-strip-one", list);
  const body = element("div", "sp-strip-body", node);
  body.setAttribute("role", "img");
  const image = element("span", "sp-digit", body);
  const words = element("span", "sp-strip-words", body);
  const answer = element("span", "sp-strip-answer", words);
  ones.push({ node, body, image, answer, sure: element("span", "sp-strip-sure", words) });
}

// ---------------------------------------------------------------- which reading

/**
 * That of the moment at which a scrubber stands, or the newest.
 *
 * @param {Message} message
 * @param {Uint8Array | undefined} moments
 * @returns {Reading | null}
 */
function readingShown({ now, targets }, moments) {
  const step = momentShown();
  if (step === null) return now;
  if (!moments) return now?.[0] === step ? now : null;
  const length = 4 + 3 * targets.length;
  const data = new DataView(moments.buffer, moments.byteOffset, moments.byteLength);
  for (let at = 0; at + length <= data.byteLength; at += length)
    if (data.getUint32(at, true) === step) return readingAt(data, at, targets.length);
  return now?.[0] === step ? now : null;
}

/**
 * @param {DataView} data
 * @param {number} at
 * @param {number} count
 * @returns {Reading}
 */
function readingAt(data, at, count) {
  const each = [...Array(count).keys()];
  return [
    data.getUint32(at, true),
    each.map((i) => data.getUint8(at + 4 + i)),
    each.map((i) => data.getUint16(at + 4 + count + 2 * i, true) / FULL),
  ];
}

// ---------------------------------------------------------------- drawing

/** @param {View} view */
function draw(view) {
  const { message, ones } = view;
  const bytes = message.digits ? open(view.digits, message.digits) : new Uint8Array();
  const moments = message.moments ? open(view.moments, message.moments) : undefined;
  const reading = readingShown(message, moments);
  const shown = message.targets.length || PLACES;
  while (ones.length < shown) addOne(view);
  for (const [i, one] of ones.entries()) {
    if (one.node.hidden !== i >= shown) view.sheet.forget(); // they share the room
    one.node.hidden = i >= shown;
    if (i < shown) say(one, message, i, reading);
  }
  showHead(view, reading);
  paint(view, bytes);
}

/**
 * @param {One} one
 * @param {Message} message
 * @param {number} i
 * @param {Reading | null} reading
 */
function say({ node, body, answer, sure }, { targets, names, noun }, i, reading) {
  if (!reading || !targets.length) {
    write(answer, "?");
    write(sure, "");
    node.dataset.read = "";
    node.title = "";
    const what = targets.length ? `${names[targets[i]]}, ` : "";
    body.setAttribute("aria-label", `${what}one of the test ${noun}: not read yet`);
    return;
  }
  const [, predictions, probabilities] = reading;
  const isRight = predictions[i] === targets[i];
  const [truth, name] = [names[targets[i]], names[predictions[i]]];
  const chance = percent(probabilities[i]);
  write(answer, `${isRight ? "✓" : "✗"} ${name}`);
  write(sure, chance);
  const verdict = isRight ? "right" : "wrong";
  node.dataset.read = verdict;
  node.title = `${truth} read as ${name}`;
  update(body, { "aria-label": `${truth} read as ${name} with ${chance}: ${verdict}` });
}

/**
 * Never more than is true: 100% is 1.
 *
 * @param {number} p
 */
const percent = (p) => (p < 1 && p >= 0.995 ? ">99%" : `${Math.round(100 * p)}%`);

/**
 * @param {View} view
 * @param {Reading | null} reading
 */
function showHead({ message, count, when, list }, reading) {
  const { targets, noun, note } = message;
  const right = reading ? targets.filter((target, i) => target === reading[1][i]).length : 0;
  const told = targets.length && reading;
  write(count, told ? `${right} of ${targets.length} right` : `Test ${noun}`);
  write(when, told ? `test ${noun}, step ${reading[0].toLocaleString("en")}` : note);
  const words = told ? `: ${right} right after step ${reading[0]}` : "";
  list.setAttribute("aria-label", `${targets.length || ""} test ${noun}${words}`.trim());
}

/**
 * Images when they, their places or the theme are other ones.
 *
 * @param {View} view
 * @param {Uint8Array | undefined} bytes
 */
function paint({ root, message, ones, sheet, drawn }, bytes) {
  const { dark } = readTheme(root);
  const theme = dark ? "dark" : "light";
  const id = message.digits?.id ?? "";
  if (!bytes || (drawn.theme === theme && drawn.id === id)) return;
  const { right, wrong } = message.colours;
  root.style.setProperty("--sp-right", right[theme]);
  root.style.setProperty("--sp-wrong", wrong[theme]);
  const { context, places } = sheet.clear(message.targets.map((_, at) => ones[at].image));
  const pictures = digitPictures(bytes, [...places.keys()], dark);
  for (const [at, place] of places.entries()) copyPicture(context, pictures, at, place);
  sheet.show();
  Object.assign(drawn, { theme, id });
  root.dataset.digits = id;
}
