// Style sheets: fetched once, and again only where that has failed.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { onNewPages } from "#testing/fake_page.js";
import { styleFor } from "./load.js";

onNewPages(import.meta.filename);

/** Answers each file with its name; those that are missing with none. */
function serve() {
  /** @type {string[]} */
  const asked = [];
  /** @type {Set<string>} */
  const missing = new Set();
  mock.method(globalThis, "fetch", async (/** @type {URL} */ url) => {
    const name = url.pathname.split("/").slice(-2).join("/");
    asked.push(name);
    return { ok: !missing.has(name), text: async () => `/* ${name} */` };
  });
  return { asked, missing };
}

test("the kernel's sheet comes first, each is fetched once, and a lost one again", async () => {
  const { asked, missing } = serve();
  missing.add("one/one.css");
  await assert.rejects(styleFor("one"), /Cannot load one\/one\.css/);
  missing.clear();
  for (let i = 0; i < 2; i += 1)
    assert.equal(await styleFor("one"), "/* _kernel/kernel.css */\n/* one/one.css */");
  assert.equal(await styleFor(), "/* _kernel/kernel.css */");
  assert.deepEqual(asked, ["_kernel/kernel.css", "one/one.css", "one/one.css"]);
});
