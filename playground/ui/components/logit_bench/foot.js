// Below the step table: the temperature, the button for one more class, and what it comes to.

import { element, update, write } from "../_kernel/dom.js";
import { argMax } from "../_kernel/maths.js";
import { createField, createSlider, drawField, drawSlider } from "./control.js";
import { show } from "./numbers.js";

/** @typedef {import("./logit_bench.js").Message} Message */
/** @typedef {import("./logit_bench.js").View} View */
/** @typedef {import("./control.js").Host} Host */
/** @typedef {import("./motion.js").State} State */
/** @typedef {import("./table.js").Steps} Steps */

/** @typedef {{ loss?: HTMLElement, rest: HTMLElement[] }} Result */

/**
 * @typedef {object} Foot
 * @property {HTMLElement} node
 * @property {import("./control.js").Slider} [slider] of the temperature
 * @property {import("./control.js").Field} [field] of the temperature
 * @property {HTMLButtonElement} [add]
 * @property {Result} result
 */

export const CLASSES = { least: 2, most: 10 };

/**
 * @param {View} view
 * @param {Host} host of the temperature
 * @param {() => void} add a click on the button
 */
export function createFoot(view, host, add) {
  const { message, root } = view;
  const node = element("div", "sp-bench-foot", root);
  /** @type {Omit<Foot, "result">} */
  const foot = { node };
  if (message.hasTemperature && message.kind === "logits") {
    const group = element("div", "sp-bench-temperature", node);
    element("span", "", group, "Temperature T");
    foot.slider = createSlider(group, host);
    foot.slider.track.setAttribute("aria-label", "Temperature");
    foot.field = createField(group, host);
    foot.field.input.setAttribute("aria-label", "Temperature as a number");
  }
  if (message.resizable) {
    foot.add = element("button", "sp-bench-add", node);
    foot.add.addEventListener("click", add);
  }
  node.hidden = !node.childNodes.length;
  return { ...foot, result: createResult(view) };
}

/**
 * @param {View} view
 * @param {Foot} foot
 */
export function drawFoot(view, { slider, field, add }) {
  const { temperature, values } = view.shown;
  if (slider) {
    drawSlider(slider, view.temperatureScale, temperature, show(temperature), !view.glide);
  }
  if (field) drawField(field, temperature);
  const full = values.length >= CLASSES.most;
  if (add) {
    update(add, { "aria-disabled": full }); // not disabled, which would lose the focus
    write(add, full ? `${CLASSES.most} classes are the most` : "+ Add class");
  }
  const few = values.length <= CLASSES.least;
  for (const { remove, index } of view.table.rows) {
    if (!remove) break;
    update(remove, {
      "aria-disabled": few,
      title: few ? "A softmax needs at least two classes" : `Remove class ${index}`,
    });
  }
}

// ---------------------------------------------------------------- result

/**
 * @param {View} view
 * @returns {Result}
 */
function createResult({ root, message }) {
  const node = element("div", "sp-bench-result", root);
  if (!message.hasTarget)
    return { rest: ["sp-bench-prediction", ""].map((name) => element("div", name, node)) };
  const main = element("div", "sp-bench-loss-line", node);
  main.append("Loss ");
  const formula = element("span", "sp-bench-formula", main);
  formula.append("−log p");
  element("sub", "", formula).textContent = "y";
  main.append(" = ");
  const loss = element("span", "sp-bench-loss-value", main);
  const rest = element("div", "", node);
  return { loss, rest: [element("div", "", rest), element("div", "", rest)] };
}

/**
 * @param {View} view
 * @param {Result} result
 * @param {Steps} steps
 */
export function drawResult(view, { loss, rest }, steps) {
  const words = resultOf(view.message.kind, view.shown, steps);
  if (loss) write(loss, words.loss);
  for (const [i, node] of rest.entries()) write(node, words.rest[i]);
}

/**
 * What it comes to, in words; without a true class there is no loss.
 *
 * @param {Message["kind"]} kind
 * @param {State} state
 * @param {Steps} steps
 * @returns {{ loss: string, rest: [string, string] }}
 */
export function resultOf(kind, { values, target }, steps) {
  const probabilities = steps.probability ?? values;
  const best = argMax(values);
  if (target === null) {
    const margin = marginOf(kind, values, best, probabilities);
    return { loss: "", rest: [`Prediction: class ${best}`, margin] };
  }
  return {
    loss: show((kind === "logits" ? steps.loss?.[target] : steps.total) ?? NaN),
    rest: [
      `The true class ${target} has p = ${show(probabilities[target])}.`,
      `Prediction: class ${best}, a ${best === target ? "hit" : "miss"}.`,
    ],
  };
}

/**
 * @param {Message["kind"]} kind
 * @param {number[]} values
 * @param {number} best
 * @param {number[]} probabilities
 */
function marginOf(kind, values, best, probabilities) {
  const others = values.map((value, k) => (k === best ? -Infinity : value));
  if (others.every((value) => value === -Infinity)) return "all other classes are masked";
  const second = argMax(others);
  const gap = probabilities[best] - probabilities[second];
  if (values[best] === values[second]) return `tied with class ${second}; the first one counts`;
  const inLogits = kind === "logits" ? `${show(values[best] - values[second])} in logits, ` : "";
  return `ahead of class ${second} by ${inLogits}${show(gap)} in p`;
}
