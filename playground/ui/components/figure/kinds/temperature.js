// How the probabilities go from the arg max to uniform as the temperature rises.

import { digits } from "../../_kernel/format.js";
import { softmax } from "../../_kernel/maths.js";
import { cells, groupedLabels, numbers, shortened, spacedByRatio } from "../numbers.js";
import { axis, heading, layout, line, note, points } from "../parts.js";

const POWERS = Array.from({ length: 13 }, (_, i) => Number(`1e${i - 6}`));
const BETWEEN = [0.05, 0.2, 0.5, 2, 5];
const TICKS = {
  tickvals: [...POWERS, ...BETWEEN],
  ticktext: [...POWERS, ...BETWEEN].map((t) => digits(t).replace("−", "-")),
};

/**
 * The curves softmax(z / T)_k over T, and the points at the current T.
 *
 * @type {import("../kinds.js").Draw}
 */
export function temperature({ values, temperature: t, range, colours: { classes, mark } }) {
  const grid = temperatures(range, t, values.length);
  const curves = grid.map((at) => softmax(values, at));
  const x = numbers(grid);
  const p = softmax(values, t);
  const end = { yanchor: "top", yshift: -24 };
  return {
    data: [
      ...p.map((_, k) =>
        line(x, numbers(curves.map((row) => row[k])), classes[k], {
          name: `class ${k}`,
          hovertemplate: `class ${k}<br>T %{x:.6~g}<br>p %{y:.6~g}<extra></extra>`,
        }),
      ),
      line(numbers([t, t]), [0, 1], mark, { line: { width: 1.5, dash: "dot" } }),
      points(numbers(p.map(() => t)), numbers(p), classes.slice(0, p.length), {
        mode: "markers+text",
        text: groupedLabels(p.map((y, k) => [0, y, k])),
        textposition: t < 1.5 ? "top right" : "top left",
        customdata: p.map((y, k) => cells([k, t, y])),
        hovertemplate:
          "class %{customdata[0]}<br>T %{customdata[1]}<br>p %{customdata[2]}<extra></extra>",
      }),
    ],
    layout: layout({
      xaxis: axis("temperature T", numbers([grid[0], grid[grid.length - 1]].map(Math.log10)), {
        type: "log",
        ...TICKS,
      }),
      yaxis: axis("", [-0.03, 1.05]),
      annotations: [
        heading("Probability of each class"),
        note("← arg max", 0, 0, { ...end, xanchor: "left", xshift: -20 }),
        note("uniform →", 1, 0, { ...end, xanchor: "right", xshift: 14 }),
      ],
    }),
    shown: { values, temperature: t },
  };
}

/**
 * Temperatures of the range and beyond if the current one is, evenly spaced by their logarithm.
 *
 * @param {[low: number, high: number]} range
 * @param {number} current
 * @param {number} classes fewer for many, whose curves take longer
 */
export const temperatures = ([low, high], current, classes) =>
  spacedByRatio(Math.min(low, current), Math.max(high, current), classes <= 4 ? 120 : 44).map((t) =>
    shortened(t, 4),
  );
