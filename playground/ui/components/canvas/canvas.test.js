// The canvas as a whole: when pictures go, what replaces what, what is asked again, what lasts.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { FakeContext, mount, onNewPages, page } from "#testing/fake_page.js";
import { layersShown } from "../_kernel/layers.js";
import { showFrame } from "../_kernel/moment.js";
import drawingCanvas from "./canvas.js";
import { documentOf } from "./document.js";

/** @typedef {import("./canvas.js").Message} Message */
/** @typedef {import("./sender.js").Picture} Picture */
/** @typedef {import("#testing/fake_page.js").FakeElement} FakeElement */

const DIGITS = Array.from({ length: 10 }, (_, k) => `${k}`);
/** @type {[string, string][]} */
const COLOURS = [
  ["#111111", "#eeeeee"],
  ["#222222", "#dddddd"],
];
let keys = 0;
let isFalsified = false;

onNewPages(import.meta.filename, () => {
  isFalsified = false;
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  mock.method(performance, "now", () => Date.now());
});

/**
 * A canvas on the page, a hand that draws on it, and what has gone to the server.
 *
 * @param {Partial<Message>} [first]
 */
function canvas(first = {}) {
  keys += 1;
  return canvasOf(first.key ?? `canvas ${keys}`, first);
}

/**
 * @param {string} key
 * @param {Partial<Message>} first
 */
function canvasOf(key, first) {
  const { parent, sent, give } = mount(drawingCanvas);
  /** @type {Message} */
  let message = {
    key,
    colours: COLOURS,
    wantsStrokes: false,
    load: null,
    shown: 1,
    offer: null,
    loading: false,
    seq: 0,
    answers: [{ name: "CNN", classes: DIGITS, p: null }],
    digit: null,
    line: "",
    ...first,
  };
  const leave = give(message);
  const pad = parent.one(".sp-canvas-pad");
  pad.rect = { left: 0, top: 0, width: 100, height: 100 };
  const one = { pointerId: 1, pointerType: "mouse", button: 0, buttons: 1, pressure: 0.5 };
  /** @type {(type: string, x?: number, y?: number, more?: object) => void} */
  const point = (type, x = 0, y = 0, more = {}) =>
    void pad.fire(type, { ...one, clientX: x, clientY: y, ...more });
  return {
    key,
    parent,
    pad,
    doc: documentOf(key),
    root: parent.one(".sp-canvas"),
    leave: () => {
      parent.remove();
      leave?.();
    },
    point,
    /** @type {(x: number, y?: number) => void} */
    dot: (x, y = 50) => {
      point("pointerdown", x, y);
      point("pointerup", x, y);
    },
    /** @param {Partial<Message>} change */
    give: (change) => {
      message = { ...message, load: null, ...change };
      give(message);
    },
    again: () => void give(message),
    /** @type {(key: string, more?: object) => FakeEvent} */
    press: (key, more = {}) => pad.fire("keydown", { key, ...more }),
    get pictures() {
      return sent.map(([name, value]) => {
        assert.equal(name, "picture");
        return /** @type {Picture} */ (value);
      });
    },
    get seqs() {
      return this.pictures.map(({ seq, final }) => `${seq}${final ? "!" : ""}`).join(" ");
    },
  };
}

/** @typedef {import("#testing/fake_page.js").FakeEvent} FakeEvent */

/** @param {number} ms */
const wait = (ms) => mock.timers.tick(ms);

// ---------------------------------------------------------------- when a picture goes

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
  one.give({ seq: one.pictures.at(-1)?.seq, wantsStrokes: true });
  wait(1);
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

