// The second of a double click.

import assert from "node:assert/strict";
import { test } from "node:test";
import { takeBack } from "./double_click.js";

/** @param {number} detail @param {boolean} isSteering */
function isTakenBack(detail, isSteering) {
  let stopped = false;
  const target = /** @type {EventTarget} */ (
    /** @type {unknown} */ ({ closest: () => isSteering })
  );
  takeBack({
    detail,
    target,
    stopPropagation: () => {
      stopped = true;
    },
  });
  return stopped;
}

test("of the presses of a button that starts a training the first counts, and those of a key", () => {
  const details = [0, 1, 2, 3];
  assert.deepEqual(
    details.map((detail) => isTakenBack(detail, true)),
    [false, false, true, true],
  );
  assert.deepEqual(
    details.map((detail) => isTakenBack(detail, false)),
    [false, false, false, false],
  );
});
