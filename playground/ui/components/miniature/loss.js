// The curve −log p, and a point on it.

import { shape, update, write } from "../_kernel/dom.js";
import { fixed } from "../_kernel/format.js";
import { along, picture, roomFor, slider } from "./plot.js";

const MOST = 4; // nats at the top
const P = [0.02, 1]; // of the slider
const START = 0.7;
const ROOM = { left: 30, right: 12, top: 12, bottom: 20 };

/**
 * @param {import("./miniature.js").Place} place
 * @returns {import("./miniature.js").Miniature}
 */
export function loss({ stage, words, foot }) {
  const { svg, size } = picture(stage);
  const axes = shape("path", "sp-home-axis", svg);
  const curve = shape("path", "sp-home-curve", svg);
  const guides = shape("path", "sp-home-guide", svg);
  const point = shape("circle", "sp-home-point", svg, { r: 7 });
  const labels = ["p", "0", "1", "−log p", "0"].map((text) => {
    const label = shape("text", "sp-home-tick", svg);
    write(label, text);
    return label;
  });
  let p = START;
  let room = ROOM;
  const track = slider(foot, {
    name: "Probability of the true class",
    min: P[0],
    max: P[1],
    step: 0.01,
    value: p,
    input: show,
  });
  /** @type {(value: number) => [x: number, y: number]} */
  let place = () => [0, 0];

  function frame() {
    const { width, height, type } = size();
    room = roomFor(ROOM, type);
    /** @param {number} value */
    const x = (value) => room.left + value * (width - room.left - room.right);
    /** @param {number} nats */
    const y = (nats) =>
      height - room.bottom - (Math.min(nats, MOST) / MOST) * (height - room.top - room.bottom);
    place = (value) => [x(value), y(-Math.log(value))];
    const first = Math.exp(-MOST);
    const steps = Array.from({ length: 81 }, (_, i) => first ** (1 - i / 80)); // even in the loss
    update(curve, { d: `M${steps.map((value) => place(value).join(" ")).join("L")}` });
    update(axes, { d: `M${x(0)} ${y(MOST)}V${y(0)}H${x(1)}` });
    const at = [
      [x(0.5), height - 5],
      [x(0), height - 5],
      [x(1), height - 5],
      [x(0) + 36 * type, 14 * type],
      [x(0) - 8 * type, y(0) + 4 * type],
    ];
    labels.forEach((label, i) => {
      update(label, { x: at[i][0], y: at[i][1] });
    });
  }

  function draw() {
    frame();
    mark();
  }

  function mark() {
    const [x, y] = place(p);
    update(point, { cx: x, cy: y });
    const { height } = svg.viewBox.baseVal;
    update(guides, { d: `M${room.left} ${y}H${x}V${height - room.bottom}` });
    const text = `p = ${fixed(p, 2)}: the loss is ${fixed(0 - Math.log(p), 2)}`;
    write(words, text);
    svg.setAttribute("aria-label", `The curve −log p. ${text}`);
    track.setAttribute("aria-valuetext", text);
  }

  /** @param {number} value */
  function show(value) {
    p = value;
    if (track.valueAsNumber !== p) track.value = `${p}`;
    mark();
  }

  /**
   * The point can also be taken hold of where it is. A finger that sweeps up or down scrolls.
   *
   * @param {MouseEvent} event
   */
  const follow = (event) => {
    const { left, width } = svg.getBoundingClientRect();
    const share = (event.clientX - left - room.left) / (width - room.left - room.right);
    show(Math.round(100 * Math.min(P[1], Math.max(P[0], share))) / 100);
    svg.dispatchEvent(new Event("input", { bubbles: true })); // somebody's hand, as of a slider
  };
  svg.addEventListener("pointerdown", (event) => {
    if (event.button === 0 && event.isPrimary) svg.setPointerCapture(event.pointerId);
  });
  svg.addEventListener("pointermove", (event) => {
    if (svg.hasPointerCapture(event.pointerId)) follow(event);
  });
  svg.addEventListener("click", follow);

  return {
    name: "Cross-entropy: the loss of a probability",
    seconds: 5,
    draw,
    rest: () => show(START),
    at: (t) => show(Math.round(100 * along([START, 0.05, 0.97, START], t)) / 100),
  };
}
