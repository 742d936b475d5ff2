// The slider under a pointer and under keys: what begins, moves, ends and is undone.

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { mock, test } from "node:test";
import { FakeElement, onNewPages, page } from "#testing/fake_page.js";
import { listenToKeys, listenToPointer } from "./drag.js";

onNewPages(import.meta.filename, () => mock.timers.enable({ apis: ["setTimeout"] }));

/** @param {{ offset?: number | undefined, keys?: boolean }} [settings] */
function slider({ offset, keys = true } = { offset: 0 }) {
  /** @type {string[]} */
  const notes = [];
  const life = new AbortController();
  const node = page.body.appendChild(new FakeElement("div"));
  const track = /** @type {HTMLElement} */ (/** @type {unknown} */ (node));
  /** @type {(what: string) => (value?: number) => void} */
  const note = (what) => (value) => void notes.push(`${what} ${value}`);
  /** @type {(() => void) | undefined} */
  let newest;
  const drag = {
    /** @param {number} x */
    begin: (x) => {
      notes.push(`begin ${x}`);
      return offset;
    },
    move: note("move"),
    finish: note("finish"),
    cancel: () => void notes.push("cancel"),
    /** @param {() => void} action */
    onFrame: (action) => {
      if (!newest)
        page.ask(() => {
          newest?.();
          newest = undefined;
        });
      newest = action;
    },
  };
  listenToPointer(track, drag, life.signal);
  const letGo = listenToKeys(
    track,
    {
      by: (direction, isPage, isShift) => direction * (isPage ? 10 : isShift ? 5 : 1),
      low: () => -100,
      high: () => 100,
      begin: () => keys,
      move: note("key"),
      finish: () => void notes.push("let go"),
      pause: ({ repeat }) => (repeat ? 400 : 1000),
    },
    life.signal,
  );
  const one = { pointerId: 1, button: 0, isPrimary: true };
  return {
    ...{ node, life, letGo },
    take: () => notes.splice(0),
    /** @type {(type: string, x: number, more?: object) => void} */
    point: (type, x, more = {}) => void node.fire(type, { ...one, clientX: x, ...more }),
    /** @type {(key: string, more?: object) => boolean} */
    press: (key, more = {}) => node.fire("keydown", { key, ...more }).defaultPrevented,
  };
}

test("a drag moves once a frame and ends where the pointer is let go", () => {
  const { point, take } = slider({ offset: 3 });
  point("pointerdown", 50);
  for (const x of [51, 52, 52]) point("pointermove", x);
  assert.deepEqual(take(), ["begin 50"]);
  page.frame();
  assert.deepEqual(take(), ["move 49"]);
  point("pointerup", 52);
  point("pointermove", 90);
  page.frame();
  assert.deepEqual(take(), ["finish undefined"]);
  point("pointerdown", 60);
  point("pointermove", 70);
  point("pointerup", 80);
  page.frame();
  assert.deepEqual(take(), ["begin 60", "finish 77"]);
});

test("what is refused, and other buttons and fingers, are no drag", () => {
  const refused = slider({ offset: undefined });
  refused.point("pointerdown", 50);
  refused.point("pointerup", 60);
  assert.deepEqual(refused.take(), ["begin 50"]);
  assert.equal(refused.node.captured, undefined);
  const { point, take } = slider();
  point("pointerdown", 1, { button: 2 });
  point("pointerdown", 2, { isPrimary: false });
  point("pointerdown", 3);
  point("pointerdown", 4);
  point("pointerup", 5, { pointerId: 2 });
  assert.deepEqual(take(), ["begin 3"]);
});

test("no drag begins with a pointer that cannot be captured", () => {
  const { node, point, take } = slider();
  const gone = mock.method(node, "setPointerCapture", () => {
    throw new Error("There is no such pointer");
  });
  assert.throws(() => point("pointerdown", 50));
  gone.mock.restore();
  assert.deepEqual(take(), []);
  point("pointerdown", 60);
  assert.deepEqual(take(), ["begin 60"]);
  assert.equal(node.captured, 1);
});

for (const type of ["pointercancel", "lostpointercapture", "Escape"])
  test(`${type} undoes a drag`, () => {
    const { node, point, take } = slider();
    point("pointerdown", 50);
    point("pointermove", 60);
    assert.ok(node.attributes.has("data-held"));
    const { stopped } = node.fire(type === "Escape" ? "keydown" : type, {
      pointerId: 1,
      key: type,
    });
    assert.ok(!node.attributes.has("data-held"));
    page.frame();
    point("pointerup", 70);
    assert.deepEqual(take(), ["begin 50", "cancel"]);
    assert.equal(stopped, type === "Escape");
    assert.equal(node.fire("keydown", { key: "Escape" }).stopped, false);
  });

test("a drag and keys end with the component", () => {
  const { point, press, life, take } = slider();
  point("pointerdown", 50);
  press("End");
  life.abort();
  page.window.fire("keydown", { key: "Escape" });
  mock.timers.tick(60_000);
  assert.deepEqual(take(), ["begin 50", "key 100"]);
});

test("a slider at rest leaves nothing with a component that outlives it", () => {
  const { point, press, letGo, life } = slider();
  point("pointerdown", 50);
  point("pointerup", 50);
  press("End");
  letGo();
  assert.deepEqual(getEventListeners(life.signal, "abort"), []);
});

test("keys lead as on any slider, those of nothing are the browser's", () => {
  const { press, take } = slider();
  const keys = ["ArrowUp", "ArrowRight", "ArrowDown", "ArrowLeft", "PageUp", "PageDown"];
  for (const key of [...keys, "Home", "End"]) assert.ok(press(key));
  press("ArrowUp", { shiftKey: true });
  const values = take().map((text) => Number(text.split(" ")[1]));
  assert.deepEqual(values, [1, 1, -1, -1, 10, -10, -100, 100, 5]);
  for (const key of ["ctrlKey", "metaKey", "altKey"]) assert.ok(!press("End", { [key]: true }));
  assert.ok(!press("a"));
  assert.ok(!slider({ offset: 0, keys: false }).press("End"));
  assert.deepEqual(take(), []);
});

test("keys are let go after a pause, when the focus leaves, or when they are told so", () => {
  const { node, press, letGo, take } = slider();
  press("End");
  mock.timers.tick(999);
  press("End", { repeat: true });
  mock.timers.tick(399);
  assert.deepEqual(take(), ["key 100", "key 100"]);
  mock.timers.tick(1);
  assert.deepEqual(take(), ["let go"]);
  for (const end of [() => void node.fire("blur"), letGo]) {
    press("Home");
    end();
    end();
    assert.deepEqual(take(), ["key -100", "let go"]);
  }
});
