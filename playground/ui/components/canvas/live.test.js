// What is read of the ink without the server.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ASK,
  canvas,
  DIGITS,
  digitOf,
  falsify,
  onNewCanvases,
  seen,
  wait,
} from "#testing/canvas.js";
import { page } from "#testing/fake_page.js";
import { layersShown } from "../_kernel/layers.js";
import { showFrame } from "../_kernel/moment.js";

/** @typedef {import("./canvas.js").Message} Message */
/** @typedef {import("#testing/canvas.js").Place} Place */

onNewCanvases(import.meta.filename);

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
  /** @type {(...places: Place[]) => void} */
  const line = (...places) => {
    for (const place of places) {
      one.point("pointermove", ...place);
      page.frame();
      wait(16);
    }
  };
  return Object.assign(one, {
    line,
    /** @type {(first: Place, ...others: Place[]) => void} */
    draw: (first, ...others) => {
      one.point("pointerdown", ...first);
      line(...others);
    },
    /** @type {(x: number, y: number) => void} */
    lift: (x, y) => {
      one.point("pointerup", x, y);
      page.frame();
    },
    best: () => one.parent.one(".sp-canvas-best").textContent,
    words: () => one.parent.one(".sp-canvas-line").textContent,
    name: () => one.parent.one(".sp-canvas-name").textContent,
  });
}

/** What has been asked for has come: nothing of it waits for a timer. */
const arrived = async () => {
  for (let i = 0; i < 20; i += 1) await new Promise((done) => setImmediate(done));
};

test("while the pen moves the bars follow in the next frame, and nothing is sent", async () => {
  const one = await liveCanvas("/files/a");
  one.draw([40, 20], [40, 40]);
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
  one.draw([40, 20], [40, 80]);
  const live = one.best();
  one.give({ seq: 0, line: "old" });
  assert.deepEqual([one.best(), one.words()], [live, ""]);
  one.lift(40, 80);
  const answers = [{ name: "Ink", classes: ["paper", "ink"], p: [2000, 8000] }];
  one.give({ seq: 1, answers, line: "of the page" });
  assert.deepEqual([one.best(), one.words()], ["ink80.0 %", "of the page"]);
});

test("what the page asks keeps its place while the pen moves, and cannot be pressed", async () => {
  const one = await liveCanvas("/files/a");
  const ask = one.parent.one(".sp-canvas-ask");
  one.give({ ask: ASK });
  assert.deepEqual([ask.hidden, one.root.dataset.here], [false, "false"]);
  one.draw([40, 20], [40, 80]);
  assert.deepEqual([ask.hidden, one.root.dataset.here], [false, "true"]);
  ask.fire("click");
  assert.equal(one.seqs, "");
  one.lift(40, 80);
  one.give({ seq: 1, ask: null });
  assert.deepEqual([ask.hidden, one.root.dataset.here], [true, "false"]);
});

test("while the server loads PyTorch, what is read here stays", async () => {
  const one = await liveCanvas("/files/a");
  one.draw([40, 20], [40, 80]);
  one.lift(40, 80);
  const live = one.best();
  const answers = [{ name: "", classes: DIGITS, p: null }];
  one.give({ seq: 1, answers, line: "being loaded", loading: true });
  assert.deepEqual([one.best(), one.words()], [live, "being loaded"]);
});

