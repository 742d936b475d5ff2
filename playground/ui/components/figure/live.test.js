// Previews: what the browser draws during a drag is what Python draws at its end.

import assert from "node:assert/strict";
import test from "node:test";
import { assertNear, golden } from "#testing/golden.js";
import { edited, looksTheSame, moves } from "./edits.js";
import { fits, LIVE_KINDS, previewEdits, shownText, trailOf } from "./live.js";
import { moveJacobian } from "./live_softmax.js";

/** @typedef {import("./live.js").Message} Message */
/** @typedef {import("./live.js").Preview} Preview */
/** @typedef {import("./live.js").Trail} Trail */

/** @typedef {{ preview: Preview, after: Message }} Frame */
/** @typedef {{ name: string, before: Message, frames: Frame[] }} Drag */

/** @type {Drag[]} */
const drags = golden("figures");
const SIX_DIGITS = { relative: 1e-5, absolute: 1e-12 };

/** @type {(name: string) => Drag} */
const dragOf = (name) => drags.find((drag) => drag.name.startsWith(name)) ?? drags[0];

/**
 * The figure of a message after a preview; the trail of a simplex is the browser's own, and
 * only the server draws its paths again.
 *
 * @param {Message} message
 */
const compared = ({ figure, live }) =>
  live[0].kind === "simplex"
    ? figure.data[live[0].traces.point]
    : { data: figure.data, layout: figure.layout };

for (const { name, before, frames } of drags)
  test(`a preview draws what the server would: ${name}`, () => {
    assert.ok(frames.length >= 6);
    for (const { preview, after } of frames) {
      assert.ok(fits(before.live, preview));
      const edits = previewEdits({ message: before, trail: [] }, preview);
      const at = `${name}, ${preview.values} at ${preview.temperature}`;
      assert.equal(edits.whole, true, at);
      const figure = edited(before.figure, edits);
      assertNear(compared({ ...before, figure }), compared(after), SIX_DIGITS, at);
      const told = shownText({ message: before, preview, edits });
      assert.equal(told, shownText({ message: after }), at);
    }
  });

test("every kind is among those figures", () => {
  const kinds = new Set(drags.map(({ before }) => before.live[0].kind));
  assert.deepEqual([...kinds].sort(), Object.keys(LIVE_KINDS).sort());
});

test("an answer that only moves things is moved, and is then the server's figure", () => {
  let moved = 0;
  for (const { name, before, frames } of drags)
    for (const { after } of frames) {
      const traces = moves(before.figure, before, after);
      if (!traces) continue;
      moved += 1;
      assert.deepEqual(
        edited(before.figure, { traces, layout: {}, whole: true }),
        after.figure,
        name,
      );
    }
  assert.ok(moved > 100);
});

test("an answer of another shape is for Plotly", () => {
  const { before, frames } = dragOf("jacobian, 3");
  const { after } = frames[1];
  assert.notEqual(moves(before.figure, before, after), undefined);
  const more = dragOf("jacobian, 10").before;
  assert.equal(moves(before.figure, before, more), undefined, "more cells, another layout");
  const wider = structuredClone(after);
  wider.figure.layout.height = 500;
  assert.equal(moves(before.figure, before, wider), undefined, "another layout");
  const longer = structuredClone(after);
  longer.figure.data.push({ type: "scatter" });
  assert.equal(moves(before.figure, before, longer), undefined, "another trace");
  const recoloured = structuredClone(after);
  recoloured.figure.data[0].showscale = true;
  assert.equal(moves(before.figure, before, recoloured), undefined, "another look");
  const still = structuredClone(after);
  still.live = [];
  assert.equal(moves(before.figure, before, still), undefined, "other live parts");
});

test("an answer moves back what a preview has moved, but for the trail", () => {
  const { before } = dragOf("simplex");
  const [{ traces }] = before.live;
  const edits = moves(before.figure, before, before) ?? {};
  assert.deepEqual(Object.keys(edits), [`${traces.point}`]);
});

test("another true class is the server's to draw, except where softmax is taken twice", () => {
  for (const name of ["simplex", "loss, 3", "binary"]) {
    const { before, frames } = dragOf(name);
    const [{ preview }] = frames;
    const target = preview.target === 0 ? 1 : 0;
    const edits = previewEdits({ message: before, trail: [] }, { ...preview, target });
    assert.deepEqual([edits.whole, edits.traces], [false, {}], name);
    const told = shownText({ message: before, preview: { ...preview, target }, edits });
    assert.equal(told, shownText({ message: before }), name);
  }
});

test("softmax taken twice follows another true class, and ignores one that is not there", () => {
  /** @type {{ before: Message, target: number, after: Message }[]} */
  const vectors = golden("targets");
  for (const { before, target, after } of vectors) {
    const preview = { key: "bench", values: [2, 1, 0.1], target };
    const edits = previewEdits({ message: before, trail: [] }, preview);
    assertNear(edited(before.figure, edits), after.figure, SIX_DIGITS, `class ${target}`);
    assert.equal(shownText({ message: before, preview, edits }), shownText({ message: after }));
    const wrong = previewEdits({ message: before, trail: [] }, { ...preview, target: 9 });
    assert.equal(wrong.whole, false);
  }
});

test("without a true class a preview keeps the figure's", () => {
  for (const name of ["simplex", "loss, 3", "twice", "binary"]) {
    const { before, frames } = dragOf(name);
    const [{ preview }] = frames;
    for (const target of [null, undefined]) {
      const edits = previewEdits({ message: before, trail: [] }, { ...preview, target });
      assert.equal(edits.whole, true, name);
    }
  }
});

