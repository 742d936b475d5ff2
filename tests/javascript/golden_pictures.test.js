// Ink, pictures and words of the browser, held to Python's (tests/golden_pictures.py).

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { bytesOf } from "../../playground/ui/components/_kernel/blobs.js";
import { fixed } from "../../playground/ui/components/_kernel/format.js";
import { documentOf, load } from "../../playground/ui/components/canvas/document.js";
import { firstPart, packStrokes } from "../../playground/ui/components/canvas/ink.js";
import { levelsOf, packed } from "../../playground/ui/components/canvas/picture.js";
import { withThinnerPen } from "../../playground/ui/components/canvas/thin_pen.js";
import confusionTable from "../../playground/ui/components/confusion_table/confusion_table.js";
import digitFlow from "../../playground/ui/components/digit_flow/digit_flow.js";
import digitWall from "../../playground/ui/components/digit_wall/digit_wall.js";
import homeMiniature from "../../playground/ui/components/miniature/miniature.js";
import projectionBar from "../../playground/ui/components/projection_bar/projection_bar.js";
import scrubber from "../../playground/ui/components/scrubber/scrubber.js";
import weightImages from "../../playground/ui/components/weight_images/weight_images.js";
import { canvas } from "./canvas.js";
import { opacities, sheetOpacities } from "./digits.js";
import { mount, onNewPages, page } from "./fake_page.js";
import { assertNear, golden } from "./golden.js";

/** @typedef {import("../../playground/ui/components/canvas/ink.js").Stroke} Stroke */
/** @typedef {import("../../playground/ui/components/canvas/ink.js").PackedStroke} PackedStroke */

onNewPages(import.meta.filename, () => {
  mock.timers.enable({ apis: ["setTimeout"] }); // what is not answered is asked again for ever
});

// ---------------------------------------------------------------- ink

test("strokes are packed as Python reads and packs them", () => {
  /** @type {{ strokes: Stroke[], packed: PackedStroke[] }[]} */
  const vectors = golden("strokes");
  assert.ok(vectors.length > 10);
  for (const { strokes, packed } of vectors) {
    assert.deepEqual(packStrokes(strokes), packed);
    const doc = documentOf("golden");
    load(doc, { id: "one", strokes: packed });
    assert.deepEqual(packStrokes(doc.strokes), packed);
    assertNear(doc.strokes, strokes, { absolute: 0.00051 }, "loaded");
  }
});

test("pens are made as thin as Python makes them", () => {
  /** @type {{ strokes: Stroke[], widths: number[] }[]} */
  const vectors = golden("thin_pens");
  for (const { strokes, widths } of vectors) {
    const seen = withThinnerPen(strokes).map(({ width }) => width);
    assertNear(seen, widths, { absolute: 1e-9 }, "widths");
  }
});

test("a replay shows the ink that the networks are given", () => {
  /** @type {{ strokes: Stroke[], parts: { fraction: number, strokes: Stroke[] }[] }[]} */
  const vectors = golden("replays");
  for (const { strokes, parts } of vectors)
    for (const { fraction, strokes: expected } of parts)
      assertNear(firstPart(strokes, fraction), expected, { absolute: 1e-9 }, `${fraction}`);
});

test("pictures of ink are cropped, averaged and packed as Python reads them", () => {
  /** @type {{ ink: string, sent: object }[]} */
  const vectors = golden("pictures");
  for (const { ink, sent } of vectors) {
    const opacity = bytesOf(ink);
    const data = new Uint8ClampedArray(4 * opacity.length);
    opacity.forEach((alpha, i) => {
      data[4 * i + 3] = alpha;
    });
    assert.deepEqual(packed(levelsOf(data)), sent);
  }
});

// ---------------------------------------------------------------- what Python takes

/**
 * @typedef {object} Messages
 * @property {object} picture
 * @property {number[]} steps
 * @property {object[]} moves
 * @property {object[]} asked
 */

/** @type {Messages} */
const messages = golden("messages");

test("the canvas sends what Python reads", () => {
  const load = { id: "seven", strokes: [[70, 500, 500, 500]] };
  const one = canvas({ load });
  one.parent.button("Undo").click();
  one.dot(10);
  mock.timers.tick(1000);
  assert.deepEqual(one.pictures.at(-1), { ...messages.picture });
});

test("the scrubber sends what Python reads", () => {
  const { parent, sent, give } = mount(scrubber);
  const { steps } = messages;
  const epochs = steps.map(() => null);
  const message = { label: "Moment", steps, epochs, shown: null, live: false, frames: null };
  give({ ...message, answered: 0 });
  parent.one(".sp-scrubber-track").fire("keydown", { key: "ArrowLeft" });
  give({ ...message, answered: 1 });
  parent.button("Latest").click();
  parent.remove();
  assert.deepEqual(
    sent,
    messages.moves.map((move) => ["move", move]),
  );
});

test("the bar of projection mode sends what Python reads", () => {
  const { parent, sent, give } = mount(projectionBar);
  give({ on: false, seq: 0, share: "/s" });
  parent.button("Project").click();
  const words = { lesson: "Softmax", step: "Step 1 of 2", title: "", before: true, after: true };
  for (let i = 0; i < 2; i += 1) parent.button("Next step").click();
  give({ on: true, seq: 1, share: "/s", ...words });
  assert.deepEqual(sent.slice(0, 1), [["asked", messages.asked[0]]]);
  for (let i = 0; i < 3; i += 1) parent.button("Next step").click();
  assert.deepEqual(sent.slice(1), [["asked", messages.asked[1]]]);
});

