// When pictures go, what replaces what, what is asked again, and what is old meanwhile.

import assert from "node:assert/strict";
import { test } from "node:test";
import { canvas, falsify, onNewCanvases, wait } from "#testing/canvas.js";
import { page } from "#testing/fake_page.js";

onNewCanvases(import.meta.filename);

test("an empty canvas sends nothing, however long it stands there", () => {
  const { pictures } = canvas();
  wait(60_000);
  assert.deepEqual(pictures, []);
});

test("a picture says what it is of", () => {
  const one = canvas();
  one.point("pointerdown", 20, 30);
  assert.deepEqual(one.pictures, [
    { seq: 1, final: false, size: [0, 0], box: [0, 0, 0, 0], grey: "" },
  ]);
  assert.equal(one.root.dataset.asked, "1");
  assert.equal(one.root.dataset.sent, "1");
});

test("pens that are thick for a small digit are thinner in the picture, and it says so", () => {
  const one = canvas();
  one.point("pointerdown", 40, 40);
  one.point("pointermove", 60, 40);
  assert.equal(one.pictures.at(-1)?.thin, undefined); // the first: a dot
  one.point("pointerup", 60, 40);
  wait(1);
  assert.equal(one.pictures.at(-1)?.thin, true); // 0.07 for 0.2
  assert.equal(one.doc.strokes[0].width, 0.07);
  assert.equal(one.pictures.at(-1)?.ink?.[0][0], 70); // strokes go as they were drawn
});

test("where nothing can be read here, a growing stroke is sent at once, then every 90 ms, if the last one is answered", () => {
  const one = canvas();
  one.point("pointerdown", 10, 10);
  assert.equal(one.seqs, "1");
  wait(10);
  one.point("pointermove", 20, 20);
  one.give({ seq: 1 });
  wait(79);
  assert.equal(one.seqs, "1");
  wait(1);
  assert.equal(one.seqs, "1 2");
  wait(500); // longer than 90 ms, but unanswered
  one.point("pointermove", 30, 30);
  wait(100);
  assert.equal(one.seqs, "1 2");
  one.give({ seq: 2 });
  assert.equal(one.seqs, "1 2 3");
});

test("a growing stroke whose picture is lost goes on after a second, without that one", () => {
  const one = canvas();
  one.point("pointerdown", 10, 10);
  one.point("pointermove", 20, 20);
  wait(999);
  assert.equal(one.seqs, "1");
  wait(1);
  assert.equal(one.seqs, "1 2");
  wait(60_000);
  assert.equal(one.seqs, "1 2", "a picture of a growing stroke is not sent again");
});

test("moves that are too small to be seen are none", () => {
  const one = canvas();
  one.point("pointerdown", 10, 10);
  one.give({ seq: 1 });
  one.point("pointermove", 10.1, 10.1);
  wait(1000);
  assert.equal(one.seqs, "1");
});

test("the end of a stroke is sent at once and does not wait for the picture before it", () => {
  const one = canvas();
  one.point("pointerdown", 10, 10);
  wait(5);
  one.point("pointerup", 10, 10);
  assert.equal(one.seqs, "1 2!");
});

test("two pictures in one moment are two messages, one after the other", () => {
  const one = canvas();
  one.dot(10);
  assert.equal(one.seqs, "1", "Streamlit would put both into one message");
  wait(1);
  assert.equal(one.seqs, "1 2!");
});

test("the picture after a last one waits for its answer, and is the newest there is", () => {
  const one = canvas();
  one.dot(10);
  wait(1);
  one.dot(20);
  wait(10);
  one.dot(30);
  wait(200);
  assert.equal(one.seqs, "1 2!");
  one.give({ seq: 2 });
  assert.equal(one.seqs, "1 2! 3!");
  assert.equal(one.pictures[2].ink?.length, 3);
  one.give({ seq: 3 });
  wait(1);
  wait(60_000);
  assert.equal(one.seqs, "1 2! 3!", "nothing is sent when nothing happens");
});

test("the last picture of a stroke is sent four times in all to a page that does not answer", () => {
  const one = canvas();
  one.dot(10);
  wait(1);
  for (const [after, seqs] of [
    [999, "1 2!"],
    [1, "1 2! 2!"],
    [1000, "1 2! 2! 2!"],
    [1000, "1 2! 2! 2! 2!"],
    [1000, "1 2! 2! 2! 2!"],
    [60_000, "1 2! 2! 2! 2!"],
  ]) {
    one.give({});
    wait(Number(after));
    assert.equal(one.seqs, seqs);
  }
});

