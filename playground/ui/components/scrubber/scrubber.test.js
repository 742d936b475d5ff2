// The scrubber: where it stands, what it tells the server, and when.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { mount, onNewPages, page } from "#testing/fake_page.js";
import { frameShown, momentShown } from "../_kernel/moment.js";
import scrubber from "./scrubber.js";

/** @typedef {import("./scrubber.js").Message} Message */

const STEPS = [0, 1, 2, 5, 10, 20, 50, 100, 150, 2000];
const EPOCHS = [0, null, null, null, null, null, null, 1, null, 2];

onNewPages(import.meta.filename, () => mock.timers.enable({ apis: ["setTimeout"] }));

/** @param {Partial<Message>} [first] */
function slider(first = {}) {
  const { parent, sent, give } = mount(scrubber);
  /** @type {Message} */
  let message = {
    label: "Moment",
    steps: STEPS,
    epochs: EPOCHS,
    shown: null,
    live: false,
    answered: 0,
    frames: null,
    ...first,
  };
  const leave = give(message);
  const track = parent.one(".sp-scrubber-track");
  parent.one(".sp-scrubber-rail").rect = { left: 100, top: 0, width: 90, height: 10 };
  const one = { pointerId: 1, button: 0, isPrimary: true };
  return {
    parent,
    track,
    root: parent.one(".sp-scrubber"),
    leave: () => {
      parent.remove();
      leave?.();
    },
    /** @param {Partial<Message>} change */
    give: (change) => {
      message = { ...message, ...change };
      give(message);
    },
    /** The server takes the last move: it knows its number and shows its step. */
    answer: () => {
      const [, move] = sent[sent.length - 1];
      const { seq, step } = /** @type {{ seq: number, step: number | null }} */ (move);
      message = { ...message, answered: seq, shown: step };
      give(message);
    },
    /** @type {(type: string, stop: number, more?: object) => void} */
    point: (type, stop, more = {}) =>
      void track.fire(type, { ...one, clientX: 100 + 10 * stop, ...more }),
    /** @type {(key: string, more?: object) => import("#testing/fake_page.js").FakeEvent} */
    press: (key, more = {}) => track.fire("keydown", { key, ...more }),
    get moves() {
      return sent.map(([name, value]) => {
        assert.equal(name, "move");
        return value;
      });
    },
    get says() {
      return track.getAttribute("aria-valuetext");
    },
  };
}

/** @param {number} ms */
const wait = (ms) => mock.timers.tick(ms);

// ---------------------------------------------------------------- what it says

test("the latest moment stands at the right end and says so", () => {
  const one = slider();
  assert.equal(one.says, "latest, step 2,000, after epoch 2");
  assert.equal(one.parent.one("b").textContent, "Step 2,000");
  assert.equal(one.parent.one("span").textContent, ", after epoch 2");
  const values = ["min", "max", "now"].map((name) => one.track.getAttribute(`aria-value${name}`));
  assert.deepEqual(values, ["0", "9", "9"]);
  assert.equal(one.track.getAttribute("aria-label"), "Moment");
  assert.equal(one.root.dataset.shown, "latest");
  assert.equal(one.parent.button("Latest").getAttribute("aria-pressed"), "true");
  assert.equal(one.parent.button("Latest").title, "The end of the run");
  assert.equal(momentShown(), null);
  assert.deepEqual(one.moves, []);
});

test("a moment within an epoch says its step alone, the first that nothing is trained", () => {
  const one = slider({ shown: 10 });
  assert.equal(one.says, "step 10");
  assert.equal(momentShown(), 10);
  one.give({ shown: 0 });
  assert.equal(one.says, "step 0, before training");
  assert.equal(one.parent.one(".sp-scrubber-place").style.transform, "translateX(0.000%)");
  one.give({ shown: 1 });
  assert.equal(one.parent.one(".sp-scrubber-done").style.transform, "scaleX(0.11111)");
});

test("the stops stand evenly, those at the end of an epoch are marked", () => {
  const one = slider();
  const stops = one.parent.all(".sp-scrubber-stop");
  assert.equal(stops.length, STEPS.length);
  assert.deepEqual([stops[0].style.left, stops[9].style.left], ["0%", "100%"]);
  assert.deepEqual([stops[7].dataset.epoch, stops[8].dataset.epoch], ["1", undefined]);
  one.give({ shown: 1 });
  assert.equal(one.parent.all(".sp-scrubber-stop")[0], stops[0], "nothing new, the same nodes");
  one.give({ steps: [...STEPS, 2500], epochs: [...EPOCHS, null] });
  assert.equal(one.parent.all(".sp-scrubber-stop").length, 11);
});

