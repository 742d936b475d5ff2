// One digit on its way through the linear network: x → xW + b → softmax → loss.
//
// All numbers come from the server; the browser only multiplies pixels by quantised
// weights for the picture of the contributions. Nodes are made once and updated.

import { bytesOf, open } from "../_kernel/blobs.js";
import { component } from "../_kernel/component.js";
import { PIXELS, paintInk, paintSigned, picture } from "../_kernel/digit_images.js";
import { element } from "../_kernel/dom.js";
import { fixed, fixedLoss, withArticle } from "../_kernel/format.js";
import { focusedAt, makeTabStop, rove } from "../_kernel/roving.js";
import { classColour, readTheme } from "../_kernel/theme.js";

/**
 * What Python sends. Lists are by class.
 *
 * @typedef {object} Message
 * @property {string} image 784 bytes in base64
 * @property {string} name of the digit
 * @property {number} label
 * @property {number} prediction
 * @property {number[]} sums of the contributions
 * @property {number[]} biases
 * @property {number[]} logits
 * @property {number[]} probabilities
 * @property {number} loss
 * @property {string} moment of the network, such as "before training"
 * @property {number} weightLimit the |weight| with the strongest colour
 * @property {number} logitLimit the |logit| of a full bar
 * @property {import("../_kernel/theme.js").ColourPair[]} colours
 * @property {import("../_kernel/blobs.js").Blob} templates
 */

/** @typedef {{ fill: HTMLElement, value: HTMLElement }} Bar */
/** @typedef {{ canvas: HTMLCanvasElement, text: HTMLElement }} Figure */

/**
 * The nodes of one class.
 *
 * @typedef {object} ClassNodes
 * @property {HTMLButtonElement} button
 * @property {HTMLElement} tag whether it is the true class or what was read
 * @property {HTMLCanvasElement} canvas
 * @property {Bar} logit
 * @property {Bar} probability
 */

/**
 * @typedef {object} ViewKeys
 * @property {Figure} x
 * @property {Figure} sum
 * @property {HTMLElement} low the left end of the weights' scale
 * @property {HTMLCanvasElement} key of the weights' scale
 * @property {HTMLElement} high
 * @property {ClassNodes[]} classes
 * @property {HTMLElement} formula
 * @property {HTMLElement} loss
 * @property {HTMLElement} verdict
 * @property {HTMLElement} caption of the table for screen readers
 * @property {HTMLElement[][]} rows of that table
 * @property {Uint8Array} pixels of its image
 * @property {number} [pointed] the class that is pointed at
 * @property {number} [pinned] the class that was chosen last
 * @property {{ dark?: boolean, pixels?: Uint8Array, id?: string }} drawn
 *
 * @typedef {import("../_kernel/component.js").Life<Message>} Life
 * @typedef {Life & ViewKeys & import("../_kernel/blobs.js").Asker} View
 */

const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";
const TABLE = ["class", "logit ŷ", "probability", "sum of x ⊙ W", "b"];

export default component({ className: "sp-flow", mount, receive, draw });

// ---------------------------------------------------------------- mounting

/** @param {Life} life */
function mount(life) {
  const { root } = life;
  root.setAttribute("role", "group");
  const body = element("div", "sp-flow-body", root);
  const x = figure(body, "sp-flow-x");
  const labels = mountLabels(body);
  const list = element("div", "sp-flow-classes", body);
  const classes = Array.from({ length: 10 }, (_, k) => mountClass(list, k));
  /** @type {View} */
  const view = Object.assign(life, {
    x,
    ...labels,
    classes,
    sum: figure(body, "sp-flow-sum"),
    ...mountLoss(body),
    ...mountTable(root),
    pixels: new Uint8Array(),
    drawn: {},
  });
  classes.forEach(({ button }, k) => {
    listen(view, button, k);
  });
  rove(list, buttonsOf(view), () => 1);
  return view;
}

/** @param {View} view */
const buttonsOf = (view) => view.classes.map(({ button }) => button);

/**
 * @param {HTMLElement} parent
 * @param {string} className
 * @returns {Figure}
 */
function figure(parent, className) {
  const root = element("div", className, parent);
  return { canvas: picture(root), text: element("div", "sp-flow-text", root) };
}

