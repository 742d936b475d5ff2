// Probabilities against the temperature.

import assert from "node:assert/strict";
import { test } from "node:test";
import { drawn, HUGE, notesOf, rangeOf, TEN, THREE } from "#testing/figures.js";
import { assertNear, golden } from "#testing/golden.js";
import { softmax } from "../../_kernel/maths.js";
import { temperatures } from "./temperature.js";

const SIX_DIGITS = { absolute: 1e-9, relative: 1e-5 };
/** @type {[low: number, high: number]} */
const RANGE = [0.05, 10];

/** @type {(values: number[], temperature: number) => import("../kinds.js").Drawing} */
const curves = (values, temperature) => drawn("temperature", { values, temperature, range: RANGE });

test("every curve is the softmax at its temperatures", () => {
  for (const values of [THREE, TEN, HUGE, [1]])
    for (const temperature of [1e-6, 0.05, 1, 1e6]) {
      const { data } = curves(values, temperature);
      const grid = data[0].x ?? [];
      assert.ok(grid[0] <= Math.min(RANGE[0], temperature) * 1.001);
      assert.ok(grid[grid.length - 1] >= Math.max(RANGE[1], temperature) * 0.999);
      const rows = grid.map((t) => softmax(values, t));
      for (const k of values.keys()) {
        assert.deepEqual(data[k].x, grid);
        const p = rows.map((row) => row[k]);
        assertNear(data[k].y, p, SIX_DIGITS, `class ${k} of ${values}`);
      }
    }
});

test("temperatures rise, and hold the current one; many classes have fewer", () => {
  for (const classes of [1, 4, 5, 10])
    for (const current of [1e-310, 0.01, 1, 77.7, 1e308]) {
      const grid = temperatures(RANGE, current, classes);
      assert.equal(grid.length, classes <= 4 ? 120 : 44);
      assert.ok(grid.every((t, i) => i === 0 || t > grid[i - 1]));
      assertNear(grid[0], Math.min(0.05, current), { relative: 1e-3 }, `${current}`);
    }
});

test("the points are Python's probabilities at the current temperature", () => {
  /** @type {{ values: number[], temperature: number, probability: number[] }[]} */
  const examples = golden("softmax");
  for (const { values, temperature, probability } of examples.filter((_, i) => i % 4 === 0)) {
    const { data, shown } = curves(values, temperature);
    const [guide, points] = data.slice(values.length);
    assertNear(points.y, probability, SIX_DIGITS, `${values} at ${temperature}`);
    for (const x of [...(guide.x ?? []), ...(points.x ?? [])])
      assertNear(x, Math.min(temperature, 1e300), { relative: 1e-5 }, `${temperature}`);
    assert.deepEqual(shown, { values, temperature });
  }
});

test("the ends of the axis are named, and it ends where the curves do", () => {
  const { layout } = curves(THREE, 1);
  assert.deepEqual(notesOf(layout).slice(1), ["← arg max", "uniform →"]);
  assertNear(rangeOf(layout, "xaxis"), [Math.log10(0.05), 1], { absolute: 1e-5 }, "range");
  assertNear(rangeOf(curves(THREE, 16).layout, "xaxis")[1], Math.log10(16), { absolute: 1e-5 }, "");
  const { tickvals, ticktext } = /** @type {{ tickvals: number[], ticktext: string[] }} */ (
    layout.xaxis
  );
  assert.deepEqual(ticktext.map(Number), tickvals);
  assert.ok(ticktext.includes("1e-06") && ticktext.includes("0.0001"));
});

test("labels stand where there is room, one for all that lie together", () => {
  const at = (/** @type {number} */ t) => curves([2, 2, 0], t).data[4];
  assert.deepEqual(
    [1.2, 1.6].map((t) => at(t).textposition),
    ["top right", "top left"],
  );
  assert.deepEqual(at(1).text, ["classes 0, 1", "\u200b", "class 2"]);
});
