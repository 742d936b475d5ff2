// A component's life: what is called when, and what goes with it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mount, onNewPages, page } from "#testing/fake_page.js";
import { component, watchSize } from "./component.js";

/** @typedef {{ key: string }} Message */

onNewPages(import.meta.filename);

/** A component that notes what happens to it. */
function noted() {
  /** @type {string[]} */
  const notes = [];
  /** @type {import("./component.js").Life<Message>[]} */
  const lives = [];
  const made = mount(
    component({
      className: "one",
      /** @param {import("./component.js").Life<Message>} life */
      mount(life) {
        lives.push(life);
        notes.push(`mount ${life.message.key}`);
        return life;
      },
      receive: ({ message }, before) => void notes.push(`receive ${message.key} ${before?.key}`),
      show: (_, isNew) => void notes.push(`show ${isNew}`),
      draw: (_, now) => void notes.push(`draw ${now}`),
      isOther: (view, { key }) => key === "other" && view.message.key !== "other",
      leave: ({ root }) => void notes.push(`leave ${root.isConnected}`),
    }),
  );
  const take = () => notes.splice(0);
  return { ...made, take, lives };
}

test("it is mounted once, told of each new message, and shown at each call", () => {
  const { parent, give, take } = noted();
  assert.equal(give(), undefined, "nothing has come");
  const message = { key: "a" };
  give(message);
  assert.deepEqual(take(), ["mount a", "receive a undefined", "show true"]);
  give(message); // the theme has changed
  give({ key: "b" });
  assert.deepEqual(take(), ["show false", "receive b a", "show true"]);
  assert.equal(parent.children.length, 1);
});

test("without a way of showing, each call draws the next frame, if there is anything to draw", () => {
  /** @type {number[]} */
  const drawn = [];
  /** @type {(life: import("./component.js").Life<Message>) => typeof life} */
  const itself = (life) => life;
  const one = mount(
    component({ className: "", mount: itself, draw: (_, now) => void drawn.push(now) }),
  );
  const other = mount(component({ className: "", mount: itself }));
  for (const key of ["a", "b"]) for (const { give } of [one, other]) give({ key });
  assert.equal(page.frames.size, 1);
  page.frame(7);
  assert.deepEqual(drawn, [7]);
});

test("a frame is drawn once, after the newest of what is to be done in it", () => {
  const { give, take, lives } = noted();
  give({ key: "a" });
  take();
  /** @type {string[]} */
  const done = [];
  lives[0].schedule(() => done.push("old"));
  lives[0].schedule(() => done.push("new"));
  lives[0].schedule();
  page.frame(16);
  page.frame(33);
  assert.deepEqual([done, take()], [["new"], ["draw 16"]]);
});

test("it goes with its node, and takes with it what it waits for", () => {
  const { parent, give, take, lives, sent } = noted();
  const [leave, again] = [give({ key: "a" }), give({ key: "b" })];
  const [{ signal, schedule, root }] = lives;
  watchSize(root, () => undefined, signal);
  schedule();
  take();
  leave?.(); // a newer call has overtaken this one
  assert.deepEqual([take(), signal.aborted], [[], false]);
  parent.remove();
  leave?.();
  again?.();
  schedule();
  page.frame();
  lives[0].trigger("press", 1);
  assert.deepEqual([take(), sent], [["leave false"], []]);
  assert.equal(page.frames.size, 0);
  assert.deepEqual([signal.aborted, parent.children], [true, []]);
});

test("a message of another component makes all nodes again", () => {
  const { parent, give, take, lives } = noted();
  give({ key: "a" });
  take();
  give({ key: "other" });
  assert.deepEqual(take(), ["leave true", "mount other", "receive other undefined", "show true"]);
  assert.equal(parent.children.length, 1);
  give({ key: "other" });
  assert.equal(lives.length, 2);
});