test("ink in several pieces may be divided otherwise by the page, and says so until then", async () => {
  const one = await liveCanvas("/files/a");
  one.draw([20, 20], [20, 80]);
  assert.deepEqual([one.root.dataset.provisional, one.words()], ["false", ""]);
  one.lift(20, 80);
  one.give({ seq: 1 });
  one.draw([80, 20], [80, 80]);
  assert.equal(one.root.dataset.provisional, "true");
  assert.equal(one.words(), "Only the digit under your pen is read until you lift it.");
  one.lift(80, 80);
  const packed = [...(one.parent.one(".sp-canvas-digit").one("canvas").context?.pixels ?? [])];
  const shown = packed.filter((_, i) => i % 4 === 3);
  const inked = new Set(shown.flatMap((value, i) => (value ? [i % 28] : [])));
  assert.ok(inked.size < 6, "one upright stroke");
  one.give(
    /** @type {Partial<Message>} */ ({
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
  one.draw([30, 40], [30, 90]);
  one.point("pointerup", 30, 90);
  one.draw([30, 22], [60, 22]); // the bar over a 5
  assert.equal(one.words(), "Taken for one digit until you lift the pen.");
});

test("a network is fetched once, whoever is offered it", async () => {
  await liveCanvas("/files/once");
  assert.deepEqual(fetched, ["/files/once"]);
  const one = await liveCanvas("/files/once");
  one.again();
  await arrived();
  assert.deepEqual(fetched, []);
});

test("what cannot be fetched is read by the server, and tried again ten seconds later", async () => {
  const one = await liveCanvas("/files/lost");
  one.point("pointerdown", 40, 20);
  assert.equal(one.seqs, "1");
  one.give({ seq: 1 });
  await arrived();
  assert.equal(fetched.length, 1);
  wait(10_000);
  one.give({ seq: 1 });
  await arrived();
  assert.equal(fetched.length, 2);
});

for (const [what, weight] of Object.entries({
  "weights that are no numbers": Number.NaN,
  "weights that have grown without bound": 3e38,
}))
  test(`with ${what} the server reads`, async () => {
    const one = await liveCanvas(`/files/${what}`, weight);
    one.draw([40, 20], [40, 80]);
    wait(1000);
    assert.match(one.seqs, /^1/);
  });

test("another network reads once it is here, the one of before until then", async () => {
  const one = await liveCanvas("/files/a");
  one.draw([40, 20], [40, 80]);
  const before = one.best();
  const other = offerOf("/files/other");
  other.networks[0].name = "Ink, step 20";
  one.give({ offer: other, answers: [] });
  one.line([60, 80]);
  assert.notEqual(one.best(), before);
  assert.equal(one.name(), "Ink");
  await arrived();
  page.frame();
  assert.equal(one.name(), "Ink, step 20");
  assert.equal(one.seqs, "");
});

test("the page is told what the layers make of the picture that is shown", async () => {
  const one = await liveCanvas("/files/a");
  const logits = () =>
    layersShown()
      ?.logits.map((value) => value.toFixed(2))
      .join();
  assert.equal(layersShown(), null);
  one.draw([40, 20], [40, 80]);
  const live = logits();
  one.lift(40, 80);
  const number = { rows: [[0, 1]], digits: [seen(0), seen(255)] };
  const answers = /** @type {import("./answer.js").ReaderAnswer[]} */ ([digitOf(1), digitOf(7)]);
  one.give({ seq: 1, answers, number });
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
    one.draw([40, 20], [40, 80]);
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
  const named = offerOf("/files/a");
  named.networks[0].name = "Ink, step 200";
  one.give({ offer: named, line: "Nothing is drawn yet." });
  await arrived();
  one.draw([40, 20], [40, 80]);
  one.lift(40, 80);
  const answers = [{ name: "Ink, step 200", classes: ["paper", "ink"], p: [2000, 8000] }];
  one.give({ offer: named, seq: 1, answers, line: "of the page" });
  assert.deepEqual(
    [one.best(), one.words(), one.name()],
    ["ink80.0 %", "of the page", answers[0].name],
  );
  const content = { bytes: await fileOf(-0.05), url: "/moments/x/1500" };
  showFrame({ step: 1500, content });
  page.frame();
  assert.match(one.best(), /^paper/);
  assert.equal(one.name(), "Ink, step 1,500");
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

test("of several digits the one drawn last is read, by the moment of a scrubber too, and that is said", async () => {
  const one = await liveCanvas("/files/a");
  for (const x of [10, 90]) {
    one.draw([x, 20], [x, 80]);
    one.lift(x, 80);
  }
  assert.equal(one.words(), "Only the digit drawn last is read until the server answers.");
  one.give({ seq: 2, line: "of the page" });
  showFrame({ step: 7, content: { bytes: await fileOf(1), url: "/moments/x/8" } });
  page.frame();
  assert.equal(one.words(), "Only the digit drawn last is read until you let the slider go.");
  showFrame(null);
  assert.equal(one.words(), "of the page");
  one.leave();
});
