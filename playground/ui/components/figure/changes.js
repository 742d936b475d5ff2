// What differs between two figures, and their colours: plain data in, plain data out.

import { MOVABLE } from "./plotly_fast_path.js";

/** @typedef {import("../_kernel/theme.js").Theme} Theme */
/** @typedef {import("./parts.js").Layout} Layout */
/** @typedef {import("./parts.js").Trace} Trace */

/** @typedef {{ data: Trace[], layout: Layout, shown?: import("./kinds.js").Shown }} Figure */
/** @typedef {Partial<Pick<Trace, "x" | "y" | "z" | "zmin" | "zmax" | "customdata" | "text">>} Edit of one trace */
/** @typedef {{ [key: string]: unknown }} Keyed */

/**
 * What must be moved to turn a figure into another, by the traces' indices; undefined if they
 * differ in more than that: a marker of another shape, a label at another side, an axis.
 *
 * @param {Figure} before
 * @param {Figure} after
 */
export function moves(before, after) {
  if (before.data.length !== after.data.length || !same(before.layout, after.layout))
    return undefined;
  /** @type {{ [index: string]: Edit }} */
  const edits = {};
  for (const [i, trace] of after.data.entries()) {
    const old = before.data[i];
    const changed = Object.keys({ ...trace, ...old }).filter((key) => !same(trace[key], old[key]));
    if (!changed.every((key) => MOVABLE.includes(key))) return undefined;
    if (changed.length)
      edits[i] = Object.fromEntries(Object.entries(trace).filter(([key]) => MOVABLE.includes(key)));
  }
  return edits;
}

/** @type {(a: unknown, b: unknown) => boolean} */
const same = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);

/**
 * Change an object by paths: "annotations[0].text".
 *
 * @param {Keyed} object
 * @param {Keyed} changes
 */
export function change(object, changes) {
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split(/[.[\]]+/).filter(Boolean);
    const last = keys.pop() ?? path;
    keys.reduce((inner, key) => /** @type {Keyed} */ (inner[key]), object)[last] = value;
  }
}

/**
 * A copy in which every colour is the one for this theme.
 *
 * @param {Figure} figure
 * @param {Theme} theme
 */
export const coloured = ({ data, layout }, theme) =>
  /** @type {Figure} */ (withColours({ data, layout }, theme));

/**
 * @param {unknown} value
 * @param {Theme} theme
 * @returns {unknown}
 */
function withColours(value, theme) {
  if (Array.isArray(value)) return value.map((item) => withColours(item, theme));
  if (value === null || typeof value !== "object") return value;
  const { light, dark, theme: name } = /** @type {Keyed} */ (value);
  if (light && dark) return theme.dark ? dark : light;
  if (name) return { ...theme }[`${name}`];
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, withColours(v, theme)]));
}
