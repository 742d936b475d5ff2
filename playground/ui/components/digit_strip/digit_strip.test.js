// The strip of test digits: marks, words, what a scrubber shows, and its pictures.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  base64,
  callsOnSheet,
  darken,
  parcel,
  sheetOpacities,
  stopTheClock,
} from "#testing/digits.js";
import { mount, onNewPages, page } from "#testing/fake_page.js";
import { showMoment } from "../_kernel/moment.js";
import digitStrip from "./digit_strip.js";

/** @typedef {import("./digit_strip.js").Reading} Reading */

onNewPages(import.meta.filename, stopTheClock);

const PAIR = (/** @type {string} */ name) => ({ light: `${name} light`, dark: `${name} dark` });

/**
 * Moments as Python packs them.
 *
 * @param {Reading[]} readings
 */
function packed(readings) {
  const parts = readings.flatMap(([step, predictions, probabilities]) => [
    ...new Uint8Array(new Uint32Array([step]).buffer),
    ...predictions,
    ...new Uint8Array(new Uint16Array(probabilities.map((p) => Math.round(65535 * p))).buffer),
  ]);
  return parcel(parts);
}

const MESSAGE = () => ({
  noun: "digits",
  note: "",
  targets: [0, 1, 2],
  names: ["0", "1", "2"],
  now: /** @type {Reading | null} */ ([120, [0, 2, 2], [0.5, 0.625, 0.999]]),
  colours: { right: PAIR("right"), wrong: PAIR("wrong") },
  digits: /** @type {import("../_kernel/blobs.js").Blob | null} */ (
    parcel(Array.from({ length: 3 * 392 }, (_, i) => i % 256))
  ),
  moments: /** @type {import("../_kernel/blobs.js").Blob | null} */ (
    packed([
      [0, [1, 1, 1], [0.4, 0.4, 0.4]],
      [70000, [0, 1, 0], [0.9, 0.8, 0.7]],
    ])
  ),
});

/** @param {Partial<ReturnType<typeof MESSAGE>>} [change] */
function strip(change = {}) {
  const { parent, sent, give } = mount(digitStrip);
  const message = { ...MESSAGE(), ...change };
  give(message);
  page.frame();
  const ones = () => parent.all("li").filter(({ hidden }) => !hidden);
  return {
    parent,
    sent,
    ones,
    marks: () => ones().map((one) => one.one(".sp-strip-answer").textContent),
    titles: () => ones().map(({ title }) => title),
    names: () => ones().map((one) => one.one(".sp-strip-body").getAttribute("aria-label")),
    /** @param {Partial<ReturnType<typeof MESSAGE>>} next */
    give: (next) => {
      give({ ...message, ...next });
      page.frame();
    },
  };
}

test("each digit says what it is taken for, by a mark and in words", () => {
  const one = strip();
  assert.deepEqual(one.marks(), ["✓ 0", "✗ 2", "✓ 2"]);
  assert.deepEqual(
    one.ones().map((each) => each.one(".sp-strip-sure").textContent),
    ["50%", "63%", ">99%"],
  );
  assert.deepEqual(one.names(), [
    "0 read as 0 with 50%: right",
    "1 read as 2 with 63%: wrong",
    "2 read as 2 with >99%: right",
  ]);
  assert.deepEqual(
    one.ones().map(({ dataset }) => dataset.read),
    ["right", "wrong", "right"],
  );
  assert.equal(one.parent.one(".sp-strip-head").textContent, "2 of 3 righttest digits, step 120");
  assert.equal(
    one.parent.one("ul").getAttribute("aria-label"),
    "3 test digits: 2 right after step 120",
  );
});

test("a wrong digit becomes right in its place", () => {
  const one = strip();
  const before = one.ones();
  one.give({ now: [180, [0, 1, 2], [0.7, 0.7, 1]] });
  assert.deepEqual(one.marks(), ["✓ 0", "✓ 1", "✓ 2"]);
  assert.equal(one.ones()[1].dataset.read, "right");
  assert.equal(one.ones()[2].one(".sp-strip-sure").textContent, "100%");
  assert.deepEqual(one.ones(), before, "the nodes stay");
});

