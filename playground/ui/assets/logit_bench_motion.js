// How the bench gets from what it shows to what holds: the tracks, and the glide between.
//
// `view.state` is what holds, `view.shown` what is drawn; `view.glide` is set while they differ.

import { linearScale, logScale, niceAbove } from "./logit_bench_numbers.js";

const GLIDE = 250; // ms
const LOGITS = 5; // the track of a logit goes at least from −5 to 5
const TEMPERATURES = [0.05, 10];

export const stateOf = ({ values, temperature, target }) => ({
  values: [...values],
  temperature,
  target,
});

export const same = (a, b) => JSON.stringify(stateOf(a)) === JSON.stringify(stateOf(b));

export const scaleOf = ({ shown: { high }, message }) =>
  linearScale(message.kind === "logits" ? -high : 0, high);

// From what is shown to the state, with tracks long enough for it.
export function arrive(view) {
  const { values, temperature } = view.state;
  const isLogits = view.message.kind === "logits";
  const high = niceAbove(Math.max(...values.map(Math.abs)), isLogits ? LOGITS : 1);
  const goal = { ...stateOf(view.state), high };
  const [low, top] = TEMPERATURES;
  view.temperatureScale = logScale(Math.min(low, temperature), Math.max(top, temperature));
  const from = view.shown;
  view.goal = goal;
  const moves =
    from &&
    from.values.length === values.length &&
    JSON.stringify([from.values, from.temperature, from.high]) !==
      JSON.stringify([goal.values, goal.temperature, goal.high]);
  if (moves && !view.still.matches) view.glide = { from };
  else land(view);
}

export function land(view) {
  view.glide = undefined;
  view.shown = { ...view.goal, values: [...view.goal.values] };
}

export function advance(view, now) {
  const { glide, goal } = view;
  if (!glide) return;
  glide.start ??= now;
  const progress = (now - glide.start) / GLIDE;
  if (progress >= 1) return void land(view);
  const t = 1 - (1 - progress) ** 3; // slows down towards its end
  const mix = (a, b) => (a === b ? b : a * (1 - t) + b * t); // a + (b − a) t can overflow
  const { from } = glide;
  view.shown = {
    target: goal.target,
    high: mix(from.high, goal.high),
    temperature: mix(from.temperature, goal.temperature),
    values: goal.values.map((value, k) => mix(from.values[k], value)),
  };
}
