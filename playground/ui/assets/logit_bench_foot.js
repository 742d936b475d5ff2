// Below the step table: the temperature, the button for one more class, and what it comes to.

import { createField, createSlider, drawField, drawSlider, set } from "./logit_bench_control.js";
import { show } from "./logit_bench_numbers.js";
import { element, write } from "./nodes.js";
import { argMax } from "./softmax_maths.js";

export const CLASSES = { least: 2, most: 10 };

// `host` is that of the temperature, `add` a click on the button.
export function createFoot(view, host, add) {
  const { message, root } = view;
  const node = element("div", "sp-bench-foot", root);
  const foot = { node };
  if (message.hasTemperature && message.kind === "logits") {
    const group = element("div", "sp-bench-temperature", node);
    element("span", "sp-bench-name", group).textContent = "Temperature T";
    foot.slider = createSlider(group, host);
    foot.slider.track.setAttribute("aria-label", "Temperature");
    foot.field = createField(group, host);
    foot.field.input.setAttribute("aria-label", "Temperature as a number");
  }
  if (message.resizable) {
    foot.add = element("button", "sp-bench-add", node);
    foot.add.type = "button";
    foot.add.addEventListener("click", add);
  }
  node.hidden = !node.childNodes.length;
  foot.result = createResult(view);
  return foot;
}

export function drawFoot(view, { slider, field, add }) {
  const { temperature, values } = view.shown;
  if (slider) {
    drawSlider(slider, view.temperatureScale, temperature, show(temperature), !view.glide);
    drawField(field, temperature);
  }
  const full = values.length >= CLASSES.most;
  if (add) {
    set(add, "aria-disabled", `${full}`); // not disabled, which would lose the focus
    write(add, full ? `${CLASSES.most} classes are the most` : "+ Add class");
  }
  const few = values.length <= CLASSES.least;
  for (const { remove, index } of view.table.rows) {
    if (!remove) break;
    set(remove, "aria-disabled", `${few}`);
    set(remove, "title", few ? "A softmax needs at least two classes" : `Remove class ${index}`);
  }
}

// ---------------------------------------------------------------- result

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
  const rest = element("div", "sp-bench-rest", node);
  return { loss, rest: [element("div", "", rest), element("div", "", rest)] };
}

export function drawResult(view, { loss, rest }, steps) {
  const { values, target } = view.shown;
  const probabilities = view.message.kind === "logits" ? steps.probability : values;
  const best = argMax(values);
  if (target === null) {
    write(rest[0], `Prediction: class ${best}`);
    write(rest[1], marginOf(view, best, probabilities));
    return;
  }
  write(loss, show(view.message.kind === "logits" ? steps.loss[target] : steps.total));
  write(rest[0], `The true class ${target} has p = ${show(probabilities[target])}.`);
  write(
    rest[1],
    best === target ? `Prediction: class ${best}, a hit.` : `Prediction: class ${best}, a miss.`,
  );
}

function marginOf({ message, shown: { values } }, best, probabilities) {
  const others = values.map((value, k) => (k === best ? -Infinity : value));
  const second = argMax(others);
  const gap = probabilities[best] - probabilities[second];
  if (values[best] === values[second]) return `tied with class ${second}; the first one counts`;
  const inLogits =
    message.kind === "logits" ? `${show(values[best] - values[second])} in logits, ` : "";
  return `ahead of class ${second} by ${inLogits}${show(gap)} in p`;
}