test("where a scrubber stands the strip shows that moment, and asks nobody", () => {
  const one = strip();
  showMoment(70000);
  page.frame();
  assert.deepEqual(one.marks(), ["✓ 0", "✓ 1", "✗ 0"]);
  assert.match(one.parent.one(".sp-strip-head").textContent, /step 70,000$/);
  one.give({ now: [200, [2, 2, 2], [1, 1, 1]] });
  assert.deepEqual(one.marks(), ["✓ 0", "✓ 1", "✗ 0"], "while the run goes on");
  showMoment(200);
  page.frame();
  assert.deepEqual(one.marks(), ["✗ 2", "✗ 2", "✓ 2"], "the newest is a moment, too");
  assert.equal(one.titles()[0], "0 read as 2");
  showMoment(150);
  page.frame();
  assert.deepEqual(one.marks(), ["?", "?", "?"], "nobody has read at this one");
  assert.deepEqual(one.titles(), ["", "", ""]);
  showMoment(null);
  page.frame();
  assert.deepEqual(one.marks(), ["✗ 2", "✗ 2", "✓ 2"]);
  assert.deepEqual(one.sent, []);
});

test("before there are digits, as many places stand empty as a strip may have", () => {
  const nothing = { now: null, digits: null, moments: null, note: "Press Start." };
  const one = strip({ targets: [], names: [], ...nothing });
  assert.deepEqual(one.marks(), Array(10).fill("?"));
  assert.equal(one.parent.one(".sp-strip-head").textContent, "Test digitsPress Start.");
  assert.equal(one.names()[0], "one of the test digits: not read yet");
  assert.deepEqual(one.sent, [], "nothing is missing");
  one.give(MESSAGE());
  assert.equal(one.ones().length, 3);
  assert.equal(one.parent.all("li").length, 10);
});

test("a digit is known before it is read", () => {
  const one = strip({ now: null });
  assert.equal(one.names()[1], "1, one of the test digits: not read yet");
});

test("pictures are painted when they or the theme are other ones", () => {
  const one = strip();
  const levels = sheetOpacities(one.parent)[1].map((alpha) => alpha / 17);
  const bytes = Array.from({ length: 392 }, (_, i) => (392 + i) % 256);
  assert.deepEqual(
    levels,
    bytes.flatMap((byte) => [byte >> 4, byte & 15]),
  );
  const root = one.parent.one(".sp-strip");
  assert.equal(root.style["--sp-wrong"], "wrong light");
  darken();
  one.give({});
  assert.equal(root.style["--sp-wrong"], "wrong dark");
  one.give({ digits: { id: "other", bytes: base64(new Uint8Array(3 * 392).fill(255)) } });
  assert.deepEqual(new Set(sheetOpacities(one.parent).flat()), new Set([255]));
});

test("fewer digits have more room each, and their pictures stand in it", () => {
  const one = strip();
  const places = () => {
    const painted = callsOnSheet(one.parent).filter(([name]) => name === "drawImage");
    return painted.map((call) => call[6]);
  };
  /** @param {number[]} lefts */
  const stand = (lefts) => {
    for (const [i, left] of lefts.entries())
      one.ones()[i].one(".sp-digit").rect = { left, top: 0, width: 44, height: 44 };
  };
  stand([0, 80]);
  one.give({ targets: [0, 1], now: null, digits: parcel(Array(2 * 392).fill(15)) });
  assert.deepEqual(places(), [0, 80]);
  stand([0, 60]);
  one.give({ digits: parcel(Array(3 * 392).fill(240)) });
  assert.deepEqual(places().slice(0, 2), [0, 60], "and back");
});

test("what was lost on the way is asked for, the other parcel or not", () => {
  const one = strip({ moments: { id: "never sent" } });
  assert.ok(one.sent.length > 0);
  assert.equal(/** @type {unknown[]} */ (one.sent[0])[0], "resend");
});
