// Pictures of digits and weights: colours, sizes, words, keys, and the parts that come once.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { FakeElement, mount, onNewPages, page } from "#testing/fake_page.js";
import digitFlow from "../digit_flow/digit_flow.js";
import digitWall from "../digit_wall/digit_wall.js";
import weightImages, { columnsFor } from "../weight_images/weight_images.js";
import { open } from "./blobs.js";
import { paintInk, paintSigned } from "./digit_images.js";
import { fixed } from "./format.js";

/** @type {[string, string][]} */
const COLOURS = Array.from({ length: 10 }, (_, k) => [`#${k}${k}0000`, `#${k}${k}ffff`]);
let parcels = 0;

onNewPages(import.meta.filename, () => {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 5_000_000 });
});

/** @param {ArrayLike<number>} bytes */
const base64 = (bytes) => btoa(String.fromCharCode(...Uint8Array.from(bytes)));

/**
 * A parcel that no other test has.
 *
 * @param {number[]} bytes
 */
function parcel(bytes) {
  parcels += 1;
  return { id: `parcel ${parcels}`, bytes: base64(bytes) };
}

/** @param {FakeElement} canvas */
function pixels(canvas) {
  const data = [...(canvas.context?.pixels ?? [])];
  return Array.from({ length: data.length / 4 }, (_, i) => data.slice(4 * i, 4 * i + 4));
}

/** @param {FakeElement} canvas */
const opacities = (canvas) => pixels(canvas).map(([, , , alpha]) => alpha);

/** @param {FakeElement} node */
const asCanvas = (node) => /** @type {HTMLCanvasElement} */ (/** @type {unknown} */ (node));

/** @type {(width: number, height?: number) => FakeElement} */
const canvas = (width, height = 1) => Object.assign(new FakeElement("canvas"), { width, height });

/** The theme changes to a dark one. */
const darken = () => {
  page.css["--st-background-color"] = "#0e1117";
};

// ---------------------------------------------------------------- numbers and colours

test("numbers have a true minus sign, and none before a zero", () => {
  const texts = [1.005, -2.5, -0.004, 0, -0.005, 1e21].map((value) => fixed(value, 2));
  assert.deepEqual(texts, ["1.00", "−2.50", "0.00", "0.00", "−0.01", "1e+21"]);
});

test("ink is opacity, so that the page shows through in either theme", () => {
  const node = canvas(3);
  paintInk(asCanvas(node), false, (i) => i / 2);
  assert.deepEqual(pixels(node), [
    [17, 20, 28, 0],
    [17, 20, 28, 128],
    [17, 20, 28, 255],
  ]);
  paintInk(asCanvas(node), true, (i) => i / 2);
  assert.deepEqual(pixels(node)[2], [246, 246, 244, 255]);
});

test("weights are red for and blue against, and small ones still show", () => {
  const node = canvas(5);
  const values = [-1, -0.1, 0, 0.1, 2];
  paintSigned(asCanvas(node), false, (i) => values[i]);
  const small = Math.round(255 * 0.1 ** 0.75);
  assert.ok(small > 40);
  assert.deepEqual(opacities(node), [255, small, 0, small, 255]);
  assert.deepEqual(pixels(node)[0].slice(0, 3), [18, 86, 168]);
  assert.deepEqual(pixels(node)[4].slice(0, 3), [178, 24, 43]);
  paintSigned(asCanvas(node), true, (i) => values[i]);
  assert.deepEqual(pixels(node)[0].slice(0, 3), [104, 176, 255]);
  assert.deepEqual(pixels(node)[4].slice(0, 3), [255, 118, 100]);
});

// ---------------------------------------------------------------- parcels

