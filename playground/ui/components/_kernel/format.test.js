// Numbers as people read them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fixed } from "./format.js";

test("numbers have a true minus sign, and none before a zero", () => {
  const texts = [1.005, -2.5, -0.004, 0, -0.005, 1e21].map((value) => fixed(value, 2));
  assert.deepEqual(texts, ["1.00", "−2.50", "0.00", "0.00", "−0.01", "1e+21"]);
});
