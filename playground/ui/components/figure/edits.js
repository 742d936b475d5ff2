// What must be changed in a figure that is drawn: plain data in, plain data out.

import { LIVE_KINDS } from "./live.js";
import { MOVABLE } from "./plotly_fast_path.js";

/** @typedef {import("./live.js").Edit} Edit */
/** @typedef {import("./live.js").Edits} Edits */
/** @typedef {import("./live.js").Message} Message */
/** @typedef {import("../_kernel/theme.js").Theme} Theme */
/** @typedef {import("../_kernel/plotly.js").Changes} Changes */

/** @typedef {Message["figure"]} Figure */
/** @typedef {{ [key: string]: unknown }} Keyed */

/**
 * What must be moved to show a message; undefined if it differs in more from what there is.
 *
 * @param {Figure} composed what is drawn
 * @param {Message} before its message, without the changes of a preview
 * @param {Message} after
 */
export function moves(composed, before, after) {
  const { data, layout } = after.figure;
  if (!same(composed.layout, layout)) return undefined;
  if (!same(before.live.map(tracesOf), after.live.map(tracesOf))) return undefined;
  if (composed.data.length !== data.length) return undefined;
  const trail = after.live.find(({ kind }) => LIVE_KINDS[kind].trail)?.traces.trail;
  /** @type {{ [index: string]: Edit }} */
  const edits = {};
  for (const [i, trace] of data.entries()) {
    if (i === trail) continue;
    const keys = Object.keys({ ...trace, ...composed.data[i] });
    const changed = keys.filter((key) => !same(trace[key], composed.data[i][key]));
    if (!changed.every(isMovable)) return undefined;
    if (changed.length) edits[i] = pick(trace);
  }
  for (const { traces } of after.live) // a preview may have moved them
    for (const i of Object.values(traces)) if (i !== trail) edits[i] = pick(data[i]);
  return edits;
}

/** @param {Message["live"][number]} part */
const tracesOf = ({ kind, traces }) => [kind, traces];

/** @param {string} key */
const isMovable = (key) => MOVABLE.includes(key);

/**
 * @param {Figure["data"][number]} trace
 * @returns {Edit}
 */
const pick = (trace) => Object.fromEntries(Object.entries(trace).filter(([key]) => isMovable(key)));

/** @type {(a: unknown, b: unknown) => boolean} */
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/**
 * Whether edits change nothing that only Plotly can draw: a marker of another shape, a label
 * at another side, an axis.
 *
 * @param {Figure} figure
 * @param {Edits} edits
 */
export function looksTheSame({ data, layout }, edits) {
  /** @type {(object: Keyed, changes: Changes) => boolean} */
  const unchanged = (object, changes) =>
    Object.entries(changes).every(
      ([path, value]) => isMovable(path) || same(at(object, keysOf(path)), value),
    );
  return (
    unchanged(layout, edits.layout) &&
    Object.entries(edits.traces).every(([i, edit]) => unchanged(data[Number(i)], edit))
  );
}

/**
 * A copy of a figure with a preview's changes.
 *
 * @param {Figure} figure
 * @param {Edits} [edits]
 */
export function edited(figure, edits) {
  if (!edits) return figure;
  const copy = structuredClone(figure);
  change(copy.layout, edits.layout);
  for (const [i, edit] of Object.entries(edits.traces)) change(copy.data[Number(i)], edit);
  return copy;
}

/**
 * Change an object by paths: "annotations[0].text".
 *
 * @param {Keyed} object
 * @param {Changes} changes
 */
export function change(object, changes) {
  for (const [path, value] of Object.entries(changes)) {
    const keys = keysOf(path);
    const last = keys.pop() ?? path;
    at(object, keys)[last] = value;
  }
}

/** @param {string} path */
const keysOf = (path) => path.split(/[.[\]]+/).filter(Boolean);

/**
 * @param {Keyed} object
 * @param {string[]} keys one after the other
 */
const at = (object, keys) => keys.reduce((inner, key) => /** @type {Keyed} */ (inner[key]), object);

/**
 * A copy in which every colour is the one for this theme.
 *
 * @param {Figure} figure
 * @param {Theme} theme
 */
export const coloured = (figure, theme) => /** @type {Figure} */ (withColours(figure, theme));

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
