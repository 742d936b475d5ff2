// Parts of messages that come once: kept, and asked for where they are lost.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { parcel, START, stopTheClock } from "#testing/digits.js";
import { onNewPages } from "#testing/fake_page.js";
import { open } from "./blobs.js";

onNewPages(import.meta.filename, stopTheClock);

/** What asks for parcels, and when it has asked. */
function asker() {
  /** @type {number[]} */
  const asked = [];
  /** @type {import("./blobs.js").Asker} */
  const view = {
    signal: new AbortController().signal,
    trigger: (name, value) => {
      assert.deepEqual([name, value], ["resend", Date.now()]);
      asked.push(Date.now() - START);
    },
  };
  return { view, asked };
}

test("what came once is there from then on, for all components of the page", () => {
  const sent = parcel([1, 2, 255]);
  const [first, second] = [asker(), asker()];
  assert.deepEqual([...(open(first.view, sent) ?? [])], [1, 2, 255]);
  assert.equal(open(second.view, { id: sent.id }), open(first.view, sent));
  mock.timers.tick(100_000);
  assert.deepEqual([...first.asked, ...second.asked], []);
});

test("what is missing is asked for, less and less often, until it comes", () => {
  const { view, asked } = asker();
  const { id, bytes } = parcel([7]);
  assert.equal(open(view, { id }), undefined);
  assert.equal(open(view, { id }), undefined);
  assert.deepEqual(asked, [0]);
  for (let i = 0; i < 1200; i += 1) mock.timers.tick(100);
  assert.deepEqual(asked, [0, 1500, 4500, 10_500, 22_500, 46_500, 76_500, 106_500]);
  assert.deepEqual([...(open(view, { id, bytes }) ?? [])], [7]);
  for (let i = 0; i < 1200; i += 1) mock.timers.tick(100);
  assert.equal(asked.length, 8);
});

test("what is shown all the time is kept, however many come for others", () => {
  const [{ view, asked }, other] = [asker(), asker()];
  const digits = parcel([1, 2, 3]);
  open(view, digits);
  for (let i = 0; i < 100; i += 1) {
    open(other.view, parcel([4, i])); // of one moment after the other
    assert.ok(open(view, { id: digits.id }));
  }
  assert.deepEqual(asked, []);
});

test("32 parcels are kept, those that were used last", () => {
  const { view } = asker();
  const sent = Array.from({ length: 33 }, (_, i) => parcel([i]));
  for (const one of sent) open(view, one);
  assert.ok(open(view, { id: sent[1].id }));
  assert.equal(open(view, { id: sent[0].id }), undefined);
});

test("what comes with a message that was fetched is its own, and is kept for nobody else", () => {
  const sent = { ...parcel([7, 8]), isOwn: true };
  const [one, other] = [asker(), asker()];
  const found = open(one.view, sent);
  assert.deepEqual([...(found ?? [])], [7, 8]);
  assert.equal(open(one.view, sent), found, "made once");
  assert.equal(open(other.view, { id: sent.id }), undefined);
});
