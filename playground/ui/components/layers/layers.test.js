// The layers of a network: what is painted where, and what replaces what.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mount, onNewPages, page } from "#testing/fake_page.js";
import { layersShown, showLayers } from "../_kernel/layers.js";
import { gridOf, mostInRow } from "./grid.js";
import layers from "./layers.js";

/** @typedef {import("../_kernel/layers.js").Layers} Layers */

let now = 0; // ms, of which nothing takes any unless a test says so

onNewPages(import.meta.filename, (test) => {
  test.mock.timers.enable({ apis: ["setTimeout", "Date"] });
  test.mock.method(performance, "now", () => now);
  now = 0;
  showLayers(null);
});

const MAPS = {
  name: "conv1",
  shape: [2, 2, 2],
  values: Float32Array.of(0, 1, 2, 3, 4, 0, 0, 0),
};
const UNITS = { name: "l1", shape: [3], values: Float32Array.of(-2, 1, 0) };
const SIDE = 28;
const INK = Float32Array.from({ length: SIDE * SIDE }, (_, i) => (i ? 0 : 0.5));

/** @type {(layer: number, unit: number) => import("../_kernel/layers.js").Unit} */
const unitAt = (layer, unit) =>
  layer
    ? {
        weights: { name: "l1", shape: [2, 2, 2], values: new Float32Array(8).fill(1) },
        ...{ inputs: "conv1", isKernel: false, bias: 0.25, before: null },
        after: { name: "l1", shape: [1], values: UNITS.values.subarray(unit, unit + 1) },
      }
    : {
        weights: { name: "conv1", shape: [1, 3, 3], values: new Float32Array(9).fill(-1) },
        ...{ inputs: "", isKernel: true, bias: -0.5 },
        before: { name: "conv1", shape: [1, 2, 2], values: Float32Array.of(-3, 1, 2, 3) },
        after: { name: "conv1", shape: [1, 2, 2], values: Float32Array.of(0, 1, 2, 3) },
      };

/** @type {Layers} */
const LAYERS = {
  weights: "/files/a",
  classes: ["cat", "dog"],
  hidden: [MAPS, UNITS],
  logits: [-1.25, 2],
  probabilities: [0.04, 0.96],
  unitAt,
  speechFor: (k) => ({
    logit: k ? 2 : -1.25,
    bias: 0.5,
    units: { name: "l1", shape: [3], values: Float32Array.of(-0.5, 2, 0) },
    pixels: INK,
  }),
};
/** @type {import("./layers.js").Message} */
const MESSAGE = {
  note: "Draw something first.",
  colours: [["#111111", "#eeeeee"]],
  look: null,
  answered: 0,
  strongest: null,
};

/** @param {{ width?: number } & Partial<import("./layers.js").Message>} [more] */
function view({ width = 1000, ...more } = {}) {
  const { parent, sent, give } = mount(layers);
  give({ ...MESSAGE, ...more });
  const root = parent.one(".sp-layers");
  root.rect = { left: 0, top: 0, width, height: 500 };
  page.sizes.get(root)?.();
  const canvases = () => parent.all("canvas");
  return {
    parent,
    sent,
    give: (/** @type {Partial<import("./layers.js").Message>} */ now) =>
      give({ ...MESSAGE, ...now }),
    note: parent.one(".sp-layers-note"),
    body: parent.one(".sp-layers-body"),
    card: parent.one(".sp-layers-card"),
    canvases,
    /** @type {(i: number) => number[]} opacities, in 255ths */
    ink: (i) => [...(canvases()[i].context?.pixels ?? [])].filter((_, at) => at % 4 === 3),
    texts: () => parent.all(".sp-layers-class").map((node) => node.textContent),
    said: () => parent.all("p").map((node) => node.textContent),
    pressed: () =>
      parent
        .all('[aria-pressed="true"]')
        .filter((node) => node.className !== "sp-layers-tab")
        .map((node) => node.getAttribute("aria-label") ?? node.textContent),
  };
}

/** @param {Layers | null} shown */
function show(shown) {
  showLayers(shown);
  page.frame();
}

