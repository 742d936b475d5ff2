// The wall of digits: frames, marks, thumbnails, what a press picks, and its keys.

import assert from "node:assert/strict";
import { test } from "node:test";
import { COLOURS, callsOnSheet, darken, parcel, sheetOpacities } from "#testing/digits.js";
import { mount, onNewPages, page } from "#testing/fake_page.js";
import digitWall from "./digit_wall.js";

onNewPages(import.meta.filename);

/** @param {number} count */
const BATCH = (count) => ({
  order: Array.from({ length: count }, (_, i) => i),
  indices: Array.from({ length: count }, (_, i) => 1000 + i),
  labels: Array.from({ length: count }, (_, i) => i % 10),
  predictions: Array.from({ length: count }, (_, i) => (i % 4 ? i % 10 : 9)),
  losses: Array.from({ length: count }, (_, i) => i / 8),
  strongest: 4,
  colours: COLOURS,
  names: /** @type {string[] | null} */ (null),
  chosen: /** @type {number | null} */ (null),
  digits: parcel(Array.from({ length: count * 392 }, (_, i) => i % 256)),
});

/** @param {Partial<ReturnType<typeof BATCH>>} [change] */
function wall(count = 64, change = {}) {
  const { parent, sent, give } = mount(digitWall);
  const message = { ...BATCH(count), ...change };
  give(message);
  page.frame();
  return {
    parent,
    sent,
    message,
    all: () => parent.all("button").filter(({ hidden }) => !hidden),
    /** @param {Partial<ReturnType<typeof BATCH>>} next */
    give: (next) => {
      give({ ...message, ...next });
      page.frame();
    },
  };
}

test("the wall names every digit and frames it by its loss", () => {
  const one = wall();
  const [first, second] = one.all();
  assert.equal(first.getAttribute("aria-label"), "test digit 1000: a 0 read as 9, loss 0.00");
  assert.equal(second.getAttribute("aria-label"), "test digit 1001: a 1 read as 1, loss 0.13");
  assert.equal(second.title, "test digit 1001: a 1 read as 1, loss 0.125");
  const calls = callsOnSheet(one.parent);
  assert.deepEqual(
    calls.filter(([name]) => name === "stroke").map(([, width]) => width),
    one.message.losses.map((loss) => Math.floor(1 + 5 * Math.min(1, loss / 4))),
  );
  const texts = calls.filter(([name]) => name === "fillText").map(([, text]) => text);
  assert.deepEqual(texts.slice(14, 19), ["9", "9", "0.00", "0.13", "0.25"]);
  const misses = one.message.labels.filter((label, i) => label !== one.message.predictions[i]);
  assert.equal(
    one.parent.one(".sp-wall-grid").getAttribute("aria-label"),
    `64 test digits, ${misses.length} misread`,
  );
});

test("the key of the wall says what frames and marks mean", () => {
  const one = wall();
  const key = one.parent.one(".sp-wall-key");
  assert.equal(key.textContent, "Frame: loss0124 or more9misread, as this");
  one.give({ strongest: 2 });
  assert.equal(key.textContent, "Frame: loss00.512 or more9misread, as this");
});

test("classes that are no digits are named, short where there is no room", () => {
  const names = [
    "cat",
    "dog",
    "a name that is far too long for any place on a wall of test images",
    "cow",
  ];
  const [labels, predictions] = [
    [0, 1],
    [2, 1],
  ];
  const one = wall(2, { names, labels, predictions });
  assert.equal(one.all()[0].title, `test image 1000: cat read as ${names[2]}, loss 0`);
  assert.match(one.all()[1].getAttribute("aria-label") ?? "", /: dog read as dog, loss 0.13$/);
  const label = one.parent.one(".sp-wall-grid").getAttribute("aria-label");
  assert.equal(label, "2 test images, 1 misread");
  assert.match(one.parent.one(".sp-wall-key").textContent, /cowmisread, as this$/);
  const [mark] = callsOnSheet(one.parent).filter(([name]) => name === "fillText");
  assert.match(`${mark[1]}`, /^a .*…$/);
  one.give({ names: null });
  assert.match(one.parent.one(".sp-wall-key").textContent, /9misread, as this$/);
});

test("a misread digit has the colour of the class that it was taken for", () => {
  const one = wall();
  const mark = one.parent.one(".sp-wall-wrong"); // in the key
  const painted = () => callsOnSheet(one.parent).find(([name]) => name === "fill");
  assert.deepEqual([mark.style.background, mark.style.color], ["#990000", "#fff"]);
  assert.deepEqual(painted(), ["fill", "#990000"]);
  darken();
  one.give({});
  assert.deepEqual([mark.style.background, mark.style.color], ["#99ffff", "#000"]);
  assert.deepEqual(painted(), ["fill", "#99ffff"]);
});

