// A server that is away is asked until it answers.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { onNewPages } from "#testing/fake_page.js";
import { findServerAtOnce } from "./reconnect.js";

onNewPages(import.meta.filename, () =>
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 }),
);

beforeEach(() => {
  Reflect.deleteProperty(globalThis, Symbol.for("softmax-playground-reconnect")); // a new page
});

/** @param {number} ms */
async function wait(ms) {
  for (let left = ms; left > 0; left -= 50) {
    await setImmediate();
    mock.timers.tick(Math.min(50, left));
  }
  await setImmediate();
}

test("it is asked four times a second, whatever Streamlit thinks, and less often after minutes", async () => {
  /** @type {string[]} */
  const asked = [];
  let status = 0;
  mock.method(globalThis, "fetch", async (/** @type {string} */ url) => {
    asked.push(url);
    if (status === 0) throw new TypeError("Failed to fetch");
    return { status };
  });
  findServerAtOnce();
  findServerAtOnce(); // once is enough
  const given = new AbortController();
  const health = fetch("http://app.test/base/_stcore/health", { signal: given.signal });
  given.abort();
  await wait(1010);
  assert.equal(asked.length, 5);
  status = 502; // of a proxy
  await wait(1000);
  assert.equal(asked.length, 9);
  await wait(400_000);
  const before = asked.length;
  await wait(10_000);
  assert.ok(asked.length - before <= 20, `${asked.length - before}`);
  status = 200;
  await wait(1000);
  assert.equal((await health).status, 200);
  const found = asked.length;
  await wait(5000);
  assert.equal(asked.length, found);
});

test("other questions are asked once, as they are given", async () => {
  const asked = mock.method(globalThis, "fetch", async () => ({ status: 500 }));
  findServerAtOnce();
  const how = { method: "POST" };
  await fetch("http://app.test/_stcore/health/other", how);
  assert.deepEqual(
    asked.mock.calls.map((call) => call.arguments),
    [["http://app.test/_stcore/health/other", how]],
  );
});