test("without layers there is a note, and whoever comes later sees what is there", () => {
  const one = view();
  assert.deepEqual([one.note.hidden, one.body.hidden], [false, true]);
  assert.equal(one.note.textContent, "Draw something first.");
  show(LAYERS);
  assert.equal(layersShown(), LAYERS);
  assert.deepEqual([one.note.hidden, one.body.hidden], [true, false]);
  assert.equal(view().canvases().length, 2);
  show(null);
  assert.deepEqual([one.note.hidden, one.body.hidden], [false, true]);
});

test("maps stand beside each other, a pixel a value, the strongest full", () => {
  const one = view();
  show(LAYERS);
  assert.deepEqual(one.ink(0), [0, 64, 255, 0, 128, 191, 0, 0]);
  const lines = one.parent.one("[data-lines]"); // between them, over all that is painted
  assert.equal(lines.style.backgroundSize, "50% 100%");
});

test("what is told is painted at once, in the frame in which it is told", () => {
  const one = view();
  showLayers(LAYERS);
  assert.deepEqual(one.texts(), ["−1.3cat", "2.0dog"]);
});

test("units are cells without lines, those below 0 in another colour", () => {
  const one = view();
  show(LAYERS);
  const [first, second, third] = one.ink(1);
  assert.deepEqual([first, third], [255, 0]);
  assert.ok(second > 0 && second < 255);
  const { pixels } = one.canvases()[1].context ?? {};
  assert.notDeepEqual([...(pixels ?? [])].slice(0, 3), [...(pixels ?? [])].slice(4, 7));
});

test("each class has its logit, its bar and its name", () => {
  const one = view();
  show(LAYERS);
  assert.deepEqual(one.texts(), ["−1.3cat", "2.0dog"]);
  const bars = one.parent.all(".sp-layers-track").map((node) => node.children[0].style.transform);
  assert.deepEqual(bars, ["scaleY(0.04)", "scaleY(0.96)"]);
});

test("new values come into the same nodes, another network makes new ones", () => {
  const one = view();
  show(LAYERS);
  const before = one.canvases();
  show({ ...LAYERS, logits: [5, 0] });
  assert.deepEqual(one.texts(), ["5.0cat", "0.0dog"]);
  assert.equal(one.canvases()[0], before[0]);
  show({ ...LAYERS, hidden: [] });
  assert.equal(one.canvases().length, 0);
  assert.equal(one.texts().length, 2);
});

test("nodes that have gone listen to no keys", () => {
  const one = view();
  for (const hidden of [[MAPS], [MAPS, UNITS], [MAPS]]) show({ ...LAYERS, hidden });
  const heard = one.parent.descendants.flatMap(({ listeners }) => listeners);
  assert.equal(heard.filter(({ type }) => type === "keydown").length, 3, "maps, classes, tabs");
});

for (const [shape, columns, rows] of /** @type {[number[], number, number][]} */ ([
  [[16, 14, 14], 16, 1],
  [[64, 5, 5], 16, 4],
  [[17, 5, 5], 9, 2],
  [[520], 104, 5],
  [[120], 60, 2],
  [[5], 5, 1],
  [[1], 1, 1],
]))
  test(`${shape} are ${columns} × ${rows}`, () => {
    const most = mostInRow(1000, false);
    const grid = gridOf({ name: "", shape, values: new Float32Array() }, most);
    assert.deepEqual([grid.columns, grid.rows], [columns, rows]);
  });

test("for a finger fewer stand in a row", () => {
  assert.deepEqual(mostInRow(358, true), { maps: 8, units: 14 });
  assert.deepEqual(mostInRow(3, true), { maps: 1, units: 1 });
});

