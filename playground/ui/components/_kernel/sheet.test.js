// A canvas over many nodes: where each of them stands on it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeElement, onNewPages, page } from "#testing/fake_page.js";
import { Sheet } from "./sheet.js";

onNewPages(import.meta.filename);

/** @param {FakeElement} node */
const real = (node) => /** @type {HTMLElement} */ (/** @type {unknown} */ (node));

function sheet() {
  const [parent, node] = [new FakeElement("div"), new FakeElement("span")];
  node.rect = { left: 10, top: 20, width: 30, height: 40 };
  let times = 0;
  const life = new AbortController();
  const resized = () => {
    times += 1;
  };
  const one = new Sheet(real(parent), resized, life.signal);
  page.sizes.get(parent)?.();
  return {
    ...{ parent, node, life },
    place: () => one.clear([real(node)]).places[0],
    size: () => [parent.one("canvas").width, parent.one("canvas").height],
    times: () => times,
  };
}

test("a node has its place in pixels of the canvas, looked up once for each width", () => {
  const one = sheet();
  assert.deepEqual(one.size(), [200, 100]);
  assert.deepEqual(one.place(), { left: 10, top: 20, width: 30, height: 40 });
  one.node.rect = { left: 50, top: 20, width: 30, height: 40 };
  assert.equal(one.place().left, 10);
  one.parent.rect = { left: 0, top: 0, width: 300, height: 100 };
  page.sizes.get(one.parent)?.();
  assert.equal(one.place().left, 50);
});

test("what the device has forgotten is to be painted again", () => {
  const one = sheet();
  one.parent.one("canvas").fire("contextrestored");
  assert.equal(one.times(), 2);
});

test("in a page that is zoomed it is as sharp, also where its width stays", () => {
  const one = sheet();
  one.place();
  Object.assign(globalThis, { devicePixelRatio: 2 });
  page.window.fire("resize");
  assert.deepEqual([one.size(), one.times()], [[400, 200], 2]);
  assert.deepEqual(one.place(), { left: 20, top: 40, width: 60, height: 80 });
  page.window.fire("resize"); // nothing else
  one.life.abort();
  Object.assign(globalThis, { devicePixelRatio: 3 });
  page.window.fire("resize");
  assert.equal(one.times(), 2);
});
