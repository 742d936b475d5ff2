// Vectors that Python has worked out (tests/golden.py), and how near to them numbers must be.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * What the function of that name in tests/golden.py returns.
 *
 * @template Vectors
 * @param {string} name
 * @returns {Vectors}
 */
export function golden(name) {
  const folder = process.env.GOLDEN_VECTORS;
  if (!folder)
    throw new Error("No vectors: run .venv/bin/python -m pytest tests/test_javascript.py");
  return JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"), withInfinities);
}

/** @type {(key: string, value: unknown) => unknown} */
const withInfinities = (_, value) =>
  value === "Infinity" || value === "-Infinity" || value === "NaN" ? Number(value) : value;

/**
 * Fails unless both are alike, numbers within the tolerance.
 *
 * @param {unknown} actual
 * @param {unknown} expected
 * @param {{ absolute?: number, relative?: number }} tolerance
 * @param {string} what it is, for the error
 */
export function assertNear(actual, expected, { absolute = 0, relative = 0 }, what) {
  /** @type {(actual: unknown, expected: unknown, path: string) => void} */
  const compare = (a, b, path) => {
    if (typeof a === "number" && typeof b === "number") {
      const near =
        Object.is(a, b) || a === b || Math.abs(a - b) <= absolute + relative * Math.abs(b);
      assert.ok(near, `${path}: ${a} is not near ${b}`);
    } else if (isKeyed(a) && isKeyed(b)) {
      assert.deepEqual(Object.keys(a), Object.keys(b), path);
      for (const key of Object.keys(a)) compare(a[key], b[key], `${path}.${key}`);
    } else assert.deepEqual(a, b, path);
  };
  compare(actual, expected, what);
}

/**
 * @param {unknown} value
 * @returns {value is { [key: string]: unknown }}
 */
const isKeyed = (value) => typeof value === "object" && value !== null;
