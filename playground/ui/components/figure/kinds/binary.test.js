// The loss of two classes, and where float32 breaks down.

import assert from "node:assert/strict";
import { test } from "node:test";
import { drawn, notesOf, rangeOf } from "#testing/figures.js";
import { assertNear, golden } from "#testing/golden.js";
import { float32BinaryLoss } from "../../_kernel/maths.js";

/** @typedef {import("./binary.js").Zone} Zone */

const TOP = 54;
/** @type {{ before: { kind: string, state: { broken: Zone[][], end: number } } }[]} */
const figures = golden("figures");
const { broken, end } = (figures.find(({ before }) => before.kind === "binary") ?? figures[0])
  .before.state;

/** @type {(logit: number, target?: number) => import("../kinds.js").Drawing} */
const loss = (logit, target = 0) => drawn("binary", { values: [0, logit], target, broken, end });

test("float32 breaks down exactly in the zones that are coloured", () => {
  for (const target of [0, 1]) {
    const inside = (/** @type {number} */ z) =>
      broken[target].find(([low, high]) => z > low && z < high);
    for (let z = -49.9; z < 50; z += 0.1) {
      const rough = float32BinaryLoss(z, target);
      const zone = inside(z);
      if (zone) assert.equal(rough, zone[2] === "∞" ? Infinity : 0, `${z}`);
      else assert.ok(rough > 0 && rough < Infinity, `${z}`);
    }
    const { layout } = loss(0, target);
    const shapes = /** @type {{ x0: number, x1: number }[]} */ (layout.shapes);
    assertNear(
      shapes.map(({ x0, x1 }) => [x0, x1]),
      broken[target].map(([a, b]) => [a, b]),
      { relative: 1e-5 },
      "zones",
    );
    assert.deepEqual(
      notesOf(layout).slice(1),
      broken[target].map(([, , said]) => `float32: loss ${said}`),
    );
    assert.ok(notesOf(layout)[0].includes(`target ${target}`));
  }
});

test("the broken loss is drawn at the top", () => {
  const [, , right, rough] = loss(30).data;
  assert.deepEqual([right.x, right.y], [[30], [30]]);
  assert.deepEqual([rough.x, rough.y], [[30], [TOP]]);
  const symbols = [right, rough].map(
    ({ marker }) => /** @type {{ symbol: string }} */ (marker).symbol,
  );
  assert.deepEqual(symbols, ["circle", "triangle-up"]);
  assert.deepEqual(rough.customdata, [[30, "∞"]]);
});

test("only the difference of the logits counts, whatever its size", () => {
  for (const [values, difference] of /** @type {[number[], number][]} */ ([
    [[3, 1.5], -1.5],
    [[0, 5e-324], 5e-324],
    [[-1e308, 1e308], Number.MAX_VALUE],
    [[1e308, -1e308], -Number.MAX_VALUE],
  ])) {
    const { data, shown } = drawn("binary", { values, target: 1, broken, end });
    assert.deepEqual(shown, { difference, target: 1 });
    assertNear(
      data[2].x,
      [Math.max(-50, Math.min(50, difference))],
      { relative: 1e-5 },
      `${values}`,
    );
  }
});

test("the curves hold the edges of the zones, and the axes never move", () => {
  for (const target of [0, 1])
    for (const z of [0, 80, -1e308]) {
      const { data, layout } = loss(z, target);
      const { x = [], y = [], customdata = [] } = data[1];
      assert.ok(x.every((at, i) => i === 0 || at > x[i - 1]));
      assert.deepEqual([x[0], x[x.length - 1]], [-50, 50]);
      assert.ok(y.every((at) => at <= TOP) && customdata.length === x.length);
      for (const [low, high] of broken[target])
        for (const edge of [low, high].filter((at) => Math.abs(at) < 49))
          assert.ok(
            x.some((at) => at < edge && at > edge - 0.02) &&
              x.some((at) => at > edge && at < edge + 0.02),
          );
      assert.deepEqual(
        [rangeOf(layout, "xaxis"), rangeOf(layout, "yaxis")],
        [
          [-50, 50],
          [-1, TOP + 3],
        ],
      );
    }
});
