// How the bench shows and reads numbers, and lays them out along a track.

import assert from "node:assert/strict";
import { test } from "node:test";
import { golden } from "#testing/golden.js";
import {
  linearScale,
  logScale,
  niceAbove,
  readNumber,
  show,
  showInField,
  showOnTrack,
} from "./numbers.js";

/** Numbers of all sizes, of both signs. */
const SIZES = [0, 5e-324, 1.23456e-7, 4.99e-5, 5e-5, 0.1234567, 9.99994, 9.99996, 99.9996, 123.456]
  .concat([999.996, 9999.96, 99999.4, 99999.6, 123456, 1e10, 1e99, 1e308])
  .flatMap((size) => [size, -size]);

test("a number takes seven characters at most, whatever its size", () => {
  for (const size of SIZES) assert.ok(show(size).length <= 7, `${size}: ${show(size)}`);
  const cases = [0.46682, -12.3456, 1.23e-7, 123456, Infinity, -Infinity, -0, -1.234e-100];
  const texts = ["0.4668", "−12.346", "1.2e-7", "1.23e+5", "∞", "−∞", "0.0000", "−1e-100"];
  assert.deepEqual(cases.map(show), texts);
  assert.deepEqual([9.99994, 9.99996, 99.9996].map(show), ["9.9999", "10.000", "100.00"]);
  assert.deepEqual([99999.4, 99999.5].map(show), ["99999", "1e+5"]);
});

test("what is shown is the number, as far as it goes", () => {
  for (const size of SIZES) {
    const shown = Number(show(size).replace("−", "-"));
    const hasDecimals = size === 0 || (Math.abs(size) >= 5e-5 && Math.abs(size) < 99999.5);
    const room = hasDecimals ? 6e-5 + 6e-5 * Math.abs(size) : 0.05 * Math.abs(size);
    assert.ok(Math.abs(shown - size) <= room, `${size}: ${shown}`);
  }
});

test("the end of a track keeps the zeros that are part of its number", () => {
  const ends = [5, -5, 0.5, 0, 2000, 10000, -50000, 1e10, -1e100];
  const texts = ["5", "−5", "0.5", "0", "2000", "10000", "−50000", "1e+10", "−1e+100"];
  assert.deepEqual(ends.map(showOnTrack), texts);
});

test("a field has no trailing zeros and a minus that every keyboard has", () => {
  assert.deepEqual([1, -0.5, 0.12345678, 1e10, -1e-7].map(showInField), [
    "1",
    "-0.5",
    "0.1235",
    "1e+10",
    "-1e-7",
  ]);
  for (const value of [-Infinity, ...SIZES.filter((size) => Math.abs(size) < 99999)])
    assert.ok(!Number.isNaN(readNumber(showInField(value)).value), `${value}`);
  assert.equal(readNumber(showInField(-Infinity)).value, -Infinity);
});

test("typed numbers are read to the last bit", () => {
  /** @type {[text: string, value: number][]} */
  const cases = [
    ["1e3", 1e3],
    ["-2.5", -2.5],
    ["0,25", 0.25],
    [" −3 ", -3],
    ["1e308", 1e308],
  ];
  cases.push([".5", 0.5], ["5.", 5], ["+7", 7], ["1E-3", 1e-3]);
  cases.push(["0.1234567890123456789", 0.12345678901234568]);
  for (const [text, value] of cases) assert.deepEqual(readNumber(text), { value }, text);
  assert.ok(Object.is(readNumber("-0").value, 0), "−0 is 0");
  for (const size of SIZES) assert.equal(readNumber(`${size}`).value, size + 0);
});

test("what is typed means what it means to Python", () => {
  /** @type {{ text: string, value: number | null, asks: boolean }[]} */
  const cases = golden("typed");
  assert.ok(cases.length > 80);
  for (const { text, value, asks } of cases) {
    const typed = readNumber(text);
    assert.equal(typed.value ?? null, value, `“${text}”`);
    assert.equal(typed.reason === undefined, value !== null, `“${text}”`);
    assert.equal("remark" in typed && typed.remark !== undefined, asks, `“${text}”`);
  }
});

test("a number that could be another one is said", () => {
  assert.deepEqual(readNumber("-1,234"), {
    value: -1.234,
    remark: "Read as -1.234. If you mean -1234, type it without the comma.",
  });
});

