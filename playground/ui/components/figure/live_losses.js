// How the figures of the loss's two traps, softmax taken twice and a float32 probability,
// follow a slider; see live.js, charts/twice.py and charts/two_classes.py.

import { crossEntropy, softmax, sum } from "../_kernel/maths.js";
import { cell, clip, drawn, stepped } from "./live_numbers.js";

/**
 * @template {import("./live.js").Kind} K
 * @typedef {import("./live.js").LiveKind<K>} LiveKind
 */

const [LEAST_TOP, MOST_TOP] = [5, 25];
const MOST = Number.MAX_VALUE;

const LINES = /** @type {const} */ (["once loss", "once slope", "twice loss", "twice slope"]);

/** @type {LiveKind<"twice">["move"]} */
export function moveTwice(part, { values, target }, { message }) {
  const y = target ?? part.target;
  if (!values || !(y in values)) return undefined;
  const { x: added = [] } = message.figure.data[part.traces["once loss"]];
  const rows = added.map((amount) =>
    values.map((z, k) => (k === y ? clip(z + amount, -MOST, MOST) : z)),
  );
  const [over, here] = [rows.map((row) => lossesOf(row, y)), lossesOf(values, y)];
  const highest = Math.max(...over.map((at) => at["once loss"]));
  const top = clip(stepped(Math.min(highest, MOST_TOP)), LEAST_TOP, MOST_TOP);
  /** @type {(name: "once loss" | "twice loss", i: number) => import("./live.js").Edit} */
  const label = (name, i) => ({
    x: [added[i]],
    y: [Math.min(drawn(over[i][name]), top)],
    text: [part.labels[name]],
  });
  /** @type {import("./live.js").Moved} */
  const edits = {
    "once label": label("once loss", 20),
    "twice label": label("twice loss", 0),
    layout: {
      "yaxis.range": [0, top],
      "xaxis2.title.text": `added to the logit of class ${y}, the true one`,
    },
  };
  for (const name of LINES) {
    edits[name] = { x: added, y: over.map((at) => drawn(at[name])) };
    edits[`${name} now`] = {
      x: [0],
      y: [Math.min(drawn(here[name]), top)],
      customdata: [[cell(here[name])]],
    };
  }
  return edits;
}

/**
 * Loss and size of its slope in the true logit: p - y, and by the chain rule J(p - y) with
 * the outer softmax's p, where the sum of the others stands for 1 - p without its rounding.
 *
 * @type {(values: number[], target: number) => { [line in (typeof LINES)[number]]: number }}
 */
function lossesOf(values, target) {
  const [p, others] = apart(softmax(values), target);
  const [q, wrong] = apart(softmax(p), target);
  const through = sum(p.map((share, i) => (i === target ? wrong * others : q[i] * share)));
  return {
    "once loss": crossEntropy(values, target),
    "once slope": others,
    "twice loss": crossEntropy(p, target),
    "twice slope": p[target] * through,
  };
}

/** @type {(p: number[], target: number) => [p: number[], others: number]} */
const apart = (p, target) => [p, sum(p.map((share, i) => (i === target ? 0 : share)))];

/** @type {LiveKind<"binary">["move"]} */
export function moveBinary(part, { difference, target }) {
  if (difference === undefined || (target ?? part.target) !== part.target) return undefined; // other curves
  const x = clip(difference, -part.end, part.end);
  /** @param {number} loss */
  const at = (loss) => ({
    x: [drawn(x)],
    y: [drawn(Math.min(loss, part.top))],
    "marker.symbol": loss > part.top ? "triangle-up" : "circle",
    customdata: [[difference, loss].map(cell)],
  });
  return {
    right: at(binaryLoss(difference, part.target)),
    rough: at(float32BinaryLoss(difference, part.target)),
  };
}

/** @type {(logit: number, target: number) => number} */
function binaryLoss(logit, target) {
  const size = Math.abs(logit);
  return size * (logit >= 0 ? 1 - target : target) + Math.log1p(Math.exp(-size));
}

/**
 * All in float32, as it breaks down.
 *
 * @type {(logit: number, target: number) => number}
 */
function float32BinaryLoss(logit, target) {
  const { fround, exp, log } = Math;
  const p = fround(1 / fround(1 + fround(exp(-fround(logit)))));
  return 0 - fround(log(target ? p : fround(1 - p)));
}
