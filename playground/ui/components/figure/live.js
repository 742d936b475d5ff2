// What moves in a figure while a slider is dragged, before the server has answered.
//
// Each kind of live part (`Live` in playground/charts/base.py) turns a preview, the values
// that the slider would have if it were released now, into changes of a few traces. The
// arithmetic and the texts are those of playground/charts.

import { logSoftmax, shifted, softmax } from "../_kernel/maths.js";
import { moveBinary, moveTwice } from "./live_losses.js";
import { cell, clip, digits, drawn, groupedLabels } from "./live_numbers.js";
import { moveJacobian, moveShift } from "./live_softmax.js";

/** @typedef {import("../_kernel/plotly.js").Changes} Changes */
/** @typedef {import("../_kernel/plotly.js").Layout} Layout */
/** @typedef {import("../_kernel/plotly.js").Trace} Trace */

/**
 * What each kind of live part is told besides its traces.
 *
 * @typedef {object} Settings
 * @property {{ target: number }} simplex
 * @property {{ target: number, top: number }} loss
 * @property {{}} temperature
 * @property {{ end: number }} sigmoid
 * @property {{ decimals: number }} jacobian
 * @property {{ constant: number, headings: [same: string, lost: string] }} shift
 * @property {{ target: number, labels: { "once loss": string, "twice loss": string } }} twice
 * @property {{ target: number, end: number, top: number }} binary
 *
 * @typedef {keyof Settings} Kind
 */

/**
 * A part of a figure that follows a slider: `Live` in playground/charts/base.py. `traces` are
 * indices in the figure's data, `classes` is how many values a preview must have to fit.
 *
 * @template {Kind} [K=Kind]
 * @typedef {{ [One in K]:
 *   { kind: One, traces: { [name: string]: number }, classes: number } & Settings[One] }[K]} Part
 */

/**
 * What Python sends: `Chart.wire` in playground/charts/base.py, and playground/ui/components/figure.
 *
 * @typedef {object} Message
 * @property {{ data: Trace[], layout: Layout }} figure
 * @property {string} label
 * @property {string} alt the figure in words
 * @property {Part[]} live
 * @property {{ [name: string]: number | number[] }} shown what the figure was made from
 * @property {{ height: number, layout: Changes } | null} narrow
 * @property {number} height in px
 * @property {string} follows key of the component whose previews move the figure
 * @property {string} plotly the path of plotly.js
 */

/**
 * One frame of a drag, as playground/ui/components/figure has it.
 *
 * @typedef {object} Preview
 * @property {string} key of the component that is dragged
 * @property {"logits" | "probabilities"} [kind]
 * @property {number[]} values
 * @property {number} [temperature]
 * @property {number | null} [target]
 * @property {boolean} [settled]
 */

/**
 * What a preview says, and what follows from it.
 *
 * @typedef {object} Given
 * @property {number | null} [target]
 * @property {number} temperature
 * @property {number[]} [values] the logits, if that is what is dragged
 * @property {number} [difference] the second logit less the first
 * @property {number[]} p
 * @property {number[]} losses
 */

/** @typedef {Partial<Pick<Trace, "x" | "y" | "z" | "zmin" | "zmax" | "customdata">>} Moving */
/** @typedef {Moving & { text?: string[] | string[][] } & Changes} Edit of one trace */
/** @typedef {{ [name: string]: Edit }} Moved by the name of the trace; "layout" is the layout's */
/** @typedef {{ traces: { [index: string]: Edit }, layout: Changes, whole: boolean }} Edits */
/** @typedef {[x: number, y: number][]} Trail */
/** @typedef {{ message: Message, trail: Trail }} Followed */

/**
 * @template {Kind} K
 * @typedef {object} LiveKind
 * @property {(part: Part<K>, given: Given, view: Followed) => Moved | undefined} move
 *   undefined if the server must draw what is given
 * @property {string} [trail]
 * @property {[trace: string, pick: (rows: Cells) => (number | string)[]]} [told]
 */

