// The live chart by keyboard.

import assert from "node:assert/strict";
import { test } from "node:test";
import { press } from "./keys.js";

/** @typedef {import("./keys.js").Charted} Charted */

/**
 * A chart of 16,000 steps that notes what Plotly is told.
 *
 * @param {number | null} total
 */
function chart(total = 16000) {
  const labels = ["train", "smoothed", "test", "train", "test"];
  const layout = { xaxis: { range: [0, total ?? 1] } };
  const data = labels.map(() => ({ visible: /** @type {unknown} */ (true) }));
  /** @type {string[]} */
  const said = [];
  const Plotly = {
    /** @type {(node: unknown, changes: { "xaxis.range": number[] }) => void} */
    relayout: (_, changes) => {
      layout.xaxis.range = changes["xaxis.range"];
    },
    /** @type {(node: unknown, changes: { visible: unknown }, traces: number[]) => void} */
    restyle: (_, { visible }, traces) => {
      for (const i of traces) data[i].visible = visible;
    },
  };
  const view = /** @type {Charted} */ (
    /** @type {unknown} */ ({
      plot: { layout, data },
      Plotly,
      spec: { traces: labels.map((label) => ({ label })) },
      tables: new Map(),
      total,
    })
  );
  const ways = {
    showAll: () => void said.push("all"),
    turnCut: () => "All of the loss",
  };
  /** @param {string[]} keys */
  const keys = (...keys) => keys.map((key) => press(view, key, ways)).at(-1);
  return { view, layout, data, said, keys };
}

test("keys zoom and move within the steps that there are", () => {
  const { layout, keys } = chart();
  assert.equal(keys("+"), "Steps 4000 to 12000");
  assert.deepEqual(layout.xaxis.range, [4000, 12000]);
  assert.equal(keys("=", "ArrowLeft"), "Steps 5000 to 9000");
  assert.equal(keys(...Array(9).fill("ArrowLeft")), "Steps 0 to 4000");
  assert.equal(keys("-"), "Steps 0 to 8000");
  assert.equal(keys(...Array(20).fill("+")), "Steps 3996 to 4004");
  assert.equal(keys(...Array(20).fill("−")), "Steps 0 to 16000");
  assert.equal(keys("ArrowRight"), "Steps 0 to 16000");
});

test("without an end the last row is it, and without rows there is nothing to zoom", () => {
  const { view, keys } = chart(null);
  assert.equal(keys("+"), "No steps yet");
  view.tables.set("train", { x: [1, 500], columns: {} });
  view.tables.set("test", { x: [], columns: {} });
  view.plot.layout.xaxis.range = [0, 500];
  assert.equal(keys("+"), "Steps 125 to 375");
});

test("0 shows all, and y all of the loss", () => {
  const { said, keys } = chart();
  assert.equal(keys("y"), "All of the loss");
  assert.equal(keys("0"), "All steps");
  assert.deepEqual(said, ["all"]);
});

test("a number hides and shows the curves of a name in all panels", () => {
  const { data, keys } = chart();
  assert.equal(keys("3"), "test hidden");
  const seen = () => data.map(({ visible }) => visible === true);
  assert.deepEqual(seen(), [true, true, false, true, false]);
  assert.equal(keys("3"), "test shown");
  assert.deepEqual(seen(), [true, true, true, true, true]);
  data[2].visible = "legendonly"; // by a click on the legend, which hides one
  assert.equal(keys("3"), "test hidden", "the other as well");
});

test("keys of nothing do nothing", () => {
  const { keys } = chart();
  for (const key of ["9", "a", "Tab", "ArrowUp"]) assert.equal(keys(key), undefined);
});
