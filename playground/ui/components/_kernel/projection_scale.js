// Large type for Plotly: all that is measured in px, so many times as large.

const SHIFTS = ["xshift", "yshift", "standoff", "ax", "ay"];
const LEAST_TYPE = 20; // px that can be read from the back of a room

/**
 * A copy of a figure's parts (nested, or with paths as keys) with type, lines and margins grown.
 *
 * @template T
 * @param {T} value
 * @param {number} scale
 * @returns {T}
 */
export const grown = (value, scale) =>
  scale === 1 ? value : /** @type {T} */ (grownAt(value, scale, []));

/**
 * @param {unknown} value
 * @param {number} scale
 * @param {string[]} path of keys that leads to it
 * @returns {unknown}
 */
function grownAt(value, scale, path) {
  if (typeof value === "number") {
    if (isType(path)) return Math.max(LEAST_TYPE, value * scale);
    return isLength(path) ? value * scale : value;
  }
  if (Array.isArray(value))
    // of numbers: data, which is left alone
    return typeof value[0] === "object" ? value.map((item) => grownAt(item, scale, path)) : value;
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      grownAt(inner, scale, [...path, ...key.split(".")]),
    ]),
  );
}

/** @param {string[]} path */
const isType = (path) => path.at(-1) === "size" && /font$/.test(path.at(-2) ?? "");

/** @param {string[]} path */
function isLength(path) {
  const [of, name] = path.slice(-2);
  if (name === undefined) return false;
  if (name === "size") return of === "marker";
  if (name === "width") return of === "line";
  return of === "margin" || SHIFTS.includes(name);
}
