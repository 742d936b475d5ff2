// The figures that the browser draws: from the state of a lesson to plain data for Plotly.
//
// A message of the server and a frame of a drag both are a state, and a figure is a pure function
// of it. `MovingChart` in playground/charts/base.py makes the messages.

import { binary } from "./kinds/binary.js";
import { jacobian } from "./kinds/jacobian.js";
import { loss } from "./kinds/loss.js";
import { shift, staysFinite } from "./kinds/shift.js";
import { sigmoid } from "./kinds/sigmoid.js";
import { extended, simplex } from "./kinds/simplex.js";
import { temperature } from "./kinds/temperature.js";
import { twice } from "./kinds/twice.js";
import { cells } from "./numbers.js";

/** @typedef {import("./parts.js").Colour} Colour */
/** @typedef {import("./parts.js").Trace} Trace */
/** @typedef {[x: number, y: number]} Place */
/** @typedef {{ [name: string]: number | number[] }} Shown what a figure is drawn from, to be told */

/**
 * What a figure is drawn from.
 *
 * @typedef {object} State
 * @property {"logits" | "probabilities"} kind of the values
 * @property {number[]} values one a class
 * @property {number} temperature
 * @property {number} target the true class
 * @property {number} constant that is added to the logits
 * @property {string[]} [names] of the classes, if they are not called by their numbers
 * @property {number[]} levels losses whose lines are drawn
 * @property {[low: number, high: number]} range of temperatures that are drawn at least
 * @property {number} end of the logit's axis
 * @property {import("./kinds/binary.js").Zone[][]} broken by target, where float32 breaks down
 * @property {{ classes: Colour[], mark: Colour, once: Colour, twice: Colour, below: Colour,
 *   above: Colour }} colours
 * @property {Place[]} trail where a drag has led so far
 *
 * @typedef {object} Drawing
 * @property {Trace[]} data
 * @property {import("./parts.js").Layout} layout
 * @property {Shown} shown
 *
 * @typedef {(state: State) => Drawing} Draw
 */

/**
 * @typedef {object} Kind
 * @property {Draw} draw
 * @property {(state: State) => boolean} [takes] whether it can be drawn from a state; from any with
 *   logits if nothing is said
 * @property {(trail: Place[], state: State) => Place[]} [extended] the trail after one more frame
 */

/** @type {{ [name: string]: Kind }} */
export const KINDS = {
  simplex: { draw: simplex, extended },
  loss: { draw: loss, takes: () => true },
  temperature: { draw: temperature },
  sigmoid: { draw: sigmoid },
  jacobian: { draw: jacobian },
  shift: { draw: shift, takes: (state) => isOfLogits(state) && staysFinite(state) },
  twice: { draw: twice },
  binary: { draw: binary },
};

/** @param {State} state */
const isOfLogits = ({ kind }) => kind === "logits";

/** What a message need not say; it says what else its kind needs. */
const USUAL = { kind: "logits", temperature: 1, target: 0 };

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
 * What Python sends of a figure that is drawn here.
 *
 * @typedef {object} Given
 * @property {string} kind
 * @property {Partial<State> & { values: number[] }} state
 * @property {State["colours"]} colours
 */

/**
 * The state of a message, or of a frame of a drag over it.
 *
 * @param {Given} given
 * @param {Preview} [preview]
 * @param {Place[]} [trail]
 * @returns {State}
 */
export function stateOf({ state, colours }, preview, trail = []) {
  const said = /** @type {State} */ ({ ...USUAL, ...state, colours, trail });
  if (!preview) return said;
  const { kind = "logits", values, temperature = said.temperature, target } = preview;
  return { ...said, kind, values, temperature, target: target ?? said.target };
}

/**
 * Whether a frame of a drag can be drawn: numbers, as many as the figure has classes, that are what
 * its kind takes, and one of its classes.
 *
 * @param {Given} given
 * @param {Partial<Preview> | null} [detail]
 * @returns {detail is Preview}
 */
export function fits(given, detail) {
  const { values, temperature = 1 } = detail ?? {};
  if (!Array.isArray(values) || !values.every(Number.isFinite)) return false;
  if (!Number.isFinite(temperature) || temperature <= 0) return false;
  if (values.length !== given.state.values.length) return false;
  const state = stateOf(given, /** @type {Preview} */ (detail));
  if (given.state.target !== undefined && !(state.target in values)) return false;
  return (KINDS[given.kind].takes ?? isOfLogits)(state);
}

/**
 * A message's figure, or that of a frame of a drag over it.
 *
 * @param {Given} given
 * @param {Preview} [preview] one that fits
 * @param {Place[]} [trail]
 */
export const drawingOf = (given, preview, trail) =>
  KINDS[given.kind].draw(stateOf(given, preview, trail));

/**
 * The values that a drawing shows, the same text for a frame of a drag and for the server's answer.
 *
 * @param {Shown} shown
 */
export const shownText = (shown) =>
  Object.entries(shown)
    .map(([name, value]) => `${name} ${cells([value].flat()).join(",")}`)
    .join("; ");