test("a run that goes on takes the latest with it, and leaves a chosen moment", () => {
  const one = slider({ live: true });
  assert.equal(one.parent.button("Latest").title, "Follow the run");
  one.give({ steps: [...STEPS, 2500], epochs: [...EPOCHS, null] });
  assert.equal(one.says, "latest, step 2,500");
  one.give({ shown: 100 });
  one.give({ steps: [...STEPS, 2500, 3000], epochs: [...EPOCHS, null, 3] });
  assert.equal(one.says, "step 100, after epoch 1");
  assert.equal(one.track.getAttribute("aria-valuenow"), "7");
});

test("a step that has been thinned out is at the one before it", () => {
  const one = slider({ shown: 10 });
  one.give({ steps: [0, 5, 20], epochs: [0, null, 1] });
  assert.equal(one.track.getAttribute("aria-valuenow"), "1");
  one.give({ steps: [20, 40], epochs: [null, 1] });
  assert.equal(one.track.getAttribute("aria-valuenow"), "0");
});

test("a single moment is the latest, and there is nothing to play", () => {
  const one = slider({ steps: [0], epochs: [0] });
  assert.equal(one.says, "latest, step 0, before training");
  assert.equal(one.parent.one(".sp-scrubber-done").style.transform, "scaleX(1.00000)");
  assert.equal(one.parent.button("Play the moments").disabled, true);
});

test("other parts of the page hear where it stands, once for each moment", () => {
  /** @type {unknown[]} */
  const heard = [];
  page.window.addEventListener("sp-moment", ({ detail }) => void heard.push(detail));
  const one = slider({ shown: 5 });
  one.give({ shown: 5, live: true });
  one.give({ shown: 10 });
  one.leave();
  assert.deepEqual(heard, [{ step: 5 }, { step: 10 }, { step: null }]);
});

// ---------------------------------------------------------------- one message at a time

test("while a move is on its way, the newest place is remembered and sent next", () => {
  const one = slider();
  one.point("pointerdown", 8);
  for (const stop of [7, 6, 5]) {
    one.point("pointermove", stop);
    page.frame();
  }
  assert.deepEqual(one.moves, [{ step: 150, settled: false, seq: 1 }]);
  assert.equal(one.says, "step 20", "the slider does not wait");
  one.answer();
  assert.deepEqual(one.moves[1], { step: 20, settled: false, seq: 2 });
  one.point("pointerup", 5);
  one.answer();
  assert.deepEqual(one.moves[2], { step: 20, settled: true, seq: 3 });
  one.answer();
  wait(60_000);
  assert.equal(one.moves.length, 3);
});

test("what the server shows meanwhile does not move the slider away from the hand", () => {
  const one = slider();
  one.point("pointerdown", 4);
  one.give({ shown: null });
  assert.equal(one.says, "step 10");
  one.point("pointerup", 4);
  one.give({ answered: 1, shown: 10 });
  one.give({ answered: 2, shown: 50 });
  assert.equal(one.says, "step 50", "all is answered: what is shown counts");
});

test("a move without an answer is sent again, and then what the server shows counts", () => {
  const one = slider({ shown: 100 });
  one.press("Home");
  const unanswered = () => {
    one.give({});
    wait(5000);
  };
  for (let i = 0; i < 3; i += 1) unanswered();
  const [first, ...others] = one.moves;
  assert.equal(others.length, 3);
  for (const other of others) assert.deepEqual(other, first);
  assert.equal(one.parent.one(".sp-news").textContent, "waiting for the server");
  unanswered();
  assert.deepEqual(one.moves[4], { step: 0, settled: true, seq: 2 }, "the newest place is next");
  for (let i = 0; i < 4; i += 1) unanswered();
  assert.equal(one.parent.one(".sp-news").textContent, "");
  assert.equal(one.moves.length, 8);
  assert.equal(one.says, "step 100, after epoch 1");
});

test("counting goes on after a reload, and a slider that is gone is silent", () => {
  const one = slider({ answered: 17 });
  one.press("Home");
  assert.deepEqual(one.moves, [{ step: 0, settled: false, seq: 18 }]);
  one.leave();
  wait(60_000);
  assert.equal(one.moves.length, 1);
});

// ---------------------------------------------------------------- pointer

test("a press goes there, a release where it is settles it", () => {
  const one = slider();
  one.point("pointerdown", 3.4);
  assert.deepEqual(one.moves, [{ step: 5, settled: false, seq: 1 }]);
  one.point("pointerup", 3.4);
  one.answer();
  assert.deepEqual(one.moves[1], { step: 5, settled: true, seq: 2 });
});

