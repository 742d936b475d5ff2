// Softmax taken twice: cross-entropy fed with probabilities, which it takes for logits. It has a
// floor, and little slope.

import { digits } from "../../_kernel/format.js";
import { clip, crossEntropy, softmax, sum } from "../../_kernel/maths.js";
import { cells, drawn, numbers, stepped } from "../numbers.js";
import { axis, heading, layout, line, note, points, words } from "../parts.js";

/** @typedef {{ loss: number, slope: number }} Side loss and size of its slope in the true logit */

const END = 10;
const ADDED = Array.from({ length: 101 }, (_, i) => (i - 50) / 5); // −10 to 10, to the true logit
const [LEAST_TOP, MOST_TOP] = [5, 25]; // between which the axis of the loss ends
const MOST = Number.MAX_VALUE;

/** @type {import("../kinds.js").Draw} */
export function twice({ values, target, colours }) {
  const over = ADDED.map((amount) =>
    sidesOf(
      values.map((z, k) => (k === target ? clip(z + amount, -MOST, MOST) : z)),
      target,
    ),
  );
  const here = sidesOf(values, target);
  const highest = Math.max(...over.map(({ once }) => once.loss));
  const top = clip(stepped(highest), LEAST_TOP, MOST_TOP);
  const floor = Math.log(Math.E + values.length - 1) - 1;
  /** @type {(name: "once" | "twice", i: number) => import("../parts.js").Trace} */
  const label = (name, i) =>
    words(numbers([ADDED[i]]), numbers([Math.min(over[i][name].loss, top)]), [`softmax ${name}`], {
      textposition: "top right",
      textfont: { color: colours[name] },
      cliponaxis: false,
    });
  return {
    data: [
      ...panels("once", over, here, top, colours.once),
      ...panels("twice", over, here, top, colours.twice),
      label("once", 20),
      label("twice", 0),
    ],
    layout: layoutOf(target, top, floor, colours.twice),
    shown: { values, target },
  };
}

/** @type {(name: "once" | "twice", over: ReturnType<typeof sidesOf>[], here: ReturnType<typeof sidesOf>, top: number, colour: import("../parts.js").Colour) => import("../parts.js").Trace[]} */
function panels(name, over, here, top, colour) {
  return /** @type {const} */ (["loss", "slope"]).flatMap((what, i) => {
    const panel = i ? "2" : "";
    const place = { xaxis: `x${panel}`, yaxis: `y${panel}` };
    const title = `softmax ${name}<br>${what} `;
    const now = here[name][what];
    return [
      line(numbers(ADDED), numbers(over.map((sides) => sides[name][what])), colour, {
        line: { dash: name === "once" ? "solid" : "dash" },
        hovertemplate: `added %{x:.6~g}<br>${title}%{y:.6~g}<extra></extra>`,
        ...place,
      }),
      points([0], numbers([Math.min(now, top)]), colour, {
        customdata: [cells([now])],
        hovertemplate: `${title}%{customdata[0]}<extra></extra>`,
        ...place,
      }),
    ];
  });
}

/** @type {(target: number, top: number, floor: number, colour: import("../parts.js").Colour) => import("../parts.js").Layout} */
const layoutOf = (target, top, floor, colour) =>
  layout({
    xaxis: axis("", [-END, END], { anchor: "y", showticklabels: false }),
    xaxis2: axis(`added to z<sub>${target}</sub> (the true class)`, [-END, END], {
      anchor: "y2",
    }),
    yaxis: axis("", [0, top], { domain: [0.56, 1] }),
    yaxis2: axis("", [0, 1.05], { domain: [0, 0.36] }),
    shapes: [
      {
        type: "line",
        xref: "x",
        yref: "y",
        x0: -END,
        x1: END,
        y0: drawn(floor),
        y1: drawn(floor),
        line: { color: colour, width: 1, dash: "dot" },
      },
    ],
    annotations: [
      heading("Loss"),
      heading("Size of its slope in that logit", 0.36),
      note(`twice: never below ${digits(floor, 5)}`, 1, 1, {
        xanchor: "right",
        yanchor: "top",
        font: { color: colour },
      }),
    ],
  });

/**
 * Softmax once: p - y. Twice, by the chain rule: J(p - y) with the outer softmax's p, where the
 * sum of the others stands for 1 - p without its rounding.
 *
 * @type {(values: number[], target: number) => { once: Side, twice: Side }}
 */
export function sidesOf(values, target) {
  const p = softmax(values);
  const q = softmax(p);
  const [others, wrong] = [othersOf(p, target), othersOf(q, target)];
  const through = sum(p.map((share, i) => (i === target ? wrong * others : q[i] * share)));
  return {
    once: { loss: crossEntropy(values, target), slope: others },
    twice: { loss: crossEntropy(p, target), slope: p[target] * through },
  };
}

/** @type {(p: number[], target: number) => number} */
const othersOf = (p, target) => sum(p.map((share, i) => (i === target ? 0 : share)));
