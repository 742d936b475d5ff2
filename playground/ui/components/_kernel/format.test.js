// Numbers as people read them, held to what Python writes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { golden } from "#testing/golden.js";
import { digits, fixed, fixedLoss, short, withArticle, written } from "./format.js";

/**
 * @typedef {{ [count: string]: string }} Texts by number of digits
 *
 * @type {{ numbers: { value: number, digits: Texts, short: Texts }[],
 *   written: { value: number, decimals: number, text: string }[] }}
 */
const vectors = golden("numbers");

test("numbers have a true minus sign, and none before a zero", () => {
  const texts = [1.005, -2.5, -0.004, 0, -0.005, 1e21].map((value) => fixed(value, 2));
  assert.deepEqual(texts, ["1.00", "−2.50", "0.00", "0.00", "−0.01", "1e+21"]);
});

test("a number of a run that diverges is a power of ten, as it would be too long", () => {
  const texts = [999999.5, 1e6, 4.0849e20, -58710000].map((value) => fixed(value, 2));
  assert.deepEqual(texts, ["999999.50", "1e+06", "4.08e+20", "−5.87e+07"]);
});

test("a loss whose decimals would all be 0 is a power of ten", () => {
  const losses = [0.00123, 0.0005, 0.00049, 1.2345e-7, 1e-12, 0, 2.5e7];
  const texts = losses.map((loss) => fixedLoss(loss, 3));
  assert.deepEqual(texts, [
    "0.001",
    "0.001",
    "4.9e−04",
    "1.2e−07",
    "1.0e−12",
    "0.000",
    "2.500e+07",
  ]);
});

test("so many digits, and numbers for prose, are what Python writes", () => {
  assert.ok(vectors.numbers.length > 600);
  for (const { value, ...expected } of vectors.numbers) {
    for (const [count, text] of Object.entries(expected.digits))
      assert.equal(digits(value, Number(count)), text, `${value}`);
    for (const [count, text] of Object.entries(expected.short))
      assert.equal(short(value, Number(count)), text, `${value}`);
  }
  assert.equal(short(NaN), "nan");
});

test("a class has the article that is spoken", () => {
  const names = ["0", "8", "1", "11", "18", "80", "110", "owl", "Ant", "cat", "ÿ"];
  assert.equal(
    names.map(withArticle).join(", "),
    "a 0, an 8, a 1, an 11, an 18, an 80, a 110, an owl, an Ant, a cat, a ÿ",
  );
});

test("a fixed number of decimals is written as Python writes it", () => {
  for (const { value, decimals, text } of vectors.written)
    assert.equal(
      written(value, decimals),
      Number(text) ? text.replace("-", "−") : (0).toFixed(decimals),
    );
});
