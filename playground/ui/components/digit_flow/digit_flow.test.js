// The flow of one digit: its numbers in words and bars, its pictures, and its keys.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import {
  base64,
  COLOURS,
  darken,
  opacities,
  parcel,
  pixels,
  START,
  stopTheClock,
} from "#testing/digits.js";
import { mount, onNewPages, page } from "#testing/fake_page.js";
import digitFlow from "./digit_flow.js";

onNewPages(import.meta.filename, stopTheClock);

const PIXELS = Array.from({ length: 784 }, (_, i) => i % 256);
const WEIGHTS = Array.from({ length: 7840 }, (_, i) => (i % 255) - 127);

/** @param {Partial<import("./digit_flow.js").Message>} [change] */
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

/** @param {Partial<import("./digit_flow.js").Message>} [change] */
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
    /** @param {Partial<import("./digit_flow.js").Message>} next */
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
  const sure = flow({ probabilities: [0.9999, 1, 0.999, 0, 0, 0, 0, 0, 0, 0] }).parent;
  const shares = sure.all(".sp-flow-value").map((node) => node.textContent);
  assert.deepEqual([shares[1], shares[3], shares[5]], [">0.999", "1.000", "0.999"]);
  assert.equal(flow({ loss: 3.2e-6 }).parent.one("strong").textContent, "3.2e−06");
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
  const { parent, classes, give } = flow({ prediction: 5 });
  assert.equal(parent.one(".sp-flow-verdict").textContent, "Hit: a 5 read as 5");
  assert.deepEqual(
    [classes[5].matches("[data-true]"), classes[5].matches("[data-read]")],
    [true, true],
  );
  assert.match(`${classes[5].getAttribute("aria-label")}`, /^class 5, the true class, the answer,/);
  give({ label: 8, prediction: 8 });
  assert.equal(parent.one(".sp-flow-x").textContent, "x1 × 784test digit 8, an\u00a08");
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
    ["ArrowDown", 6],
    ["End", 9],
    ["ArrowRight", 9],
    ["Home", 0],
  ])) {
    const pressed = page.document.activeElement?.fire("keydown", { key });
    assert.equal(pressed?.defaultPrevented, true);
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
  assert.deepEqual(one.sent, [["resend", START]]);
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