/** @param {HTMLElement} body */
function mountLabels(body) {
  const labels = element("div", "sp-flow-labels", body);
  labels.setAttribute("aria-hidden", "true"); // the table says it
  const lines = [
    ["W", "784 × 10"],
    ["ŷ = xW + b", "1 × 10 logits"],
    ["softmax(ŷ)", "1 × 10 probabilities"],
  ];
  const cells = lines.map(([name, shape]) => {
    const cell = element("div", "", labels);
    element("b", "", cell, name);
    element("span", "", cell, shape);
    return cell;
  });
  const row = element("span", "sp-flow-key", cells[0]);
  const low = element("span", "", row);
  const key = element("canvas", "", row);
  Object.assign(key, { width: 41, height: 1 });
  return { low, key, high: element("span", "", row) };
}

/**
 * @param {HTMLElement} parent
 * @param {number} k
 * @returns {ClassNodes}
 */
function mountClass(parent, k) {
  const button = element("button", "sp-flow-class", parent);
  button.tabIndex = -1;
  const name = element("span", "sp-flow-name", button);
  element("b", "", name, `${k}`);
  const tag = element("i", "", name);
  const canvas = picture(button);
  const logit = bar(button, "sp-flow-bar sp-flow-signed");
  return { button, tag, canvas, logit, probability: bar(button, "sp-flow-bar") };
}

/**
 * @param {View} view
 * @param {HTMLButtonElement} button
 * @param {number} k
 */
function listen(view, button, k) {
  /** @param {number | undefined} at */
  const point = (at) => {
    view.pointed = at;
    view.schedule();
  };
  const pin = () => {
    view.pinned = k;
    view.schedule();
  };
  button.addEventListener("pointerenter", (event) => {
    if (event.pointerType === "mouse") point(k);
  });
  button.addEventListener("pointerleave", () => point(undefined));
  button.addEventListener("focus", pin);
  button.addEventListener("click", pin); // Safari gives a clicked button no focus
}

/**
 * @param {HTMLElement} parent
 * @param {string} className
 * @returns {Bar}
 */
function bar(parent, className) {
  const track = element("span", className, parent);
  return { fill: element("i", "", track), value: element("span", "sp-flow-value", parent) };
}

/** @param {HTMLElement} body */
function mountLoss(body) {
  const parent = element("div", "sp-flow-loss", body);
  const formula = element("span", "sp-flow-formula", parent);
  const loss = element("strong", "", parent);
  return { formula, loss, verdict: element("span", "sp-flow-verdict", parent) };
}

/** @param {HTMLElement} root */
function mountTable(root) {
  const table = element("table", "", element("div", "sp-hidden", root));
  const caption = element("caption", "", table);
  const head = element("tr", "", element("thead", "", table));
  for (const title of TABLE) element("th", "", head, title).scope = "col";
  const body = element("tbody", "", table);
  const rows = Array.from({ length: 10 }, (_, k) => {
    const row = element("tr", "", body);
    element("th", "", row, `${k}`).scope = "row";
    return TABLE.slice(1).map(() => element("td", "", row));
  });
  return { caption, rows };
}

// ---------------------------------------------------------------- receiving

/**
 * @param {View} view
 * @param {Message} [before]
 */
function receive(view, before) {
  const { message } = view;
  if (message.image !== before?.image) {
    view.pixels = bytesOf(message.image);
    view.pinned = undefined; // another digit: back to its true class
  }
  const { name, label, prediction, loss, moment } = message;
  const hit = label === prediction;
  const called = withArticle(`${label}`);
  const verdict = `${hit ? "Hit" : "Miss"}: ${called} read as ${prediction}`;
  const title = `The linear network ${moment}, on ${name}, ${called}`;
  view.root.setAttribute("aria-label", title);
  view.caption.textContent = `${title}. ${verdict}. Loss −log p of class ${label}: ${loss}`;
  say(view.x.text, "x", ["1 × 784", `${name}, ${called.replace(" ", "\u00a0")}`]);
  view.formula.textContent = `loss = −log p${SUBSCRIPTS[label]}`;
  view.loss.textContent = fixedLoss(loss, 3);
  view.loss.title = `${loss}`;
  view.verdict.textContent = verdict;
  view.low.textContent = fixed(-message.weightLimit, 1);
  view.high.textContent = `+${fixed(message.weightLimit, 1)}`;
  view.classes.forEach((one, k) => {
    update(view, one, k);
  });
}

/**
 * @param {View} view
 * @param {ClassNodes} one
 * @param {number} k
 */
