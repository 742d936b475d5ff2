// The table of slopes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { drawn, notesOf, TEN } from "#testing/figures.js";
import { assertNear, golden } from "#testing/golden.js";
import { powerOf, slopesOf } from "./jacobian.js";

/** @type {(values: number[], temperature?: number) => import("../kinds.js").Drawing} */
const table = (values, temperature = 1) => drawn("jacobian", { values, temperature });

/** @param {import("../kinds.js").Drawing} drawing */
const wordsOf = ({ data }) => /** @type {string[][]} */ (data[0].text);

test("slopes are Python's, at extremes as well", () => {
  /** @type {{ values: number[], temperature: number, jacobian: number[][] }[]} */
  const vectors = golden("slopes");
  assert.equal(vectors.length, 260);
  for (const { values, temperature, jacobian } of vectors) {
    const at = `${values} at ${temperature}`;
    const largest = Math.max(...jacobian.flat().map(Math.abs));
    const close = { absolute: 1e-12 + 1e-12 * largest, relative: 1e-9 };
    assertNear(slopesOf(values, temperature), jacobian, close, at);
    const { data, shown } = table(values, temperature);
    const drawable = jacobian.map((row) => row.map((v) => Math.max(-1e300, Math.min(1e300, v))));
    assertNear(data[0].z, drawable, { absolute: 1e-12 + 1e-12 * largest, relative: 1e-5 }, at);
    assert.deepEqual(shown, { values, temperature });
  }
});

test("cells are written readably whatever the size", () => {
  const tiny = table([1, 1, 0], 1e-6);
  assert.deepEqual(wordsOf(tiny)[0].slice(0, 2), ["250.0000", "−250.0000"]);
  assert.deepEqual([tiny.data[0].zmin, tiny.data[0].zmax], [-250000, 250000]);
  const ten = wordsOf(table(TEN)).flat();
  assert.equal(Math.max(...ten.map((text) => text.length)), 5);
  assert.ok(!ten.includes("−0.00"));
  assert.deepEqual(
    [4, 5, 6, 7].map((size) => wordsOf(table(Array(size).fill(0)))[0][0].length),
    [6, 5, 5, 4],
  );
});

test("slopes of a thousand and more are written in thousands", () => {
  const heading = (/** @type {number} */ t) => notesOf(table([0, 0], t).layout)[0];
  assert.ok(!heading(0.01).includes("10<sup>"), "25");
  assert.ok(heading(0.0001).includes("(× 10<sup>3</sup>)"), "2,500");
  assert.ok(heading(10_000).includes("(× 10<sup>−6</sup>)"), "0.000025");
});

test("a power of ten leaves one to three digits, unless none is needed or it would lose digits", () => {
  for (const size of [0, 0.01, 1, 99.9]) assert.equal(powerOf(size), 0);
  for (const size of [0.00999, 100, 12345, 1e-300, 1e300]) {
    const left = size / 10 ** powerOf(size);
    assert.ok(powerOf(size) % 3 === 0 && left > 0.999 && left < 1000, `${size}`);
  }
  assert.equal(powerOf(1e-320), -306);
});

test("the colours are as strong as the largest slope, on both sides of 0", () => {
  for (const values of [[1], [0, 1e308], TEN]) {
    const [{ z = [], zmin = 0, zmax = 0 }] = table(values).data;
    const largest = Math.max(...z.flat().map(Math.abs));
    assert.equal(zmax, largest || 1);
    assert.equal(zmin, -zmax);
  }
});
