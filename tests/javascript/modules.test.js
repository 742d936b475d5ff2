// Every module loads where there is no page: nothing is asked of a browser before it is needed.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";

const FOLDER = new URL("../../playground/ui/components/", import.meta.url);
const names = readdirSync(FOLDER, { encoding: "utf-8", recursive: true }).filter(
  (name) => name.endsWith(".js") && !name.endsWith(".test.js"),
);

assert.ok(names.includes("canvas/canvas.js"));
for (const name of names)
  test(`${name} loads outside a browser`, async () => {
    assert.ok(Object.keys(await import(new URL(name, FOLDER).href)).length > 0);
  });
