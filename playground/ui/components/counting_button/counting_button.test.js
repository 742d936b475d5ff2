// The button that counts: what it tells Python, and when it tells it again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mount, onNewPages } from "#testing/fake_page.js";
import countingButton from "./counting_button.js";

/** @typedef {import("./counting_button.js").Message} Message */

onNewPages(import.meta.filename, ({ mock }) => mock.timers.enable({ apis: ["setTimeout"] }));

/** @param {Partial<Message>} [first] */
function step(first = {}) {
  const { parent, sent, give } = mount(countingButton);
  const message = { label: "Step", tip: "One step.", icon: "", most: 100, answered: 0, ...first };
  const leave = give(message);
  return {
    ...{ parent, leave },
    press: () => parent.button("Step").click(),
    /** @param {number} presses */
    answer: (presses) => give({ ...message, answered: presses }),
    get told() {
      return sent.map(([name, value]) => {
        assert.equal(name, "pressed");
        return /** @type {{ seq: number }} */ (value).seq;
      });
    },
    last: () => sent.at(-1)?.[1],
  };
}

test("an icon is seen and not read out", () => {
  const { parent } = step({ icon: "skip_next" });
  const [icon, label] = parent.one("button").all("span");
  assert.deepEqual([icon.textContent, icon.getAttribute("aria-hidden")], ["skip_next", "true"]);
  assert.equal(label.textContent, "Step");
});

test("each press tells how many there have been", () => {
  const button = step();
  assert.equal(button.parent.button("Step").title, "One step.");
  for (let i = 0; i < 3; i++) button.press();
  assert.deepEqual(button.told, [1, 2, 3]);
  button.answer(1); // the others are on their way
  button.press();
  assert.deepEqual(button.told, [1, 2, 3, 4]);
});

test("what is not answered is told again, three times", ({ mock }) => {
  const button = step();
  button.press();
  button.press();
  button.answer(1); // not all of it
  mock.timers.tick(5000);
  assert.deepEqual(button.told, [1, 2, 2]);
  button.answer(1);
  for (let i = 0; i < 5; i++) {
    mock.timers.tick(5000);
    button.answer(1);
  }
  assert.deepEqual(button.told, [1, 2, 2, 2, 2]);
  button.press(); // what was not taken was not: the count begins where the server is
  assert.deepEqual(button.told.at(-1), 2);
});

test("what is answered is not told again", ({ mock }) => {
  const button = step();
  button.press();
  button.answer(1);
  mock.timers.tick(60_000);
  assert.deepEqual(button.told, [1]);
});

test("it goes on from what the server has taken, and no further than the server takes", () => {
  const button = step({ answered: 7, most: 2 });
  for (let i = 0; i < 5; i++) button.press();
  assert.deepEqual(button.told, [8, 9]);
  button.answer(9);
  button.press();
  assert.deepEqual(button.told, [8, 9, 10]);
});

test("a server that has started anew is told which presses were taken before it", ({ mock }) => {
  const button = step({ most: 2 });
  button.press();
  button.answer(1);
  button.press();
  button.answer(2);
  button.answer(0); // it knows of none
  button.press();
  assert.deepEqual(button.last(), { seq: 3, since: 2 });
  button.press();
  button.press(); // no further than it takes
  assert.deepEqual(button.last(), { seq: 4, since: 2 });
  button.answer(3);
  button.answer(0); // once more, before it has heard of the fourth
  mock.timers.tick(5000);
  assert.deepEqual(button.last(), { seq: 4, since: 3 });
});

test("a button that has gone tells nothing any more", ({ mock }) => {
  const button = step();
  button.press();
  button.parent.remove();
  button.leave?.();
  mock.timers.tick(60_000);
  assert.deepEqual(button.told, [1]);
});
