// The loss of two classes from the logit, and from a float32 probability, which breaks.

import { binaryLoss, clip, difference, float32BinaryLoss } from "../../_kernel/maths.js";
import { cells, drawn, numbers, spaced, unique } from "../numbers.js";
import { axis, heading, layout, line, note, points } from "../parts.js";

/** @typedef {[low: number, high: number, loss: string]} Zone where the float32 loss is 0 or ∞ */

const TOP = 54; // of the loss's axis

/** How the loss is taken, and how that is drawn. */
const WAYS = /** @type {const} */ ([
  { name: "from the logit", role: "once", lossOf: binaryLoss, width: 6, size: 16 },
  {
    name: "from a float32 probability",
    role: "twice",
    lossOf: float32BinaryLoss,
    width: 2.5,
    size: 9,
  },
]);

/**
 * Of two logits, as it depends on their difference alone.
 *
 * @type {import("../kinds.js").Draw}
 */
export function binary({ values, target, end, broken, colours }) {
  const z = difference(values);
  const edges = broken[target]
    .flatMap(([low, high]) => [low - 0.01, low + 0.01, high - 0.01, high + 0.01])
    .filter((edge) => Math.abs(edge) < end - 1);
  const grid = unique([...spaced(-end, end, 101), ...edges]);
  const curves = WAYS.map(({ name, role, lossOf, width }) => {
    const losses = grid.map((logit) => lossOf(logit, target));
    return line(numbers(grid), numbers(losses.map((loss) => Math.min(loss, TOP))), colours[role], {
      line: { shape: "linear", width },
      name,
      customdata: losses.map((loss) => cells([loss])),
      hovertemplate: `logit %{x:.6~g}<br>${name} %{customdata[0]}<extra></extra>`,
    });
  });
  const now = WAYS.map(({ name, role, lossOf, size }) => {
    const loss = lossOf(z, target);
    return points(numbers([clip(z, -end, end)]), numbers([Math.min(loss, TOP)]), colours[role], {
      marker: { size, symbol: loss > TOP ? "triangle-up" : "circle" },
      customdata: [cells([z, loss])],
      hovertemplate: `logit %{customdata[0]}<br>${name} %{customdata[1]}<extra></extra>`,
    });
  });
  return {
    data: [...curves, ...now],
    layout: layoutOf(target, end, broken[target], colours.twice),
    shown: { difference: z, target },
  };
}

/** @type {(target: number, end: number, zones: Zone[], colour: import("../parts.js").Colour) => import("../parts.js").Layout} */
const layoutOf = (target, end, zones, colour) =>
  layout({
    xaxis: axis("logit z", [-end, end]),
    yaxis: axis("", [-1, TOP + 3]),
    shapes: zones.map(([low, high]) => ({
      type: "rect",
      xref: "x",
      yref: "paper",
      x0: drawn(low),
      x1: drawn(high),
      y0: 0,
      y1: 1,
      layer: "below",
      line: { width: 0 },
      fillcolor: colour,
      opacity: 0.12,
    })),
    annotations: [
      heading(`Loss for target ${target}: from z (wide), from p (thin)`),
      ...zones.map(([low, high, loss]) =>
        note(`float32: loss ${loss}`, drawn((low + high) / 2), 0.25, {
          xref: "x",
          font: { color: colour, size: 13 },
        }),
      ),
    ],
  });