/** @typedef {(number | string)[][]} Cells what a hover shows */

const HEIGHT = Math.sqrt(3) / 2;
const TRAIL_STEP = 0.004; // of the triangle's side: shorter moves are not worth a point
const TRAIL_POINTS = 240;
const MOST = Number.MAX_VALUE;

/**
 * How each kind moves, which of its traces is a trail, and, where the server does not name
 * what the figure was made from, the probabilities in the hover texts of a trace.
 *
 * @type {{ [K in Kind]: LiveKind<K> }}
 */
export const LIVE_KINDS = {
  simplex: { move: moveSimplex, trail: "trail", told: ["point", ([row]) => row.slice(0, 3)] },
  loss: { move: moveLoss, told: ["points", (rows) => rows.map(([, p]) => p)] },
  temperature: { move: moveTemperature },
  sigmoid: { move: moveSigmoid },
  jacobian: { move: moveJacobian },
  shift: { move: moveShift },
  twice: { move: moveTwice },
  binary: { move: moveBinary },
};

/**
 * Whether a preview can be drawn: numbers, and as many as the figure has classes.
 *
 * @param {Part[]} live
 * @param {Partial<Preview> | null} [detail]
 * @returns {detail is Preview}
 */
export function fits(live, detail) {
  const { values, temperature = 1 } = detail ?? {};
  if (!Array.isArray(values) || !values.every(Number.isFinite)) return false;
  if (!Number.isFinite(temperature) || temperature <= 0) return false;
  return live.length > 0 && live.every(({ classes }) => classes === values.length);
}

/**
 * What a preview changes; `whole` is false if a part must wait for the server.
 *
 * @param {Followed} view whose trail grows
 * @param {Preview} preview
 */
export function previewEdits(view, preview) {
  /** @type {Edits} */
  const edits = { traces: {}, layout: {}, whole: true };
  const given = read(preview);
  for (const part of view.message.live) {
    const moved = move(part, given, view);
    edits.whole &&= moved !== undefined;
    const { layout = {}, ...named } = moved ?? {};
    Object.assign(edits.layout, layout);
    for (const [name, edit] of Object.entries(named)) edits.traces[part.traces[name]] = edit;
  }
  return edits;
}

/**
 * @template {Kind} K
 * @param {Part<K>} part
 * @param {Given} given
 * @param {Followed} view
 */
const move = (part, given, view) => LIVE_KINDS[part.kind].move(part, given, view);

/**
 * @param {Preview} preview
 * @returns {Given}
 */
function read({ values, temperature = 1, target, kind }) {
  if (kind === "probabilities")
    return { target, temperature, p: values, losses: values.map((p) => 0 - Math.log(p)) };
  const losses = logSoftmax(values, temperature).map((x) => 0 - x);
  const difference = clip(values[1] / 2 - values[0] / 2, -MOST / 2, MOST / 2) * 2;
  return { target, temperature, values, difference, p: softmax(values, temperature), losses };
}

/**
 * The values that a figure shows now, the same text for a preview and for the server's answer.
 *
 * @param {{ message: Message, preview?: Preview, edits?: Edits }} view
 */
export function shownText({ message, preview, edits }) {
  const previewed = preview && edits?.whole ? edits : undefined;
  /** @type {{ [name: string]: unknown }} */
  const given = preview && previewed ? { ...read(preview) } : {};
  /** @type {{ [name: string]: unknown }} */
  const named = { ...message.shown };
  for (const key of Object.keys(named)) named[key] = given[key] ?? named[key];
  for (const { kind, traces } of message.live) {
    const { told } = LIVE_KINDS[kind];
    if (!told) continue;
    const index = traces[told[0]];
    const { customdata = [] } = previewed?.traces[index] ?? message.figure.data[index];
    named.probabilities = told[1](customdata);
  }
  const texts = Object.entries(named).map(
    ([name, value]) => `${name} ${[value].flat().map(asCell).join(",")}`,
  );
  return texts.join("; ") || message.alt;
}