test("while the page is silent it is never given up, but sent ever more rarely", () => {
  const one = canvas();
  one.dot(10);
  wait(1);
  let count = 2;
  for (const pause of [1000, 2000, 4000, 8000, 8000, 8000]) {
    wait(pause - 1);
    assert.equal(one.pictures.length, count, `${pause}`);
    wait(1);
    count += 1;
    assert.equal(one.pictures.length, count, `${pause}`);
  }
  wait(3000);
  one.give({}); // the server is back, in the middle of a pause
  assert.equal(one.pictures.length, count + 1);
  wait(100);
  page.window.dispatchEvent(new Event("sp-connected"));
  assert.equal(one.pictures.length, count + 2);
  wait(299);
  assert.equal(one.pictures.length, count + 2);
  wait(1); // a new session has taken it for a wish to see the page
  assert.equal(one.pictures.length, count + 3);
  one.give({ seq: 2 });
  page.window.dispatchEvent(new Event("sp-connected"));
  wait(60_000);
  assert.equal(one.pictures.length, count + 3);
});

test("a lost picture that has been overtaken is not sent again, but the newer one is", () => {
  const one = canvas();
  one.dot(10);
  wait(1);
  one.dot(20);
  wait(1000);
  assert.equal(one.seqs, "1 2! 3!");
});

// ---------------------------------------------------------------- what is old

/** @param {ReturnType<typeof canvas>} one */
const told = ({ root, parent }) => [root.dataset.old, parent.one(".sp-news").textContent];
const [OLD, NEW] = [
  ["true", "waiting for the server"],
  [undefined, ""],
];

test("an answer that does not come makes the one before old, until it comes", () => {
  const one = canvas();
  one.give({ seq: 0, line: "a 3" });
  wait(60_000);
  assert.deepEqual(told(one), NEW, "nothing has been asked");
  one.dot(10);
  wait(1499);
  assert.deepEqual(told(one), NEW);
  wait(1);
  assert.deepEqual(told(one), OLD);
  one.dot(20); // what is drawn meanwhile is what is answered in the end
  wait(20_000);
  one.give({});
  assert.deepEqual(told(one), OLD, "that was not the answer");
  one.give({ seq: one.doc.seq });
  assert.deepEqual(told(one), NEW);
  assert.equal(one.pictures.at(-1)?.ink?.length, 2);
  wait(60_000);
  assert.deepEqual(told(one), NEW);
});

test("an answer that comes after it was given up ends the waiting, too", () => {
  const one = canvas();
  one.dot(10);
  for (let i = 0; i < 6; i += 1) {
    one.give({}); // the page speaks, and has not got to it
    wait(1000);
  }
  assert.equal(one.seqs, "1 2! 2! 2! 2!");
  assert.deepEqual(told(one), OLD);
  one.give({ seq: 1 });
  assert.deepEqual(told(one), OLD, "that is of a part of it");
  one.give({ seq: 2 });
  assert.deepEqual(told(one), NEW);
});

test("drawing on does not put off that an answer is late", () => {
  const one = canvas();
  one.point("pointerdown", 10, 10);
  for (let x = 11; x < 26; x += 1) {
    wait(100);
    one.point("pointermove", x, 10);
  }
  assert.deepEqual(told(one), OLD);
});

test("while the networks are loaded the page says so, and an answer may take long", () => {
  const one = canvas({ loading: true });
  one.dot(10);
  wait(9999);
  assert.deepEqual(told(one), NEW);
  wait(1);
  assert.deepEqual(told(one), OLD);
});

test("a server that has started anew is told of the drawing", () => {
  const one = canvas();
  one.dot(10);
  wait(1);
  one.give({ seq: 2 });
  one.give({ seq: 0 });
  assert.equal(one.seqs, "1 2! 3!");
  assert.equal(one.pictures[2].ink?.length, 1);
});

// ---------------------------------------------------------------- strokes for the server

test("strokes go with last pictures only", () => {
  const one = canvas();
  one.dot(10);
  wait(1);
  assert.equal(one.pictures[0].ink, undefined);
  assert.deepEqual(one.pictures[1].ink, [[70, 100, 500, 500]]);
});

// ---------------------------------------------------------------- falsified pixels

test("where a browser falsifies what is read back, the picture is made of the strokes", () => {
  falsify();
  const one = canvas();
  one.dot(50);
  const [left, top, right, bottom] = one.pictures.at(-1)?.box ?? [];
  assert.deepEqual([left, top, right, bottom], [130, 130, 150, 150]);
});
