// What is pressed: of a unit what it looks for, what it sees now, and which test images excite it most;
// of a class which units and which pixels speak for it and against it.

import { bytesOf, keep } from "../_kernel/blobs.js";
import { PIXELS, paintInk, picture } from "../_kernel/digit_images.js";
import { element, write } from "../_kernel/dom.js";
import { fixed } from "../_kernel/format.js";
import { paintLayer } from "../_kernel/layers.js";
import { addPicture, addPictures, nameOf } from "./grid.js";

/** @typedef {import("../_kernel/layers.js").Layer} Layer */
/** @typedef {import("../_kernel/layers.js").Layers} Layers */
/** @typedef {import("../_kernel/layers.js").Unit} Unit */
/** @typedef {import("./layers.js").Look} Look */

/**
 * Which test images excite a unit most.
 *
 * @typedef {object} Strongest
 * @property {string} weights the address of the network's weights
 * @property {string} unit layer and number, as links have it
 * @property {string[]} classes one an image
 * @property {number[]} values of the unit before its activation
 * @property {string} images 784 bytes of each, in base64
 * @property {string} problem why there are none; "" if there are
 */

/**
 * @typedef {object} Card
 * @property {HTMLElement} root
 * @property {HTMLElement} title
 * @property {HTMLElement} hint while nothing is pressed
 * @property {HTMLButtonElement} close
 * @property {HTMLElement} content
 * @property {HTMLElement} live for screen readers
 * @property {ReturnType<typeof setTimeout>} [saying]
 * @property {string} said what is said, or about to be
 * @property {string} [built] for what there are nodes
 * @property {(layers: Layers) => string} update them; what they show, in words
 */

const HINT =
  "Press a map, a unit or a class: what it looks for, what it sees now, what speaks for it and " +
  "against it.";
const TURNED = " Two classes share one logit; for this one it has the other sign.";
const ROW = { maps: 8, units: 40 }; // of weights
const PARTS = 4; // units that speak most for a class, and as many against it
const CALM = 1000; // ms without a change until a screen reader is told
const KEPT = 200; // units whose images are kept, 5 kB each

/** @type {Map<string, Strongest>} */
const kept = new Map();
/** @type {Strongest | null} */
let newest = null;

/** @param {Strongest | null} strongest */
export function keepStrongest(strongest) {
  newest = strongest ?? newest;
  if (strongest) keep(kept, `${strongest.weights} ${strongest.unit}`, strongest, KEPT);
}

/**
 * The images of a unit; of a network that trains on those of an earlier moment, whose weights' address
 * differs in its last part alone.
 *
 * @param {string} weights
 * @param {Look} look
 */
function strongestOf(weights, { layer, unit }) {
  const name = `${layer}.${unit}`;
  const network = weights.slice(0, weights.lastIndexOf("/") + 1);
  const isEarlier = newest?.unit === name && newest.weights.startsWith(network);
  return kept.get(`${weights} ${name}`) ?? (newest && isEarlier ? newest : undefined);
}

/**
 * @param {HTMLElement} parent
 * @param {() => void} leave
 * @returns {Card}
 */
export function createCard(parent, leave) {
  const root = element("div", "sp-layers-card", parent);
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "What is pressed");
  const head = element("div", "sp-layers-head", root);
  const title = element("b", "", head);
  const close = element("button", "sp-layers-close", head, "×");
  close.setAttribute("aria-label", "Close");
  close.addEventListener("click", leave);
  const hint = element("div", "sp-layers-hint", root, HINT);
  const content = element("div", "sp-layers-content", root);
  const live = element("div", "sp-hidden", root);
  live.setAttribute("aria-live", "polite");
  return { root, title, hint, close, content, live, said: "", update: () => "" };
}

/**
 * @param {Card} card
 * @param {Layers} layers
 * @param {Look | null} look
 * @param {boolean} dark
 */
