// Messages that arrive: when they are sent, sent again, and given up.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { onNewPages, page } from "#testing/fake_page.js";
import { Mailbox, Question } from "./mailbox.js";

onNewPages(import.meta.filename, () =>
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 }),
);

/** @type {string[]} */
let sent = [];
let life = new AbortController();
beforeEach(() => {
  [sent, life] = [[], new AbortController()];
});

/** @param {() => void} [lost] */
const mailbox = (lost) =>
  /** @type {Mailbox<{ to: string }>} */ (
    new Mailbox(({ to, seq }) => void sent.push(`${seq} ${to}`), life.signal, lost)
  );

test("messages are numbered, on from what Python knows of", () => {
  const mail = mailbox();
  mail.answered(7);
  mail.post({ to: "a" });
  mail.answered(3); // an old message of the server
  mail.post({ to: "b" });
  assert.deepEqual(sent, ["8 a", "9 b"]);
  assert.equal(mail.seq, 9);
});

test("the newest is sent again until it is answered", () => {
  const mail = mailbox();
  mail.post({ to: "a" });
  mail.post({ to: "b" });
  mock.timers.tick(4999);
  assert.equal(sent.length, 2);
  mock.timers.tick(1);
  mail.answered(1); // not the newest
  mock.timers.tick(5000);
  assert.deepEqual(sent, ["1 a", "2 b", "2 b", "2 b"]);
  mail.answered(2);
  mock.timers.tick(60_000);
  assert.deepEqual([sent.length, mail.pending], [4, undefined]);
});

test("after three times it is given up if Python speaks of others, which is said once", () => {
  let lost = 0;
  const mail = mailbox(() => {
    lost += 1;
  });
  mail.post({ to: "a" });
  for (let i = 0; i < 9; i += 1) {
    mail.answered(0);
    mock.timers.tick(5000);
  }
  assert.deepEqual([sent.length, lost, mail.pending], [4, 1, undefined]);
});

test("while Python is silent it is not given up, and comes at once when Python speaks again", () => {
  let lost = 0;
  const mail = mailbox(() => {
    lost += 1;
  });
  mail.post({ to: "a" });
  for (let i = 0; i < 40; i += 1) mock.timers.tick(5000);
  assert.deepEqual([sent.length, lost, mail.pending?.seq], [41, 0, 1]);
  mock.timers.tick(1501);
  mail.answered(0);
  assert.equal(sent.length, 42);
  mail.answered(0); // the answer may be on its way
  assert.equal(sent.length, 42);
  mail.answered(1);
  mock.timers.tick(60_000);
  assert.deepEqual([sent.length, lost, mail.pending], [42, 0, undefined]);
});

test("what has gone or is forgotten sends nothing", () => {
  const mail = mailbox();
  mail.post({ to: "a" });
  mail.forget();
  mail.post({ to: "b" });
  life.abort();
  mail.post({ to: "c" });
  mock.timers.tick(60_000);
  assert.deepEqual([sent, mail.pending], [["1 a", "2 b"], undefined]);
});

const connected = () => page.window.dispatchEvent(new Event("sp-connected"));

test("once the page is connected again, what is not answered is sent at once, and soon again", () => {
  const mail = mailbox();
  connected();
  assert.deepEqual(sent, []);
  mail.post({ to: "a" });
  mock.timers.tick(4000);
  connected();
  assert.deepEqual(sent, ["1 a", "1 a"]);
  for (const [ms, times] of [
    [299, 2], // a new session has taken it for a wish to see the page
    [1, 3],
    [600, 4],
    [1200, 5],
    [2400, 6],
    [4799, 6],
    [1, 7],
    [5000, 8],
  ]) {
    mock.timers.tick(ms);
    assert.equal(sent.length, times);
  }
  mail.answered(1);
  connected();
  mail.post({ to: "b" });
  mock.timers.tick(4999);
  assert.deepEqual(sent.slice(8), ["2 b"]);
});

test("once the page is connected again, a question is asked again at once", () => {
  const question = new Question(() => void sent.push("?"), life.signal);
  connected();
  question.begin();
  mock.timers.tick(4000);
  sent = [];
  connected();
  assert.deepEqual(sent, ["?"]);
  mock.timers.tick(1499); // as long as after the first time
  assert.equal(sent.length, 1);
  mock.timers.tick(1);
  assert.equal(sent.length, 2);
  question.stop();
  connected();
  assert.equal(sent.length, 2);
});

test("a question is asked at once, and ever more rarely while nothing comes", () => {
  const question = new Question(() => void sent.push("?"), life.signal);
  question.begin();
  question.begin(); // the answer may be on its way
  assert.equal(sent.length, 1);
  for (const [i, delay] of [1500, 3000, 6000, 12000, 24000, 30000, 30000].entries()) {
    mock.timers.tick(delay - 1);
    assert.equal(sent.length, i + 1);
    mock.timers.tick(1);
    assert.equal(sent.length, i + 2, `${delay} ms`);
  }
  question.stop();
  mock.timers.tick(60_000);
  assert.equal(sent.length, 8);
});

test("a question can wait for what may come by itself, and ends with its component", () => {
  const question = new Question(() => void sent.push("?"), life.signal);
  question.beginLater();
  question.begin(); // it is being asked
  mock.timers.tick(1499);
  assert.equal(sent.length, 0);
  mock.timers.tick(1);
  assert.equal(sent.length, 1);
  life.abort();
  question.begin();
  question.beginLater();
  mock.timers.tick(60_000);
  assert.equal(sent.length, 1);
});
