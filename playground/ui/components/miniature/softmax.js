// Three logits as sliders, three probabilities as bars.

import { element, write } from "../_kernel/dom.js";
import { fixed } from "../_kernel/format.js";
import { softmax } from "../_kernel/maths.js";
import { along, percent, slider } from "./plot.js";

const REACH = 5; // logits from −5 to 5

/**
 * @param {import("./miniature.js").Place} place
 * @param {number[]} logits
 * @returns {import("./miniature.js").Miniature}
 */
export function softmaxBars({ stage, words, foot }, logits) {
  const values = [...logits];
  const rows = values.map((_, k) => row(k));
  element("span", "sp-home-legend", foot, "logit z → probability p");

  /** @param {number} k */
  function row(k) {
    const made = element("div", "sp-home-row", stage);
    made.style.setProperty("--sp-class", `var(--sp-colour-${k})`);
    const name = element("span", "", made, "z");
    element("sub", "", name, `${k}`);
    /** @param {number} value */
    const input = (value) => {
      values[k] = value;
      draw();
    };
    const track = slider(made, {
      name: `Logit of class ${k}`,
      min: -REACH,
      max: REACH,
      step: 0.1,
      value: values[k],
      input,
    });
    const room = element("span", "sp-home-room", made);
    const bar = element("span", "sp-home-bar", room);
    return { track, bar, text: element("span", "sp-home-percent", made) };
  }

  function draw() {
    const p = softmax(values);
    rows.forEach(({ track, bar, text }, k) => {
      track.value = `${values[k]}`;
      track.setAttribute("aria-valuetext", `${fixed(values[k], 1)}: probability ${percent(p[k])}`);
      bar.style.transform = `scaleX(${p[k]})`;
      write(text, percent(p[k]));
    });
    write(words, `z = (${values.map((z) => fixed(z, 1)).join(", ")})`);
  }

  /** @param {number} first */
  const show = (first) => {
    values.splice(0, values.length, first, ...logits.slice(1));
    draw();
  };
  const [start] = logits;
  return {
    name: "Softmax: three logits and their probabilities",
    seconds: 5,
    draw,
    rest: () => show(start),
    at: (t) => show(Math.round(10 * along([start, -1.5, 4, start], t)) / 10),
  };
}