export function showCard(card, layers, look, dark) {
  const layer = layers.hidden.findIndex(({ name }) => name === look?.layer);
  const count = look?.layer ? layers.hidden[layer]?.shape[0] : layers.classes.length;
  const isThere = look !== null && look.unit < (count ?? 0);
  for (const node of [card.title, card.close, card.content]) node.hidden = !isThere;
  card.hint.hidden = isThere;
  card.root.toggleAttribute("data-pressed", isThere);
  const images = look ? strongestOf(layers.weights, look) : undefined;
  const built = JSON.stringify([isThere && look, layers.weights, dark, images?.weights]);
  if (built !== card.built) {
    card.content.replaceChildren();
    if (!isThere) card.update = () => "";
    else if (look.layer) buildUnit(card, layers, layer, look.unit, dark, images);
    else buildClass(card, layers, look.unit, dark);
    card.built = built;
  }
  say(card, card.update(layers));
}

/**
 * A screen reader hears of it when it has not changed for a while: not of each place of the pen.
 *
 * @param {Card} card
 * @param {string} text
 */
function say(card, text) {
  if (text === card.said) return;
  card.said = text;
  clearTimeout(card.saying);
  card.saying = setTimeout(() => write(card.live, card.said), CALM);
}

/**
 * @param {Card} card
 * @param {string} title
 * @returns {{ part: HTMLElement, text: HTMLElement }} where pictures go, and what is said below them
 */
function addPart({ content }, title) {
  const section = element("section", "", content);
  element("div", "sp-layers-what", section, title);
  return { part: element("div", "sp-layers-part", section), text: element("p", "", section) };
}

// ---------------------------------------------------------------- a unit

/**
 * @param {Card} card
 * @param {Layers} layers
 * @param {number} layer
 * @param {number} unit
 * @param {boolean} dark
 * @param {Strongest} [images]
 */
function buildUnit(card, layers, layer, unit, dark, images) {
  const name = nameOf(layers.hidden[layer], unit);
  const first = layers.unitAt(layer, unit);
  write(card.title, name);
  const wanted = addPart(card, "What it looks for");
  wanted.part.toggleAttribute("data-many", first.weights.shape[0] > 1);
  addPictures(wanted.part, first.weights, ROW, dark);
  write(wanted.text, wordsOfWeights(first));
  const seen = addPart(card, "What it sees now");
  const pictures = [first.before, first.after].flatMap((each) => {
    if (!each || each.shape.length === 1) return [];
    const figure = element("figure", "", seen.part);
    element(
      "figcaption",
      "",
      figure,
      each === first.before ? "before ReLU" : first.before ? "after it" : "its values",
    );
    return addPicture(figure, each.shape[2], each.shape[1]);
  });
  addStrongest(card, dark, layers.weights, images);
  card.update = (now) => {
    const { before, after } = now.unitAt(layer, unit);
    const shown = before ? [before, after] : [after];
    pictures.forEach((canvas, i) => {
      paintLayer(canvas, shown[i], 1, dark);
    });
    write(seen.text, wordsOfValues(before, after));
    return `${name}. ${seen.text.textContent}`;
  };
}

/** @param {Unit} unit */
function wordsOfWeights({ weights: { shape }, inputs, isKernel, bias }) {
  const [count, height, width] = shape;
  const size = `${height} × ${width}`;
  const what = isKernel
    ? inputs
      ? `Its ${count} kernels of ${size}, one for each map of ${inputs}`
      : `Its kernel of ${size}, which meets each place of the picture`
    : !inputs
      ? "Its weights, one for each pixel"
      : height === undefined
        ? `Its weights, one for each of the ${count} units of ${inputs}, row by row`
        : `Its weights, one for each place of the ${count} maps of ${inputs}`;
  return `${what}: red counts for it, blue against it. Bias ${fixed(bias, 2)}.`;
}

/**
 * @param {Layer | null} before
 * @param {Layer} after
 */
function wordsOfValues(before, after) {
  const [was, is] = [before, after].map((each) => each && fixed(Math.max(...each.values), 2));
  if (after.shape.length === 1) return before ? `${was} before ReLU, ${is} after it.` : `${is}.`;
  const places = after.values.length;
  const above = after.values.reduce((sum, value) => sum + Number(value > 0), 0);
  const largest = before ? `Largest ${was} before ReLU, ${is} after it` : `Largest ${is}`;
  return `${largest}; above 0 in ${above} of ${places} places.`;
}

/**
 * @param {Card} card
 * @param {boolean} dark
 * @param {string} weights
 * @param {Strongest} [strongest]
 */
