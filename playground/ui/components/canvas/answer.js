// What the networks read: the picture they see, the likeliest class, and all probabilities.

import { PIXELS, paintInk, picture, SIDE } from "../_kernel/digit_images.js";
import { element, write } from "../_kernel/dom.js";
import { argMax } from "../_kernel/maths.js";
import { classColour } from "../_kernel/theme.js";
import { say } from "./document.js";
import { announceLayers } from "./live.js";
import { finishStroke } from "./pad.js";

/** @typedef {import("./canvas.js").View} View */

/**
 * What one network makes of the ink.
 *
 * @typedef {object} ReaderAnswer
 * @property {string} name of the network
 * @property {string[]} classes
 * @property {number[] | null} p of each class, in ten-thousandths
 * @property {"" | "unsure" | "no digit"} [verdict]
 */

/**
 * Several digits, and signs: what stands where, and each digit as the network sees it.
 *
 * @typedef {object} WrittenNumber
 * @property {(number | string)[][]} rows of each row the numbers of its digits, and its signs
 * @property {string[]} digits each packed as `unpack` reads it
 */

/**
 * What can be said about strokes that do not touch.
 *
 * @typedef {object} Question
 * @property {[left: number, top: number, right: number, bottom: number]} box around them
 * @property {boolean} one whether they would be one digit then
 * @property {string} offer what a button says
 */

/**
 * The answer to a picture.
 *
 * @typedef {object} Answer
 * @property {number} seq of the picture
 * @property {ReaderAnswer[]} answers the first is the main one; of a number one a digit
 * @property {string | null} digit what the main network was given, packed as `unpack` reads it
 * @property {string} line below the canvas
 * @property {WrittenNumber | null} [number] if there is more than a single digit
 * @property {Question | null} [ask]
 */

/**
 * The nodes of one network.
 *
 * @typedef {object} Reader
 * @property {HTMLElement} title
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
 * @property {HTMLButtonElement} ask
 * @property {number} chosen the digit of a number whose bars are shown
 * @property {number} [chosenOf] `seq` of the answer of which it was chosen first
 * @property {HTMLButtonElement[]} tokens one a digit of a number
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
  const digit = picture(element("div", "sp-canvas-digit", body));
  const top = element("div", "sp-canvas-top", body);
  const bars = element("div", "sp-canvas-bars", body);
  const below = element("div", "sp-canvas-below", body);
  const line = element("div", "sp-canvas-line", below);
  const ask = element("button", "sp-canvas-ask", below);
  ask.hidden = true;
  const others = element("div", "sp-canvas-others", body);
  const live = element("div", "sp-hidden", body);
  live.setAttribute("aria-live", "polite");
  const nodes = { digit, top, bars, line, ask, others, live };
  return { ...nodes, readers: [], tokens: [], chosen: 0, announcedAt: -Infinity };
}

/** @param {View} view */
export function showAnswer(view) {
  const { data, root } = view;
  root.dataset.provisional = `${data.provisional ?? false}`;
  const { rows = null } = data.number ?? {};
  const structure = JSON.stringify([
    data.answers.map(({ name, classes }) => [name, classes]),
    rows,
  ]);
  if (structure !== view.structure) build(view);
  view.structure = structure;
  root.dataset.dark = `${view.theme.dark}`;
  if (rows) showNumber(view);
  else
    data.answers.forEach((answer, i) => {
      showReader(view, view.readers[i], answer);
    });
  announceLayers(view, showDigit(view));
  write(view.line, data.line);
  // While it is read here the page alone knows what can be asked: the button keeps its place.
  const isHere = data.provisional !== undefined;
  root.dataset.here = `${isHere}`;
  if (!isHere) view.ask.hidden = !data.ask;
  if (data.ask) write(view.ask, data.ask.offer);
  announce(view);
}

/** @param {View} view */
export function listenToAnswer(view) {
  view.ask.addEventListener("click", () => {
    const { ask } = view.data;
    if (!ask) return;
    finishStroke(view);
    say(view.doc, [...ask.box, Number(ask.one)]);
    view.changed(true);
  });
}

// ---------------------------------------------------------------- building

/** @param {View} view */
function build(view) {
  const { data } = view;
  view.top.replaceChildren();
  view.bars.replaceChildren();
  view.others.replaceChildren();
  view.tokens = [];
  if (data.number) {
    buildNumber(view, data.number);
    return;
  }
  view.readers = data.answers.map((answer, i) => {
    if (i === 0) return buildReader(answer, view.top, view.bars);
    const card = element("div", "sp-canvas-card", view.others);
    return buildReader(answer, card, card);
  });
}

/**
 * The number, large, each of its digits a button; and the bars of the one that is pressed.
 *
 * @param {View} view
 * @param {WrittenNumber} number
 */
