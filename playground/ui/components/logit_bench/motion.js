// How the bench gets from what it shows to what holds: the tracks, and the glide between.

import { crossEntropyFromProbabilities, sum } from "../_kernel/maths.js";
import { linearScale, logScale, niceAbove } from "./numbers.js";

/** @typedef {import("./numbers.js").Scale} Scale */

/**
 * What the visitor can move.
 *
 * @typedef {object} State
 * @property {number[]} values
 * @property {number} temperature
 * @property {number | null} target
 */

/** @typedef {State & { high: number }} Shown with the end of the tracks */

/**
 * A state in a message: JSON has no infinity.
 *
 * @typedef {Omit<State, "values"> & { values: (number | "-inf")[] }} Sent
 */

/**
 * @typedef {object} Moving
 * @property {{ kind: "logits" | "probabilities" }} message
 * @property {State} state what holds
 * @property {Shown} shown what is drawn
 * @property {Shown} goal what will be drawn at the end of a glide
 * @property {{ from: Shown, start?: number }} [glide] while the two differ
 * @property {Scale} temperatureScale
 * @property {{ matches: boolean }} still whether the visitor wants less motion
 */

const GLIDE = 250; // ms
const LOGITS = 5; // the track of a logit goes at least from −5 to 5
const TEMPERATURES = [0.05, 10];

/** @type {(state: State | Sent) => State} */
export const stateOf = ({ values, temperature, target }) => ({
  values: values.map((value) => (value === "-inf" ? -Infinity : value)),
  temperature,
  target,
});

/** @type {(state: State) => Sent} */
export const sentOf = ({ values, temperature, target }) => ({
  values: values.map((value) => (value === -Infinity ? "-inf" : value)),
  temperature,
  target,
});

/** @type {(a: State, b: State) => boolean} */
export const same = (a, b) => JSON.stringify(stateOf(a)) === JSON.stringify(stateOf(b));

/**
 * The state when a class is taken away; if that was the true one, class 0 is.
 *
 * @param {State} state
 * @param {number} index
 * @returns {State}
 */
export function withoutClass({ values, temperature, target }, index) {
  const moved = target !== null && index < target ? target - 1 : target;
  return {
    values: values.filter((_, k) => k !== index),
    temperature,
    target: index === target ? 0 : moved,
  };
}

/**
 * −y log p of each class, or −log p where no class is the true one.
 *
 * @param {State} state whose values are probabilities
 */
export function lossTerms({ values, target }) {
  const loss = values.map((_, k) =>
    target === null || k === target ? crossEntropyFromProbabilities(values, k) : 0,
  );
  return { loss, sum: sum(values), total: target === null ? undefined : loss[target] };
}

/** @type {(shown: Shown, message: Moving["message"]) => Scale} */
export const scaleOf = ({ high }, { kind }) => linearScale(kind === "logits" ? -high : 0, high);

/** @param {number} temperature */
export function temperatureScaleOf(temperature) {
  const [low, high] = TEMPERATURES;
  return logScale(Math.min(low, temperature || low), Math.max(high, temperature));
}

/**
 * Where a glide ends: the state, with tracks long enough for it.
 *
 * @param {State} state
 * @param {Moving["message"]} message
 * @returns {Shown}
 */
export function goalOf(state, { kind }) {
  const least = kind === "logits" ? LOGITS : 1;
  const sizes = state.values.filter(Number.isFinite).map(Math.abs);
  return { ...stateOf(state), high: niceAbove(Math.max(...sizes), least) };
}

/**
 * From what is shown to the state.
 *
 * @param {Moving} view
 */
export function arrive(view) {
  const goal = goalOf(view.state, view.message);
  view.temperatureScale = temperatureScaleOf(goal.temperature);
  const from = view.shown;
  view.goal = goal;
  const moves =
    from.values.length === goal.values.length &&
    JSON.stringify([from.values, from.temperature, from.high]) !==
      JSON.stringify([goal.values, goal.temperature, goal.high]);
  if (moves && !view.still.matches) view.glide = { from };
  else land(view);
}

/** @param {Moving} view */
export function land(view) {
  view.glide = undefined;
  view.shown = { ...view.goal, values: [...view.goal.values] };
}

/**
 * @param {Moving} view
 * @param {number} now in ms
 */
export function advance(view, now) {
  const { glide, goal } = view;
  if (!glide) return;
  glide.start ??= now;
  const progress = (now - glide.start) / GLIDE;
  if (progress >= 1) {
    land(view);
    return;
  }
  const t = 1 - (1 - progress) ** 3; // slows down towards its end
  /** @type {(a: number, b: number) => number} */
  const mix = (a, b) => {
    if (a === b || !Number.isFinite(a) || !Number.isFinite(b)) return b; // −∞ is not on the way
    return a * (1 - t) + b * t; // a + (b − a) t can overflow
  };
  const { from } = glide;
  view.shown = {
    target: goal.target,
    high: mix(from.high, goal.high),
    temperature: mix(from.temperature, goal.temperature),
    values: goal.values.map((value, k) => mix(from.values[k], value)),
  };
}
