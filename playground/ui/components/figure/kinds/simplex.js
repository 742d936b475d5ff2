// Three probabilities that sum to 1 are a point in a triangle.

import { crossEntropy, softmax } from "../../_kernel/maths.js";
import { cells, drawn, numbers, shortened, spacedByRatio, unique } from "../numbers.js";
import { heading, layout, line, note, PAGE, points, TEXT, words } from "../parts.js";

/** @typedef {import("../kinds.js").Place} Place */
/** @typedef {import("../kinds.js").State} State */
/** @typedef {import("../parts.js").Colour} Colour */

const HEIGHT = Math.sqrt(3) / 2;
/** @type {Place[]} */
const CORNERS = [
  [0, 0],
  [1, 0],
  [0.5, HEIGHT],
];
const LABEL_SIDE = ["left", "right", "right"]; // where the levels of each class's loss are written
const LABEL_EDGE = [2, 2, 1]; // the other corner of the edge at which they are written
const TRAIL_STEP = 0.004; // of the triangle's side: shorter moves are not worth a point
const TRAIL_POINTS = 240;

/** @param {string} [what] */
const hover = (what = "") =>
  `${what}p<sub>0</sub> %{customdata[0]}<br>p<sub>1</sub> %{customdata[1]}` +
  "<br>p<sub>2</sub> %{customdata[2]}<br>loss %{customdata[3]}<extra></extra>";

/**
 * The point of softmax(z / T) among the lines of equal loss, and where it goes if one number moves.
 *
 * @type {import("../kinds.js").Draw}
 */
export function simplex({ values, temperature, target, levels, colours, trail }) {
  const p = softmax(values, temperature);
  const loss = Math.min(crossEntropy(values, target, temperature), Number.MAX_VALUE);
  const [x, y] = simplexPoint(p);
  return {
    data: [
      line(...places([...CORNERS, CORNERS[0]]), colours.mark, { line: { width: 2 } }),
      ...contours(target, levels, colours.mark),
      ...p.map((_, k) => {
        const path = sliderPath(values, temperature, k);
        return pathTrace(path, target, colours.classes[k], "dot", `z_${k} alone`);
      }),
      temperatureTrace(values, target),
      line(...places(trail), TEXT, { line: { width: 2 }, opacity: 0.7 }),
      points([drawn(x)], [drawn(y)], TEXT, {
        marker: { size: 16, line: { color: PAGE, width: 2 } },
        customdata: [cells([...p, loss])],
        hovertemplate: hover(),
      }),
    ],
    layout: layoutOf(target, colours.classes),
    shown: { probabilities: p },
  };
}

/**
 * The path of a drag with the point of one more state; it is thinned when it is long.
 *
 * @type {NonNullable<import("../kinds.js").Kind["extended"]>}
 */
export function extended(trail, { values, temperature }) {
  const [x, y] = simplexPoint(softmax(values, temperature));
  const last = trail.at(-1);
  if (last && Math.hypot(x - last[0], y - last[1]) <= TRAIL_STEP) return trail;
  /** @type {Place[]} */
  const longer = [...trail, [x, y]];
  return longer.length > TRAIL_POINTS ? longer.filter((_, i) => i % 2 === 0) : longer;
}

/**
 * Where probabilities lie: the mean of the corners (0, 0), (1, 0), (½, √3/2), weighted by p.
 *
 * @param {number[]} p
 * @returns {Place}
 */
export const simplexPoint = (p) => [p[1] + p[2] / 2, p[2] * HEIGHT];

/**
 * @param {Place[]} along
 * @returns {[x: number[], y: number[]]}
 */
const places = (along) => [numbers(along.map(([x]) => x)), numbers(along.map(([, y]) => y))];

/**
 * Ends of the straight line on which −log p_target is `loss`, as probabilities.
 *
 * @type {(target: number, loss: number) => number[][]}
 */
export function contour(target, loss) {
  const p = Math.exp(-loss);
  return [0, 1, 2]
    .filter((k) => k !== target)
    .map((other) => [0, 1, 2].map((k) => (k === target ? p : k === other ? 1 - p : 0)));
}

