// A run as it was: the loss of its batches, and what it read right after each epoch.

import { shape, update, write } from "../_kernel/dom.js";
import { fixed } from "../_kernel/format.js";
import { picture, roomFor, slider } from "./plot.js";

const ROOM = { left: 8, right: 46, top: 12, bottom: 18 };

/**
 * A run that has been recorded.
 *
 * @typedef {object} Run
 * @property {number[]} steps
 * @property {number[]} losses after each of them
 * @property {number[]} epochs the steps at which they end
 * @property {number[]} accuracies after each of them, 0 to 1
 * @property {number} tests how many digits those are of
 */

/**
 * @param {import("./miniature.js").Place} place
 * @param {Run} run
 * @returns {import("./miniature.js").Miniature}
 */
export function training({ stage, words, foot }, run) {
  const last = run.steps[run.steps.length - 1];
  const highest = Math.max(...run.losses);
  const { svg, size } = picture(stage);
  const axis = shape("path", "sp-home-axis", svg);
  const still = shape("path", "sp-home-curve sp-home-faint", svg);
  const curve = shape("path", "sp-home-curve", svg);
  const marks = run.epochs.map(() => shape("circle", "sp-home-mark", svg, { r: 4 }));
  const names = ["loss", "right", `${run.epochs.length} epochs`].map((text, i) => {
    const name = shape(
      "text",
      ["sp-home-tick sp-home-loss-name", "sp-home-tick sp-home-right-name", "sp-home-tick"][i],
      svg,
    );
    write(name, text);
    return name;
  });
  let at = last;
  /** @type {string[]} */
  let place = [];
  const track = slider(foot, {
    name: "Step of the run",
    min: 0,
    max: last,
    step: run.steps[0],
    value: last,
    input: show,
  });

  function draw() {
    const { width, height, type } = size();
    const room = roomFor(ROOM, type);
    /** @param {number} step */
    const x = (step) => room.left + (step / last) * (width - room.left - room.right);
    /** @param {number} share */
    const y = (share) => height - room.bottom - share * (height - room.top - room.bottom);
    place = run.steps.map((step, i) => `${x(step)} ${y(run.losses[i] / highest)}`);
    update(axis, { d: `M${x(0)} ${y(1)}V${y(0)}H${x(last)}` });
    update(still, { d: `M${place.join("L")}` });
    run.epochs.forEach((step, i) => {
      update(marks[i], { cx: x(step), cy: y(run.accuracies[i]) });
    });
    const end = x(last) + 9;
    update(names[0], { x: end, y: y(run.losses[run.losses.length - 1] / highest) - 2 });
    update(names[1], { x: end, y: y(run.accuracies[run.accuracies.length - 1]) + 4 * type });
    update(names[2], { x: (x(0) + x(last)) / 2, y: height - 4 });
    mark();
  }

  function mark() {
    const shown = run.steps.filter((step) => step <= at).length;
    update(curve, { d: shown > 1 ? `M${place.slice(0, shown).join("L")}` : "" });
    const epochs = run.epochs.filter((step) => step <= at).length;
    marks.forEach((node, i) => {
      node.classList.toggle("sp-home-away", i >= epochs);
    });
    const loss = shown ? `loss ${fixed(run.losses[shown - 1], 2)}` : "not yet trained";
    const right = epochs ? `, ${fixed(100 * run.accuracies[epochs - 1], 1)} %` : "";
    const text = `Epoch ${epochs}: ${loss}${right}`;
    write(words, text);
    const spoken = right ? `${text} of ${run.tests} test digits read right` : text;
    svg.setAttribute(
      "aria-label",
      `A run of ${run.epochs.length} epochs. After step ${at} of ${last}: ${spoken}`,
    );
    track.setAttribute("aria-valuetext", spoken);
  }

  /** @param {number} step */
  function show(step) {
    at = step;
    if (track.valueAsNumber !== at) track.value = `${at}`;
    mark();
  }

  return {
    name: "Training: a recorded run of notebook A's network",
    seconds: 6,
    draw,
    rest: () => show(last),
    at: (t) => show(run.steps[Math.round(t * (run.steps.length - 1))]),
  };
}
