import assert from "node:assert/strict";
import test from "node:test";
import { golden } from "#testing/golden.js";
import { classColour, inkOn } from "./theme.js";

/** @typedef {import("./theme.js").ColourPair} ColourPair */

/** @type {{ pair: ColourPair, ink: [light: string, dark: string] }[]} */
const colours = golden("colours");
const pairs = colours.map(({ pair }) => pair);

test("a class has its colour for either page, and after the last they begin again", () => {
  for (const [k, { pair }] of colours.entries()) {
    assert.equal(classColour(pairs, k, false), pair[0]);
    assert.equal(classColour(pairs, k + pairs.length, true), pair[1]);
  }
});

test("what is written on a colour is black or white, whichever has more contrast", () => {
  for (const { pair, ink } of colours) assert.deepEqual(pair.map(inkOn), ink);
});
