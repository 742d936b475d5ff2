// What the networks read: the picture they see, the likeliest class, and all probabilities.

import { classColour } from "../_kernel/class_colours.js";
import { PIXELS, paintInk, picture } from "../_kernel/digit_images.js";
import { element, write } from "../_kernel/dom.js";

/** @typedef {import("./canvas.js").View} View */

/**
 * What one network makes of the ink.
 *
 * @typedef {object} ReaderAnswer
 * @property {string} name of the network
 * @property {string[]} classes
 * @property {number[] | null} p of each class, in ten-thousandths
 */

/**
 * The answer to a picture.
 *
 * @typedef {object} Answer
 * @property {number} seq of the picture
 * @property {ReaderAnswer[]} answers the first is the main one
 * @property {string | null} digit 28 × 28 bytes in base64: what the main network was given
 * @property {string} line below the canvas
 */

/**
 * The nodes of one network.
 *
 * @typedef {object} Reader
 * @property {HTMLElement} best the name of the likeliest class
 * @property {HTMLElement} sure its probability
 * @property {{ node: HTMLElement, bar: HTMLElement, value: HTMLElement }[]} rows one a class
 */

/**
 * What the view has of the answer.
 *
 * @typedef {object} AnswerKeys
 * @property {HTMLCanvasElement} digit
 * @property {HTMLElement} top
 * @property {HTMLElement} bars
 * @property {HTMLElement} line
 * @property {HTMLElement} others
 * @property {HTMLElement} live for screen readers
 * @property {Reader[]} readers
 * @property {string} [structure] names and classes for which there are nodes
 * @property {number} announcedAt
 * @property {ReturnType<typeof setTimeout>} [announcing]
 */

const ANNOUNCE_EVERY = 1000; // ms, for screen readers
const NOTHING = "–";

/**
 * @param {HTMLElement} body
 * @returns {AnswerKeys}
 */
export function createAnswer(body) {
  element("div", "sp-canvas-seen", body, "What the network sees: 28 × 28");
  const digit = picture(element("div", "sp-canvas-digit", body), "");
  const top = element("div", "sp-canvas-top", body);
  const bars = element("div", "sp-canvas-bars", body);
  const line = element("div", "sp-canvas-line", body);
  const others = element("div", "sp-canvas-others", body);
  const live = element("div", "sp-hidden", body);
  live.setAttribute("aria-live", "polite");
  return { digit, top, bars, line, others, live, readers: [], announcedAt: -Infinity };
}

/** @param {View} view */
export function showAnswer(view) {
  const { data, root } = view;
  const structure = JSON.stringify(data.answers.map(({ name, classes }) => [name, classes]));
  if (structure !== view.structure) build(view);
  view.structure = structure;
  root.dataset.dark = `${view.theme.dark}`;
  data.answers.forEach((answer, i) => {
    showReader(view, view.readers[i], answer);
  });
  showDigit(view);
  write(view.line, data.line);
  root.dataset.read = `${data.seq}`;
  announce(view);
}

// ---------------------------------------------------------------- building

/** @param {View} view */
function build(view) {
  const { data } = view;
  view.top.replaceChildren();
  view.bars.replaceChildren();
  view.others.replaceChildren();
  view.readers = data.answers.map((answer, i) => {
    if (i === 0) return buildReader(answer, view.top, view.bars);
    const card = element("div", "sp-canvas-card", view.others);
    return buildReader(answer, card, card);
  });
}

/**
 * @param {ReaderAnswer} answer
 * @param {HTMLElement} top
 * @param {HTMLElement} bars
 * @returns {Reader}
 */
function buildReader({ name, classes }, top, bars) {
  const title = element("div", "sp-canvas-name", top, name);
  title.title = name;
  const best = element("div", "sp-canvas-best", top);
  const words = { best: element("span", "", best), sure: element("span", "", best) };
  best.dataset.long = `${Math.max(...classes.map(({ length }) => length)) > 2}`;
  const list = element("div", "sp-canvas-list", bars);
  list.setAttribute("role", "list");
  list.setAttribute("aria-label", `Probabilities of ${name}`);
  const room = Math.min(10, Math.max(1.5, ...classes.map(({ length }) => length + 0.5)));
  list.style.setProperty("--sp-room", `${room}ch`);
  return { ...words, rows: classes.map((label) => buildRow(list, label)) };
}

/**
 * @param {HTMLElement} list
 * @param {string} label of the class
 */
function buildRow(list, label) {
  const node = element("div", "sp-canvas-row", list);
  node.setAttribute("role", "listitem");
  element("span", "sp-canvas-class", node, label).title = label;
  const bar = element("span", "", element("span", "sp-canvas-track", node));
  return { node, bar, value: element("span", "sp-canvas-value", node) };
}

// ---------------------------------------------------------------- showing

/** @param {number} p in ten-thousandths */
const percent = (p) => `${(p / 100).toFixed(1)} %`;
/** @param {ReaderAnswer} answer */
const bestOf = ({ p }) => (p ? p.indexOf(Math.max(...p)) : -1);

/**
 * @param {View} view
 * @param {Reader} reader
 * @param {ReaderAnswer} answer
 */
function showReader({ data, theme }, reader, answer) {
  const best = bestOf(answer);
  write(reader.best, best < 0 ? NOTHING : answer.classes[best]);
  write(reader.sure, answer.p && best >= 0 ? percent(answer.p[best]) : "");
  reader.rows.forEach(({ node, bar, value }, k) => {
    const p = answer.p?.[k] ?? 0;
    bar.style.backgroundColor = classColour(data.colours, k, theme.dark);
    bar.style.transform = `scaleX(${p / 10000})`;
    write(value, answer.p ? percent(p) : NOTHING);
    node.toggleAttribute("data-best", k === best);
  });
}

/** @param {View} view */
function showDigit({ digit, data, theme }) {
  const pixels = data.digit ? atob(data.digit) : "\0".repeat(PIXELS);
  paintInk(digit, theme.dark, (i) => pixels.charCodeAt(i) / 255);
}

// ---------------------------------------------------------------- screen readers

/**
 * Not while a stroke grows, and no more than once a second; the last one is always said.
 *
 * @param {View} view
 */
function announce(view) {
  clearTimeout(view.announcing);
  const wait = view.announcedAt + ANNOUNCE_EVERY - performance.now();
  if (view.stroke || wait > 0) {
    view.announcing = setTimeout(() => announce(view), Math.max(wait, 100));
    return;
  }
  const [answer] = view.data.answers;
  const best = answer ? bestOf(answer) : -1;
  const sure = Math.round((answer?.p?.[best] ?? 0) / 100);
  const reading = best < 0 ? "" : `Reads ${answer.classes[best]}, ${sure} %`;
  const text = [reading, view.data.line].filter(Boolean).join(". ");
  if (text === view.live.textContent) return;
  view.live.textContent = text;
  view.announcedAt = performance.now();
}
