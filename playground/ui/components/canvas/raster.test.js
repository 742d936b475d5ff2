// Strokes as pixels without a canvas, and how a browser that falsifies a canvas is found out.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { FakeContext, onNewPages } from "#testing/fake_page.js";
import { SIDE } from "./picture.js";
import { isTruthful, rasterOf } from "./raster.js";

onNewPages(import.meta.filename);

/** @type {(data: Uint8ClampedArray, x: number, y: number) => number} */
const opacity = (data, x, y) => data[4 * (y * SIDE + x) + 3];

test("a browser that gives back what was painted is believed", () => {
  assert.equal(isTruthful(), true);
});

/** @type {Record<string, (data: Uint8ClampedArray) => void>} */
const FALSIFIED = {
  "all white": (data) => data.fill(255),
  "all empty": (data) => data.fill(0),
  "noise everywhere": (data) => {
    for (let i = 0; i < data.length; i += 1) data[i] = (data[i] + 37 * i) % 256;
  },
  "one pixel in a thousand": (data) => {
    for (let i = 3; i < data.length; i += 4000) data[i] = 255 - data[i];
  },
};
for (const [name, falsify] of Object.entries(FALSIFIED))
  test(`it is found out: ${name}`, () => {
    const honest = FakeContext.prototype.getImageData;
    mock.method(FakeContext.prototype, "getImageData", function (/** @type {any[]} */ ...box) {
      // @ts-expect-error the box is that of the call
      const { data } = honest.apply(this, box);
      const copy = Uint8ClampedArray.from(data);
      falsify(copy);
      return { data: copy };
    });
    assert.equal(isTruthful(), false);
  });

test("a stroke covers the pixels along it, half of those at its edge", () => {
  const data = rasterOf([{ width: 20 / SIDE, points: [0.25, 0.5, 0.5, 0.75, 0.5, 0.5] }]);
  assert.equal(opacity(data, 140, 140), 255);
  assert.equal(opacity(data, 140, 130), 255);
  assert.equal(opacity(data, 140, 128), 0);
  assert.equal(opacity(data, 218, 140), 255); // its round end
  assert.equal(opacity(data, 221, 140), 0);
  assert.equal(opacity(data, 62, 140), 255);
});

test("a dot is round, pressure makes it wider, and outside nothing is drawn", () => {
  const soft = rasterOf([{ width: 20 / SIDE, points: [0.5, 0.5, 0.5] }]);
  const hard = rasterOf([{ width: 20 / SIDE, points: [0.5, 0.5, 1] }]);
  assert.equal(opacity(soft, 140, 151), 0);
  assert.equal(opacity(hard, 140, 151), 255);
  assert.equal(opacity(soft, 148, 148), 0);
  const corner = rasterOf([{ width: 20 / SIDE, points: [0, 0, 0.5] }]);
  assert.equal(opacity(corner, 0, 0), 255);
  assert.equal(opacity(corner, SIDE - 1, 0), 0);
});

test("strokes are laid over each other, and none is no ink", () => {
  const stroke = { width: 20 / SIDE, points: [0.25, 0.5, 0.5, 0.75, 0.5, 0.5] };
  const across = { width: 20 / SIDE, points: [0.5, 0.25, 0.5, 0.5, 0.75, 0.5] };
  const both = rasterOf([stroke, across]);
  assert.deepEqual([opacity(both, 80, 140), opacity(both, 140, 80)], [255, 255]);
  assert.equal(opacity(both, 80, 80), 0);
  assert.ok(rasterOf([]).every((value) => value === 0));
});