test("a unit that is pressed says what it looks for and sees, and another press lets it go", () => {
  const one = view();
  show(LAYERS);
  assert.ok(one.parent.one(".sp-layers-hint").textContent.startsWith("Press a map"));
  one.parent.button("conv1, map 1").click();
  assert.deepEqual(one.pressed(), ["conv1, map 1"]);
  assert.equal(one.card.one("b").textContent, "conv1, map 1");
  assert.deepEqual(one.said(), [
    "Its kernel of 3 × 3, which meets each place of the picture: red counts for it, blue against " +
      "it. Bias −0.50.",
    "Largest 3.00 before ReLU, 3.00 after it; above 0 in 3 of 4 places.",
    "They are on their way …",
  ]);
  assert.deepEqual(one.sent, [["look", { look: { layer: "conv1", unit: 1 }, seq: 1 }]]);
  one.parent.button("conv1, map 1").click();
  assert.deepEqual([one.pressed(), one.said()], [[], []]);
  assert.deepEqual(one.sent[1], ["look", { look: null, seq: 2 }]);
});

test("what a unit sees follows the pen, without new nodes", () => {
  const one = view({ look: { layer: "l1", unit: 1 } });
  show(LAYERS);
  const nodes = one.parent.all("p");
  const [wanted, seen] = one.said();
  assert.ok(wanted.startsWith("Its weights, one for each place of the 2 maps of conv1: red"));
  assert.equal(seen, "1.00.");
  const after = { name: "l1", shape: [1], values: Float32Array.of(7) };
  show({ ...LAYERS, unitAt: (...at) => ({ ...unitAt(...at), after }) });
  assert.equal(one.said()[1], "7.00.");
  assert.equal(one.parent.all("p")[1], nodes[1]);
});

test("the images that excite a unit come once, and are kept for its network", () => {
  const one = view();
  show(LAYERS);
  one.parent.button("l1, unit 2").click();
  const strongest = {
    ...{ weights: "/files/a", unit: "l1.2", classes: ["5", "0"], values: [3.256, 1], problem: "" },
    images: btoa("\xff".repeat(2 * SIDE * SIDE)),
  };
  one.give({ look: { layer: "l1", unit: 2 }, answered: 1, strongest });
  const images = () => one.parent.all(".sp-layers-images").map((list) => list.textContent);
  assert.deepEqual(images(), ["53.2601.00"]);
  one.parent.button("l1, unit 0").click();
  assert.deepEqual(images(), []);
  one.parent.button("l1, unit 2").click();
  assert.deepEqual(images(), ["53.2601.00"]);
  show({ ...LAYERS, weights: "/files/later" }); // it trains on
  assert.deepEqual(
    [images(), one.said()[2]],
    [["53.2601.00"], "Of an earlier moment of its training."],
  );
  show({ ...LAYERS, weights: "/moments/other/3" }); // of another network
  assert.deepEqual([images(), one.said()[2]], [[], "They are on their way …"]);
  show({ ...LAYERS, weights: "/files/later" });
  one.give({
    answered: 3,
    look: { layer: "l1", unit: 0 },
    strongest: {
      ...{ weights: "/files/later", unit: "l1.0", classes: [], values: [], images: "" },
      problem: "It has diverged.",
    },
  });
  assert.deepEqual([images(), one.said()[2]], [[], "It has diverged."]);
});

test("of a class it is said which units and pixels speak for it, with the sum that its logit is", () => {
  const one = view();
  show(LAYERS);
  one.parent.all(".sp-layers-class")[1].click();
  assert.deepEqual(one.sent, [["look", { look: { layer: "", unit: 1 }, seq: 1 }]]);
  assert.deepEqual(one.said(), [
    "Gradient × input: red ink speaks for it, blue ink against it. For it 0.50, against it 0.00.",
    "Its activation × its weight. For it 2.00, against it −0.50, bias 0.50: logit 2.00.",
  ]);
  const bars = one.parent.all(".sp-layers-bars");
  assert.deepEqual(
    bars.map((bar) => bar.textContent),
    ["12.0020.000−0.50"],
  );
  show({ ...LAYERS, speechFor: () => ({ logit: 1, bias: 0.5, units: null, pixels: INK }) });
  one.parent.all(".sp-layers-class")[0].click();
  assert.deepEqual(one.said(), [
    "Gradient × input: red ink speaks for it, blue ink against it. For it 0.50, against it 0.00, " +
      "bias 0.50: logit 1.00.",
  ]);
});