test("what is no number is refused in words that say what is allowed", () => {
  for (const text of ["abc", "NaN", "1,2,3", "1.2,3", "1e", "--1", "0x10", "1 2", "²"])
    assert.equal(
      readNumber(text).reason,
      `“${text}” is not a number. Type one such as 1.5 or 1e3.`,
    );
  assert.equal(readNumber("½").reason, "“½” is not a number. Type 0.5.");
  assert.equal(readNumber("-3/4").reason, "“-3/4” is not a number. Type -0.75.");
  assert.match(readNumber("").reason ?? "", /^Nothing is typed\. /);
  assert.match(readNumber("  ").reason ?? "", /^Nothing is typed\. /);
  assert.match(readNumber("1e999").reason ?? "", /^“1e999” is too large\. /);
  assert.match(readNumber("-1e999").reason ?? "", /too large/);
  assert.match(readNumber("a".repeat(40)).reason ?? "", /^“a{12}…” is not/);
});

// ---------------------------------------------------------------- tracks

test("a track ends at 1, 2 or 5 of a power of ten that holds the value", () => {
  /** @type {[value: number, end: number][]} */
  const cases = [
    [0, 5],
    [5, 5],
    [5.1, 10],
    [11, 20],
    [21, 50],
    [1000, 1000],
    [1001, 2000],
  ];
  for (const [value, end] of cases) assert.equal(niceAbove(value, 5), end, `${value}`);
  assert.equal(niceAbove(1.7e308, 5), Number.MAX_VALUE);
  for (const value of SIZES.map(Math.abs)) {
    const end = niceAbove(value, 5);
    assert.ok(end >= value && (end === 5 || end <= 2.5 * value), `${value}: ${end}`);
  }
});

test("where a value lies on a track is where it is taken from", () => {
  for (const high of [1, 5, 20, 1e300, Number.MAX_VALUE])
    for (const low of [0, -high]) {
      const scale = linearScale(low, high);
      assert.equal(scale.origin, low ? 0.5 : 0);
      for (const fraction of [-1, 0, 0.1, 0.25, 0.5, 0.9, 1, 2]) {
        const value = scale.fromFraction(fraction, 500);
        const inside = Math.min(Math.max(fraction, 0), 1);
        assert.ok(value >= low && value <= high);
        assert.ok(Math.abs(scale.toFraction(value) - inside) <= 1 / 500, `${value} of ${high}`);
      }
    }
});

test("a dragged value is rounded to less than a pixel", () => {
  assert.equal(linearScale(-5, 5).fromFraction(0.612345, 500), 1.12);
  assert.equal(linearScale(-5, 5).fromFraction(0.612345, 5), 2);
  assert.equal(linearScale(-5, 5).fromFraction(0.5, 0), 0, "without a width");
});

test("keys move by a fiftieth of the track, and by a fifth", () => {
  const { step } = linearScale(-5, 5);
  assert.equal(step(0.1, 1, false), 0.2);
  assert.equal(step(0.2, 1, false), 0.3); // and not 0.30000000000000004
  assert.equal(step(0.1, -1, false), 0);
  assert.equal(step(0.1, 1, true), 1.1);
  assert.equal(step(0.1, -1, true), -0.9);
  assert.equal(step(4.95, 1, false), 5);
  assert.equal(step(-5, -1, true), -5);
  assert.deepEqual([step(-Infinity, 1, false), step(-Infinity, -1, true)], [-5, -Infinity]);
  assert.equal(linearScale(-5, 5).toFraction(-Infinity), 0);
  const widest = linearScale(-Number.MAX_VALUE, Number.MAX_VALUE);
  assert.equal(widest.step(Number.MAX_VALUE, 1, true), Number.MAX_VALUE);
});

test("the temperature's track is logarithmic, and keys change its digits", () => {
  const scale = logScale(0.05, 10);
  assert.ok(Math.abs(scale.fromFraction(0.5, 500) / Math.sqrt(0.05 * 10) - 1) < 0.01);
  assert.deepEqual([scale.fromFraction(0, 1), scale.fromFraction(1, 1)], [0.05, 10]);
  assert.equal(scale.toFraction(1), scale.origin);
  assert.equal(scale.step(1, 1, false), 1.1);
  assert.equal(scale.step(1, -1, false), 0.99);
  assert.equal(scale.step(1, 1, true), 2);
  assert.equal(scale.step(2.34, 1, false), 2.4);
  assert.equal(scale.step(10, 1, true), 10);
  assert.equal(scale.step(0.05, -1, false), 0.05);
  assert.deepEqual(
    [scale.toFraction(0), scale.step(0, 1, false), scale.step(0, -1, true)],
    [0, 0.05, 0],
  );
  const least = logScale(5e-324, 10);
  assert.ok(least.step(5e-324, 1, false) > 5e-324);
});
