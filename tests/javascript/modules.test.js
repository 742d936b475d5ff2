// Every module loads where there is no page: nothing is asked of a browser before it is needed.
// And it imports modules of its own component and of the kernel, none of another component. Its
// tests do so, too, beside Node's own and what tests share.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const FOLDER = new URL("../../playground/ui/components/", import.meta.url);
const all = readdirSync(FOLDER, { encoding: "utf-8", recursive: true }).filter((name) =>
  name.endsWith(".js"),
);
const names = all.filter((name) => !name.endsWith(".test.js"));

assert.ok(names.includes("canvas/canvas.js") && all.includes("canvas/canvas.test.js"));
for (const name of names)
  test(`${name} loads outside a browser`, async () => {
    assert.ok(Object.keys(await import(new URL(name, FOLDER).href)).length > 0);
  });

for (const name of all)
  test(`${name} imports its own component and the kernel alone`, () => {
    const text = readFileSync(new URL(name, FOLDER), "utf-8");
    const [component] = name.split("/");
    for (const [, path] of text.matchAll(/(?:from |import\(?\s*)"([^"]+)"/g)) {
      if (!names.includes(name) && /^(node:|#testing\/)/.test(path)) continue;
      const [room] = new URL(path, `file:///${name}`).pathname.slice(1).split("/");
      assert.ok(path.startsWith(".") && [component, "_kernel"].includes(room), path);
    }
  });