test("ink that the device has forgotten is painted again", () => {
  const one = canvas();
  one.dot(10);
  one.dot(20);
  page.frame();
  const { calls } = one.pad.getContext();
  calls.splice(0);
  one.pad.fire("contextrestored");
  page.frame();
  assert.ok(calls.some(([name]) => name === "drawImage"));
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
  const one = canvas({ wantsStrokes: true });
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

test("an answer that is late still ends the asking", () => {
  const one = canvas();
  one.dot(10);
  wait(1);
  wait(1500);
  assert.equal(one.seqs, "1 2! 2!");
  one.give({ seq: 2 });
  wait(60_000);
  assert.equal(one.seqs, "1 2! 2!");
});

/** @param {{ root: FakeElement, parent: FakeElement }} one */
const told = ({ root, parent }) => [root.dataset.old, parent.one(".sp-news").textContent];
const [OLD, NEW] = [
  ["true", "waiting for the server"],
  [undefined, ""],
];

test("an answer that does not come makes the one before old, until it comes", () => {
  const one = canvas({ wantsStrokes: true });
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
  const one = canvas({ wantsStrokes: true });
  one.dot(10);
  wait(1);
  one.give({ seq: 2 });
  one.give({ seq: 0 });
  assert.equal(one.seqs, "1 2! 3!");
  assert.equal(one.pictures[2].ink?.length, 1);
});

// ---------------------------------------------------------------- strokes

test("after a reload the server is told of the drawing that the tab has kept", () => {
  const kept = { ink: [[0.1, 0, 0.5, 0.5, 0.5]], past: [[[], []]], strokes: [[0], []], future: [] };
  const getItem = () => JSON.stringify(kept);
  Object.assign(globalThis, { sessionStorage: { getItem, setItem() {} } });
  const one = canvas({ wantsStrokes: true });
  assert.deepEqual(
    one.pictures.map(({ seq, final, ink }) => [seq, final, ink?.length]),
    [[1, true, 1]],
  );
});

test("of a drawing that the tab has kept nobody is told that nothing is drawn", () => {
  const kept = { ink: [[0.1, 0, 0.5, 0.5, 0.5]], past: [[[], []]], strokes: [[0], []], future: [] };
  const getItem = () => JSON.stringify(kept);
  Object.assign(globalThis, { sessionStorage: { getItem, setItem() {} } });
  const one = canvas({ line: "Nothing is drawn yet." });
  wait(2000);
  const said = () => ["[aria-live]", ".sp-canvas-line"].map((at) => one.parent.one(at).textContent);
  assert.deepEqual(said(), ["", ""]);
  one.give({ seq: 1, line: "It is a dot." });
  assert.deepEqual(said(), ["It is a dot.", "It is a dot."]);
  one.press("Delete");
  one.give({ seq: 2, line: "Nothing is drawn yet." });
  wait(2000);
  assert.deepEqual(said(), ["Nothing is drawn yet.", "Nothing is drawn yet."]);
});

test("ink off the canvas is left out, and a stroke that comes back is another one", () => {
  const one = canvas();
  one.point("pointerdown", 50, 50);
  for (const [x, y] of [
    [120, 50],
    [120, 80],
    [50, 80],
  ])
    one.point("pointermove", x, y);
  one.point("pointerup", 50, 80);
  assert.deepEqual(one.doc.strokes, [
    { width: 0.07, points: [0.5, 0.5, 0.5, 1, 0.5, 0.5] },
    { width: 0.07, points: [1, 0.8, 0.5, 0.5, 0.8, 0.5] },
  ]);
});

test("all points that the browser has gathered for a frame are drawn", () => {
  const one = canvas();
  one.point("pointerdown", 10, 50);
  const between = [20, 30].map((x) => ({ pointerType: "mouse", clientX: x, clientY: 50 }));
  one.point("pointermove", 30, 50, { getCoalescedEvents: () => between });
  // A stroke that grows is no part of the drawing yet, so that undo takes it as a whole.
  assert.equal(one.doc.strokes.length, 0);
  one.point("pointerup", 30, 50);
  assert.deepEqual(one.doc.strokes[0].points, [0.1, 0.5, 0.5, 0.2, 0.5, 0.5, 0.3, 0.5, 0.5]);
});

test("a pen has its pressure and its eraser end; a second finger is ignored", () => {
  const one = canvas();
  one.point("pointerdown", 10, 50, { pointerType: "pen", pressure: 0.8 });
  one.point("pointerdown", 90, 50, { pointerId: 2 });
  one.point("pointermove", 80, 50, { pointerId: 2 });
  one.point("pointerup", 90, 50, { pointerId: 2 });
  one.point("pointerup", 10, 50);
  assert.deepEqual(one.doc.strokes, [{ width: 0.07, points: [0.1, 0.5, 0.8] }]);
  one.point("pointerdown", 50, 50, { button: 2 });
  one.point("pointerup", 50, 50);
  assert.equal(one.doc.strokes.length, 1);
  one.point("pointerdown", 10, 50, { pointerType: "pen", button: 5, buttons: 32 });
  one.point("pointerup", 10, 50);
  assert.deepEqual(one.doc.strokes, []);
});

test("a stroke is cleared at once, also before a frame has shown that it can be", () => {
  const one = canvas();
  page.frame();
  assert.equal(one.parent.button("Clear").getAttribute("aria-disabled"), "true");
  one.dot(10);
  one.parent.button("Clear").click();
  one.dot(20);
  assert.equal(one.doc.strokes.length, 1);
});

test("undo, redo and clear are one picture each, and so are their keys", () => {
  const one = canvas({ wantsStrokes: true });
  /** @param {() => void} action */
  const count = (action) => {
    action();
    wait(1);
    const { seq, ink } = one.pictures[one.pictures.length - 1];
    one.give({ seq });
    page.frame();
    return ink?.length;
  };
  assert.equal(
    count(() => one.dot(10)),
    1,
  );
  assert.equal(
    count(() => one.dot(20)),
    2,
  );
  for (const [name, expected] of [
    ["Undo", 1],
    ["Undo", 0],
    ["Redo", 1],
    ["Clear", 0],
  ])
    assert.equal(
      count(() => void one.parent.button(`${name}`).click()),
      expected,
    );
  const key = { key: "z", ctrlKey: true, shiftKey: false };
  assert.equal(
    count(() => void one.pad.fire("keydown", key)),
    1,
  );
  assert.equal(
    count(() => void one.pad.fire("keydown", { ...key, key: "Z", shiftKey: true })),
    0,
  );
  assert.equal(one.parent.button("Redo").getAttribute("aria-disabled"), "true");
  const before = one.pictures.length;
  one.parent.button("Clear").click();
  one.parent.button("Redo").click();
  wait(2000);
  assert.equal(one.pictures.length, before, "a button that is off does nothing");
});

test("the eraser splits what it crosses; where there is nothing it sends nothing", () => {
  const one = canvas();
  one.point("pointerdown", 20, 50);
  one.point("pointermove", 80, 50);
  one.point("pointerup", 80, 50);
  wait(1);
  one.give({ seq: one.doc.seq });
  one.parent.button("Eraser").click();
  page.frame();
  assert.equal(one.parent.button("Eraser").getAttribute("aria-pressed"), "true");
  const before = one.seqs;
  one.point("pointerdown", 50, 10);
  one.point("pointermove", 50, 20);
  one.point("pointerup", 50, 20);
  wait(2000);
  assert.equal(one.seqs, before);
  assert.equal(one.doc.strokes.length, 1);
  one.point("pointerdown", 50, 30);
  one.point("pointermove", 50, 70);
  one.point("pointerup", 50, 70);
  assert.equal(one.doc.strokes.length, 2);
  one.parent.button("Fine pen").click();
  assert.deepEqual([one.doc.erasing, one.doc.width], [false, 0.045]);
});

test("drawing with keys alone", () => {
  const one = canvas();
  one.parent.button("Broad pen").click();
  one.pad.focus();
  one.press("ArrowLeft"); // the pen is up
  wait(5000);
  assert.equal(one.seqs, "");
  one.press(" ");
  assert.equal(one.parent.one("[role]").dataset.keys, "true");
  for (let i = 0; i < 8; i += 1) one.press("ArrowUp");
  one.press("ArrowRight", { shiftKey: true });
  one.press(" ", { repeat: true }); // a key that is held down
  one.press(" ");
  assert.equal(one.doc.strokes.length, 1);
  const { width, points } = one.doc.strokes[0];
  assert.equal(width, 0.105);
  assert.deepEqual(points.slice(0, 3), [0.48, 0.5, 0.5]);
  assert.deepEqual(points.slice(-3), [0.58, 0.34, 0.5]);
  one.press(" ");
  one.press("ArrowDown");
  one.press("Escape"); // lifts the pen
  assert.equal(one.doc.strokes.length, 2);
  one.press("Delete");
  assert.equal(one.doc.strokes.length, 0);
  assert.equal(page.document.activeElement, one.pad);
  one.press("Escape");
  assert.equal(page.document.activeElement, null);
  assert.equal(one.press("a").defaultPrevented, false);
  assert.equal(one.press("ArrowUp").defaultPrevented, true);
  assert.equal(one.press("ArrowUp", { ctrlKey: true }).defaultPrevented, false);
});

test("each arrow leads its own way", () => {
  const one = canvas();
  const places = ["ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"].map((key) => {
    one.press(key);
    return one.doc.cursor;
  });
  assert.deepEqual(places, [
    [0.48, 0.5],
    [0.48, 0.48],
    [0.5, 0.48],
    [0.5, 0.5],
  ]);
});

test("keys do not lead off the canvas", () => {
  const one = canvas();
  for (let i = 0; i < 7; i += 1) one.press("ArrowRight", { shiftKey: true });
  assert.deepEqual(one.doc.cursor, [1, 0.5]);
});

// ---------------------------------------------------------------- strokes for the server

test("strokes go with last pictures only, and only if they are wanted", () => {
  const one = canvas({ wantsStrokes: true });
  one.dot(10);
  wait(1);
  assert.equal(one.pictures[0].ink, undefined);
  assert.deepEqual(one.pictures[1].ink, [[70, 100, 500, 500]]);
  one.give({ seq: 2 });
  wait(2000);
  assert.equal(one.seqs, "1 2!");
});

test("strokes that are wanted later are sent then, once", () => {
  const one = canvas();
  one.dot(10);
  wait(1);
  one.give({ seq: 2 });
  one.give({ wantsStrokes: true });
  assert.equal(one.seqs, "1 2! 3!");
  assert.deepEqual(one.pictures[2].ink, [[70, 100, 500, 500]]);
  one.give({ seq: 3 });
  wait(1);
  one.give({ line: "again" });
  wait(2000);
  assert.equal(one.seqs, "1 2! 3!");
});

// ---------------------------------------------------------------- what lasts

test("a canvas that comes back has its ink, and asks for nothing that is answered", () => {
  const one = canvas();
  one.dot(10);
  wait(1);
  one.give({ seq: 2 });
  one.leave();
  const other = canvasOf(one.key, { seq: 2 });
  wait(5000);
  assert.equal(other.seqs, "");
  assert.equal(other.root.dataset.sent, "2");
  other.parent.button("Undo").click();
  assert.deepEqual(other.doc.strokes, []);
});

test("a canvas that comes back to a server that knows another drawing tells it of its own", () => {
  const one = canvas();
  one.dot(10);
  wait(1);
  one.leave();
  const other = canvasOf(one.key, { seq: 0, wantsStrokes: true });
  assert.equal(other.seqs, "3!");
  assert.equal(other.pictures[0].ink?.length, 1);
});

test("a change that waited when the canvas went away is sent when it is back", () => {
  const one = canvas();
  one.dot(10);
  wait(1);
  one.dot(20); // waits for the answer to the one before
  one.leave();
  wait(5000);
  assert.equal(one.seqs, "1 2!");
  const other = canvasOf(one.key, { seq: 2, wantsStrokes: true });
  assert.equal(other.seqs, "3!");
  assert.equal(other.pictures[0].ink?.length, 2);
});

test("a stroke under way when the canvas goes away is kept", () => {
  const one = canvas();
  one.point("pointerdown", 10, 10);
  one.leave();
  assert.equal(one.doc.strokes.length, 1);
  wait(5000);
  assert.equal(one.seqs, "1", "a canvas that is gone sends nothing");
});

test("a canvas that is gone listens to nothing", () => {
  const one = canvas();
  assert.ok(page.window.listeners.length > 0);
  one.leave();
  assert.equal(page.window.listeners.length, 0);
  one.press(" ");
  assert.deepEqual(one.doc.strokes, []);
});

test("another key at the same place is another drawing", () => {
  const one = canvas();
  one.dot(10);
  one.give({ key: "elsewhere" });
  assert.equal(one.parent.children.length, 1);
  assert.deepEqual(documentOf("elsewhere").strokes, []);
  assert.equal(one.doc.strokes.length, 1);
});

test("a drawing is loaded once, is sent with its id, and can be undone", () => {
  const one = canvas();
  one.dot(10);
  wait(1);
  const load = { id: "seven", strokes: [[70, 100, 100, 500, 900, 900, 500]] };
  one.give({ seq: 2, load });
  assert.equal(one.pictures[2].loaded, "seven");
  assert.deepEqual(one.doc.strokes[0].points, [0.1, 0.1, 0.5, 0.9, 0.9, 0.5]);
  one.give({ seq: 3, load });
  assert.equal(one.doc.past.length, 2);
  one.parent.button("Undo").click();
  assert.equal(one.doc.strokes[0].points[0], 0.1);
  assert.equal(one.doc.strokes[0].points.length, 3);
});

test("a replay shows a part of the ink; the next stroke ends it", () => {
  const one = canvas({ shown: 0.5 });
  one.point("pointerdown", 0, 50);
  one.point("pointermove", 93, 50);
  one.point("pointerup", 93, 50);
  wait(1);
  one.give({ seq: 2, shown: 0.4 });
  page.frame();
  const { calls } = one.pad.getContext();
  const drawn = calls.filter(([name]) => name === "lineTo").at(-1);
  assert.ok(Math.abs(Number(drawn?.[1]) - 0.4 * 93) < 1e-9, `${drawn}`);
  one.dot(50, 90);
  page.frame();
  const whole = calls.filter(([name]) => name === "drawImage").length;
  assert.ok(whole > 0);
  assert.equal(one.root.dataset.empty, "false");
  assert.equal(one.doc.strokes[0].points[3], 0.93);
});

// ---------------------------------------------------------------- the answer

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

/** @type {(best: number, verdict?: "" | "unsure" | "no digit") => import("./answer.js").ReaderAnswer} */
const digitOf = (best, verdict = "") => ({
  name: `Digit ${best}`,
  classes: DIGITS,
  p: DIGITS.map((_, k) => (k === best ? 9100 : 100)),
  verdict,
});
const seen = (/** @type {number} */ value) =>
  btoa(String.fromCharCode(0, 0, 28) + String.fromCharCode(value).repeat(784));

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

/** @type {import("./answer.js").Question} */
const ASK = { box: [10, 20, 200, 220], one: false, offer: "These are several digits" };

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

// ---------------------------------------------------------------- pen and palm

const TOUCH = { pointerType: "touch", pointerId: 7 };
const PEN = { pointerType: "pen", pointerId: 9 };

test("a pen takes back what the palm before it has begun", () => {
  const one = canvas();
  one.point("pointerdown", 10, 90, TOUCH);
  one.point("pointermove", 20, 90, TOUCH);
  one.point("pointerdown", 50, 50, PEN);
  one.point("pointermove", 15, 80, TOUCH); // the palm rests there
  one.point("pointermove", 60, 50, PEN);
  one.point("pointerup", 15, 80, TOUCH);
  one.point("pointerup", 60, 50, PEN);
  assert.deepEqual(
    one.doc.strokes.map(({ points }) => points.slice(0, 2)),
    [[0.5, 0.5]],
  );
  assert.equal(one.doc.past.length, 1); // one step of undo
});

test("a second finger takes back what the first has drawn on its way; both draw nothing more", () => {
  const one = canvas();
  const [first, second] = [1, 2].map((pointerId) => ({ pointerId, pointerType: "touch" }));
  one.point("pointerdown", 50, 50, first);
  one.point("pointermove", 54, 50, first);
  one.point("pointerdown", 60, 60, second);
  page.frame();
  assert.equal(one.root.dataset.empty, "true");
  one.point("pointermove", 90, 50, first);
  one.point("pointermove", 60, 90, second);
  one.point("pointercancel", 90, 50, first);
  one.point("pointerdown", 20, 20, { ...first, pointerId: 3 }); // before all are lifted
  one.point("pointerup", 20, 20, { ...first, pointerId: 3 });
  one.point("pointerup", 60, 90, second);
  assert.deepEqual(one.doc.strokes, []);
  assert.deepEqual(one.doc.past, [], "nothing to undo");
  one.point("pointerdown", 50, 50, first);
  one.point("pointerup", 50, 50, first);
  assert.equal(one.doc.strokes.length, 1);
});

test("a palm beside a finger that has drawn more takes nothing back and zooms nothing", () => {
  const one = canvas();
  const [finger, palm] = [1, 2].map((pointerId) => ({ pointerId, pointerType: "touch" }));
  one.point("pointerdown", 20, 50, finger);
  one.point("pointermove", 60, 50, finger);
  one.point("pointermove", 21, 50, finger); // a loop ends where it began
  one.point("pointerdown", 90, 90, palm);
  assert.equal(one.pad.fire("touchstart", { touches: [1, 2] }).defaultPrevented, true);
  one.point("pointermove", 80, 80, palm);
  one.point("pointermove", 30, 50, finger);
  one.point("pointerup", 30, 50, finger);
  assert.equal(one.doc.strokes[0].points.at(-3), 0.3);
  one.point("pointerup", 80, 80, palm);
  assert.equal(one.doc.strokes.length, 1);
  assert.equal(one.pad.fire("touchstart", { touches: [1, 2] }).defaultPrevented, false);
});

test("a touch that the browser takes for itself has drawn nothing, unless it has drawn much", () => {
  const one = canvas();
  for (const [to, strokes] of [
    [53, 0],
    [80, 1],
  ]) {
    one.point("pointerdown", 50, 50, { pointerType: "touch" });
    one.point("pointermove", to, 50, { pointerType: "touch" });
    one.point("pointercancel", to, 50, { pointerType: "touch" });
    assert.equal(one.doc.strokes.length, strokes);
  }
});

test("a finger does not take a pen's stroke, nor a pen the mouse's", () => {
  for (const [first, second] of [
    [PEN, TOUCH],
    [{ pointerType: "mouse", pointerId: 1 }, PEN],
  ]) {
    const one = canvas();
    one.point("pointerdown", 10, 50, first);
    one.point("pointerdown", 80, 50, second);
    one.point("pointerup", 10, 50, first);
    assert.deepEqual(
      one.doc.strokes.map(({ points }) => points[0]),
      [0.1],
    );
  }
});

// ---------------------------------------------------------------- falsified pixels

test("where a browser falsifies what is read back, the picture is made of the strokes", () => {
  falsify();
  const one = canvas();
  one.dot(50);
  const [left, top, right, bottom] = one.pictures.at(-1)?.box ?? [];
  assert.deepEqual([left, top, right, bottom], [130, 130, 150, 150]);
});

// ---------------------------------------------------------------- read here

/**
 * Weights of a linear network for two classes as a file: all ink speaks for the second.
 *
 * @param {number} weight
 */
function fileOf(weight) {
  const values = new Float32Array(2 * 784 + 2).fill(weight, 784, 2 * 784);
  const header = JSON.stringify({
    "linear.weight": { dtype: "F32", shape: [2, 784], data_offsets: [0, 4 * 2 * 784] },
    "linear.bias": { dtype: "F32", shape: [2], data_offsets: [4 * 2 * 784, 4 * values.length] },
  });
  const size = new DataView(new ArrayBuffer(8));
  size.setBigUint64(0, BigInt(header.length), true);
  return new Blob([size, header, values]).arrayBuffer();
}

/** @type {(weights: string) => import("./live.js").Offer} */
const offerOf = (weights) => ({
  steps: ["crop", "width", "scale", "centre"],
  networks: [
    {
      name: "Ink",
      classes: ["paper", "ink"],
      kind: "linear",
      activation: "relu",
      weights,
      calibration: null,
    },
  ],
});

/** @type {string[]} */
let fetched = [];

/** What is painted is not read back: pictures are made of the strokes. */
function falsify() {
  if (!isFalsified)
    mock.method(FakeContext.prototype, "getImageData", (/** @type {number[]} */ ...box) => ({
      data: new Uint8ClampedArray(4 * box[2] * box[3]).fill(255),
    }));
  isFalsified = true;
}

/**
 * A canvas that is offered a network, once that is here or has been refused.
 *
 * @param {string} weights its address
 * @param {number} [weight]
 */
async function liveCanvas(weights, weight = 0.05) {
  falsify();
  fetched = [];
  const get = async (/** @type {string} */ address) => {
    fetched.push(address);
    return { ok: !address.includes("lost"), arrayBuffer: () => fileOf(weight) };
  };
  Object.assign(globalThis, { fetch: get });
  const one = canvas({ offer: offerOf(weights), answers: [] });
  await arrived();
  return {
    ...one,
    get seqs() {
      return one.seqs;
    },
    get pictures() {
      return one.pictures;
    },
    /** @type {(...points: [x: number, y: number][]) => void} */
    line: (...points) => {
      for (const [x, y] of points) {
        one.point("pointermove", x, y);
        page.frame();
        wait(16);
      }
    },
    best: () => one.parent.one(".sp-canvas-best").textContent,
    words: () => one.parent.one(".sp-canvas-line").textContent,
  };
}

/** What has been asked for has come: nothing of it waits for a timer. */
const arrived = async () => {
  for (let i = 0; i < 20; i += 1) await new Promise((done) => setImmediate(done));
};

test("while the pen moves the bars follow in the next frame, and nothing is sent", async () => {
  const one = await liveCanvas("/files/a");
  one.point("pointerdown", 40, 20);
  one.line([40, 40]);
  const before = one.best();
  assert.match(before, /^ink\d+\.\d %$/);
  one.line([40, 60], [40, 80]);
  assert.notEqual(one.best(), before);
  wait(5000);
  assert.equal(one.seqs, "");
  one.point("pointerup", 40, 80);
  assert.equal(one.seqs, "1!", "the page hears of a stroke that has ended");
});

test("of the page's answers the one to what is drawn now counts, and no earlier one", async () => {
  const one = await liveCanvas("/files/a");
  one.point("pointerdown", 40, 20);
  one.line([40, 80]);
  const live = one.best();
  one.give({ offer: offerOf("/files/a"), seq: 0, line: "old" });
  assert.deepEqual([one.best(), one.words()], [live, ""]);
  one.point("pointerup", 40, 80);
  page.frame();
  const answers = [{ name: "Ink", classes: ["paper", "ink"], p: [2000, 8000] }];
  one.give({ offer: offerOf("/files/a"), seq: 1, answers, line: "of the page" });
  assert.deepEqual([one.best(), one.words()], ["ink80.0 %", "of the page"]);
});

test("what the page asks keeps its place while the pen moves, and cannot be pressed", async () => {
  const one = await liveCanvas("/files/a");
  const ask = one.parent.one(".sp-canvas-ask");
  one.give({ offer: offerOf("/files/a"), ask: ASK });
  assert.deepEqual([ask.hidden, one.root.dataset.here], [false, "false"]);
  one.point("pointerdown", 40, 20);
  one.line([40, 80]);
  assert.deepEqual([ask.hidden, one.root.dataset.here], [false, "true"]);
  ask.fire("click");
  assert.equal(one.seqs, "");
  one.point("pointerup", 40, 80);
  page.frame();
  one.give({ offer: offerOf("/files/a"), seq: 1, ask: null });
  assert.deepEqual([ask.hidden, one.root.dataset.here], [true, "false"]);
});

test("while the server loads PyTorch, what is read here stays", async () => {
  const one = await liveCanvas("/files/a");
  one.point("pointerdown", 40, 20);
  one.line([40, 80]);
  one.point("pointerup", 40, 80);
  page.frame();
  const live = one.best();
  const answers = [{ name: "", classes: DIGITS, p: null }];
  one.give({ offer: offerOf("/files/a"), seq: 1, answers, line: "being loaded", loading: true });
  assert.deepEqual([one.best(), one.words()], [live, "being loaded"]);
});

test("ink in several pieces may be divided otherwise by the page, and says so until then", async () => {
  const one = await liveCanvas("/files/a");
  one.point("pointerdown", 20, 20);
  one.line([20, 80]);
  assert.deepEqual([one.root.dataset.provisional, one.words()], ["false", ""]);
  one.point("pointerup", 20, 80);
  page.frame();
  one.give({ offer: offerOf("/files/a"), seq: 1 });
  one.point("pointerdown", 80, 20);
  one.line([80, 80]);
  assert.equal(one.root.dataset.provisional, "true");
  assert.equal(one.words(), "Only the digit under your pen is read until you lift it.");
  one.point("pointerup", 80, 80);
  page.frame();
  const packed = [...(one.parent.one(".sp-canvas-digit").one("canvas").context?.pixels ?? [])];
  const shown = packed.filter((_, i) => i % 4 === 3);
  const inked = new Set(shown.flatMap((value, i) => (value ? [i % 28] : [])));
  assert.ok(inked.size < 6, "one upright stroke");
  one.give(
    /** @type {Partial<Message>} */ ({
      offer: offerOf("/files/a"),
      seq: 2,
      answers: [digitOf(1), digitOf(7)],
      number: {
        rows: [[0, 1]],
        digits: [seen(9), btoa(String.fromCharCode(0, 0, 28, ...shown))],
      },
    }),
  );
  assert.equal(one.root.dataset.provisional, "false");
  assert.equal(one.parent.all(".sp-canvas-token")[1].getAttribute("aria-pressed"), "true");
});

test("parts of one digit that do not touch are read as one, which is provisional, too", async () => {
  const one = await liveCanvas("/files/a");
  one.point("pointerdown", 30, 40);
  one.line([30, 90]);
  one.point("pointerup", 30, 90);
  one.point("pointerdown", 30, 22); // the bar over a 5
  one.line([60, 22]);
  assert.equal(one.words(), "Taken for one digit until you lift the pen.");
});

test("a network is fetched once, whoever is offered it", async () => {
  await liveCanvas("/files/once");
  assert.deepEqual(fetched, ["/files/once"]);
  const one = await liveCanvas("/files/once");
  one.give({ offer: offerOf("/files/once") });
  await arrived();
  assert.deepEqual(fetched, []);
});

test("what cannot be fetched is read by the server, and tried again ten seconds later", async () => {
  const one = await liveCanvas("/files/lost");
  one.point("pointerdown", 40, 20);
  assert.equal(one.seqs, "1");
  one.give({ offer: offerOf("/files/lost"), seq: 1 });
  await arrived();
  assert.equal(fetched.length, 1);
  wait(10_000);
  one.give({ offer: offerOf("/files/lost"), seq: 1 });
  await arrived();
  assert.equal(fetched.length, 2);
});

for (const [what, weight] of Object.entries({
  "weights that are no numbers": Number.NaN,
  "weights that have grown without bound": 3e38,
}))
  test(`with ${what} the server reads`, async () => {
    const one = await liveCanvas(`/files/${what}`, weight);
    one.point("pointerdown", 40, 20);
    one.line([40, 80]);
    wait(1000);
    assert.match(one.seqs, /^1/);
  });

test("another network reads once it is here, the one of before until then", async () => {
  const one = await liveCanvas("/files/a");
  one.point("pointerdown", 40, 20);
  one.line([40, 80]);
  const before = one.best();
  const other = offerOf("/files/other");
  other.networks[0].name = "Ink, step 20";
  one.give({ offer: other, answers: [] });
  const name = () => one.parent.one(".sp-canvas-name").textContent;
  one.line([60, 80]);
  assert.notEqual(one.best(), before);
  assert.equal(name(), "Ink");
  await arrived();
  page.frame();
  assert.equal(name(), "Ink, step 20");
  assert.equal(one.seqs, "");
});

test("the page is told what the layers make of the picture that is shown", async () => {
  const one = await liveCanvas("/files/a");
  const logits = () =>
    layersShown()
      ?.logits.map((value) => value.toFixed(2))
      .join();
  assert.equal(layersShown(), null);
  one.point("pointerdown", 40, 20);
  one.line([40, 80]);
  const live = logits();
  one.point("pointerup", 40, 80);
  page.frame();
  const number = { rows: [[0, 1]], digits: [seen(0), seen(255)] };
  const answers = /** @type {import("./answer.js").ReaderAnswer[]} */ ([digitOf(1), digitOf(7)]);
  one.give({ offer: offerOf("/files/a"), seq: 1, answers, number });
  one.parent.all(".sp-canvas-token")[1].fire("click");
  assert.equal(logits(), "0.00,39.20"); // 784 · 0.05
  assert.notEqual(live, logits());
  one.parent.all(".sp-canvas-token")[0].fire("click");
  assert.equal(layersShown(), null);
  one.parent.all(".sp-canvas-token")[1].fire("click");
  one.leave();
  assert.equal(layersShown(), null);
});

for (const [what, offer] of Object.entries({
  "no network is offered any more": null,
  "another one cannot be fetched": offerOf("/files/lost too"),
  "another one is of a kind that is not known here": {
    ...offerOf("/files/a"),
    networks: [{ ...offerOf("/files/a").networks[0], kind: "transformer" }],
  },
}))
  test(`if ${what}, the server reads, also while the pen is down`, async () => {
    const one = await liveCanvas("/files/a");
    one.point("pointerdown", 40, 20);
    one.line([40, 80]);
    const said = { offer, answers: [{ name: "Other", classes: ["a"], p: null }] };
    one.give(said);
    await arrived();
    one.line([60, 80]);
    wait(1000);
    assert.match(one.seqs, /^1/);
    assert.equal(one.root.attributes.has("data-live"), false);
    one.give(said);
    assert.equal(one.best(), "–");
  });

// ---------------------------------------------------------------- moments of the training

test("while a scrubber moves the bars are those of its moment, until the page has answered", async () => {
  const one = await liveCanvas("/files/a");
  const named = { ...offerOf("/files/a"), steps: ["crop", "width", "scale", "centre"] };
  named.networks[0].name = "Ink, step 200";
  one.give({ offer: named, line: "Nothing is drawn yet." });
  await arrived();
  one.point("pointerdown", 40, 20);
  one.line([40, 80]);
  one.point("pointerup", 40, 80);
  page.frame();
  const answers = [{ name: "Ink, step 200", classes: ["paper", "ink"], p: [2000, 8000] }];
  one.give({ offer: named, seq: 1, answers, line: "of the page" });
  const name = () => one.parent.one(".sp-canvas-name").textContent;
  assert.deepEqual(
    [one.best(), one.words(), name()],
    ["ink80.0 %", "of the page", answers[0].name],
  );
  const content = { bytes: await fileOf(-0.05), url: "/moments/x/1500" };
  showFrame({ step: 1500, content });
  page.frame();
  assert.match(one.best(), /^paper/);
  assert.equal(name(), "Ink, step 1,500");
  assert.equal(layersShown()?.weights, content.url);
  one.give({ seq: 1, answers }); // an answer to something else
  assert.match(one.best(), /^paper/);
  assert.equal(one.seqs, "1!", "the server hears nothing");
  showFrame(null);
  assert.equal(one.best(), "ink80.0 %");
  fetched = [];
  one.give({ offer: { ...named, networks: [{ ...named.networks[0], weights: content.url }] } });
  await arrived();
  assert.deepEqual(fetched, [], "the weights of the moment are here");
  one.leave();
});

test("an empty canvas stays empty while a scrubber moves, and says so", async () => {
  const one = await liveCanvas("/files/a");
  one.give({ line: "Nothing is drawn yet." });
  showFrame({ step: 7, content: { bytes: await fileOf(1), url: "/moments/x/7" } });
  page.frame();
  assert.deepEqual([one.best(), one.words()], ["–", "Nothing is drawn yet."]);
  showFrame(null);
  one.leave();
});

async function withTwoDigits() {
  const one = await liveCanvas("/files/a");
  for (const x of [10, 90]) {
    one.point("pointerdown", x, 20);
    one.line([x, 80]);
    one.point("pointerup", x, 80);
  }
  page.frame();
  return one;
}

test("of several digits the one drawn last is read until the server answers, and that is said", async () => {
  const one = await withTwoDigits();
  assert.equal(one.words(), "Only the digit drawn last is read until the server answers.");
  one.leave();
});

test("of several digits the one drawn last is read while a scrubber moves, and that is said", async () => {
  const one = await withTwoDigits();
  one.give({ seq: 2, line: "of the page" });
  showFrame({ step: 7, content: { bytes: await fileOf(1), url: "/moments/x/8" } });
  page.frame();
  assert.equal(one.words(), "Only the digit drawn last is read until you let the slider go.");
  showFrame(null);
  assert.equal(one.words(), "of the page");
  one.leave();
});