test("digits stand where their buttons do, wherever these are after a change of the width", () => {
  const one = wall(2);
  const places = () =>
    callsOnSheet(one.parent).flatMap(([name, ...args]) =>
      name === "drawImage" ? [args.slice(5)] : [],
    );
  assert.deepEqual(places(), Array(2).fill([0, 0, 200, 100]));
  const [, second] = one.parent.all("button").map((button) => button.one(".sp-wall-frame"));
  second.rect = { left: 40, top: 30, width: 20, height: 20 };
  const grid = one.parent.one(".sp-wall-grid");
  grid.rect = { left: 10, top: 10, width: 90, height: 100 };
  page.sizes.get(grid)?.();
  assert.deepEqual(places()[1], [30, 20, 20, 20]);
});

test("thumbnails are the digits, two pixels a byte", () => {
  const one = wall();
  const levels = sheetOpacities(one.parent)[2].map((alpha) => alpha / 17);
  const bytes = Array.from({ length: 392 }, (_, i) => (2 * 392 + i) % 256);
  assert.deepEqual(
    levels,
    bytes.flatMap((byte) => [byte >> 4, byte & 15]),
  );
});

test("a click picks that digit, again and again, in whichever order they stand", () => {
  const one = wall();
  one.all()[37].click();
  one.all()[37].click();
  one.give({ order: [5, 3, 1] });
  one.all()[0].click();
  assert.deepEqual(one.sent, [
    ["pick", { index: 1037, seq: 1 }],
    ["pick", { index: 1037, seq: 2 }],
    ["pick", { index: 1005, seq: 3 }],
  ]);
});

test("a press picks the digit that was under the pointer, whatever came meanwhile", () => {
  const one = wall();
  const [button] = one.all();
  button.fire("pointerdown");
  one.give({ order: [5, 3, 1] });
  button.fire("click", { detail: 1 });
  button.fire("click", { detail: 0 }); // Enter: what stands there now
  assert.deepEqual(one.sent, [
    ["pick", { index: 1000, seq: 1 }],
    ["pick", { index: 1005, seq: 2 }],
  ]);
});

test("digits that are sorted come into the same nodes, so the focus stays where it is", () => {
  const one = wall(8);
  const before = one.all();
  before[2].focus();
  one.give({ order: [7, 6, 5, 4, 3] });
  const after = one.all();
  assert.deepEqual(after, before.slice(0, 5));
  const names = after.map((button) => `${button.getAttribute("aria-label")}`);
  const { indices } = one.message;
  for (const [i, at] of [7, 6, 5, 4, 3].entries())
    assert.ok(names[i].startsWith(`test digit ${indices[at]}: `), names[i]);
  assert.equal(page.document.activeElement, after[2]);
  assert.equal(after[2].tabIndex, 0);
  one.give({ order: [0, 1, 2, 3, 4, 5, 6, 7] });
  assert.deepEqual(one.all(), before);
});

test("the digit that is looked at is marked, and is the tab stop", () => {
  const one = wall(8, { order: [7, 6, 5], chosen: 6 });
  const [first, second] = one.all();
  assert.deepEqual(
    [first, second].map((button) => button.getAttribute("aria-current")),
    ["false", "true"],
  );
  assert.deepEqual([first.tabIndex, second.tabIndex], [-1, 0]);
});

test("arrows go from row to row, however many digits stand in one", () => {
  const one = wall();
  page.columns = Array(16).fill("1px").join(" ");
  one.all()[0].focus();
  /** @param {string} key */
  const press = (key) => void page.document.activeElement?.fire("keydown", { key });
  for (const [key, at] of /** @type {[string, number][]} */ ([
    ["ArrowRight", 1],
    ["ArrowDown", 17],
    ["ArrowLeft", 16],
    ["ArrowUp", 0],
    ["ArrowUp", 0],
    ["End", 63],
    ["ArrowRight", 63],
    ["Home", 0],
    ["ArrowDown", 16],
  ])) {
    press(key);
    assert.equal(page.document.activeElement, one.all()[at], key);
  }
  page.columns = Array(8).fill("1px").join(" ");
  press("ArrowDown");
  assert.equal(page.document.activeElement, one.all()[24]);
});