test("of two classes with one logit it is said that the other sign is meant", () => {
  const one = view({ look: { layer: "", unit: 0 } });
  show({ ...LAYERS, logits: [0, 1.25] });
  assert.ok(
    one.said()[1].endsWith("Two classes share one logit; for this one it has the other sign."),
  );
});

test("a link presses, what was pressed since is not taken back, the way back is followed", () => {
  const one = view({ look: { layer: "conv1", unit: 0 } });
  show(LAYERS);
  assert.deepEqual(one.pressed(), ["conv1, map 0"]);
  one.parent.button("l1, unit 1").click();
  one.give({ look: { layer: "conv1", unit: 0 } }); // said before the press was heard of
  assert.deepEqual(one.pressed(), ["l1, unit 1"]);
  one.give({ look: { layer: "l1", unit: 1 }, answered: 1 });
  one.give({ look: null, answered: 1 });
  assert.deepEqual(one.pressed(), []);
  one.give({ look: { layer: "l9", unit: 1 }, answered: 1 }); // of another network
  assert.deepEqual([one.pressed(), one.said()], [[], []]);
});

test("arrows go from row to row of the units, a press closes, and the focus goes back", () => {
  const one = view();
  show(LAYERS);
  const [first, second] = [0, 1].map((unit) => one.parent.button(`conv1, map ${unit}`));
  assert.deepEqual([first.tabIndex, second.tabIndex], [0, -1]);
  assert.equal(first.parent?.dataset.arrows, "own"); // also projected
  first.focus();
  first.fire("keydown", { key: "ArrowRight" });
  assert.equal(page.document.activeElement, second);
  second.click();
  one.parent.button("Close").click();
  assert.deepEqual(one.pressed(), []);
  assert.equal(page.document.activeElement, second);
});

test("a screen reader hears of it when it has been still for a second", (test) => {
  const one = view({ look: { layer: "l1", unit: 1 } });
  show(LAYERS);
  const live = one.card.one(".sp-hidden");
  for (const value of [5, 6, 7]) {
    test.mock.timers.tick(900);
    const after = { name: "l1", shape: [1], values: Float32Array.of(value) };
    show({ ...LAYERS, unitAt: (...at) => ({ ...unitAt(...at), after }) });
    assert.equal(live.textContent, "");
  }
  test.mock.timers.tick(1000);
  assert.equal(live.textContent, "l1, unit 1. 7.00.");
});

test("on a phone one layer is shown and painted, that of what is pressed", () => {
  const one = view({ width: 358, look: { layer: "l1", unit: 1 } });
  show(LAYERS);
  const open = () =>
    one.parent.all(".sp-layers-row").map((row) => row.getAttribute("data-open") !== null);
  const tabs = one.parent.all(".sp-layers-tab");
  assert.deepEqual(
    tabs.map((tab) => tab.textContent),
    ["conv1", "l1", "Logits"],
  );
  assert.deepEqual(open(), [false, true, false]);
  assert.ok(one.canvases()[1].context?.calls.length);
  tabs[0].click();
  assert.deepEqual(open(), [true, false, false]);
  assert.equal(tabs[0].getAttribute("aria-pressed"), "true");
  const calls = one.canvases().map((canvas) => canvas.context?.calls.length);
  show({ ...LAYERS, logits: [0, 0] });
  const more = one
    .canvases()
    .map((canvas, i) => (canvas.context?.calls.length ?? 0) > (calls[i] ?? 0));
  assert.deepEqual(more.slice(0, 2), [true, false]);
});

test("where painting takes long, the pen comes first", () => {
  const one = view();
  show(LAYERS);
  const slow = { ...LAYERS, logits: [1, 1] };
  Object.defineProperty(slow, "probabilities", {
    get() {
      now += 15; // 30 in all
      return [0.5, 0.5];
    },
  });
  show(slow);
  assert.equal(one.texts()[0], "1.0cat");
  show({ ...LAYERS, logits: [2, 2] });
  assert.equal(one.texts()[0], "1.0cat");
  now += 22; // what was beyond half a frame
  page.frame();
  assert.equal(one.texts()[0], "2.0cat");
});