test("a press where it stands is no move", () => {
  const one = slider();
  one.point("pointerdown", 9);
  one.point("pointerup", 9);
  assert.deepEqual(one.moves, []);
});

test("a drag goes no further than the ends, and once a frame", () => {
  const one = slider({ shown: 5 });
  one.point("pointerdown", 3);
  for (const stop of [2, 1, -7]) one.point("pointermove", stop);
  assert.deepEqual(one.moves, []);
  page.frame();
  assert.deepEqual(one.moves, [{ step: 0, settled: false, seq: 1 }]);
  one.point("pointermove", 30);
  page.frame();
  assert.equal(one.says, "latest, step 2,000, after epoch 2");
});

for (const [name, end] of /** @type {[string, (one: ReturnType<typeof slider>) => void][]} */ ([
  ["Escape", () => void page.body.fire("keydown", { key: "Escape" })],
  ["a page that scrolls instead", (one) => one.point("pointercancel", 2)],
]))
  test(`${name} takes a drag back`, () => {
    const one = slider({ shown: 100 });
    one.point("pointerdown", 2);
    one.answer();
    end(one);
    assert.equal(one.says, "step 100, after epoch 1");
    assert.deepEqual(one.moves.at(-1), { step: 100, settled: true, seq: 2 });
    one.answer();
    one.point("pointermove", 5);
    one.point("pointerup", 5);
    page.frame();
    assert.equal(one.moves.length, 2, "the drag is over");
  });

test("a second drag knows nothing of the first", () => {
  const one = slider({ shown: 100 });
  one.point("pointerdown", 2);
  one.answer();
  one.point("pointerup", 2);
  one.answer();
  one.point("pointerdown", 5);
  page.body.fire("keydown", { key: "Escape" });
  assert.equal(one.says, "step 2", "where the second has begun");
});

// ---------------------------------------------------------------- keys

test("keys lead from moment to moment and from epoch to epoch", () => {
  const one = slider();
  for (const [key, text] of [
    ["Home", "step 0, before training"],
    ["ArrowLeft", "step 0, before training"],
    ["ArrowRight", "step 1"],
    ["ArrowUp", "step 2"],
    ["ArrowDown", "step 1"],
    ["PageUp", "step 100, after epoch 1"],
    ["PageUp", "latest, step 2,000, after epoch 2"],
    ["ArrowRight", "latest, step 2,000, after epoch 2"],
    ["ArrowLeft", "step 150"],
    ["PageDown", "step 100, after epoch 1"],
    ["PageDown", "step 0, before training"],
    ["PageDown", "step 0, before training"],
    ["End", "latest, step 2,000, after epoch 2"],
  ]) {
    assert.equal(one.press(key).defaultPrevented, true);
    assert.equal(one.says, text, key);
  }
  assert.equal(one.press("a").defaultPrevented, false);
  assert.equal(one.press("Home", { ctrlKey: true }).defaultPrevented, false);
});

test("after the last key it counts as let go, or when the focus leaves", () => {
  const one = slider();
  one.press("ArrowLeft");
  one.answer();
  wait(449);
  one.press("ArrowLeft");
  one.answer();
  wait(449);
  assert.equal(one.moves.length, 2);
  wait(1);
  assert.deepEqual(one.moves[2], { step: 100, settled: true, seq: 3 });
  one.answer();
  one.press("Home");
  one.answer();
  one.track.fire("blur");
  assert.deepEqual(one.moves.at(-1), { step: 0, settled: true, seq: 5 });
  wait(3000);
  assert.equal(one.moves.length, 5);
});

test("between keys what the server shows does not move the slider", () => {
  const one = slider();
  one.press("ArrowLeft");
  one.answer();
  one.give({ shown: 0 });
  assert.equal(one.says, "step 150");
});

test("Latest goes to the latest moment, settled", () => {
  const one = slider({ shown: 5 });
  const latest = one.parent.button("Latest");
  assert.equal(latest.getAttribute("aria-pressed"), "false");
  latest.click();
  assert.deepEqual(one.moves, [{ step: null, settled: true, seq: 1 }]);
  assert.equal(latest.getAttribute("aria-pressed"), "true");
});

// ---------------------------------------------------------------- playing

