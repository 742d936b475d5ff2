// −log p: its points, their labels, and what is beyond the panel.

import assert from "node:assert/strict";
import { test } from "node:test";
import { drawn, rangeOf, TEN } from "#testing/figures.js";
import { assertNear, golden } from "#testing/golden.js";

const SIX_DIGITS = { absolute: 1e-12, relative: 1e-5 };
const TOP = 8;

/** @type {(values: number[], target: number, names?: string[]) => import("../kinds.js").Drawing} */
const ofProbabilities = (values, target, names) =>
  drawn("loss", { kind: "probabilities", values, target, names });

test("the loss of every class is on the curve", () => {
  const p = [0.7, 0.2, 0.12];
  const { data } = ofProbabilities(p, 1);
  const [curve, guide, marked, outcome] = data;
  const { x: along = [], y: up = [] } = curve;
  assert.ok(along.length > 100 && along.every((x, i) => i === 0 || x > along[i - 1]));
  assertNear(
    up,
    along.map((x) => -Math.log(x)),
    { absolute: 1e-9, relative: 2e-5 },
    "curve",
  );
  assertNear(marked.x, [0.7, 0.12, 0.2], SIX_DIGITS, "the true class in front");
  assertNear(
    marked.y,
    [0.7, 0.12, 0.2].map((x) => -Math.log(x)),
    SIX_DIGITS,
    "points",
  );
  assert.deepEqual(marked.customdata?.[1], ["if it were class 2", 0.12, 2.12026]);
  assert.deepEqual(marked.customdata?.[2], ["true class 1", 0.2, 1.60944]);
  assertNear(
    [guide.x, guide.y],
    [
      [0, 0.2, 0.2],
      [1.60944, 1.60944, 0],
    ],
    SIX_DIGITS,
    "guide",
  );
  assert.deepEqual(outcome.text, ["true class 1: 1.6094"]);
});

test("an infinite loss is at the top and said", () => {
  const [, , marked, outcome] = ofProbabilities([0, 1], 0).data;
  assert.deepEqual([marked.x?.[1], marked.y?.[1]], [0, TOP]);
  const { symbol } = /** @type {{ symbol: string[] }} */ (marked.marker);
  assert.deepEqual(symbol, ["circle", "triangle-up"]);
  assert.equal(marked.customdata?.[1][2], "∞");
  assert.deepEqual(outcome.text, ["true class 0: ∞ ↑"]);
});

test("a loss from logits is finite where the probability is 0, and Python's", () => {
  const [, , marked, outcome] = drawn("loss", { values: [0, 800], target: 0 }).data;
  assert.deepEqual(marked.customdata?.[1], ["true class 0", 0, 800]);
  assert.deepEqual(outcome.text, ["true class 0: 800 ↑"]);
  /** @type {{ values: number[], temperature: number, target: number, probability: number[], losses: number[] }[]} */
  const examples = golden("softmax");
  for (const { values, temperature, target, probability, losses } of examples) {
    const { data, shown } = drawn("loss", { values, temperature, target });
    const order = [...values.keys()].filter((k) => k !== target).concat(target);
    const [x, y] = [order.map((k) => probability[k]), order.map((k) => Math.min(losses[k], TOP))];
    const { x: across, y: up } = data[2];
    assertNear([across, up], [x, y], { absolute: 1e-9, relative: 1e-5 }, `${values}`);
    assertNear(shown, { probabilities: x }, { absolute: 1e-9 }, `${values}`);
  }
});

test("neither the axes nor their top ever move", () => {
  const layouts = [TEN, [0, 800], [1e308, -1e308]].map(
    (values) => drawn("loss", { values, target: 0 }).layout,
  );
  for (const layout of layouts) {
    assert.deepEqual(layout, layouts[0]);
    assert.deepEqual(
      [rangeOf(layout, "xaxis"), rangeOf(layout, "yaxis")],
      [
        [0, 1.03],
        [0, TOP],
      ],
    );
  }
});

test("labels stand beside the curve and within the panel, one for all that lie together", () => {
  const [, , marked] = ofProbabilities([0.1, 0.5, 0.9, 0.52], 1).data;
  assert.deepEqual(marked.textposition, ["middle right", "top left", "top right", "top right"]);
  assert.deepEqual(marked.text, ["class 0", "class 2", "\u200b", "classes 1, 3"]);
});

test("points near each other on the panel share a label, also where the curve is steep", () => {
  const labels = (/** @type {number[]} */ ...p) => ofProbabilities(p, 0).data[2].text;
  assert.deepEqual(labels(0.3, 0.25), ["classes 0, 1", "\u200b"]); // 0.18 of 8 apart
  assert.deepEqual(labels(0.1, 0.03), ["class 1", "class 0"]); // 1.2 of 8
});

test("the true class stands out", () => {
  const [, , { marker }] = ofProbabilities([0.5, 0.3, 0.2], 1).data;
  const { size, symbol } = /** @type {{ size: number[], symbol: string[] }} */ (marker);
  assert.deepEqual(
    [size, symbol],
    [
      [9, 9, 17],
      ["circle", "circle", "diamond"],
    ],
  );
});

test("classes with names are called by them, on the same curve", () => {
  const p = [0.7, 0.2, 0.1];
  const [mine, lesson] = [ofProbabilities(p, 1, ["3", "8", "5"]), ofProbabilities(p, 1)];
  assert.deepEqual(mine.layout, lesson.layout);
  for (const [i, { x, y }] of mine.data.entries())
    assert.deepEqual([x, y], [lesson.data[i].x, lesson.data[i].y]);
  const [, , marked, outcome] = mine.data;
  assert.deepEqual(outcome.text, ["meant: 8: 1.6094"]);
  assert.deepEqual(marked.text, ["3", "5", "8"]);
  assert.deepEqual(
    marked.customdata?.map(([called]) => called),
    ["for 3", "for 5", "meant: 8"],
  );
  const together = ofProbabilities([0.5, 0.52], 1, ["one", "two"]).data[2];
  assert.deepEqual(together.text, ["one, two", "\u200b"]);
});
