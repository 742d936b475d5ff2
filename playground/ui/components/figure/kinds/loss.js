// The loss of one example: −log p of the true class.

import { digits } from "../../_kernel/format.js";
import { logSoftmax, softmax } from "../../_kernel/maths.js";
import { cells, classNames, groupedLabels, numbers, spaced, unique } from "../numbers.js";
import { axis, heading, layout, line, points, words } from "../parts.js";

const TOP = 8; // never moves, so that nothing jumps; what is above is drawn at the top and said
const GRID = unique([...spaced(0, TOP, 70).map((loss) => Math.exp(-loss)), ...spaced(0.02, 1, 50)]);
const CURVE = { x: numbers(GRID), y: numbers(GRID.map((p) => 0 - Math.log(p))) };

/** How classes are called that are known by their numbers, and those with names. */
const NUMBERED = { right: "true ", other: "if it were ", name: classNames };

/** @param {string[]} names */
const named = (names) => ({
  right: "meant: ",
  other: "for ",
  /** @param {number[]} classes */
  name: (classes) => classes.map((k) => names[k]).join(", "),
});

/**
 * −log p, with the point of the true class and those of the others.
 *
 * @type {import("../kinds.js").Draw}
 */
export function loss({ kind, values, temperature, target, colours, names }) {
  const known = kind === "probabilities";
  const p = known ? values : softmax(values, temperature);
  // From logits it is finite where p is 0, and exact where p is 1.
  const losses = known
    ? p.map((share) => 0 - Math.log(share))
    : logSoftmax(values, temperature).map((x) => 0 - x);
  const order = [...p.keys()].filter((k) => k !== target).concat(target); // it stands in front
  const at = losses.map((size) => Math.min(size, TOP));
  const { right, other, name } = names ? named(names) : NUMBERED;
  const above = losses[target] > TOP ? " ↑" : "";
  const guide = [numbers([0, p[target], p[target]]), numbers([at[target], at[target], 0])];
  return {
    data: [
      line(CURVE.x, CURVE.y, colours.mark, {
        hovertemplate: "p %{x:.6~g}<br>−log p = %{y:.6~g}<extra></extra>",
      }),
      line(guide[0], guide[1], colours.classes[target], { line: { width: 1.5, dash: "dot" } }),
      points(
        numbers(order.map((k) => p[k])),
        numbers(order.map((k) => at[k])),
        order.map((k) => colours.classes[k]),
        {
          marker: {
            size: order.map((k) => (k === target ? 17 : 9)),
            opacity: 1, // Plotly makes markers of several sizes translucent
            symbol: order.map((k) => symbol(losses[k], k === target)),
          },
          mode: "markers+text",
          text: groupedLabels(
            order.map((k) => [p[k], at[k] / TOP, k]),
            name,
          ),
          textposition: order.map((k) => labelSide(p[k])),
          customdata: order.map((k) =>
            cells([`${k === target ? right : other}${name([k])}`, p[k], losses[k]]),
          ),
          hovertemplate:
            "%{customdata[0]}<br>p %{customdata[1]}<br>loss %{customdata[2]}<extra></extra>",
        },
      ),
      words([1.03], [TOP], [`${right}${name([target])}: ${digits(losses[target], 5)}${above}`], {
        textposition: "bottom left",
        textfont: { size: 18 },
      }),
    ],
    layout: layout({
      xaxis: axis("probability p of the class", [0, 1.03]),
      yaxis: axis("", [0, TOP]),
      annotations: [heading("Loss −log p")],
    }),
    shown: { probabilities: order.map((k) => p[k]) },
  };
}

/** @type {(loss: number, isTrue: boolean) => string} */
const symbol = (loss, isTrue) => (loss > TOP ? "triangle-up" : isTrue ? "diamond" : "circle");

/**
 * Above the curve, which is steep at the left end, and within the panel at the right one.
 *
 * @param {number} p
 */
const labelSide = (p) => (p < 0.15 ? "middle right" : p < 0.85 ? "top right" : "top left");
