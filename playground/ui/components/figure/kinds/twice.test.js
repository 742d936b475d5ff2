// Softmax once and twice.

import assert from "node:assert/strict";
import { test } from "node:test";
import { drawn, HUGE, notesOf, rangeOf, TEN, THREE } from "#testing/figures.js";
import { assertNear, golden } from "#testing/golden.js";
import { crossEntropy, softmax } from "../../_kernel/maths.js";
import { sidesOf } from "./twice.js";

const [ONCE, ONCE_SLOPE, TWICE, TWICE_SLOPE] = [0, 2, 4, 6]; // each followed by its point now

/** @type {(values: number[], target?: number) => import("../kinds.js").Drawing} */
const both = (values, target = 0) => drawn("twice", { values, target });

test("losses and slopes are Python's, at extremes as well", () => {
  /** @type {{ values: number[], target: number, once: [number, number], twice: [number, number] }[]} */
  const vectors = golden("slopes");
  for (const { values, target, once, twice } of vectors) {
    const sides = sidesOf(values, target);
    const close = { absolute: 1e-12, relative: 1e-9 };
    assertNear([sides.once.loss, sides.once.slope], once, close, `${values}`);
    assertNear([sides.twice.loss, sides.twice.slope], twice, close, `${values}`);
    const { data, shown } = both(values, target);
    const now = [ONCE, ONCE_SLOPE, TWICE, TWICE_SLOPE].map((i) =>
      Number(data[i + 1].customdata?.[0][0]),
    );
    const told = [...once, ...twice].map((v) => (Number.isFinite(v) ? v : NaN));
    assertNear(now, told, { absolute: 1e-12, relative: 1e-5 }, `${values}`);
    assert.deepEqual(shown, { values, target });
  }
});

test("taken twice it has a floor and learns more slowly", () => {
  const { data, layout } = both(THREE);
  const [added, once, twice] = [data[ONCE].x ?? [], data[ONCE].y ?? [], data[TWICE].y ?? []];
  const [slope, lesser] = [data[ONCE_SLOPE].y ?? [], data[TWICE_SLOPE].y ?? []];
  const floor = Math.log(Math.E + 2) - 1;
  assert.equal(notesOf(layout)[2], `twice: never below ${floor.toPrecision(5)}`);
  const [{ y0, y1 }] = /** @type {{ y0: number, y1: number }[]} */ (layout.shapes);
  assertNear([y0, y1], [floor, floor], { relative: 1e-5 }, "floor");
  assert.ok(twice.every((loss) => loss > floor));
  assert.ok(Math.abs(twice[100] - floor) < 1e-3 && once[100] < 1e-4);
  assert.ok(added.every((amount, i) => amount >= 0 || lesser[i] < slope[i]));
  for (const i of [0, 50, 100]) {
    const values = [THREE[0] + added[i], ...THREE.slice(1)];
    assertNear(once[i], crossEntropy(values, 0), { relative: 1e-5 }, "once");
    assertNear(twice[i], crossEntropy(softmax(values), 0), { relative: 1e-5 }, "twice");
  }
});

test("the slopes are those of the losses", () => {
  const step = 1e-6;
  for (const values of [THREE, TEN, [0, 0]])
    for (const name of /** @type {const} */ (["once", "twice"])) {
      const [up, down] = [step, -step].map((by) =>
        sidesOf([values[0] + by, ...values.slice(1)], 0),
      );
      const slope = (down[name].loss - up[name].loss) / (2 * step);
      assertNear(sidesOf(values, 0)[name].slope, slope, { absolute: 1e-8 }, `${name} ${values}`);
    }
});

test("the names of the curves stand on them, and no higher than the panel", () => {
  for (const values of [THREE, [-1e308, 1e308]]) {
    const { data, layout } = both(values);
    const [, top] = rangeOf(layout, "yaxis");
    for (const [i, curve, words] of /** @type {const} */ ([
      [8, ONCE, "softmax once"],
      [9, TWICE, "softmax twice"],
    ])) {
      const { x: [x] = [NaN], y, text } = data[i];
      assert.deepEqual(text, [words]);
      assert.deepEqual(y, [Math.min(data[curve].y?.[data[curve].x?.indexOf(x) ?? -1] ?? NaN, top)]);
    }
  }
});

test("the axis of the loss ends between 5 and 25, and no point is beyond it", () => {
  for (const [values, end] of /** @type {[number[], number][]} */ ([
    [[40, 0], 5],
    [THREE, 10],
    [[-5, 5, 0], 25],
    [HUGE, 5],
    [[-1e308, 1e308], 25],
  ])) {
    const { data, layout } = both(values);
    assert.deepEqual(rangeOf(layout, "yaxis"), [0, end], `${values}`);
    assert.ok((data[ONCE + 1].y?.[0] ?? NaN) <= end);
  }
});

test("another true class has another axis and other curves", () => {
  const [one, other] = [both(THREE, 0), both(THREE, 2)];
  assert.ok(JSON.stringify(other.layout.xaxis2).includes("z<sub>2</sub> (the true class)"));
  assert.notDeepEqual(other.data[ONCE].y, one.data[ONCE].y);
});