test("playing goes on as soon as a moment is shown and 600 ms are over, to the end", () => {
  const one = slider({ shown: 100 });
  one.parent.button("Play the moments").click();
  assert.deepEqual(one.moves, [{ step: 150, settled: false, seq: 1 }]);
  assert.equal(one.parent.button("Pause").textContent, "❚❚ Pause");
  wait(600);
  wait(50);
  assert.equal(one.moves.length, 1, "its frame is not there yet");
  one.answer();
  wait(50);
  assert.deepEqual(one.moves[1], { step: null, settled: true, seq: 2 });
  assert.equal(one.parent.button("Play the moments").textContent, "▶ Play");
  one.answer();
  wait(60_000);
  assert.equal(one.moves.length, 2);
  one.parent.button("Play the moments").click();
  assert.deepEqual(one.moves[2], { step: 0, settled: false, seq: 3 }, "from the start");
});

test("playing leaves no moment out", () => {
  const one = slider({ shown: 1 });
  one.parent.button("Play the moments").click();
  for (let i = 0; i < 3; i += 1) {
    one.answer();
    wait(600);
  }
  assert.deepEqual(
    one.moves.map((move) => /** @type {{ step: number }} */ (move).step),
    [2, 5, 10, 20],
  );
});

test("a pause stays at the moment and settles it", () => {
  const one = slider({ shown: 10 });
  one.parent.button("Play the moments").click();
  one.answer();
  one.parent.button("Pause").click();
  assert.deepEqual(one.moves.at(-1), { step: 20, settled: true, seq: 2 });
  one.answer();
  wait(60_000);
  assert.equal(one.moves.length, 2);
});

for (const [name, take] of /** @type {[string, (one: ReturnType<typeof slider>) => void][]} */ ([
  ["a hand", (one) => one.point("pointerdown", 2)],
  ["a key", (one) => void one.press("Home")],
  ["Latest", (one) => void one.parent.button("Latest").click()],
]))
  test(`${name} ends the playing`, () => {
    const one = slider({ shown: 10 });
    one.parent.button("Play the moments").click();
    one.answer();
    take(one);
    one.answer();
    const where = one.says;
    wait(449);
    wait(5000);
    assert.equal(one.says, where);
    one.parent.button("Play the moments");
  });

test("a hand that stops the playing where it stands has gone there", () => {
  const one = slider({ shown: 10 });
  one.parent.button("Play the moments").click();
  one.answer();
  one.point("pointerdown", 5);
  one.point("pointerup", 5);
  assert.deepEqual(one.moves.at(-1), { step: 20, settled: true, seq: 2 });
});

test("without motion each click goes one moment on", () => {
  page.stillness.turn(true);
  const one = slider({ shown: 1 });
  const next = one.parent.button("Next moment");
  assert.equal(next.textContent, "Next ▸");
  next.click();
  assert.deepEqual(one.moves, [{ step: 2, settled: true, seq: 1 }]);
  one.answer();
  wait(60_000);
  assert.equal(one.moves.length, 1);
  page.stillness.turn(false);
  one.parent.button("Play the moments");
});

// ---------------------------------------------------------------- frames

/** Moments that come when the test lets them, and which were asked for. */
function served() {
  /** @type {Map<string, (isThere: boolean) => void>} */
  const asked = new Map();
  /** @type {(url: string) => Promise<object>} */
  const get = (url) =>
    new Promise((resolve) => {
      const bytes = new TextEncoder().encode(JSON.stringify({ url }));
      asked.set(url.replace("/moments/x/", ""), (ok) =>
        resolve({ ok, headers: new Headers(), arrayBuffer: async () => bytes.buffer }),
      );
    });
  Object.assign(globalThis, { fetch: get });
  return {
    get asked() {
      return [...asked.keys()].join(" ");
    },
    /** @type {(step: number, isThere?: boolean) => Promise<void>} */
    async give(step, isThere = true) {
      asked.get(`${step}`)?.(isThere);
      asked.delete(`${step}`);
      for (let i = 0; i < 6; i += 1) await undefined;
    },
  };
}

const FRAMES = { url: "/moments/x", isJson: true };
/** @param {number} step */
const frame = (step) => ({ step, content: { url: `/moments/x/${step}` } });

test("what has been fetched is shown while it moves, and the server is told once", async () => {
  const server = served();
  const one = slider({ frames: FRAMES });
  assert.equal(server.asked, "", "nothing before a hand comes near");
  one.track.fire("pointerenter");
  assert.equal(server.asked, "2000");
  await server.give(2000);
  assert.equal(server.asked, "150 100", "the nearest first, two at a time");
  assert.equal(frameShown(), null);
  one.point("pointerdown", 9);
  one.point("pointermove", 8);
  page.frame();
  assert.deepEqual(frameShown(), frame(2000));
  assert.equal(one.says, "step 150; step 2,000 until it is here");
  await server.give(150);
  assert.deepEqual(frameShown(), frame(150));
  assert.equal(one.says, "step 150");
  assert.deepEqual(one.moves, []);
  one.give({ shown: null }); // an answer to something else
  assert.deepEqual([frameShown(), one.says], [frame(150), "step 150"]);
  one.point("pointerup", 8);
  assert.deepEqual(one.moves, [{ step: 150, settled: true, seq: 1 }]);
  assert.deepEqual(frameShown(), frame(150), "until the server has answered");
  one.answer();
  assert.equal(frameShown(), null);
});

