// What differs between two figures, and their colours.

import assert from "node:assert/strict";
import test from "node:test";
import { drawn, TEN, THREE } from "#testing/figures.js";
import { change, coloured, moves } from "./changes.js";

/** @typedef {import("./changes.js").Figure} Figure */

const cells = (/** @type {number[]} */ values) => drawn("jacobian", { values });

test("what only moves is moved, all of what can move of its trace", () => {
  const [before, after] = [cells(THREE), cells([1.9, 1, 0.1])];
  const edits = moves(before, after) ?? {};
  assert.deepEqual(Object.keys(edits), ["0"]);
  assert.deepEqual(Object.keys(edits[0]).sort(), ["text", "x", "y", "z", "zmax", "zmin"]);
  assert.equal(edits[0].z, after.data[0].z);
  assert.deepEqual(moves(before, structuredClone(before)), {});
});

test("traces that stay where they are are left alone", () => {
  const [before, after] = [THREE, [1, 1, 1]].map((values) => drawn("loss", { values, target: 1 }));
  const { text } = after.data[2];
  Object.assign(after.data[2], before.data[2], { text });
  const { 0: curve, 2: points } = moves(before, after) ?? {};
  assert.equal(curve, undefined);
  assert.equal(points.text, text);
});

test("a figure that looks otherwise is for Plotly", () => {
  const before = cells(THREE);
  /** @type {(give: (figure: Figure) => void) => Figure} */
  const changed = (give) => {
    const figure = structuredClone(cells([1.9, 1, 0.1]));
    give(figure);
    return figure;
  };
  assert.notEqual(
    moves(
      before,
      changed(() => {}),
    ),
    undefined,
  );
  assert.equal(moves(before, cells(TEN)), undefined, "more cells, another text size");
  assert.equal(
    moves(
      before,
      changed(({ layout }) => Object.assign(layout, { height: 5 })),
    ),
    undefined,
    "another layout",
  );
  assert.equal(
    moves(
      before,
      changed(({ data }) => data.push({ type: "scatter" })),
    ),
    undefined,
    "another trace",
  );
  assert.equal(
    moves(
      before,
      changed(({ data }) => Object.assign(data[0], { showscale: true })),
    ),
    undefined,
    "another look",
  );
  assert.equal(
    moves(
      before,
      changed(({ data }) => delete data[0].xgap),
    ),
    undefined,
    "less of it",
  );
});

test("labels that change sides, markers that change shape and axes that grow are for Plotly", () => {
  const at = (/** @type {number} */ temperature) =>
    drawn("temperature", { values: THREE, temperature, range: [0.05, 10] });
  assert.notEqual(moves(at(1), at(1.2)), undefined);
  assert.equal(moves(at(1), at(4)), undefined, "sides");
  assert.equal(moves(at(8), at(16)), undefined, "axis");
  const p = (/** @type {number[]} */ ...values) =>
    drawn("loss", { kind: "probabilities", values, target: 0 });
  assert.notEqual(moves(p(0.3, 0.7), p(0.31, 0.69)), undefined);
  assert.equal(moves(p(1e-3, 0.99), p(1e-5, 0.99)), undefined, "shape");
});

test("paths lead to what is changed", () => {
  const layout = { xaxis: { domain: [0, 0.5] }, annotations: [{ text: "a" }, { text: "b" }] };
  change(layout, { "xaxis.domain": [0, 1], "annotations[1].text": "c", height: 3 });
  assert.deepEqual(layout, {
    xaxis: { domain: [0, 1] },
    annotations: [{ text: "a" }, { text: "c" }],
    height: 3,
  });
});

test("colours are those of the theme, in a copy", () => {
  const figure = drawn("binary", { values: [0, 1], target: 0, end: 50, broken: [[], []] });
  const before = structuredClone(figure);
  const theme = /** @type {import("../_kernel/theme.js").Theme} */ ({ dark: true, page: "#111" });
  const { data } = coloured(figure, theme);
  assert.deepEqual(figure, before);
  const { color, line } = /** @type {{ color: string, line: { color: string } }} */ (
    data[2].marker
  );
  assert.deepEqual([color, line.color], ["dark once", "#111"]);
  assert.ok(
    JSON.stringify(coloured(figure, { ...theme, dark: false }).data).includes("light once"),
  );
});
