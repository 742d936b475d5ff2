// The sigmoid of the difference of two logits.

import assert from "node:assert/strict";
import { test } from "node:test";
import { drawn } from "#testing/figures.js";
import { assertNear, golden } from "#testing/golden.js";
import { softmax } from "../../_kernel/maths.js";

test("the curve is the softmax of two", () => {
  const { data } = drawn("sigmoid", { values: [0.5, 2], temperature: 0.5 });
  const [curve, guide, point] = data;
  const expected = curve.x?.map((d) => softmax([0, d])[1]);
  assertNear(curve.y, expected, { relative: 1e-5 }, "curve");
  assert.deepEqual(point.x, [3]);
  assertNear(point.y, [softmax([0.5, 2], 0.5)[1]], { relative: 1e-5 }, "point");
  assert.deepEqual(guide.x, [3, 3, -10]);
  assert.deepEqual(point.text, ["p₁ = 0.9526"]);
});

test("the point is Python's probability, and stops at the edge", () => {
  /** @type {{ values: number[], temperature: number, probability: number[] }[]} */
  const examples = golden("softmax");
  const two = examples.filter(({ values }) => values.length === 2);
  assert.ok(two.length > 100);
  let beyond = 0;
  for (const { values, temperature, probability } of two) {
    const { data, shown } = drawn("sigmoid", { values, temperature });
    const { x: [x] = [NaN], y, customdata: [[d, ...p]] = [[]], textposition } = data[2];
    assertNear(y, [probability[1]], { absolute: 1e-9, relative: 1e-5 }, `${values}`);
    assertNear(p, probability, { absolute: 1e-9, relative: 1e-5 }, `${values}`);
    assert.ok(Math.abs(x) <= 10);
    assertNear(x, Math.max(-10, Math.min(10, Number(d))), { relative: 1e-5 }, `${values}`);
    assert.equal(textposition, x < 6 ? "bottom right" : "bottom left");
    beyond += Number(Math.abs(Number(d)) > 10);
    assert.deepEqual(shown, { values, temperature });
  }
  assert.ok(beyond > 10);
});
