// A digit that is drawn, and what the network made of it at each moment.

import { element, shape, update, write } from "../_kernel/dom.js";
import { argMax, sum } from "../_kernel/maths.js";
import { percent, picture, slider } from "./plot.js";

const GAP = 12; // px between the digit and the bars
const NAME = 13; // px for a digit's name

/**
 * A digit that has been recorded, and what was read at each of some moments of its drawing.
 *
 * @typedef {object} Digit
 * @property {number} label
 * @property {{ width: number, points: [x: number, y: number][] }[]} strokes
 * @property {number[][]} probabilities moment by moment
 */

/**
 * @param {import("./miniature.js").Place} place
 * @param {Digit[]} digits
 * @param {number} moments how many there are, evenly along the ink
 * @returns {import("./miniature.js").Miniature}
 */
export function digit({ stage, words, foot }, digits, moments) {
  const { svg, size } = picture(stage);
  const paper = shape("rect", "sp-home-paper", svg, { rx: 6 });
  const ink = shape("g", "sp-home-ink", svg);
  const bars = digits[0].probabilities[0].map((_, k) => ({
    name: shape("text", "sp-home-name", svg),
    room: shape("rect", "sp-home-space", svg, { rx: 2 }),
    bar: shape("rect", "", svg, { rx: 2, fill: `var(--sp-colour-${k})` }),
  }));
  let which = 0;
  let shown = 1;
  let side = 0;
  /** @type {{ path: SVGPathElement, length: number }[]} */
  let strokes = [];
  const track = slider(foot, {
    name: "How much of the ink is drawn",
    min: 0,
    max: moments,
    step: 1,
    value: moments,
    input: (moment) => show(moment / moments), // in whole steps: 24 × 1/24 is not quite 1
  });
  const next = element("button", "sp-home-next", foot, "Next");
  next.setAttribute("aria-label", "Next digit");
  next.addEventListener("click", () => {
    which = (which + 1) % digits.length;
    putDown();
    show(1);
  });

  // As long as the ink counts for the network: a stroke in one place counts as its width.
  function putDown() {
    ink.replaceChildren();
    strokes = digits[which].strokes.map(({ width, points }) => {
      const lengths = points
        .slice(1)
        .map(([x, y], i) => Math.hypot(x - points[i][0], y - points[i][1]));
      const length = Math.max(width, sum(lengths));
      const path = shape("path", "", ink, {
        d: `M${points.map((point) => point.join(" ")).join("L")}`,
        "stroke-width": width,
      });
      return { path, length };
    });
  }

  function draw() {
    const { width, height, type } = size();
    side = Math.min(height - 2, width * 0.6);
    update(paper, { x: 1, y: 1, width: side, height: side });
    update(ink, { transform: `translate(1 1) scale(${side})` });
    const left = side + GAP + NAME;
    const row = (height - 2) / bars.length;
    bars.forEach(({ name, room, bar }, k) => {
      const y = 1 + k * row;
      update(name, { x: left - 6, y: y + row / 2 + 4 * type });
      write(name, `${k}`);
      update(room, { x: left, y: y + 2, width: Math.max(0, width - left - 1), height: row - 4 });
      update(bar, { x: left, y: y + 2, height: row - 4 });
    });
    mark();
  }

  function mark() {
    let left = shown * sum(strokes.map(({ length }) => length));
    for (const { path, length } of strokes) {
      const part = Math.min(1, Math.max(0, left / length));
      left -= length;
      update(path, { pathLength: 1, "stroke-dasharray": `${part} 2`, opacity: part > 0 ? 1 : 0 });
    }
    const moment = Math.round(shown * moments);
    if (track.valueAsNumber !== moment) track.value = `${moment}`;
    const p = moment ? digits[which].probabilities[moment - 1] : null;
    const best = p ? argMax(p) : -1;
    const wide = svg.viewBox.baseVal.width - side - GAP - NAME - 1;
    bars.forEach(({ name, bar }, k) => {
      update(bar, { width: Math.max(0, wide * (p?.[k] ?? 0)) });
      name.classList.toggle("sp-home-best", k === best);
    });
    const read = p ? `Read as ${best}, ${percent(p[best])} sure` : "Nothing drawn yet";
    write(words, read);
    svg.setAttribute(
      "aria-label",
      `The digit ${digits[which].label}, ${percent(shown)} of its ink drawn. ${read}`,
    );
    track.setAttribute("aria-valuetext", `${percent(shown)} of the ink: ${read}`);
  }

  /** @param {number} part */
  function show(part) {
    shown = part;
    mark();
  }

  putDown();
  return {
    name: "Drawing: the network reads a digit while it is drawn",
    seconds: 5,
    draw,
    rest: () => show(1),
    at: (t) => show(t),
  };
}
