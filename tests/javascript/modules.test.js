// Every module loads where there is no page: nothing is asked of a browser before it is needed.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";

const FOLDER = new URL("../../playground/ui/assets/", import.meta.url);
const names = readdirSync(FOLDER).filter((name) => name.endsWith(".js"));

assert.ok(names.includes("canvas.js"));
for (const name of names)
  test(`${name} loads outside a browser`, async () => {
    assert.ok(Object.keys(await import(new URL(name, FOLDER).href)).length > 0);
  });
