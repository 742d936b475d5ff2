// The browser's figures for tests: drawn from a kind and a state, without a message of Python.

import { drawingOf } from "../../playground/ui/components/figure/kinds.js";

/** @typedef {import("../../playground/ui/components/figure/kinds.js").Place} Place */
/** @typedef {import("../../playground/ui/components/figure/kinds.js").State} State */

/** @param {string} name */
const colour = (name) => ({ light: `light ${name}`, dark: `dark ${name}` });

/** @type {State["colours"]} */
export const COLOURS = {
  classes: Array.from({ length: 10 }, (_, k) => colour(`${k}`)),
  mark: colour("mark"),
  once: colour("once"),
  twice: colour("twice"),
  below: colour("below"),
  above: colour("above"),
};

export const THREE = [2, 1, 0.1];
export const TEN = [-0.4, 1.2, 2.9, 0.3, -1.5, 0.8, 0.1, 2.1, -2.2, -0.9];
export const HUGE = [1e308, -1e308, 0];

/** @type {(kind: string, state: Partial<State> & { values: number[] }, trail?: Place[]) => import("../../playground/ui/components/figure/kinds.js").Drawing} */
export const drawn = (kind, state, trail) =>
  drawingOf({ kind, state, colours: COLOURS }, undefined, trail);

/**
 * Ranges of an axis of a layout.
 *
 * @param {import("../../playground/ui/components/_kernel/plotly.js").Layout} layout
 * @param {string} name
 */
export const rangeOf = (layout, name) =>
  /** @type {{ range: [number, number] }} */ (layout[name]).range;

/**
 * The words of a layout's notes.
 *
 * @param {import("../../playground/ui/components/_kernel/plotly.js").Layout} layout
 */
export const notesOf = ({ annotations }) =>
  /** @type {{ text: string }[]} */ (annotations).map(({ text }) => text);
