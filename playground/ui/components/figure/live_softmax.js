// How the Jacobian and the shift follow a slider; see live.js and charts/softmax.py.

import { softmax } from "../_kernel/maths.js";
import { cell, clip, drawn, stepped, written } from "./live_numbers.js";

/**
 * @template {import("./live.js").Kind} K
 * @typedef {import("./live.js").LiveKind<K>} LiveKind
 */

const LEAST_POWER = -306; // a smaller power of ten has few digits or none

/** @type {LiveKind<"jacobian">["move"]} */
export function moveJacobian({ decimals }, { p, values, temperature }) {
  if (!values) return undefined;
  /** @type {(i: number, j: number) => number} */
  const slope = (i, j) => (p[i] * ((i === j ? 1 : 0) - p[j])) / temperature;
  const z = p.map((_, i) =>
    p.map((_, j) => clip(slope(i, j), -Number.MAX_VALUE, Number.MAX_VALUE)),
  );
  const largest = Math.max(...z.flat().map(Math.abs));
  const power = powerOf(largest);
  const unit = power ? ` (× 10<sup>${String(power).replace("-", "−")}</sup>)` : "";
  return {
    heat: {
      z: z.map((row) => row.map(drawn)),
      zmin: drawn(-(largest || 1)),
      zmax: drawn(largest || 1),
      text: z.map((row) => row.map((value) => written(value / 10 ** power, decimals))),
    },
    layout: {
      "annotations[0].text": `<b>Slopes ∂p<sub>i</sub>/∂z<sub>j</sub>${unit}</b>`,
    },
  };
}

/** @param {number} largest */
function powerOf(largest) {
  if (largest === 0 || (largest >= 0.01 && largest < 100)) return 0;
  return Math.max(LEAST_POWER, 3 * Math.floor(Math.log10(largest) / 3));
}

/** @type {LiveKind<"shift">["move"]} */
export function moveShift({ constant, headings }, { p, values, temperature }) {
  const moved = values?.map((z) => z + constant);
  if (!values || !moved?.every(Number.isFinite)) return undefined; // the server says why
  const after = softmax(moved, temperature);
  const apart = Math.max(...p.map((value, k) => Math.abs(value - after[k])));
  /** @param {number[]} heights */
  const bars = (heights) => ({ y: heights.map(drawn), customdata: heights.map((h) => [cell(h)]) });
  return {
    z: bars(values),
    moved: bars(moved),
    p: bars(p),
    "p moved": bars(after),
    layout: {
      "yaxis.range": rangeOf([...values, ...moved]),
      "annotations[1].text": `<b>${headings[apart < 1e-9 ? 0 : 1]}</b>`,
    },
  };
}

/**
 * Holds 0 and every bar, with a little room.
 *
 * @param {number[]} heights
 */
function rangeOf(heights) {
  const [low, high] = [Math.min(0, ...heights), Math.max(0, ...heights)].map(drawn);
  if (low === 0 && high === 0) return [0, 1];
  return [low < 0 ? -stepped(-low * 1.04) : 0, high > 0 ? stepped(high * 1.04) : 0].map(drawn);
}