/** What asks for parcels, and when it has asked. */
function asker() {
  /** @type {number[]} */
  const asked = [];
  /** @type {import("./blobs.js").Asker} */
  const view = {
    signal: new AbortController().signal,
    trigger: (name, value) => {
      assert.deepEqual([name, value], ["resend", Date.now()]);
      asked.push(Date.now() - 5_000_000);
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

test("32 parcels are kept, the newest", () => {
  const { view } = asker();
  const sent = Array.from({ length: 33 }, (_, i) => parcel([i]));
  for (const one of sent) open(view, one);
  assert.ok(open(view, { id: sent[1].id }));
  assert.equal(open(view, { id: sent[0].id }), undefined);
});

// ---------------------------------------------------------------- the flow of one digit

const PIXELS = Array.from({ length: 784 }, (_, i) => i % 256);
const WEIGHTS = Array.from({ length: 7840 }, (_, i) => (i % 255) - 127);

/** @param {Partial<import("../digit_flow/digit_flow.js").Message>} [change] */
const flowMessage = (change = {}) => ({
  image: base64(PIXELS),
  name: "test digit 8",
  label: 5,
  prediction: 6,
  sums: [-1.5, 2.25, 0, 0, 0, 3.996, 9, 0, 0, 0],
  biases: [0.25, -0.5, 0, 0, 0, -0.001, 1, 0, 0, 0],
  logits: [-1.25, 1.75, 0, 0, 0, 3.995, 10, 0, 0, 0],
  probabilities: [0, 0.0004, 0.0005, 0, 0, 0.0024, 0.9967, 0, 0, 0],
  loss: 6.0237,
  moment: "after 20 batches",
  weightLimit: 0.35,
  logitLimit: 12,
  colours: COLOURS,
  templates: parcel(WEIGHTS),
  ...change,
});

/** @param {Partial<import("../digit_flow/digit_flow.js").Message>} [change] */
function flow(change) {
  const { parent, sent, give } = mount(digitFlow);
  const message = flowMessage(change);
  const leave = give(message);
  page.frame();
  const classes = parent.all("button");
  return {
    parent,
    sent,
    message,
    leave,
    classes,
    root: parent.one(".sp-flow"),
    /** @param {Partial<import("../digit_flow/digit_flow.js").Message>} next */
    give: (next) => {
      give({ ...message, ...next });
      page.frame();
    },
    /** Which class's contributions are shown. */
    shown: () => parent.one(".sp-flow").dataset.shown,
  };
}

test("the flow says the numbers of every class and the loss", () => {
  const { parent, classes } = flow();
  const values = parent.all(".sp-flow-value").map((node) => node.textContent);
  assert.deepEqual(values.slice(0, 6), ["−1.25", "<0.001", "1.75", "<0.001", "0.00", "0.001"]);
  assert.deepEqual(values.slice(10, 14), ["4.00", "0.002", "10.00", "0.997"]);
  assert.equal(parent.one("strong").textContent, "6.024");
  assert.equal(parent.one("strong").title, "6.0237");
  assert.equal(parent.one(".sp-flow-verdict").textContent, "Miss: a 5 read as 6");
  assert.equal(parent.one(".sp-flow-formula").textContent, "loss = −log p₅");
  assert.equal(parent.one(".sp-flow-x").textContent, "x1 × 784test digit 8, a\u00a05");
  const tags = parent.all("i").filter((node) => node.parent?.matches(".sp-flow-name"));
  assert.deepEqual(
    tags.map((node) => node.textContent),
    ["", "", "", "", "", "true", "read", "", "", ""],
  );
  assert.equal(
    classes[1].title,
    "class 1: logit ŷ₁ = 1.75, probability p₁ = 0.0004, sum of x ⊙ W₁ = 2.25, b₁ = -0.5",
  );
  assert.equal(
    classes[5].getAttribute("aria-label"),
    "class 5, the true class, logit 4.00, probability 0.002, contributions sum to 4.00, " +
      "plus b 0.00",
  );
  assert.match(`${classes[6].getAttribute("aria-label")}`, /^class 6, the answer, logit 10.00/);
});

test("a digit that is read right is a hit, and its class is both", () => {
  const { parent, classes } = flow({ prediction: 5 });
  assert.equal(parent.one(".sp-flow-verdict").textContent, "Hit: a 5 read as 5");
  assert.deepEqual(
    [classes[5].matches("[data-true]"), classes[5].matches("[data-read]")],
    [true, true],
  );
  assert.match(`${classes[5].getAttribute("aria-label")}`, /^class 5, the true class, the answer,/);
});

test("bars are as long as their numbers, from the middle for a logit", () => {
  const { parent } = flow();
  const bars = parent
    .all("i")
    .filter((node) => node.parent?.matches(".sp-flow-bar"))
    .map(({ style }) => [Number(style["--from"]), Number(style["--size"])]);
  const close = (/** @type {number[]} */ pair, /** @type {number[]} */ expected) => {
    for (const i of [0, 1]) assert.ok(Math.abs(pair[i] - expected[i]) < 1e-12, `${pair}`);
  };
  close(bars[0], [0.5 - 1.25 / 24, 1.25 / 24]);
  close(bars[2], [0.5, 1.75 / 24]);
  close(bars[1], [0, 0]);
  close(bars[13], [0, 0.9967]);
});

test("everything is in a table for a screen reader, with all digits of the numbers", () => {
  const { parent, root, message } = flow();
  const caption = "The linear network after 20 batches, on test digit 8, a 5";
  assert.equal(root.getAttribute("aria-label"), caption);
  assert.equal(
    parent.one("caption").textContent,
    `${caption}. Miss: a 5 read as 6. Loss −log p of class 5: 6.0237`,
  );
  const rows = parent.one("tbody").children.map((row) => row.children.map((td) => td.textContent));
  const { logits, probabilities, sums, biases } = message;
  assert.deepEqual(
    rows,
    logits.map((_, k) => [k, logits[k], probabilities[k], sums[k], biases[k]].map(String)),
  );
});

test("the digit, the templates and the contributions are drawn", () => {
  const { parent, classes } = flow();
  assert.deepEqual(opacities(parent.one(".sp-flow-x").one("canvas")), PIXELS);
  /** @param {number} value */
  const opacity = (value) => Math.round(255 * Math.abs(value) ** 0.75);
  const template = WEIGHTS.slice(3 * 784, 4 * 784);
  assert.deepEqual(
    opacities(classes[3].one("canvas")),
    template.map((w) => opacity(w / 127)),
  );
  const red = pixels(classes[3].one("canvas")).map(([r]) => r === 178);
  assert.deepEqual(
    red,
    template.map((w) => w >= 0),
  );
  const contributions = WEIGHTS.slice(5 * 784, 6 * 784).map(
    (w, i) => (w / 127) * (PIXELS[i] / 255),
  );
  assert.deepEqual(opacities(parent.one(".sp-flow-sum").one("canvas")), contributions.map(opacity));
  const scale = parent.one(".sp-flow-key");
  assert.equal(scale.textContent, "−0.3+0.3");
  assert.equal(opacities(scale.one("canvas"))[20], 0);
});

test("pointing at a class shows its contributions; who clicks one keeps it", () => {
  const one = flow();
  const text = one.parent.one(".sp-flow-sum").one(".sp-flow-text");
  assert.equal(one.shown(), "5", "the true class, while nothing is pointed at");
  one.classes[3].fire("pointerenter", { pointerType: "mouse" });
  page.frame();
  assert.equal(one.shown(), "3");
  one.classes[3].fire("pointerleave");
  page.frame();
  assert.equal(one.shown(), "5");
  one.classes[4].fire("pointerenter", { pointerType: "touch" });
  page.frame();
  assert.equal(one.shown(), "5", "a finger points at nothing");
  one.classes[1].click();
  one.classes[3].fire("pointerenter", { pointerType: "mouse" });
  one.classes[3].fire("pointerleave");
  page.frame();
  assert.equal(one.shown(), "1");
  assert.equal(text.textContent, "x ⊙ W₁sum 2.25− b₁ 0.50 =\u00a0ŷ₁\u00a01.75");
  assert.equal(text.title, "2.25 + -0.5 = 1.75");
  assert.deepEqual(
    one.classes.map((button) => button.getAttribute("aria-pressed") === "true").indexOf(true),
    1,
  );
  one.give({ moment: "before training" });
  assert.equal(one.shown(), "1");
  one.give({ image: base64(PIXELS.map(() => 7)), label: 2 });
  assert.equal(one.shown(), "2", "another digit: back to its true class");
});

test("arrow keys go through the classes, which are one tab stop", () => {
  const one = flow();
  assert.deepEqual(one.classes.map(({ tabIndex }) => tabIndex).indexOf(0), 5);
  one.classes[5].focus();
  for (const [key, at] of /** @type {[string, number][]} */ ([
    ["ArrowRight", 6],
    ["ArrowDown", 7],
    ["ArrowLeft", 6],
    ["ArrowUp", 5],
    ["End", 9],
    ["ArrowRight", 9],
    ["Home", 0],
    ["ArrowLeft", 0],
  ])) {
    const focused = /** @type {FakeElement} */ (page.document.activeElement);
    assert.equal(focused.fire("keydown", { key }).defaultPrevented, true);
    assert.equal(page.document.activeElement, one.classes[at], key);
    page.frame();
    assert.equal(one.shown(), `${at}`);
    assert.deepEqual(
      one.classes.filter(({ tabIndex }) => tabIndex === 0),
      [one.classes[at]],
    );
  }
  const other = one.classes[0].fire("keydown", { key: "ArrowRight", ctrlKey: true });
  assert.equal(other.defaultPrevented, false);
  one.give({ label: 3 });
  assert.equal(one.classes[0].tabIndex, 0, "the focus is not taken away");
});

test("templates that are lost are asked for, and everything else is there", () => {
  const one = flow({ templates: { id: "lost" } });
  assert.deepEqual(one.sent, [["resend", 5_000_000]]);
  assert.equal(one.root.dataset.templates, "");
  assert.equal(one.parent.one("strong").textContent, "6.024");
  assert.equal(one.classes[0].one("canvas").context, undefined);
  one.give({ templates: { id: "lost", bytes: base64(WEIGHTS) } });
  assert.equal(one.root.dataset.templates, "lost");
  assert.equal(opacities(one.classes[0].one("canvas")).length, 784);
  mock.timers.tick(100_000);
  assert.equal(one.sent.length, 1);
});

test("each picture is drawn only if something in it has changed", () => {
  const one = flow();
  const digit = one.parent.one(".sp-flow-x").one("canvas");
  const template = one.classes[0].one("canvas");
  const counts = () => [digit, template].map((node) => node.context?.calls.length);
  assert.deepEqual(counts(), [1, 1]);
  one.give({ loss: 1 });
  assert.deepEqual(counts(), [1, 1]);
  one.give({ templates: parcel(WEIGHTS) });
  assert.deepEqual(counts(), [1, 2]);
  darken();
  one.give({});
  assert.deepEqual(counts(), [2, 3]);
  assert.deepEqual(pixels(digit)[0].slice(0, 3), [246, 246, 244]);
  assert.equal(one.classes[3].style["--sp-class"], "#33ffff");
});

// ---------------------------------------------------------------- the wall

/** @param {number} count */
const BATCH = (count) => ({
  order: Array.from({ length: count }, (_, i) => i),
  indices: Array.from({ length: count }, (_, i) => 1000 + i),
  labels: Array.from({ length: count }, (_, i) => i % 10),
  predictions: Array.from({ length: count }, (_, i) => (i % 4 ? i % 10 : 9)),
  losses: Array.from({ length: count }, (_, i) => i / 8),
  strongest: 4,
  colours: COLOURS,
  chosen: /** @type {number | null} */ (null),
  digits: parcel(Array.from({ length: count * 392 }, (_, i) => i % 256)),
});

/** @param {Partial<ReturnType<typeof BATCH>>} [change] */
function wall(count = 64, change = {}) {
  const { parent, sent, give } = mount(digitWall);
  const message = { ...BATCH(count), ...change };
  give(message);
  page.frame();
  return {
    parent,
    sent,
    message,
    all: () => parent.all("button").filter(({ hidden }) => !hidden),
    /** @param {Partial<ReturnType<typeof BATCH>>} next */
    give: (next) => {
      give({ ...message, ...next });
      page.frame();
    },
  };
}

test("the wall names every digit and frames it by its loss", () => {
  const one = wall();
  const [first, second] = one.all();
  assert.equal(first.getAttribute("aria-label"), "test digit 1000: a 0 read as 9, loss 0.00");
  assert.equal(second.getAttribute("aria-label"), "test digit 1001: a 1 read as 1, loss 0.13");
  assert.equal(second.title, "test digit 1001: a 1 read as 1, loss 0.125");
  assert.deepEqual(
    one.all().map((button) => Number(button.one(".sp-wall-frame").style["--loss"])),
    one.message.losses.map((loss) => Math.min(1, loss / 4)),
  );
  const wrong = one.all().map((button) => button.one(".sp-wall-wrong").textContent);
  assert.deepEqual(wrong.slice(0, 5), ["9", "", "", "", "9"]);
  const misses = one.message.labels.filter((label, i) => label !== one.message.predictions[i]);
  assert.equal(
    one.parent.one(".sp-wall-grid").getAttribute("aria-label"),
    `64 test digits, ${misses.length} misread`,
  );
});

test("the key of the wall says what frames and marks mean", () => {
  const one = wall();
  const key = one.parent.one(".sp-wall-key");
  assert.equal(key.textContent, "Frame: loss0124 or more9misread, as this");
  one.give({ strongest: 2 });
  assert.equal(key.textContent, "Frame: loss00.512 or more9misread, as this");
});

test("a misread digit has the colour of the class that it was taken for", () => {
  const one = wall();
  const [mark] = one.parent.all(".sp-wall-wrong");
  assert.deepEqual([mark.style.background, mark.style.color], ["#990000", "#fff"]);
  darken();
  one.give({});
  assert.deepEqual([mark.style.background, mark.style.color], ["#99ffff", "#000"]);
});

test("thumbnails are the digits, two pixels a byte", () => {
  const one = wall();
  const levels = opacities(one.all()[2].one("canvas")).map((alpha) => alpha / 17);
  const bytes = Array.from({ length: 392 }, (_, i) => (2 * 392 + i) % 256);
  assert.deepEqual(
    levels,
    bytes.flatMap((byte) => [byte >> 4, byte & 15]),
  );
});

test("a click picks that digit, again and again, in whichever order they stand", () => {
  const one = wall();
  one.all()[37].click();
  one.all()[37].click();
  one.give({ order: [5, 3, 1] });
  one.all()[0].click();
  assert.deepEqual(one.sent, [
    ["pick", { index: 1037, seq: 1 }],
    ["pick", { index: 1037, seq: 2 }],
    ["pick", { index: 1005, seq: 3 }],
  ]);
});

test("a press picks the digit that was under the pointer, whatever came meanwhile", () => {
  const one = wall();
  const [button] = one.all();
  button.fire("pointerdown");
  one.give({ order: [5, 3, 1] });
  button.fire("click", { detail: 1 });
  button.fire("click", { detail: 0 }); // Enter: what stands there now
  assert.deepEqual(one.sent, [
    ["pick", { index: 1000, seq: 1 }],
    ["pick", { index: 1005, seq: 2 }],
  ]);
});

test("digits that are sorted come into the same nodes, so the focus stays where it is", () => {
  const one = wall(8);
  const before = one.all();
  before[2].focus();
  one.give({ order: [7, 6, 5, 4, 3] });
  const after = one.all();
  assert.deepEqual(after, before.slice(0, 5));
  assert.deepEqual(
    after.map(({ dataset }) => dataset.position),
    ["7", "6", "5", "4", "3"],
  );
  assert.equal(page.document.activeElement, after[2]);
  assert.equal(after[2].tabIndex, 0);
  one.give({ order: [0, 1, 2, 3, 4, 5, 6, 7] });
  assert.deepEqual(one.all(), before);
});

test("the digit that is looked at is marked, and is the tab stop", () => {
  const one = wall(8, { order: [7, 6, 5], chosen: 6 });
  const [first, second] = one.all();
  assert.deepEqual(
    [first, second].map((button) => button.getAttribute("aria-current")),
    ["false", "true"],
  );
  assert.deepEqual([first.tabIndex, second.tabIndex], [-1, 0]);
});

test("arrows go from row to row, however many digits stand in one", () => {
  const one = wall();
  page.columns = Array(16).fill("1px").join(" ");
  one.all()[0].focus();
  /** @param {string} key */
  const press = (key) => void page.document.activeElement?.fire("keydown", { key });
  for (const [key, at] of /** @type {[string, number][]} */ ([
    ["ArrowRight", 1],
    ["ArrowDown", 17],
    ["ArrowLeft", 16],
    ["ArrowUp", 0],
    ["ArrowUp", 0],
    ["End", 63],
    ["ArrowRight", 63],
    ["Home", 0],
    ["ArrowDown", 16],
  ])) {
    press(key);
    assert.equal(page.document.activeElement, one.all()[at], key);
  }
  page.columns = Array(8).fill("1px").join(" ");
  press("ArrowDown");
  assert.equal(page.document.activeElement, one.all()[24]);
});

// ---------------------------------------------------------------- pictures of weights

const LAYER = {
  shown: [3, 7],
  names: ["unit 3", "unit 7"],
  norms: [2.5, 1.25],
  extremes: [0.4, 0.0004],
  side: 2,
  limit: 0.3,
  kind: "units",
  note: "2 of 64 units",
  beyond: 3,
  total: 8,
};

/** @param {Partial<typeof LAYER>} [change] */
function weights(change = {}) {
  const { parent, sent, give } = mount(weightImages);
  const message = { ...LAYER, weights: parcel([127, -127, 0, 64, 1, 2, 3, 4]), ...change };
  give(message);
  page.frame();
  return {
    parent,
    sent,
    root: parent.one(".sp-weights"),
    units: parent.all("button"),
    lines: () => parent.one(".sp-weights-text").children.map((node) => node.textContent),
    /** @param {Partial<typeof message>} next */
    give: (next) => {
      give({ ...message, ...next });
      page.frame();
    },
  };
}

test("weights say which units they are, their norms and their scale", () => {
  const one = weights();
  assert.deepEqual(
    one.units.map((unit) => unit.getAttribute("aria-label")),
    ["unit 3, norm 2.5", "unit 7, norm 1.25"],
  );
  assert.equal(
    one.parent.one(".sp-weights-grid").getAttribute("aria-label"),
    "Weights as pictures: 2 of 64 units. Norms from 1.25 to 2.5; units are drawn from −0.3, " +
      "blue, to 0.3, red.",
  );
  assert.equal(
    one.parent.one(".sp-weights-key").textContent,
    "−0.3+0.32 of 64 units.37.5 % of the weights are beyond the scale.",
  );
  assert.deepEqual(one.lines(), ["unit 3", "norm 2.5", "strongest weight 0.400"]);
  for (const [beyond, text] of /** @type {[number, string][]} */ ([
    [0, "None"],
    [1, "Less than 0.1 %"],
  ])) {
    one.give({ beyond, total: 2000 });
    assert.match(
      one.parent.one(".sp-weights-key").textContent,
      new RegExp(`${text} of the weights`),
    );
  }
});

test("each picture has its weights, all on one scale", () => {
  const one = weights();
  /** @param {number} value */
  const opacity = (value) => Math.round(255 * (Math.abs(value) / 127) ** 0.75);
  const [first, second] = one.units.map((unit) => unit.one("canvas"));
  assert.deepEqual([first.width, first.height], [2, 2]);
  assert.deepEqual(opacities(first), [127, -127, 0, 64].map(opacity));
  assert.deepEqual(opacities(second), [1, 2, 3, 4].map(opacity));
  const large = one.parent.one("canvas");
  assert.deepEqual(pixels(large), pixels(first));
});

test("a unit that is pointed at is shown large; one that is clicked stays", () => {
  const one = weights();
  one.units[1].fire("pointerover");
  page.frame();
  assert.deepEqual(one.lines(), ["unit 7", "norm 1.25", "strongest weight 0.000"]);
  assert.equal(one.root.dataset.shown, "7");
  one.parent.one(".sp-weights-grid").fire("pointerleave");
  page.frame();
  assert.equal(one.root.dataset.shown, "3");
  one.units[1].one("canvas").fire("click"); // within the button
  one.parent.one(".sp-weights-grid").fire("pointerleave");
  page.frame();
  assert.equal(one.root.dataset.shown, "7");
  assert.deepEqual(
    one.units.map((unit) => unit.getAttribute("aria-pressed")),
    ["false", "true"],
  );
  one.give({ shown: [7, 3], names: ["unit 7", "unit 3"] });
  assert.deepEqual(one.lines()[0], "unit 7", "the unit, wherever it stands now");
  assert.deepEqual(one.sent, []);
});

test("the unit with the focus is shown large", () => {
  const one = weights();
  one.units[1].focus();
  page.frame();
  assert.equal(one.root.dataset.shown, "7");
  one.units[1].blur();
  page.frame();
  assert.equal(one.root.dataset.shown, "3");
});

test("arrows go from row to row of the units", () => {
  const one = weights({ shown: [1, 2, 3], names: ["a", "b", "c"], norms: [1, 2, 3] });
  one.parent.one(".sp-weights-grid").rect = { left: 0, top: 0, width: 120, height: 100 };
  page.sizes.get(one.root)?.(); // two in a row
  assert.equal(one.parent.one(".sp-weights-grid").style["--sp-columns"], "2");
  one.units[0].focus();
  for (const [key, at] of /** @type {[string, number][]} */ ([
    ["ArrowDown", 2],
    ["ArrowLeft", 1],
    ["Home", 0],
    ["End", 2],
  ])) {
    page.document.activeElement?.fire("keydown", { key });
    assert.equal(page.document.activeElement, one.units[at], key);
  }
});

test("until the weights of another moment have come the pictures stay", () => {
  const one = weights();
  const before = pixels(one.units[0].one("canvas"));
  one.give({ weights: { id: "later", bytes: "" } });
  assert.deepEqual(pixels(one.units[0].one("canvas")), before);
  assert.deepEqual(one.sent, [["resend", 5_000_000]]);
});

test("fewer units leave buttons away, more bring them back", () => {
  const one = weights();
  one.give({ shown: [3], names: ["unit 3"] });
  assert.deepEqual(
    one.units.map(({ hidden }) => hidden),
    [false, true],
  );
  one.give({ shown: [3, 9], names: ["unit 3", "unit 9"] });
  assert.deepEqual(
    one.units.map(({ hidden }) => hidden),
    [false, false],
  );
  assert.equal(one.units[1].dataset.unit, "9");
});

test("as many pictures stand in a row as fit", () => {
  for (const [count, width, columns] of [
    [64, 1200, 16],
    [64, 350, 8],
    [10, 1200, 5],
    [10, 200, 3],
    [16, 1200, 8],
    [3, 1200, 3],
    [64, 10, 1],
  ])
    assert.equal(columnsFor(count, width), columns, `${count} in ${width} px`);
});