function update(view, one, k) {
  const { logits, probabilities, sums, biases, label, prediction, logitLimit } = view.message;
  one.tag.replaceChildren();
  if (k === label) element("span", "", one.tag, "true");
  if (k === prediction) element("span", "", one.tag, "read");
  one.button.toggleAttribute("data-true", k === label);
  one.button.toggleAttribute("data-read", k === prediction);
  const part = logits[k] / logitLimit / 2; // of the bar, from its middle
  place(one.logit, Math.min(0.5, 0.5 + part), Math.abs(part), fixed(logits[k], 2));
  place(one.probability, 0, probabilities[k], chance(probabilities[k]));
  const sub = SUBSCRIPTS[k];
  one.button.title =
    `class ${k}: logit ŷ${sub} = ${logits[k]}, probability p${sub} = ` +
    `${probabilities[k]}, sum of x ⊙ W${sub} = ${sums[k]}, b${sub} = ${biases[k]}`;
  const roles = [k === label && "the true class", k === prediction && "the answer"];
  one.button.setAttribute(
    "aria-label",
    [
      `class ${k}`,
      ...roles.filter(Boolean),
      `logit ${fixed(logits[k], 2)}`,
      `probability ${chance(probabilities[k])}`,
      `contributions sum to ${fixed(sums[k], 2)}, plus b ${fixed(biases[k], 2)}`,
    ].join(", "),
  );
  [logits, probabilities, sums, biases].forEach((values, column) => {
    view.rows[k][column].textContent = `${values[k]}`;
  });
}

/**
 * @param {Bar} bar
 * @param {number} from
 * @param {number} size
 * @param {string} text
 */
function place({ fill, value }, from, size, text) {
  fill.style.setProperty("--from", `${from}`);
  fill.style.setProperty("--size", `${size}`);
  value.textContent = text;
}

/**
 * Never 1.000 for what is not quite, whose loss stands beside it and is not 0.
 *
 * @param {number} p
 */
function chance(p) {
  if (p < 0.0005) return "<0.001";
  return p > 0.9995 && p < 1 ? ">0.999" : fixed(p, 3);
}

/**
 * @param {HTMLElement} parent
 * @param {string} name
 * @param {string[]} lines
 */
function say(parent, name, lines) {
  parent.replaceChildren();
  element("b", "", parent, name);
  for (const line of lines) element("span", "", parent, line);
}

// ---------------------------------------------------------------- drawing

/**
 * Each picture only if something in it has changed since it was drawn.
 *
 * @param {View} view
 */
function draw(view) {
  const { message, pixels, drawn } = view;
  const { dark } = readTheme(view.root);
  const templates = open(view, message.templates);
  const shown = view.pointed ?? view.pinned ?? message.label;
  if (dark !== drawn.dark) {
    view.classes.forEach(({ button }, k) => {
      button.style.setProperty("--sp-class", classColour(message.colours, k, dark));
    });
    paintSigned(view.key, dark, (i) => i / 20 - 1);
  }
  if (dark !== drawn.dark || pixels !== drawn.pixels)
    paintInk(view.x.canvas, dark, (i) => pixels[i] / 255);
  const weights = templates && new Int8Array(templates.buffer);
  const id = templates ? message.templates.id : undefined;
  if (weights && (dark !== drawn.dark || id !== drawn.id))
    view.classes.forEach(({ canvas }, k) => {
      paintSigned(canvas, dark, (i) => weights[k * PIXELS + i] / 127);
    });
  if (weights)
    paintSigned(
      view.sum.canvas,
      dark,
      (i) => (weights[shown * PIXELS + i] / 127) * (pixels[i] / 255),
    );
  describe(view, shown);
  view.drawn = { dark, pixels, id: id ?? drawn.id };
  Object.assign(view.root.dataset, { shown, templates: id ?? "" });
}

/**
 * @param {View} view
 * @param {number} shown
 */
function describe(view, shown) {
  const { sums, biases, logits } = view.message;
  const sub = SUBSCRIPTS[shown];
  const bias = biases[shown];
  say(view.sum.text, `x ⊙ W${sub}`, [
    `sum ${fixed(sums[shown], 2)}`,
    `${bias < 0 ? "−" : "+"} b${sub} ${fixed(Math.abs(bias), 2)} =\u00a0ŷ${sub}\u00a0${fixed(
      logits[shown],
      2,
    )}`,
  ]);
  view.sum.text.title = `${sums[shown]} + ${bias} = ${logits[shown]}`;
  view.classes.forEach(({ button }, k) => {
    button.setAttribute("aria-pressed", `${k === shown}`);
  });
  const buttons = buttonsOf(view);
  if (focusedAt(buttons) < 0) makeTabStop(buttons, buttons[shown]);
}