function addStrongest(card, dark, weights, strongest) {
  const { part, text } = addPart(card, "Test images that excite it most");
  const isOld = strongest !== undefined && strongest.weights !== weights;
  const age = isOld ? "Of an earlier moment of its training." : "";
  write(text, strongest ? strongest.problem || age : "They are on their way …");
  if (!strongest || strongest.problem) return;
  const pixels = bytesOf(strongest.images);
  const list = element("ul", "sp-layers-images", part);
  strongest.classes.forEach((name, i) => {
    const item = element("li", "", list);
    paintInk(picture(item), dark, (at) => pixels[i * PIXELS + at] / 255);
    element("b", "", item, name);
    element("span", "", item, fixed(strongest.values[i], 2));
  });
}

// ---------------------------------------------------------------- a class

/**
 * @param {Card} card
 * @param {Layers} layers
 * @param {number} k
 * @param {boolean} dark
 */
function buildClass(card, layers, k, dark) {
  const title = `Class ${layers.classes[k]}`;
  const { units } = layers.speechFor(k);
  write(card.title, title);
  const ink = addPart(card, "Which pixels speak for it");
  const side = Math.sqrt(PIXELS);
  const canvas = addPicture(ink.part, side, side);
  const spoken = units && addPart(card, `Which units of ${units.name} speak for it`);
  const rows = spoken ? addBars(spoken.part, Math.min(2 * PARTS, units.values.length)) : [];
  card.update = (now) => {
    const speech = now.speechFor(k);
    paintLayer(canvas, { shape: [1, side, side], values: speech.pixels }, 1, dark);
    const pixels = wordsOfSum(speech.pixels, speech, speech.units === null);
    write(ink.text, `Gradient × input: red ink speaks for it, blue ink against it. ${pixels}`);
    if (!spoken || !speech.units) return `${title}. ${ink.text.textContent}`;
    const shown = showBars(rows, speech.units);
    const sum = wordsOfSum(speech.units.values, speech, true);
    const isTurned = Math.abs(now.logits[k] - speech.logit) > 1e-3;
    write(spoken.text, `Its activation × its weight. ${sum}${isTurned ? TURNED : ""}`);
    return `${title}. ${shown}. ${spoken.text.textContent}`;
  };
}

/**
 * What speaks for a class and against it, added up; with the bias that is the logit.
 *
 * @param {Float32Array} parts
 * @param {{ bias: number, logit: number }} speech
 * @param {boolean} isAll whether these parts are all there is
 */
function wordsOfSum(parts, { bias, logit }, isAll) {
  const sum = (/** @type {number} */ sign) =>
    fixed(
      parts.reduce((found, part) => found + (sign * part > 0 ? part : 0), 0),
      2,
    );
  const both = `For it ${sum(1)}, against it ${sum(-1)}`;
  return isAll ? `${both}, bias ${fixed(bias, 2)}: logit ${fixed(logit, 2)}.` : `${both}.`;
}

/**
 * @param {HTMLElement} parent
 * @param {number} count
 */
function addBars(parent, count) {
  const list = element("ul", "sp-layers-bars", parent);
  return Array.from({ length: count }, () => {
    const item = element("li", "", list);
    const name = element("span", "", item);
    const bar = element("i", "", element("span", "sp-layers-bar", item));
    return { name, bar, value: element("span", "", item) };
  });
}

/**
 * The units that speak most for a class, and those that speak most against it.
 *
 * @param {ReturnType<typeof addBars>} rows
 * @param {Layer} units
 * @returns {string} in words
 */
function showBars(rows, { values }) {
  const order = [...values.keys()].sort((a, b) => values[b] - values[a]);
  const half = Math.ceil(rows.length / 2);
  const shown = [...order.slice(0, half), ...order.slice(order.length - (rows.length - half))];
  const most = Math.max(1e-12, ...shown.map((unit) => Math.abs(values[unit])));
  return shown
    .map((unit, i) => {
      const { name, bar, value } = rows[i];
      write(name, `${unit}`);
      write(value, fixed(values[unit], 2));
      bar.style.transform = `scaleX(${values[unit] / most})`;
      bar.dataset.sign = values[unit] < 0 ? "against" : "for";
      return `${unit}: ${value.textContent}`;
    })
    .join(", ");
}
