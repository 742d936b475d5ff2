// The rows of the live chart's tables, as they come from the server.

/** @typedef {import("./figure.js").Table} Table */

/**
 * Rows of a table from `start` on: `Table.wire` in playground/ui/components/live_chart.
 *
 * @typedef {object} Rows
 * @property {number} start
 * @property {number} n
 * @property {number} total rows that the server has
 * @property {string | [first: number, difference: number]} x packed if not evenly spaced
 * @property {{ [name: string]: string }} columns packed
 */

/**
 * A table in which rows from `start` on are replaced and later ones forgotten; undefined if
 * rows before `start` are missing.
 *
 * @param {Table | undefined} table as it was, if there is one
 * @param {Rows} rows
 * @returns {Table | undefined}
 */
export function withRows(table, { start, n, x, columns }) {
  if (start > (table?.x.length ?? 0)) return undefined;
  /** @type {(old: number[] | undefined, added: number[]) => number[]} */
  const replaced = (old = [], added) => old.slice(0, start).concat(added);
  const steps = typeof x === "string" ? unpack(x, n) : evenSteps(x, n);
  return {
    x: replaced(table?.x, steps),
    columns: Object.fromEntries(
      Object.entries(columns).map(([name, values]) => [
        name,
        replaced(table?.columns[name], unpack(values, n)),
      ]),
    ),
  };
}

/**
 * Whether a table has become no other, from a row on: rows come twice.
 *
 * @param {number} start
 * @param {Table} table
 * @param {Table | undefined} before
 */
export function isSameFrom(start, table, before) {
  /** @type {(now: number[], was?: number[]) => boolean} */
  const isSame = (now, was = []) =>
    now.length === was.length && now.slice(start).every((x, i) => Object.is(x, was[start + i]));
  const columns = Object.entries(table.columns);
  return (
    isSame(table.x, before?.x) &&
    columns.every(([name, values]) => isSame(values, before?.columns[name]))
  );
}

/** @type {(x: [first: number, difference: number], n: number) => number[]} */
const evenSteps = ([first, difference], n) =>
  Array.from({ length: n }, (_, i) => first + i * difference);

/**
 * float32, little-endian, base64 → n numbers; NaN is a gap in the line. One value stands for all.
 *
 * @param {string} text
 * @param {number} n
 */
export function unpack(text, n) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const values = new DataView(bytes.buffer);
  const apart = bytes.length > 4 ? 4 : 0;
  return Array.from({ length: n }, (_, i) => values.getFloat32(apart * i, true));
}
