// The layers of a network: what is painted where, and what replaces what.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mount, onNewPages, page } from "#testing/fake_page.js";
import { layersShown, showLayers } from "../_kernel/layers.js";
import layers, { gridOf } from "./layers.js";

/** @typedef {import("../_kernel/layers.js").Layers} Layers */

onNewPages(import.meta.filename, () => showLayers(null));

const MAPS = {
  name: "conv1",
  shape: [2, 2, 2],
  values: Float32Array.of(0, 1, 2, 3, 4, 0, 0, 0),
};
/** @type {Layers} */
const LAYERS = {
  network: "CNN",
  classes: ["cat", "dog"],
  hidden: [MAPS, { name: "l1", shape: [3], values: Float32Array.of(-2, 1, 0) }],
  logits: [-1.25, 2],
  probabilities: [0.04, 0.96],
};

function view() {
  const { parent, give } = mount(layers);
  give({ note: "Draw something first.", colours: [["#111111", "#eeeeee"]] });
  page.frame();
  const canvases = () => parent.all("canvas");
  return {
    parent,
    note: parent.one(".sp-layers-note"),
    body: parent.one(".sp-layers-body"),
    canvases,
    /** @type {(i: number) => number[]} opacities, in 255ths */
    ink: (i) => [...(canvases()[i].context?.pixels ?? [])].filter((_, at) => at % 4 === 3),
    texts: () => parent.all(".sp-layers-class").map((node) => node.textContent),
  };
}

/** @param {Layers | null} shown */
function show(shown) {
  showLayers(shown);
  page.frame();
}

test("without layers there is a note, and whoever comes later sees what is there", () => {
  const one = view();
  assert.deepEqual([one.note.hidden, one.body.hidden], [false, true]);
  assert.equal(one.note.textContent, "Draw something first.");
  show(LAYERS);
  assert.equal(layersShown(), LAYERS);
  assert.deepEqual([one.note.hidden, one.body.hidden], [true, false]);
  assert.equal(view().canvases().length, 2);
  show(null);
  assert.deepEqual([one.note.hidden, one.body.hidden], [false, true]);
});

test("maps stand beside each other, a pixel a value, the strongest full", () => {
  const one = view();
  show(LAYERS);
  assert.deepEqual(one.ink(0), [0, 64, 255, 0, 128, 191, 0, 0]);
  const { style } = one.parent.one(".sp-layers-lines"); // between them, over all that is painted
  assert.equal(style.backgroundSize, "50% 100%");
});

test("what is told is painted at once, in the frame in which it is told", () => {
  const one = view();
  showLayers(LAYERS);
  assert.deepEqual(one.texts(), ["−1.3cat", "2.0dog"]);
});

test("units are cells without lines, those below 0 in another colour", () => {
  const one = view();
  show(LAYERS);
  const [first, second, third] = one.ink(1);
  assert.deepEqual([first, third], [255, 0]);
  assert.ok(second > 0 && second < 255);
  const { pixels } = one.canvases()[1].context ?? {};
  assert.notDeepEqual([...(pixels ?? [])].slice(0, 3), [...(pixels ?? [])].slice(4, 7));
});

test("each class has its logit, its bar and its name", () => {
  const one = view();
  show(LAYERS);
  assert.deepEqual(one.texts(), ["−1.3cat", "2.0dog"]);
  const bars = one.parent.all(".sp-layers-track").map((node) => node.children[0].style.transform);
  assert.deepEqual(bars, ["scaleY(0.04)", "scaleY(0.96)"]);
});

test("new values come into the same nodes, another network makes new ones", () => {
  const one = view();
  show(LAYERS);
  const before = one.canvases();
  show({ ...LAYERS, logits: [5, 0] });
  assert.deepEqual(one.texts(), ["5.0cat", "0.0dog"]);
  assert.equal(one.canvases()[0], before[0]);
  show({ ...LAYERS, hidden: [] });
  assert.equal(one.canvases().length, 0);
  assert.equal(one.texts().length, 2);
});

for (const [shape, columns, rows] of /** @type {[number[], number, number][]} */ ([
  [[16, 14, 14], 16, 1],
  [[64, 5, 5], 16, 4],
  [[17, 5, 5], 9, 2],
  [[520], 104, 5],
  [[120], 60, 2],
  [[5], 5, 1],
  [[1], 1, 1],
]))
  test(`${shape} are ${columns} × ${rows}`, () => {
    const grid = gridOf({ name: "", shape, values: new Float32Array() });
    assert.deepEqual([grid.columns, grid.rows], [columns, rows]);
  });