test("probabilities say nothing of logits", () => {
  for (const name of ["temperature", "sigmoid", "jacobian", "shift", "twice", "binary"]) {
    const { before, frames } = dragOf(name);
    const values = frames[0].preview.values.map(() => 0.5);
    /** @type {Preview} */
    const preview = { key: "bench", kind: "probabilities", values };
    const edits = previewEdits({ message: before, trail: [] }, preview);
    assert.deepEqual([edits.whole, edits.traces], [false, {}], name);
  }
});

test("a shift beyond the largest number is the server's to explain", () => {
  const { before } = dragOf("shift, 3");
  const large = structuredClone(before);
  Object.assign(large.live[0], { constant: 1e308 });
  const preview = { key: "bench", values: [1e308, 0, 0] };
  assert.equal(previewEdits({ message: large, trail: [] }, preview).whole, false);
});

test("extreme numbers never become NaN or a figure that Plotly cannot draw", () => {
  for (const { name, before, frames } of drags) {
    const { length } = frames[0].preview.values;
    for (const temperature of [1e-310, 1e-6, 1, 1e6, 1e308])
      for (const first of [1e308, -1e308, 0, 5e-324, 800])
        for (const rest of [first, 1e308, -1e308]) {
          const values = [first, ...Array(length - 1).fill(rest)];
          const preview = { key: "bench", values, temperature };
          const { traces } = previewEdits({ message: before, trail: [] }, preview);
          for (const { x = [], y = [], z = [] } of Object.values(traces))
            for (const value of [...x, ...y, ...z.flat()])
              assert.ok(Math.abs(value) <= 1e300, `${name}: ${value} of ${values}, ${temperature}`);
        }
  }
});

test("a preview fits if it has as many finite numbers as the figure has classes", () => {
  const { live } = dragOf("simplex").before;
  const good = { key: "bench", values: [1, 2, 3] };
  assert.ok(fits(live, good));
  assert.ok(fits(live, { ...good, temperature: 1e-300 }));
  assert.ok(!fits(live, undefined));
  assert.ok(!fits(live, null));
  assert.equal(fits([], good), false, "nothing moves");
  for (const temperature of [0, -1, Infinity, NaN])
    assert.ok(!fits(live, { ...good, temperature }));
  for (const values of [[1, 2], [1, 2, 3, 4], [1, 2, NaN], [1, 2, Infinity], []])
    assert.ok(!fits(live, { ...good, values }), `${values}`);
  for (const values of [undefined, null, "1,2,3", [1, 2, null], [1, 2, "3"]])
    assert.ok(!fits(live, JSON.parse(JSON.stringify({ ...good, values }))), `${values}`);
});

// ---------------------------------------------------------------- the trail

test("the trail grows with each move that can be seen, and is thinned when it is long", () => {
  const { before } = dragOf("simplex");
  const view = { message: before, trail: /** @type {Trail} */ ([]) };
  /** @type {(first: number) => import("./live.js").Edits} */
  const drag = (first) => previewEdits(view, { key: "bench", values: [first, 1, 0.1] });
  drag(2);
  drag(2);
  drag(2.0001);
  assert.equal(view.trail.length, 1);
  const { traces } = drag(1.5);
  assert.equal(view.trail.length, 2);
  assert.deepEqual(traces[before.live[0].traces.trail], trailOf(view.trail));
  const [x, y] = view.trail[1];
  assert.deepEqual(trailOf([[x, y]]), { x: [x], y: [y] });
  for (let i = 0; i < 1000; i++) drag(i % 2 ? 5 : -5);
  assert.ok(view.trail.length > 100 && view.trail.length <= 240, `${view.trail.length}`);
  assert.deepEqual(
    view.trail[0],
    [x, y].map((_, i) => view.trail[0][i]),
  );
});

// ---------------------------------------------------------------- what Plotly must draw

test("only what moves is moved without Plotly", () => {
  const { before, frames } = dragOf("temperature, 3");
  const view = { message: before, trail: /** @type {Trail} */ ([]) };
  const values = frames[0].preview.values;
  const near = previewEdits(view, { key: "bench", values, temperature: 1.2 });
  const far = previewEdits(view, { key: "bench", values, temperature: 4 });
  assert.ok(looksTheSame(before.figure, near));
  assert.ok(!looksTheSame(before.figure, far), "labels at the other side");
  const range = { traces: {}, layout: { "xaxis.range": [0, 1] }, whole: true };
  assert.ok(!looksTheSame(before.figure, range), "another range");
  const { layout } = before.figure;
  range.layout["xaxis.range"] = /** @type {[number, number]} */ (layout.xaxis?.range);
  assert.ok(looksTheSame(before.figure, range), "the range that is there");
});

test("without a preview a figure shows what its message says", () => {
  assert.match(
    shownText({ message: dragOf("simplex").before }),
    /^probabilities 0\.\d+,0\.\d+,0\.\d+$/,
  );
  const { before } = dragOf("temperature, 3");
  assert.match(shownText({ message: before }), /^values .*; temperature 1$/);
  assert.equal(shownText({ message: { ...before, shown: {} } }), before.alt);
});

test("slopes of a thousand and more are written in thousands", () => {
  /** @param {number} temperature */
  const heading = (temperature) => {
    const moved = moveJacobian(
      { kind: "jacobian", traces: {}, classes: 2, decimals: 3 },
      { p: [0.5, 0.5], values: [0, 0], temperature, target: null, losses: [1, 1] },
      /** @type {Parameters<typeof moveJacobian>[2]} */ ({}),
    );
    return `${moved?.layout?.["annotations[0].text"]}`;
  };
  assert.ok(!heading(0.01).includes("10<sup>"), "25");
  assert.ok(heading(0.0001).includes("(× 10<sup>3</sup>)"), "2,500");
  assert.ok(heading(10_000).includes("(× 10<sup>−6</sup>)"), "0.000025");
});
