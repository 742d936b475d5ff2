// A step, layer by layer: its words, its pictures and its table.

import assert from "node:assert/strict";
import { test } from "node:test";
import { base64, COLOURS } from "#testing/digits.js";
import { mount, onNewPages, page } from "#testing/fake_page.js";
import stepLayers from "./step_layers.js";

onNewPages(import.meta.filename);

const STEP = {
  ...{ step: 1203, examples: 64, batch: [2.3, 2.29], loss: [1.5, 1.25], target: 1 },
  ...{
    logits: [1, -1, 0],
    p: [0.7, 0.1, 0.2],
    slopes: [0.7, -0.9, 0.2],
    after: [0.69, 0.11, 0.20004],
  },
  pixels: base64(new Uint8Array(784).fill(255)),
  layers: [
    { name: "conv1", shape: [2, 2, 2], values: base64([127, 0, 64, 0, 8, 0, 0, 0]), most: 2.5 },
    { name: "l1", shape: [3], values: base64([127, 256 - 64, 0]), most: 0.5 },
  ],
  moved: [
    ["conv1", 0.01, 2],
    ["l1", 0.02, 1],
    ["l2", 0.5, 0],
  ],
};

function shown(change = {}) {
  const { parent, give } = mount(stepLayers);
  const message = { names: ["cat", "dog", "eel"], isPlain: true, colours: COLOURS };
  give({ ...message, view: JSON.stringify(STEP), ...change });
  page.frame();
  return parent;
}

test("a step is told in words and as a table", () => {
  const parent = shown();
  assert.equal(
    parent.one("p").textContent,
    "Step 1,203: the mean loss of its 64 examples was 2.3000, and is 2.2900 after it. Here is the " +
      "one with the largest loss, a dog: 1.500 before, 1.250 after.",
  );
  const heads = parent.one("thead").all("th");
  assert.equal(heads[4].textContent, "p − y");
  const rows = parent
    .one("tbody")
    .children.map((row) => row.children.map((one) => one.textContent));
  assert.deepEqual(rows, [
    ["cat", "1.00", "0.7000", "0", "0.7000", "0.6900 ↓"],
    ["dog", "−1.00", "0.1000", "1", "−0.9000", "0.1100 ↑"],
    ["eel", "0.00", "0.2000", "0", "0.2000", "0.2000 ·"],
  ]);
  assert.equal(shown({ isPlain: false }).one("thead").all("th")[4].textContent, "slope");
});

test("losses that are nearly 0 are powers of ten", () => {
  const words = shown({ view: JSON.stringify({ ...STEP, loss: [2e-4, 1.4e-9] }) }).one("p");
  assert.match(words.textContent, /a dog: 2\.0e−04 before, 1\.4e−09 after\.$/);
});

test("what has moved by more than its own size is told in plain numbers", () => {
  /** @type {(change: number, norm: number) => string | undefined} */
  const told = (change, norm) => {
    const step = { ...STEP, moved: [["conv1", change, norm]] };
    const [, row] = shown({ view: JSON.stringify(step) }).all(".sp-step-row");
    return /moved (.*)/.exec(row.textContent)?.[1];
  };
  assert.equal(told(3, 2), "3.0 (150 %)");
  assert.equal(told(99.6, 100), "100 (100 %)");
  assert.equal(told(2e-8, 2), "2.0e−8 (0.0000010 %)");
});

test("each layer is a picture with words, and says how far it has moved", () => {
  const parent = shown();
  assert.deepEqual(
    parent.all(".sp-step-name").map(({ textContent }) => textContent),
    [
      "Pixels28 × 28",
      "conv12 maps of 2 × 2weights moved 0.010 (0.50 %)",
      "l13 unitsweights moved 0.020 (2.0 %)",
      "l23 logits, in the tableweights moved 0.50",
    ],
  );
  const [pixels, maps, units] = parent.all("canvas");
  assert.equal(pixels.getAttribute("aria-label"), "a dog");
  assert.equal(
    maps.getAttribute("aria-label"),
    "conv1: 2 maps of 2 × 2, 38 % of the values are not 0, the largest 2.5",
  );
  const alphas = (/** @type {typeof maps} */ { context }) =>
    [...(context?.pixels ?? [])].filter((_, i) => i % 4 === 3);
  // Beside each other, row by row: 127 and 0 of the first map, 8 and 0 of the second.
  assert.deepEqual(alphas(maps), [255, 0, 16, 0, 129, 0, 0, 0]);
  assert.deepEqual([maps.width, maps.height, units.width, units.height], [4, 2, 3, 1]);
  assert.ok(alphas(units)[1] > 100, "below 0 it is seen, too");
  const narrow = [{ name: "l1", shape: [1], values: base64([127]), most: 0.5 }];
  const [, one] = shown({ view: JSON.stringify({ ...STEP, layers: narrow }) }).all(".sp-step-name");
  assert.match(one.textContent, /^l11 unitw/);
});
