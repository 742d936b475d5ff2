// The line on the live chart where a scrubber stands: nodes above the chart, so that it moves
// with the hand and Plotly has nothing to draw. It stays within the axes as they are zoomed.

import { element, write } from "../_kernel/dom.js";
import { momentShown } from "../_kernel/moment.js";

/** @typedef {{ line: HTMLElement, text: HTMLElement }} Line of one panel */

/**
 * What the cursor needs of the live chart.
 *
 * @typedef {Pick<import("../_kernel/plotly.js").Frame, "root" | "plot" | "signal">} Parts
 * @typedef {Parts & { spec?: import("./figure.js").Spec }} Charted
 */

/**
 * `place()` puts it where the axes are now; call it whenever Plotly has drawn.
 *
 * @param {Charted} view
 */
export function createCursor(view) {
  /** @type {Line[]} */
  const lines = [];
  const place = () => placeLines(view, lines);
  window.addEventListener("sp-moment", place, { signal: view.signal });
  return { place };
}

/**
 * @param {Charted} view
 * @param {Line[]} lines
 */
function placeLines(view, lines) {
  const axes = view.plot._fullLayout; // where Plotly keeps the places of its axes
  if (!axes || !view.spec) return;
  while (lines.length < view.spec.panels.length) lines.push(addLine(view));
  /** @type {number | null} */
  const step = momentShown();
  for (const [i, { line, text }] of lines.entries()) {
    const number = i ? i + 1 : "";
    const [x, y] = [axes[`xaxis${number}`], axes[`yaxis${number}`]];
    const at = step !== null && x ? x.d2p(step) : NaN;
    if (step === null || !x || !y || !(at >= -0.5 && at <= x._length + 0.5)) {
      line.hidden = true;
      continue;
    }
    line.hidden = false;
    line.style.transform = `translate(${x._offset + at - 1}px, ${y._offset}px)`;
    line.style.height = `${y._length}px`;
    line.dataset.side = at > 0.6 * x._length ? "left" : "right";
    write(text, `step ${step.toLocaleString("en")}`);
  }
  view.root.dataset.moment = `${step ?? ""}`;
}

/**
 * @param {Charted} view
 * @returns {Line}
 */
function addLine(view) {
  const line = element("div", "sp-chart-cursor", view.root);
  line.hidden = true;
  return { line, text: element("span", "", line) };
}
