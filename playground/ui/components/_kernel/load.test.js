// Style sheets: fetched once, and again where that has failed.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { onNewPages } from "#testing/fake_page.js";
import { styleFor } from "./load.js";

onNewPages(import.meta.filename, () => mock.timers.enable({ apis: ["setTimeout"] }));

/** Answers each file with its name; those that are missing so many times with none. */
function serve() {
  /** @type {string[]} */
  const asked = [];
  /** @type {Map<string, number>} */
  const missing = new Map();
  mock.method(globalThis, "fetch", async (/** @type {URL} */ url) => {
    const name = url.pathname.split("/").slice(-2).join("/");
    asked.push(name);
    const times = missing.get(name) ?? 0;
    missing.set(name, times - 1);
    if (times === 1) throw new TypeError("Failed to fetch"); // the last time there is no network
    return { ok: times <= 0, text: async () => `/* ${name} */` };
  });
  return { asked, missing };
}

/** @param {number} ms that pass; what is fetched again is there then */
async function wait(ms) {
  await setImmediate();
  mock.timers.tick(ms);
  await setImmediate();
}

test("the kernel's sheet comes first, and each is fetched once", async () => {
  const { asked } = serve();
  for (let i = 0; i < 2; i += 1)
    assert.equal(await styleFor("one"), "/* _kernel/kernel.css */\n/* one/one.css */");
  assert.equal(await styleFor(), "/* _kernel/kernel.css */");
  assert.deepEqual(asked, ["_kernel/kernel.css", "one/one.css"]);
});

test("a sheet that does not come is fetched three times more, ever later", async () => {
  const { asked, missing } = serve();
  missing.set("two/two.css", 3);
  const style = styleFor("two");
  for (const [i, pause] of [1000, 2000, 4000].entries()) {
    await wait(pause - 1);
    assert.equal(asked.filter((name) => name === "two/two.css").length, i + 1);
    await wait(1);
  }
  assert.match(await style, /two\/two\.css/);
});

test("a sheet that never comes is an error, until another component needs it", async () => {
  const { missing } = serve();
  missing.set("three/three.css", 4 + 1);
  const refused = assert.rejects(styleFor("three"), /Cannot load three\/three\.css/);
  for (const pause of [1000, 2000, 4000]) await wait(pause);
  await refused;
  missing.clear();
  assert.match(await styleFor("three"), /three\/three\.css/);
});