test("a moment that is not there is asked of the server, as all are without frames", async () => {
  const server = served();
  const one = slider({ frames: FRAMES });
  one.point("pointerdown", 7);
  assert.deepEqual([server.asked, one.moves], ["2000 100", []]);
  assert.equal(one.says, "step 100, after epoch 1; step 2,000 until it is here");
  await server.give(100, false);
  assert.deepEqual(one.moves, [{ step: 100, settled: false, seq: 1 }]);
  assert.equal(one.says, "step 100, after epoch 1");
  one.point("pointerup", 7);
  one.answer();
  assert.deepEqual(one.moves.at(-1), { step: 100, settled: true, seq: 2 });
});

test("what could not be fetched is asked for again, if it is wanted ten seconds later", async () => {
  const server = served();
  const one = slider({ frames: FRAMES });
  one.track.fire("pointerenter");
  await server.give(2000, false); // the network was away, or the server had just started
  assert.equal(server.asked, "");
  wait(9999);
  one.track.fire("pointerenter");
  assert.equal(server.asked, "");
  wait(1);
  one.track.fire("pointerenter");
  assert.equal(server.asked, "2000");
  one.leave();
});

test("it plays ten moments a second, and waits for one that is on its way", async () => {
  const server = served();
  const one = slider({ frames: FRAMES, steps: [0, 1, 2], epochs: [0, null, 1] });
  one.parent.button("Play the moments").click();
  wait(300);
  assert.equal(one.says, "step 0, before training; step 2 until it is here");
  await server.give(0);
  wait(100);
  assert.equal(one.says, "step 1; step 0 until it is here");
  await server.give(1);
  await server.give(2);
  wait(100);
  assert.deepEqual(frameShown(), frame(2));
  assert.deepEqual(one.moves, [{ step: null, settled: true, seq: 1 }]);
  one.leave();
  assert.equal(frameShown(), null);
});

test("a slider that goes while it plays shows no moment afterwards, and fetches no other", async () => {
  const server = served();
  const one = slider({ frames: FRAMES });
  one.parent.button("Play the moments").click();
  assert.equal(server.asked, "0");
  one.leave();
  await server.give(0);
  assert.deepEqual([frameShown(), momentShown(), server.asked], [null, null, ""]);
});

test("moments of a run that goes on are fetched for the newest steps alone", async () => {
  const server = served();
  const one = slider({ frames: FRAMES, live: true });
  one.track.fire("pointerenter");
  one.give({ steps: [...STEPS, 2500], epochs: [...EPOCHS, null] });
  await server.give(2000);
  assert.equal(server.asked, "", "what was wanted before");
  one.point("pointerdown", 9);
  assert.equal(server.asked, "2500");
  one.leave();
});

test("steps that are thinned out while a moment is on its way change nothing but their places", () => {
  served();
  const one = slider({ frames: FRAMES, live: true });
  one.point("pointerdown", 5);
  assert.equal(one.says, "step 20; step 2,000 until it is here");
  one.give({ steps: [0, 20, 2000, 2500], epochs: [0, null, 2, null] });
  assert.equal(one.says, "step 20; step 2,500 until it is here");
  one.point("pointerup", 5);
  one.give({ steps: [0, 20, 2500], epochs: [0, null, null] });
  assert.equal(one.says, "step 20; step 2,500 until it is here");
  one.leave();
});

test("as many moments are kept as there is room for", async () => {
  const large = {
    ok: true,
    headers: new Headers(),
    arrayBuffer: async () => new ArrayBuffer(8 * 2 ** 20),
  };
  /** @type {string[]} */
  const asked = [];
  /** @param {string} url */
  const get = async (url) => {
    asked.push(url.replace("/moments/x/", ""));
    return large;
  };
  Object.assign(globalThis, { fetch: get });
  const one = slider({ frames: { ...FRAMES, isJson: false } });
  one.press("Home");
  for (let i = 0; i < 50; i += 1) await undefined;
  assert.equal(asked.join(" "), "0 1 2");
  one.press("ArrowRight");
  one.press("ArrowRight");
  for (let i = 0; i < 50; i += 1) await undefined;
  assert.equal(asked.join(" "), "0 1 2 5");
  one.leave();
});
