// The same constant added to all logits changes no probability.

import { digits } from "../../_kernel/format.js";
import { softmax } from "../../_kernel/maths.js";
import { cells, numbers, stepped } from "../numbers.js";
import { axis, heading, layout, PAGE, trace } from "../parts.js";

const SAME = "Probabilities of both: the same";
const LOST = "Probabilities: z + c has lost digits";

/** @type {import("../kinds.js").Draw} */
export function shift({ values, temperature, constant, colours: { classes } }) {
  const moved = values.map((z) => z + constant);
  const [p, after] = [softmax(values, temperature), softmax(moved, temperature)];
  const apart = Math.max(...p.map((value, k) => Math.abs(value - after[k])));
  const category = { type: "category", anchor: "y" };
  return {
    data: [
      bars(values, "z", "", "", classes),
      bars(moved, "z + c", "/", "", classes),
      bars(p, "p", "", "2", classes),
      bars(after, "p of z + c", "/", "2", classes),
    ],
    layout: layout({
      barmode: "group",
      bargap: 0.25,
      xaxis: axis("", undefined, { ...category, showticklabels: false }),
      xaxis2: axis("class", undefined, { ...category, anchor: "y2", matches: "x" }),
      yaxis: axis("", barRange([...values, ...moved]), { domain: [0.58, 1], zeroline: true }),
      yaxis2: axis("", [0, 1.05], { domain: [0, 0.4] }),
      annotations: [
        heading(`Logits: z plain, z + c hatched (c = ${digits(constant, 4)})`),
        heading(apart < 1e-9 ? SAME : LOST, 0.4),
      ],
    }),
    shown: { values, temperature, constant },
  };
}

/**
 * Whether every logit stays finite; if not, the server says so.
 *
 * @type {NonNullable<import("../kinds.js").Kind["takes"]>}
 */
export const staysFinite = ({ values, constant }) =>
  values.every((z) => Number.isFinite(z + constant));

/**
 * Holds 0 and every bar, with a little room, and rarely changes.
 *
 * @param {number[]} heights
 */
export function barRange(heights) {
  const [low, high] = numbers([Math.min(0, ...heights), Math.max(0, ...heights)]);
  if (low === 0 && high === 0) return [0, 1];
  return numbers([low < 0 ? -stepped(-low * 1.04) : 0, high > 0 ? stepped(high * 1.04) : 0]);
}

/**
 * @param {number[]} heights one a class
 * @param {string} what
 * @param {string} pattern of the filling
 * @param {string} panel
 * @param {import("../parts.js").Colour[]} classes
 */
const bars = (heights, what, pattern, panel, classes) =>
  trace({
    type: "bar",
    x: heights.map((_, k) => `${k}`),
    y: numbers(heights),
    name: what,
    xaxis: `x${panel}`,
    yaxis: `y${panel}`,
    marker: {
      color: classes.slice(0, heights.length),
      line: { color: classes.slice(0, heights.length), width: 1 },
      pattern: { shape: pattern, fgcolor: PAGE, fillmode: "overlay", size: 7 },
    },
    customdata: heights.map((height) => cells([height])),
    hovertemplate: `class %{x}<br>${what} = %{customdata[0]}<extra></extra>`,
  });
