// How each probability answers to each logit, as a table of colours and numbers.

import { written } from "../../_kernel/format.js";
import { clip, softmax } from "../../_kernel/maths.js";
import { drawn, numbers } from "../numbers.js";
import { axis, heading, layout, PAGE, TEXT, trace } from "../parts.js";

const LEAST_POWER = -306; // a smaller power of ten has few digits or none
const CATEGORY = { type: "category", showgrid: false, ticks: "", fixedrange: true };

/** @type {import("../kinds.js").Draw} */
export function jacobian({ values, temperature, colours: { below, above } }) {
  const slopes = slopesOf(values, temperature);
  const largest = Math.max(...slopes.flat().map(Math.abs));
  const power = powerOf(largest);
  const unit = power ? ` (× 10<sup>${`${power}`.replace("-", "−")}</sup>)` : "";
  const { length } = values;
  const decimals = length <= 4 ? 4 : length <= 6 ? 3 : 2;
  const names = values.map((_, k) => `${k}`);
  return {
    data: [
      trace({
        type: "heatmap",
        x: names,
        y: names,
        z: slopes.map(numbers),
        text: slopes.map((row) => row.map((slope) => written(slope / 10 ** power, decimals))),
        texttemplate: "%{text}",
        textfont: { color: TEXT, size: length <= 5 ? 15 : length <= 7 ? 13 : 11 },
        zmin: drawn(-(largest || 1)),
        zmax: drawn(largest || 1),
        colorscale: [
          [0, below],
          [0.5, PAGE],
          [1, above],
        ],
        showscale: false,
        xgap: 1,
        ygap: 1,
        hovertemplate: "∂p<sub>%{y}</sub>/∂z<sub>%{x}</sub> = %{z:.6~g}<extra></extra>",
      }),
    ],
    layout: layout({
      xaxis: axis("class j of the logit z<sub>j</sub>", undefined, CATEGORY),
      yaxis: axis("class i of p<sub>i</sub>", undefined, { autorange: "reversed", ...CATEGORY }),
      annotations: [heading(`Slopes ∂p<sub>i</sub>/∂z<sub>j</sub>${unit}`)],
    }),
    shown: { values, temperature },
  };
}

/**
 * ∂p_i/∂z_j of p = softmax(z / T), i before j.
 *
 * @type {(values: number[], temperature: number) => number[][]}
 */
export function slopesOf(values, temperature) {
  const p = softmax(values, temperature);
  /** @type {(i: number) => number} the sum of all others, as 1 − p is 0 where p is rounded to 1 */
  const others = (i) => p.reduce((sum, each, j) => (i === j ? sum : sum + each), 0);
  /** @type {(i: number, j: number) => number} */
  const slope = (i, j) => (p[i] * (i === j ? others(i) : 0 - p[j])) / temperature;
  return p.map((_, i) => p.map((_, j) => clip(slope(i, j), -Number.MAX_VALUE, Number.MAX_VALUE)));
}

/**
 * Of ten, that all slopes are written in; 0 for readable sizes.
 *
 * @param {number} largest
 */
export function powerOf(largest) {
  if (largest === 0 || (largest >= 0.01 && largest < 100)) return 0;
  return Math.max(LEAST_POWER, 3 * Math.floor(Math.log10(largest) / 3));
}
