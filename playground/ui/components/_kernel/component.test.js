// A component's life: what is called when, and what goes with it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mount, onNewPages, page } from "#testing/fake_page.js";
import { component, watchSize } from "./component.js";
import { showFrame } from "./moment.js";

/** @typedef {{ key: string }} Message */
/** @typedef {import("./component.js").Call<Message>} Call */
/** @typedef {import("./component.js").Life<Message>} Life */

onNewPages(import.meta.filename);

/** A component that notes what happens to it. */
function noted() {
  /** @type {string[]} */
  const notes = [];
  /** @type {Life[]} */
  const lives = [];
  const made = mount(
    component({
      className: "one",
      /** @param {Life} life */
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
  /** @type {(life: Life) => Life} */
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

test("after an update of the server the new module's view takes the old one's place", async () => {
  /** @type {typeof import("./component.js")} */
  const later = await import(`${new URL("component.js", import.meta.url)}?2`);
  /** @type {string[]} */
  const notes = [];
  /** @type {(name: string) => import("./component.js").Parts<Message, Life>} */
  const parts = (name) => ({
    className: name,
    mount(life) {
      notes.push(`mount ${name}`);
      window.addEventListener("keydown", () => notes.push(name), { signal: life.signal });
      return life;
    },
    leave: () => void notes.push(`leave ${name}`),
  });
  const [older, newer] = [component(parts("old")), later.component(parts("new"))];
  let current = older;
  const { parent, give } = mount((/** @type {Call} */ call) => current(call));
  const leaves = [give({ key: "a" })];
  current = newer;
  leaves.push(give({ key: "b" }), give({ key: "c" }));
  page.window.fire("keydown");
  assert.deepEqual(notes.splice(0), ["mount old", "leave old", "mount new", "new"]);
  assert.deepEqual(
    parent.children.map(({ className }) => className),
    ["new"],
  );
  parent.remove();
  for (const leave of leaves) leave?.();
  page.window.fire("keydown");
  assert.deepEqual(notes, ["leave new"]);
});

test("while a scrubber moves it is given what was fetched, and then what Python has said", () => {
  const { parent, give, take } = noted();
  /** @type {(key: string) => Message} */
  const told = (key) => Object.assign({ key }, { part: "mine" });
  give(told("a"));
  take();
  showFrame({ step: 5, content: { mine: { key: "fetched" }, others: { key: "no" } } });
  assert.deepEqual(take(), ["receive fetched a", "show true"]);
  give(told("b")); // of before the move
  assert.deepEqual(take(), ["show false"]);
  showFrame({ step: 6, content: { others: { key: "no" } } });
  assert.deepEqual(take(), ["receive b fetched", "show true"]);
  showFrame(null);
  assert.deepEqual(take(), []);
  parent.remove();
});

test("what is out of sight follows a scrubber when it comes into sight, or at its end", () => {
  const { parent, give, take } = noted();
  give(Object.assign({ key: "a" }, { part: "mine" }));
  const turn = page.sights.get(parent) ?? assert.fail("nobody looks");
  turn(false);
  take();
  showFrame({ step: 5, content: { mine: { key: "five" } } });
  showFrame({ step: 6, content: { mine: { key: "six" } } });
  assert.deepEqual(take(), []);
  turn(true);
  assert.deepEqual(take(), ["receive six a", "show true"]);
  turn(false);
  showFrame({ step: 7, content: { mine: { key: "seven" } } });
  showFrame(null);
  assert.deepEqual(take(), ["receive a six", "show true"]);
  parent.remove();
});

test("what is asked for in a frame is drawn in it, once, also beside a drawing that fails", () => {
  /** @type {(() => void)[]} */
  const thrown = [];
  globalThis.queueMicrotask = (later) => void thrown.push(later);
  /** @type {string[]} */
  const drawn = [];
  /** @type {(() => void)[]} */
  const ask = [];
  /** @type {(name: string, then: () => void) => void} */
  const add = (name, then) => {
    const parts = {
      className: "",
      mount(/** @type {Life} */ life) {
        ask.push(life.schedule);
        return life;
      },
      draw() {
        drawn.push(name);
        then();
      },
    };
    mount(component(parts)).give({ key: name });
  };
  add("a", () => {
    for (const each of [ask[1], ask[2], ask[0]]) each();
    throw new Error("a fails");
  });
  add("b", () => ask[2]());
  add("c", () => undefined);
  page.frame();
  drawn.splice(0);
  ask[0]();
  page.frame();
  assert.deepEqual(drawn.splice(0), ["a", "b", "c"]);
  assert.throws(thrown[0], /a fails/);
  assert.equal(page.frames.size, 1, "who had a turn waits for the next frame");
});