/** @type {(target: number, levels: number[], colour: Colour) => import("../parts.js").Trace[]} */
function contours(target, levels, colour) {
  const ends = levels.map((level) => contour(target, level));
  const edge = LABEL_EDGE[target];
  const labels = ends.map(([one, other]) => simplexPoint(one[edge] >= other[edge] ? one : other));
  /** @type {Place[]} */
  const lines = ends.flatMap((both) => [...both.map(simplexPoint), [Number.NaN, Number.NaN]]);
  const look = { line: { width: 1 }, opacity: 0.75 };
  return [
    line(...places(lines), colour, look),
    words(
      ...places(labels),
      levels.map((level) => ` ${level} `),
      {
        textposition: `middle ${LABEL_SIDE[target]}`,
        textfont: { size: 12 },
        cliponaxis: false,
      },
    ),
  ];
}

/**
 * Where p goes when z_moved alone goes from −∞ to ∞: towards its class's corner. The ratio of the
 * other two stays, so the path is straight.
 *
 * @type {(values: number[], temperature: number, moved: number) => number[][]}
 */
export function sliderPath(values, temperature, moved) {
  const others = softmax(
    values.filter((_, k) => k !== moved),
    temperature,
  );
  return Array.from({ length: 19 }, (_, i) => {
    const own = 1 / (1 + Math.exp(9 - i)); // σ(−9) to σ(9)
    return others.map((share) => (1 - own) * share).toSpliced(moved, 0, own);
  });
}

/**
 * Where p goes when T alone goes from 0 (arg max) to ∞ (the middle). The path bends where T is
 * about as large as a difference between two logits, so the temperatures are spaced evenly in the
 * logarithm around each of these.
 *
 * @param {number[]} values
 * @returns {[temperature: number, p: number[]][]}
 */
export function temperaturePath(values) {
  const size = Math.max(1, ...values.map(Math.abs));
  const unit = values.map((z) => z / size); // a difference of the logits themselves may overflow
  const gaps = unit.map((z, k) => Math.abs(z - unit[(k + 1) % 3])).filter((gap) => gap > 1e-290);
  if (!gaps.length) return [[1, softmax(values)]];
  const grid = gaps.flatMap((gap) => spacedByRatio(0.08, 200, 18).map((around) => gap * around));
  return unique(grid).map((t) => [Math.min(t * size, 1e308), softmax(unit, t)]);
}

/** @type {(values: number[], target: number) => import("../parts.js").Trace} */
function temperatureTrace(values, target) {
  const path = temperaturePath(values);
  const ps = path.map(([, p]) => p);
  const trace = pathTrace(ps, target, TEXT, "dash", "T %{customdata[4]} alone");
  for (const [i, row] of (trace.customdata ?? []).entries()) row.push(shortened(path[i][0], 5));
  return trace;
}

/** @type {(path: number[][], target: number, colour: Colour, dash: string, what: string) => import("../parts.js").Trace} */
const pathTrace = (path, target, colour, dash, what) =>
  line(...places(path.map(simplexPoint)), colour, {
    line: { width: 1.5, dash },
    opacity: 0.8,
    customdata: path.map((p) => cells([...p, 0 - Math.log(p[target])], 5)),
    hovertemplate: hover(`${what}<br>`),
  });

/** @type {(target: number, classes: Colour[]) => import("../parts.js").Layout} */
function layoutOf(target, classes) {
  const hidden = { visible: false, fixedrange: true };
  const names = CORNERS.map(([x, y], k) =>
    note(`<b>class ${k}</b>${k === target ? " (true)" : ""}`, drawn(x), drawn(y), {
      xref: "x",
      yref: "y",
      xanchor: ["left", "right", "center"][k],
      xshift: [-18, 18, 0][k],
      yanchor: k === 2 ? "bottom" : "top",
      yshift: k === 2 ? 4 : -6,
      font: { color: classes[k] },
    }),
  );
  const legend = "dotted: one logit moves<br>dashed: T moves";
  const corner = { xanchor: "left", yanchor: "top", align: "left", font: { size: 12 }, xshift: -4 };
  return layout({
    margin: { l: 8, r: 8, t: 40, b: 8 },
    dragmode: false,
    xaxis: { ...hidden, range: [-0.1, 1.1] },
    yaxis: { ...hidden, range: [-0.09, 0.95], scaleanchor: "x" },
    annotations: [
      heading(`Lines of equal loss −log p<sub>${target}</sub>`, 1, 8),
      note(legend, 0, 1, corner),
      ...names,
    ],
  });
}
