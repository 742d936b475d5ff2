// Pictures of digits and weights: their colours, on a light and on a dark page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { opacities, pixels } from "#testing/digits.js";
import { FakeElement, onNewPages } from "#testing/fake_page.js";
import { paintInk, paintSigned } from "./digit_images.js";

onNewPages(import.meta.filename);

/** @param {FakeElement} node */
const asCanvas = (node) => /** @type {HTMLCanvasElement} */ (/** @type {unknown} */ (node));

/** @type {(width: number, height?: number) => FakeElement} */
const canvas = (width, height = 1) => Object.assign(new FakeElement("canvas"), { width, height });

test("ink is opacity, so that the page shows through in either theme", () => {
  const node = canvas(3);
  paintInk(asCanvas(node), false, (i) => i / 2);
  assert.deepEqual(pixels(node), [
    [17, 20, 28, 0],
    [17, 20, 28, 128],
    [17, 20, 28, 255],
  ]);
  paintInk(asCanvas(node), true, (i) => i / 2);
  assert.deepEqual(pixels(node)[2], [246, 246, 244, 255]);
});

test("weights are red for and blue against, and small ones still show", () => {
  const node = canvas(5);
  const values = [-1, -0.1, 0, 0.1, 2];
  paintSigned(asCanvas(node), false, (i) => values[i]);
  const small = Math.round(255 * 0.1 ** 0.75);
  assert.ok(small > 40);
  assert.deepEqual(opacities(node), [255, small, 0, small, 255]);
  assert.deepEqual(pixels(node)[0].slice(0, 3), [18, 86, 168]);
  assert.deepEqual(pixels(node)[4].slice(0, 3), [178, 24, 43]);
  paintSigned(asCanvas(node), true, (i) => values[i]);
  assert.deepEqual(pixels(node)[0].slice(0, 3), [104, 176, 255]);
  assert.deepEqual(pixels(node)[4].slice(0, 3), [255, 118, 100]);
});
