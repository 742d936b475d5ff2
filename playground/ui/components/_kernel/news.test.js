// Whether what is shown is out of date: when it is said, and when it is not.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { FakeElement, onNewPages } from "#testing/fake_page.js";
import { News } from "./news.js";

onNewPages(import.meta.filename, () =>
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 }),
);

let root = new FakeElement("div");
let life = new AbortController();
beforeEach(() => {
  [root, life] = [new FakeElement("div"), new AbortController()];
});

function news() {
  const node = /** @type {HTMLElement} */ (/** @type {unknown} */ (root));
  return new News(node, node, life.signal);
}

const told = () => [root.dataset.old, root.one(".sp-news").textContent];
const OLD = ["true", "waiting for the server"];
const NEW = [undefined, ""];
/** @param {number} ms */
function wait(ms) {
  for (let left = ms; left > 0; left -= 100) mock.timers.tick(Math.min(100, left)); // as time goes
}

test("what nothing is due for is never old", () => {
  const one = news();
  wait(60_000);
  assert.deepEqual(told(), NEW);
  one.due();
  one.came();
  wait(60_000);
  assert.deepEqual(told(), NEW);
});

test("after a second and a half it is old, until news comes", () => {
  const one = news();
  one.due();
  wait(1499);
  assert.deepEqual(told(), NEW);
  wait(1);
  assert.deepEqual(told(), OLD);
  wait(180_000);
  assert.deepEqual(told(), OLD);
  one.came();
  assert.deepEqual(told(), NEW);
});

test("asking again does not make it younger", () => {
  const one = news();
  for (let i = 0; i < 15; i += 1) {
    one.due();
    wait(100);
  }
  assert.deepEqual(told(), OLD);
  one.due();
  one.came();
  wait(60_000);
  assert.deepEqual(told(), NEW, "what was due has come");
});

test("news in time puts it off, however often", () => {
  const one = news();
  for (let i = 0; i < 50; i += 1) {
    one.due();
    wait(1400);
    one.came();
    assert.deepEqual(told(), NEW);
  }
});

test("a timer that the browser held up, as in a tab behind others, says nothing of the server", () => {
  const one = news();
  one.due();
  mock.timers.setTime(1_000_000 + 40_000);
  mock.timers.tick(1);
  assert.deepEqual(told(), NEW);
  wait(499);
  assert.deepEqual(told(), NEW);
  wait(1);
  assert.deepEqual(told(), OLD);
});

test("what has gone says nothing", () => {
  news().due();
  life.abort();
  wait(60_000);
  assert.deepEqual(told(), NEW);
});

test("what goes while it is old leaves no page old behind it", () => {
  const page = new FakeElement("section");
  page.className = "stMain";
  page.append(root);
  root.className = "sp-canvas";
  news().due();
  wait(1500);
  assert.equal(page.getAttribute("data-old-canvas"), "");
  root.remove(); // the page takes it away first
  life.abort();
  assert.equal(page.getAttribute("data-old-canvas"), null);
});
