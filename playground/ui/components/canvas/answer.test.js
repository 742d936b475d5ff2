// What is shown of an answer, and what the visitor says about it.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ASK,
  COLOURS,
  canvas,
  DIGITS,
  digitOf,
  falsify,
  onNewCanvases,
  seen,
  wait,
} from "#testing/canvas.js";
import { page } from "#testing/fake_page.js";

/** @typedef {import("./canvas.js").Message} Message */

onNewCanvases(import.meta.filename);

test("the answer: the likeliest class, all probabilities, and words for screen readers", () => {
  const p = [100, 9750, 150, 0, 0, 0, 0, 0, 0, 0];
  const one = canvas();
  assert.equal(one.parent.one(".sp-canvas-best").textContent, "–");
  one.dot(10);
  wait(1);
  one.give({ seq: 2, answers: [{ name: "CNN", classes: DIGITS, p }], line: "It is sure." });
  assert.equal(one.parent.one(".sp-canvas-best").textContent, "197.5 %");
  const rows = one.parent.all(".sp-canvas-row");
  assert.deepEqual(
    rows.slice(0, 3).map((row) => row.textContent),
    ["01.0 %", "197.5 %", "21.5 %"],
  );
  assert.deepEqual(
    rows.map((row) => row.getAttribute("data-best")),
    [null, "", ...Array(8).fill(null)],
  );
  const [, bar] = rows[1].all("span");
  assert.equal(bar.children[0].style.transform, "scaleX(0.975)");
  assert.equal(bar.children[0].style.backgroundColor, COLOURS[1][0]);
  wait(2000);
  assert.equal(one.parent.one("[aria-live]").textContent, "Reads 1, 98 %. It is sure.");
});

test("screen readers hear of no stroke that grows, and of no more than one answer a second", () => {
  const one = canvas();
  /** @param {number} k */
  const reads = (k) => [
    { name: "CNN", classes: DIGITS, p: DIGITS.map((_, i) => (i === k ? 10_000 : 0)) },
  ];
  const live = one.parent.one("[aria-live]");
  one.point("pointerdown", 10, 10);
  one.give({ seq: 1, answers: reads(3) });
  wait(3000);
  assert.equal(live.textContent, "");
  one.point("pointerup", 10, 10);
  wait(100);
  assert.equal(live.textContent, "Reads 3, 100 %");
  one.give({ seq: 2, answers: reads(5) });
  wait(900);
  assert.equal(live.textContent, "Reads 3, 100 %");
  wait(100);
  assert.equal(live.textContent, "Reads 5, 100 %");
});

test("several networks: the first is large, each has its bars, new names make new rows", () => {
  const one = canvas({
    answers: [
      { name: "CNN", classes: ["a", "b"], p: [10_000, 0] },
      { name: "linear", classes: ["a", "b"], p: null },
    ],
  });
  assert.equal(one.parent.all(".sp-canvas-card").length, 1);
  assert.deepEqual(
    one.parent.all(".sp-canvas-best").map((node) => node.textContent),
    ["a100.0 %", "–"],
  );
  one.give({ answers: [{ name: "CNN", classes: ["apple", "pear"], p: [0, 10_000] }] });
  assert.equal(one.parent.all(".sp-canvas-card").length, 0);
  assert.equal(one.parent.one(".sp-canvas-best").dataset.long, "true");
  assert.equal(one.parent.all(".sp-canvas-row").length, 2);
});

test("what the network sees is drawn, dark on a light page and light on a dark one", () => {
  const digit = btoa(String.fromCharCode(26, 1, 2, 9, 0, 8, 255)); // 2 × 2 pixels at (26, 1)
  const one = canvas({ digit });
  const { context } = one.parent.one(".sp-canvas-digit").one("canvas");
  const ink = () => [...(context?.pixels ?? [])].filter((_, i) => i % 4 === 3);
  const at = [28 + 26, 28 + 27, 56 + 26, 56 + 27];
  assert.deepEqual(
    at.map((i) => ink()[i]),
    [9, 0, 8, 255],
  );
  assert.equal(
    ink().reduce((sum, value) => sum + value),
    9 + 8 + 255,
  );
  assert.deepEqual([...(context?.pixels ?? [])].slice(0, 3), [17, 20, 28]);
  page.css["--st-background-color"] = "#000000";
  one.again();
  assert.deepEqual([...(context?.pixels ?? [])].slice(0, 4), [246, 246, 244, 0]);
  one.give({ digit: null });
  assert.ok(ink().every((value) => value === 0));
  assert.equal(one.root.dataset.dark, "true");
});

// ---------------------------------------------------------------- a number

