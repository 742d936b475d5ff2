// Softmax of two classes is the sigmoid: p_1 = σ(d), d = (z_1 − z_0) / T.

import { digits } from "../../_kernel/format.js";
import { clip, shifted, softmax } from "../../_kernel/maths.js";
import { cells, numbers, spaced } from "../numbers.js";
import { axis, heading, layout, line, points, TEXT } from "../parts.js";

const END = 10; // of the axis: σ(10) is 0.99995, and the point stops at the edge beyond
const GRID = spaced(-END, END, 121);
const CURVE = { x: numbers(GRID), y: numbers(GRID.map((d) => 1 / (1 + Math.exp(-d)))) };

/** @type {import("../kinds.js").Draw} */
export function sigmoid({ values, temperature, colours: { classes, mark } }) {
  const [first, second] = shifted(values, temperature).map((z) => Math.max(z, -Number.MAX_VALUE));
  const d = second - first;
  const p = softmax(values, temperature);
  const at = clip(d, -END, END);
  return {
    data: [
      line(CURVE.x, CURVE.y, classes[1], {
        hovertemplate: "d %{x:.6~g}<br>p<sub>1</sub> = σ(d) = %{y:.6~g}<extra></extra>",
      }),
      line(numbers([at, at, -END]), numbers([0, p[1], p[1]]), mark, {
        line: { width: 1.5, dash: "dot" },
      }),
      points(numbers([at]), numbers([p[1]]), classes[1], {
        marker: { size: 14 },
        mode: "markers+text",
        text: [`p₁ = ${digits(p[1], 4)}`],
        textposition: at < 6 ? "bottom right" : "bottom left",
        textfont: { color: TEXT },
        customdata: [cells([d, ...p])],
        hovertemplate:
          "d %{customdata[0]}<br>class 0: p %{customdata[1]}" +
          "<br>class 1: p %{customdata[2]}<extra></extra>",
      }),
    ],
    layout: layout({
      xaxis: axis("d = (z<sub>1</sub> − z<sub>0</sub>) / T", [-END, END]),
      yaxis: axis("", [-0.03, 1.05]),
      annotations: [heading("Probability of class 1: the sigmoid of d")],
    }),
    shown: { values, temperature },
  };
}