function buildNumber(view, { rows, digits }) {
  view.chosen = Math.min(view.chosen, digits.length - 1);
  const reader = buildReader(view.data.answers[view.chosen], view.top, view.bars);
  const place = element("span", "sp-canvas-number", reader.best);
  place.setAttribute("role", "group");
  place.setAttribute("aria-label", "The number");
  place.dataset.long = `${rows.length > 1 || rows[0].length > 6}`;
  // Beside it stands how sure the network is of the chosen digit, but not which it is.
  view.readers = [{ ...reader, best: document.createElement("span") }];
  for (const row of rows) {
    const line = element("span", "sp-canvas-written", place);
    for (const token of row) {
      if (typeof token === "string") element("span", "", line, token);
      else view.tokens[token] = buildToken(view, line, token);
    }
  }
}

/**
 * @param {View} view
 * @param {HTMLElement} line
 * @param {number} digit
 */
function buildToken(view, line, digit) {
  const button = element("button", "sp-canvas-token", line);
  button.addEventListener("click", () => {
    view.chosen = digit;
    showAnswer(view);
  });
  return button;
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
  return { title, ...words, rows: classes.map((label) => buildRow(list, label)) };
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
const bestOf = ({ p }) => (p ? argMax(p) : -1);

/** What the likeliest class is called; "?" if it looks like no digit. @param {ReaderAnswer} answer */
function nameOf(answer) {
  const best = bestOf(answer);
  return best < 0 ? NOTHING : answer.verdict === "no digit" ? "?" : answer.classes[best];
}

/** @param {View} view */
function showNumber(view) {
  const { data, tokens, chosen } = view;
  showReader(view, view.readers[0], data.answers[chosen]);
  write(view.readers[0].title, `${data.answers[chosen].name} of ${tokens.length}`);
  tokens.forEach((button, i) => {
    const answer = data.answers[i];
    write(button, nameOf(answer));
    button.dataset.verdict = answer.verdict ?? "";
    button.setAttribute("aria-pressed", `${i === chosen}`);
    button.title = answer.p ? `${answer.name}: ${percent(Math.max(...answer.p))}` : answer.name;
  });
}

/**
 * @param {View} view
 * @param {Reader} reader
 * @param {ReaderAnswer} answer
 */
function showReader({ data, theme }, reader, answer) {
  const best = bestOf(answer);
  const isDigit = answer.verdict !== "no digit";
  write(reader.best, nameOf(answer));
  write(reader.sure, !answer.p || best < 0 ? "" : isDigit ? percent(answer.p[best]) : "no digit");
  reader.rows.forEach(({ node, bar, value }, k) => {
    const p = answer.p?.[k] ?? 0;
    bar.style.backgroundColor = classColour(data.colours, k, theme.dark);
    bar.style.transform = `scaleX(${p / 10000})`;
    write(value, answer.p ? percent(p) : NOTHING);
    node.toggleAttribute("data-best", k === best && isDigit);
  });
}

/**
 * @param {View} view
 * @returns {Uint8Array} what is shown
 */
function showDigit({ digit, data, theme, chosen }) {
  const seen = data.number?.digits[chosen] ?? data.digit ?? "";
  const pixels = typeof seen === "string" ? unpack(seen) : seen;
  paintInk(digit, theme.dark, (i) => pixels[i] / 255);
  return pixels;
}

/**
 * Of a number that has just been read, the digit of the newest stroke is the one whose bars are shown.
 *
 * @param {View} view
 * @param {() => Uint8Array | null} newest the pixels of that digit, as the networks are given them
 */
export function chooseNewest(view, newest) {
  const { number, seq } = view.message;
  if (!number || seq === view.chosenOf) return;
  view.chosenOf = seq;
  const drawn = newest();
  if (!drawn) return; // a dot
  const differences = number.digits.map((digit) =>
    unpack(digit).reduce((sum, value, i) => sum + Math.abs(value - drawn[i]), 0),
  );
  view.chosen = differences.indexOf(Math.min(...differences));
}

/**
 * The 28 × 28 pixels of a digit.
 *
 * @param {string} packed base64: left, top and width of the ink, and its pixels; "" for none
 */
function unpack(packed) {
  const pixels = new Uint8Array(PIXELS);
  const [left, top, width, ...ink] = Array.from(atob(packed), (byte) => byte.charCodeAt(0));
  ink.forEach((value, i) => {
    pixels[(top + Math.floor(i / width)) * SIDE + left + (i % width)] = value;
  });
  return pixels;
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
  if (view.stroke || view.data.provisional || wait > 0) {
    view.announcing = setTimeout(() => announce(view), Math.max(wait, 100));
    return;
  }
  const [answer] = view.data.answers;
  const best = answer && answer.verdict !== "no digit" ? bestOf(answer) : -1;
  const sure = Math.round((answer?.p?.[best] ?? 0) / 100);
  // Of a number the line says all.
  const isSaid = best < 0 || Boolean(view.data.number);
  const reading = isSaid ? "" : `Reads ${answer.classes[best]}, ${sure} %`;
  const text = [reading, view.data.line].filter(Boolean).join(". ");
  if (text === view.live.textContent) return;
  view.live.textContent = text;
  view.announcedAt = performance.now();
}