// ---------------------------------------------------------------- digits and weights

test("numbers are written as Python writes them", () => {
  /** @type {{ value: number, digits: number, text: string }[]} */
  const vectors = golden("fixed");
  for (const { value, digits, text } of vectors) assert.equal(fixed(value, digits), text);
});

test("the flow shows the numbers that Python computed, and draws its digit and templates", () => {
  /**
   * @typedef {object} Flow
   * @property {import("../../playground/ui/components/digit_flow/digit_flow.js").Message} message
   * @property {string[]} values
   * @property {string} loss
   * @property {string} verdict
   * @property {number[][]} table
   * @property {number[]} digit
   * @property {number[]} template of class 3
   */
  /** @type {Flow[]} */
  const vectors = golden("flows");
  assert.equal(vectors.length, 3);
  for (const { message, ...expected } of vectors) {
    const { parent, give } = mount(digitFlow);
    give(message);
    page.frame();
    const values = parent.all(".sp-flow-value").map((node) => node.textContent);
    assert.deepEqual(values, expected.values);
    assert.equal(parent.one("strong").textContent, expected.loss);
    assert.equal(parent.one(".sp-flow-verdict").textContent, expected.verdict);
    const rows = parent
      .one("tbody")
      .children.map((row) => row.all("td").map((td) => td.textContent));
    assertNear(
      rows.map((row) => row.map(Number)),
      expected.table,
      { relative: 1e-12, absolute: 1e-12 },
      "table",
    );
    assert.deepEqual(opacities(parent.one(".sp-flow-x").one("canvas")), expected.digit);
    const template = opacities(parent.all("button")[3].one("canvas"));
    assertNear(template, expected.template, { absolute: 8 }, "template");
    parent.remove();
  }
});

test("the wall names and draws the digits that Python sends", () => {
  /** @type {{ message: import("../../playground/ui/components/digit_wall/digit_wall.js").Message,
   *   names: string[], opacities: number[][] }} */
  const { message, names, opacities: expected } = golden("walls");
  const { parent, give } = mount(digitWall);
  give(message);
  page.frame();
  const ones = parent.all("button");
  assert.deepEqual(
    ones.map((one) => one.getAttribute("aria-label")),
    names,
  );
  assert.deepEqual(sheetOpacities(parent), expected);
  assert.deepEqual(ones.map((one) => one.getAttribute("aria-current")).indexOf("true"), 2);
});

test("weights are as opaque as Python has scaled them", () => {
  /** @type {{ message: import("../../playground/ui/components/weight_images/weight_images.js").Message,
   *   names: string[], opacities: number[][] }} */
  const { message, names, opacities: expected } = golden("weights");
  const { parent, give } = mount(weightImages);
  give(message);
  page.frame();
  const units = parent.all("button");
  assert.deepEqual(
    units.map((unit) => unit.getAttribute("aria-label")),
    names,
  );
  assert.deepEqual(sheetOpacities(parent), expected);
});

test("the confusion table says the counts that Python sends", () => {
  /** @type {{ message: import("../../playground/ui/components/confusion_table/confusion_table.js").Message,
   *   right: string[], heat: number[][] }} */
  const { message, right, heat } = golden("confusions");
  const { parent, give } = mount(confusionTable);
  give(message);
  const cells = parent.all("button");
  assert.deepEqual(
    cells.map((cell) => Number(cell.textContent)),
    message.counts.flat(),
  );
  const colours = cells.map((cell) => `${cell.style.backgroundColor}`);
  for (const [i, strength] of heat.flat().entries())
    assert.ok(Math.abs(parseInt(colours[i].slice(-2), 16) / 255 - strength) < 0.002);
  const rows = parent.one("tbody").children;
  assert.deepEqual(
    rows.map((row) => row.children.at(-1)?.textContent),
    right,
  );
  assert.equal(
    cells.findIndex((cell) => cell.getAttribute("aria-pressed") === "true"),
    2,
  );
  assert.equal(colours[0].slice(0, -2), message.colours.right.light);
});

// ---------------------------------------------------------------- the home page

test("the home page's pictures say what has been recorded", () => {
  /** @typedef {import("../../playground/ui/components/miniature/miniature.js").Message} Message */
  /** @type {{ sent: Record<string, Message>, trained: string,
   *   digits: { label: number, reads: number[], sure: string[] }[] }} */
  const { sent, trained, digits } = golden("miniatures");
  const shown = Object.entries(sent).map(([kind, message]) => {
    const { parent, give } = mount(homeMiniature);
    give(message);
    return /** @type {const} */ ([
      kind,
      { parent, words: () => parent.one(".sp-home-words").textContent },
    ]);
  });
  const { softmax, training, digit } = Object.fromEntries(shown);
  assert.equal(softmax.words(), "z = (2.0, 1.0, 0.1)");
  assert.equal(training.words(), trained);
  const range = digit.parent.one("input");
  for (const { label, reads, sure } of digits) {
    reads.forEach((read, i) => {
      range.value = `${i + 1}`;
      range.fire("input");
      assert.equal(digit.words(), `Read as ${read}, ${sure[i]} sure`);
    });
    assert.match(
      `${digit.parent.one("svg.sp-home-picture").getAttribute("aria-label")}`,
      new RegExp(`^The digit ${label}, `),
    );
    digit.parent.button("Next digit").click();
  }
});