/** @type {(value: unknown) => unknown} */
const asCell = (value) => (typeof value === "number" ? cell(value) : value);

// ---------------------------------------------------------------- the kinds

/** @type {LiveKind<"simplex">["move"]} */
function moveSimplex(part, { p, losses, target }, view) {
  if ((target ?? part.target) !== part.target) return undefined; // lines of another corner
  const [x, y] = [p[1] + p[2] / 2, p[2] * HEIGHT];
  const last = view.trail.at(-1);
  if (!last || Math.hypot(x - last[0], y - last[1]) > TRAIL_STEP) view.trail.push([x, y]);
  if (view.trail.length > TRAIL_POINTS) view.trail = view.trail.filter((_, i) => i % 2 === 0);
  const loss = Math.min(losses[part.target], MOST); // as `scaled` in playground/charts/base.py
  return {
    trail: trailOf(view.trail),
    point: { x: [x], y: [y], customdata: [[...p, loss].map(cell)] },
  };
}

/** @param {Trail} trail */
export const trailOf = (trail) => ({ x: trail.map(([x]) => x), y: trail.map(([, y]) => y) });

/** @type {LiveKind<"loss">["move"]} */
function moveLoss(part, { p, losses, target }) {
  const { target: y, top } = part;
  if ((target ?? y) !== y) return undefined; // another colour in front: the server's to draw
  const order = [...p.keys()].filter((k) => k !== y).concat(y);
  const at = losses.map((loss) => Math.min(loss, top));
  /** @param {number} k */
  const symbol = (k) => (losses[k] > top ? "triangle-up" : k === y ? "diamond" : "circle");
  /** @param {number} k */
  const side = (k) => (p[k] < 0.15 ? "middle right" : p[k] < 0.85 ? "top right" : "top left");
  const above = losses[y] > top ? " ↑" : "";
  return {
    guide: { x: [0, p[y], p[y]], y: [at[y], at[y], 0] },
    points: {
      x: order.map((k) => p[k]),
      y: order.map((k) => at[k]),
      text: groupedLabels(order.map((k) => [p[k], at[k] / top, k])),
      textposition: order.map(side),
      "marker.symbol": order.map(symbol),
      customdata: order.map((k) => [
        `${k === y ? "true" : "if it were"} class ${k}`,
        cell(p[k]),
        cell(losses[k]),
      ]),
    },
    outcome: { text: [`true class ${y}: ${digits(losses[y], 5)}${above}`] },
  };
}

/** @type {LiveKind<"temperature">["move"]} */
function moveTemperature(part, { p, values, temperature }, { message }) {
  if (!values) return undefined; // probabilities alone say nothing of other temperatures
  const { x: grid = [] } = message.figure.data[part.traces["class 0"]];
  const rows = grid.map((t) => softmax(values, t));
  const at = drawn(temperature);
  return {
    ...Object.fromEntries(
      p.map((_, k) => [`class ${k}`, { x: grid, y: rows.map((row) => row[k]) }]),
    ),
    line: { x: [at, at], y: [0, 1] },
    points: {
      x: p.map(() => at),
      y: p,
      text: groupedLabels(p.map((y, k) => [0, y, k])),
      textposition: temperature < 1.5 ? "top right" : "top left",
      customdata: p.map((y, k) => [k, cell(temperature), cell(y)]),
    },
  };
}

/** @type {LiveKind<"sigmoid">["move"]} */
function moveSigmoid(part, { values, p, temperature }) {
  if (!values) return undefined;
  const [first, second] = shifted(values, temperature).map((z) => Math.max(z, -MOST));
  const d = second - first;
  const at = clip(d, -part.end, part.end);
  return {
    guide: { x: [at, at, -part.end], y: [0, p[1], p[1]] },
    point: {
      x: [at],
      y: [p[1]],
      text: [`p₁ = ${digits(p[1], 4)}`],
      textposition: at < 6 ? "bottom right" : "bottom left",
      customdata: [[d, ...p].map(cell)],
    },
  };
}
