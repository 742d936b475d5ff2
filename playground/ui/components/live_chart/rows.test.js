// Rows of the live chart, as playground/ui/components/live_chart packs them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { golden } from "#testing/golden.js";
import { isSameFrom, unpack, withRows } from "./rows.js";

/** @typedef {import("./rows.js").Rows} Rows */
/** @typedef {import("./figure.js").Table} Table */

/** @type {{ tables: (Table & { name: string, rows: Rows })[] }} */
const { tables } = golden("rows");

/** @type {(name: string) => Table & { rows: Rows }} */
const tableOf = (name) => tables.find((table) => table.name === name) ?? tables[0];

test("every value arrives at float32 precision, and NaN as a gap", () => {
  for (const { name, rows, x, columns } of tables) {
    const table = withRows(undefined, rows);
    assert.deepEqual(table?.x, x, name);
    assert.deepEqual(table?.columns, columns, name);
  }
  assert.ok(Number.isNaN(tableOf("thinned").columns.loss[1]));
});

test("rows replace those that are there, and later ones are forgotten", () => {
  const whole = withRows(undefined, tableOf("even").rows);
  const rows = { ...tableOf("one").rows, start: 3 };
  const table = withRows(whole, rows);
  assert.deepEqual(table?.x, [10, 30, 50, 7]);
  assert.equal(table?.columns.loss.length, 4);
  assert.deepEqual(table?.columns.loss.slice(0, 2), whole?.columns.loss.slice(0, 2));
  assert.equal(whole?.x.length, 20, "what there was is left alone");
});

test("rows after a hole are refused", () => {
  const whole = withRows(undefined, tableOf("even").rows);
  assert.equal(withRows(whole, { ...tableOf("one").rows, start: 21 }), undefined);
  assert.equal(withRows(whole, { ...tableOf("one").rows, start: 20 })?.x.length, 21);
  assert.equal(withRows(undefined, { ...tableOf("one").rows, start: 1 }), undefined);
});

test("rows that come twice change nothing, others do", () => {
  const { rows } = tableOf("thinned");
  const whole = withRows(undefined, rows);
  assert.ok(whole);
  const again = withRows(whole, rows);
  assert.ok(again && isSameFrom(0, again, whole), "gaps included");
  assert.ok(!isSameFrom(0, whole, undefined));
  const fewer = { x: whole.x.slice(1), columns: whole.columns };
  assert.ok(!isSameFrom(0, fewer, whole));
  const loss = whole.columns.loss.with(-1, 7);
  assert.ok(!isSameFrom(2, { ...whole, columns: { ...whole.columns, loss } }, whole));
});

test("nothing is unpacked from nothing", () => {
  assert.deepEqual(unpack("", 0), []);
});
