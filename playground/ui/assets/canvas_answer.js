// What the networks read: the picture they see, the likeliest class, and all probabilities.

import { classColour } from "./class_colours.js";
import { PIXELS, paintInk, picture } from "./digit_images.js";
import { element, write } from "./nodes.js";

const ANNOUNCE_EVERY = 1000; // ms, for screen readers
const NOTHING = "–";

export function createAnswer(view) {
  const { body } = view;
  view.seen = element("div", "sp-canvas-seen", body, "What the network sees: 28 × 28");
  view.digit = picture(element("div", "sp-canvas-digit", body), "");
  view.top = element("div", "sp-canvas-top", body);
  view.bars = element("div", "sp-canvas-bars", body);
  view.line = element("div", "sp-canvas-line", body);
  view.others = element("div", "sp-canvas-others", body);
  view.live = element("div", "sp-canvas-hidden", body);
  view.live.setAttribute("aria-live", "polite");
  view.announcedAt = -Infinity;
}

export function showAnswer(view) {
  const { data, root } = view;
  const structure = JSON.stringify(data.answers.map(({ name, classes }) => [name, classes]));
  if (structure !== view.structure) build(view);
  view.structure = structure;
  root.dataset.dark = view.theme.dark;
  data.answers.forEach((answer, i) => showReader(view, view.readers[i], answer));
  showDigit(view);
  write(view.line, data.line);
  root.dataset.read = data.seq;
  announce(view);
}

// ---------------------------------------------------------------- building

function build(view) {
  const { data } = view;
  view.top.replaceChildren();
  view.bars.replaceChildren();
  view.others.replaceChildren();
  view.readers = data.answers.map((answer, i) => {
    const card = i && element("div", "sp-canvas-card", view.others);
    return buildReader(answer, card || view.top, card || view.bars);
  });
}

function buildReader({ name, classes }, top, bars) {
  const title = element("div", "sp-canvas-name", top, name);
  title.title = name;
  const best = element("div", "sp-canvas-best", top);
  const reader = { best: element("span", "", best), sure: element("span", "", best) };
  best.dataset.long = Math.max(...classes.map(({ length }) => length)) > 2;
  const list = element("div", "sp-canvas-list", bars);
  list.setAttribute("role", "list");
  list.setAttribute("aria-label", `Probabilities of ${name}`);
  const room = Math.min(10, Math.max(1.5, ...classes.map(({ length }) => length + 0.5)));
  list.style.setProperty("--sp-room", `${room}ch`);
  reader.rows = classes.map((label) => buildRow(list, label));
  return reader;
}

function buildRow(list, label) {
  const node = element("div", "sp-canvas-row", list);
  node.setAttribute("role", "listitem");
  element("span", "sp-canvas-class", node, label).title = label;
  const bar = element("span", "", element("span", "sp-canvas-track", node));
  return { node, bar, value: element("span", "sp-canvas-value", node) };
}

// ---------------------------------------------------------------- showing

const percent = (p) => `${(p / 100).toFixed(1)} %`;
const bestOf = ({ p }) => (p ? p.indexOf(Math.max(...p)) : -1);

function showReader({ data, theme }, reader, answer) {
  const best = bestOf(answer);
  write(reader.best, best < 0 ? NOTHING : answer.classes[best]);
  write(reader.sure, best < 0 ? "" : percent(answer.p[best]));
  reader.rows.forEach(({ node, bar, value }, k) => {
    const p = answer.p?.[k] ?? 0;
    bar.style.backgroundColor = classColour(data.colours, k, theme.dark);
    bar.style.transform = `scaleX(${p / 10000})`;
    write(value, answer.p ? percent(p) : NOTHING);
    node.toggleAttribute("data-best", k === best);
  });
}

function showDigit({ digit, data, theme }) {
  const pixels = data.digit ? atob(data.digit) : "\0".repeat(PIXELS);
  paintInk(digit, theme.dark, (i) => pixels.charCodeAt(i) / 255);
}

// ---------------------------------------------------------------- screen readers

// Not while a stroke grows, and no more than once a second; the last one is always said.
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
