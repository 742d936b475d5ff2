// What a phone makes of the address of a page that is projected.

import assert from "node:assert/strict";
import { test } from "node:test";

import { unprojected } from "./phone_link.js";

const HOST = "http://localhost:8501";

test("a link of the mode loses it, and nothing else", () => {
  assert.equal(
    unprojected(`${HOST}/train?run=a&projection=1&lr=0.1`),
    `${HOST}/train?run=a&lr=0.1`,
  );
});

test("a lesson goes on without it", () => {
  const there = `${HOST}/?lesson=45&step=3&projection=0`;
  assert.equal(unprojected(`${HOST}/?lesson=45&step=3`), there);
  assert.equal(unprojected(`${HOST}/?lesson=45&step=3&projection=1`), there);
});

test("other links, and a teacher's notes, stay letter by letter", () => {
  for (const link of ["/softmax?z=1_-2&t=.5", "/?lesson=45&notes=1", "/draw#ink"])
    assert.equal(unprojected(HOST + link), HOST + link);
});
