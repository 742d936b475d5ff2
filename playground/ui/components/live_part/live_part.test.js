// A part that is drawn again and again: after which time it is old.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { mount, onNewPages } from "#testing/fake_page.js";
import livePart from "./live_part.js";

onNewPages(import.meta.filename, () =>
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 }),
);

function part() {
  const { parent, give } = mount(livePart);
  let drawn = 0;
  return {
    /** @param {number | null} next */
    draw: (next) => {
      drawn += 1;
      give({ drawn, next });
    },
    get isOld() {
      return parent.one(".sp-live-part").dataset.old === "true";
    },
  };
}

/** @param {number} ms */
function wait(ms) {
  for (let left = ms; left > 0; left -= 100) mock.timers.tick(Math.min(100, left)); // as time goes
}

for (const [next, patience] of [
  [400, 1500],
  [500, 1500],
  [1000, 2000],
  [4000, 5000],
])
  test(`drawn every ${next} ms it is old after ${patience}, each time`, () => {
    const one = part();
    for (let i = 0; i < 3; i += 1) {
      for (let j = 0; j < 3; j += 1) {
        one.draw(next);
        wait(next);
      }
      one.draw(next);
      wait(patience - 1);
      assert.equal(one.isOld, false);
      wait(20_001);
      assert.equal(one.isOld, true);
      one.draw(next);
      assert.equal(one.isOld, false);
    }
  });

test("a part that is drawn no longer is not old", () => {
  const one = part();
  one.draw(500);
  one.draw(null);
  wait(60_000);
  assert.equal(one.isOld, false);
});

for (const gap of [300, 1000, 1400])
  test(`a busy server that draws every ${gap} ms is not said to be away`, () => {
    const one = part();
    for (let i = 0; i < 50; i += 1) {
      one.draw(500);
      wait(gap);
      assert.equal(one.isOld, false);
    }
  });

test("a server that is always slow is waited for longer: it blinks no more than it must", () => {
  const one = part();
  const seen = Array.from({ length: 6 }, () => {
    one.draw(500);
    wait(2500);
    return one.isOld;
  });
  assert.deepEqual(seen, [true, true, false, false, false, false]);
});

test("a network that loses packets blinks twice, and again only after half a minute without", () => {
  const one = part();
  /** @param {number} times */
  const drawn = (times) => {
    for (let i = 0; i < times; i += 1) {
      one.draw(500);
      wait(500);
    }
  };
  const seen = Array.from({ length: 5 }, () => {
    drawn(19);
    one.draw(500);
    wait(1700);
    return one.isOld;
  });
  assert.deepEqual(seen, [true, true, false, false, false]);
  drawn(61);
  wait(1100);
  assert.equal(one.isOld, true);
});