function numberCanvas() {
  const one = canvas();
  one.give(
    /** @type {Partial<Message>} */ ({
      answers: [digitOf(4), digitOf(7), digitOf(2, "no digit")],
      number: { rows: [["−", 0, 1], [2]], digits: [seen(1), seen(2), seen(3)] },
      line: "Read in 2 rows: −47, ?.",
    }),
  );
  return one;
}

test("a number is shown as it is written, row by row, with its signs", () => {
  const one = numberCanvas();
  const rows = one.parent.one(".sp-canvas-number").children;
  assert.deepEqual(
    rows.map((row) => row.textContent),
    ["−47", "?"],
  );
  assert.equal(one.parent.all(".sp-canvas-card").length, 0);
});

test("each digit of a number has its own bars and its own picture at a press", () => {
  const one = numberCanvas();
  const tokens = one.parent.all(".sp-canvas-token");
  const { context } = one.parent.one(".sp-canvas-digit").one("canvas");
  const shown = () => [
    one.parent.all(".sp-canvas-row").findIndex((row) => row.attributes.has("data-best")),
    context?.pixels?.[3],
    tokens.map((token) => token.getAttribute("aria-pressed")).join(),
  ];
  assert.deepEqual(shown(), [4, 1, "true,false,false"]);
  tokens[1].fire("click");
  assert.deepEqual(shown(), [7, 2, "false,true,false"]);
  one.again(); // the next picture of the same number
  assert.deepEqual(shown(), [7, 2, "false,true,false"]);
  tokens[2].fire("click");
  assert.deepEqual(shown(), [-1, 3, "false,false,true"]); // it looks like no digit
  one.give({ answers: [{ name: "CNN", classes: DIGITS, p: null }], number: null });
  assert.equal(one.parent.all(".sp-canvas-token").length, 0);
  assert.equal(one.parent.one(".sp-canvas-best").textContent, "–");
});

test("of a number the newest digit is shown, also where nothing was read while it was drawn", () => {
  falsify();
  const one = canvas();
  const pressed = () =>
    one.parent.all(".sp-canvas-token").map((token) => token.getAttribute("aria-pressed"));
  const answer = () =>
    one.give({
      seq: one.doc.seq,
      answers: [digitOf(4), digitOf(7)],
      number: { rows: [[0, 1]], digits: [seen(255), seen(0)] }, // a thin line is nearer to the second
    });
  const line = (/** @type {number} */ x) => {
    one.point("pointerdown", x, 20);
    one.point("pointermove", x, 80);
    one.point("pointerup", x, 80);
    wait(1);
  };
  line(70);
  answer();
  assert.deepEqual(pressed(), ["false", "true"]);
  one.parent.all(".sp-canvas-token")[0].fire("click");
  answer(); // the same once more: what was pressed stays
  assert.deepEqual(pressed(), ["true", "false"]);
  line(80);
  answer();
  assert.deepEqual(pressed(), ["false", "true"]);
});

test("what looks like no digit is no class, however large its probability", () => {
  const one = canvas();
  one.give(/** @type {Partial<Message>} */ ({ answers: [digitOf(4, "no digit")], line: "None." }));
  assert.equal(one.parent.one(".sp-canvas-best").textContent, "?no digit");
  assert.equal(one.parent.all(".sp-canvas-row")[4].attributes.has("data-best"), false);
  one.give(/** @type {Partial<Message>} */ ({ answers: [digitOf(4)] }));
  assert.equal(one.parent.one(".sp-canvas-best").textContent, "491.0 %");
});

// ---------------------------------------------------------------- what the visitor says

test("what is said about strokes goes with their pictures, and undo takes it back", () => {
  const one = canvas();
  const ask = one.parent.one(".sp-canvas-ask");
  /** @param {import("./answer.js").Question | null} question */
  const answer = (question) => {
    one.give({ seq: one.doc.seq, ask: question });
    wait(1);
  };
  const said = () => one.pictures.at(-1)?.said;
  assert.equal(ask.hidden, true);
  one.dot(20);
  answer(ASK);
  assert.deepEqual([ask.hidden, ask.textContent], [false, ASK.offer]);
  ask.fire("click");
  assert.deepEqual(said(), [[10, 20, 200, 220, 0]]);
  answer({ ...ASK, one: true, offer: "This is one digit" });
  ask.fire("click"); // of the same strokes: the last word counts
  assert.deepEqual(said(), [[10, 20, 200, 220, 1]]);
  answer(null);
  one.parent.one(".sp-canvas").fire("keydown", { key: "z", ctrlKey: true });
  assert.deepEqual(said(), [[10, 20, 200, 220, 0]]);
  answer(null);
  one.dot(80); // what is drawn beside it changes nothing about it
  assert.deepEqual(said(), [[10, 20, 200, 220, 0]]);
  answer(null);
  one.press("Delete");
  answer(null);
  one.dot(30);
  assert.equal(said(), undefined);
});
