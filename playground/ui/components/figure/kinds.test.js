// All kinds of figure: a frame of a drag draws what the server's message would, at extremes, too.

import assert from "node:assert/strict";
import test from "node:test";
import { golden } from "#testing/golden.js";
import { moves } from "./changes.js";
import { drawingOf, fits, KINDS, shownText, stateOf } from "./kinds.js";
import { heading } from "./parts.js";

/** @typedef {import("./kinds.js").Given & { alt: string }} Message */
/** @typedef {import("./kinds.js").Preview} Preview */

/** @typedef {{ preview: Preview, after: Message }} Frame */
/** @typedef {{ name: string, before: Message, frames: Frame[] }} Drag */

/** @type {Drag[]} */
const drags = golden("figures");

/** @type {(name: string) => Drag} */
const dragOf = (name) => drags.find((drag) => drag.name.startsWith(name)) ?? drags[0];

for (const { name, before, frames } of drags)
  test(`a frame of a drag draws what the server's answer will: ${name}`, () => {
    assert.ok(frames.length >= 6);
    for (const { preview, after } of frames) {
      assert.ok(fits(before, preview));
      assert.deepEqual(drawingOf(before, preview), drawingOf(after), `${preview.values}`);
    }
  });

test("every kind is among those figures", () => {
  const kinds = new Set(drags.map(({ before }) => before.kind));
  assert.deepEqual([...kinds].sort(), Object.keys(KINDS).sort());
});

test("another true class is drawn, too, if it is one", () => {
  for (const name of ["simplex", "loss, 3", "twice, 3", "binary"]) {
    const { before, frames } = dragOf(name);
    const [{ preview, after }] = frames;
    const target = preview.target === 0 ? 1 : 0;
    assert.ok(fits(before, { ...preview, target }));
    const other = { ...after, state: { ...after.state, target } };
    assert.deepEqual(drawingOf(before, { ...preview, target }), drawingOf(other), name);
    assert.notDeepEqual(drawingOf(other), drawingOf(after));
    for (const wrong of [9, -1, 0.5]) assert.ok(!fits(before, { ...preview, target: wrong }), name);
  }
});

test("without a true class a preview keeps the figure's", () => {
  for (const name of ["simplex", "loss, 3", "twice", "binary"]) {
    const { before, frames } = dragOf(name);
    for (const target of [null, undefined]) {
      const { target: kept } = stateOf(before, { ...frames[1].preview, target });
      assert.equal(kept, before.state.target, name);
    }
  }
});

test("a figure whose true class is nobody's takes any preview's", () => {
  const { before, frames } = dragOf("temperature, 3");
  assert.ok(fits(before, { ...frames[0].preview, target: 9 }));
});

test("probabilities say nothing of logits", () => {
  for (const kind of Object.keys(KINDS)) {
    const { before, frames } = dragOf(kind);
    const values = frames[0].preview.values.map(() => 0.5);
    const preview = /** @type {const} */ ({ key: "bench", kind: "probabilities", values });
    assert.equal(fits(before, preview), kind === "loss", kind);
  }
});

test("a shift beyond the largest number is the server's to explain", () => {
  const { before } = dragOf("shift, 3");
  const large = { ...before, state: { ...before.state, constant: 1e308 } };
  assert.ok(!fits(large, { key: "bench", values: [1e308, 0, 0] }));
  assert.ok(fits(large, { key: "bench", values: [1, 0, 0] }));
});

test("extreme numbers never become a figure that Plotly cannot draw", () => {
  for (const { name, before, frames } of drags) {
    const { length } = frames[0].preview.values;
    const isOfProbabilities = frames[0].preview.kind === "probabilities";
    for (const temperature of [1e-310, 1e-6, 1, 1e6, 1e308])
      for (const first of isOfProbabilities ? [0, 5e-324, 1] : [1e308, -1e308, 0, 5e-324, 800])
        for (const rest of isOfProbabilities ? [0, 1] : [first, 1e308, -1e308]) {
          const values = [first, ...Array(length - 1).fill(rest)];
          const { data, layout } = drawingOf(before, { ...frames[0].preview, values, temperature });
          for (const [i, { x = [], y = [], z = [] }] of data.entries()) {
            const mayHaveGaps = before.kind === "simplex" && i === 1;
            const isDrawn = (/** @type {number} */ value) =>
              Math.abs(value) <= 1e300 || (mayHaveGaps && Number.isNaN(value));
            const wrong = [...x, ...y, ...z.flat()].map(Number).find((value) => !isDrawn(value));
            assert.equal(wrong, undefined, `${name}: ${values}`);
          }
          const texts = JSON.stringify([data.map(({ x, y, ...rest }) => rest), layout]);
          assert.ok(!/null|NaN|Infinity|undefined/.test(texts), `${name}: ${values}`);
        }
  }
});

test("most frames of a drag only move what is drawn", () => {
  let [moved, all] = [0, 0];
  for (const { before, frames } of drags)
    for (const { preview } of frames) {
      const near = preview.values.map((value) => value + (preview.kind === "logits" ? 1e-3 : 0));
      const [one, other] = [preview, { ...preview, values: near }].map((p) => drawingOf(before, p));
      moved += Number(moves(one, other) !== undefined);
      all += 1;
    }
  assert.ok(moved > 0.9 * all, `${moved} of ${all}`);
});

test("a preview fits if it has as many finite numbers as the figure has classes", () => {
  const { before } = dragOf("simplex");
  const good = { key: "bench", values: [1, 2, 3] };
  assert.ok(fits(before, good));
  assert.ok(fits(before, { ...good, temperature: 1e-300 }));
  assert.ok(!fits(before, undefined));
  assert.ok(!fits(before, null));
  for (const temperature of [0, -1, Infinity, NaN])
    assert.ok(!fits(before, { ...good, temperature }));
  for (const values of [[1, 2], [1, 2, 3, 4], [1, 2, NaN], [1, 2, Infinity], []])
    assert.ok(!fits(before, { ...good, values }), `${values}`);
  for (const values of [undefined, null, "1,2,3", [1, 2, null], [1, 2, "3"]])
    assert.ok(!fits(before, JSON.parse(JSON.stringify({ ...good, values }))), `${values}`);
});

test("a figure says what it shows, in six digits", () => {
  const said = (/** @type {string} */ name) => shownText(drawingOf(dragOf(name).before).shown);
  assert.match(said("simplex"), /^probabilities 0\.\d+,0\.\d+,0\.\d+$/);
  assert.match(said("temperature, 3"), /^values .*; temperature 1$/);
  assert.match(said("shift by nothing"), /^values .*; temperature 1; constant 0$/);
  assert.equal(shownText({ values: [1 / 3, 1e-7], target: 2 }), "values 0.333333,1e-7; target 2");
});

test("a heading begins at its left end, however wide the font of a file is", () => {
  assert.equal(heading("Loss").align, "left");
});
