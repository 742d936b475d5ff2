// Pictures of weights: their words and scale, the large one, keys, and their columns.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  callsOnSheet,
  opacities,
  parcel,
  START,
  sheetOpacities,
  stopTheClock,
} from "#testing/digits.js";
import { mount, onNewPages, page } from "#testing/fake_page.js";
import weightImages, { columnsFor } from "./weight_images.js";

onNewPages(import.meta.filename, stopTheClock);

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

test("weights of a run that diverges are powers of ten", () => {
  const one = weights({ norms: [485600000, 1.25], extremes: [58710000, 0] });
  assert.deepEqual(one.lines().slice(1), ["norm 4.856e+08", "strongest weight 5.87e+07"]);
});

test("each picture has its weights, all on one scale", () => {
  const one = weights();
  /** @param {number} value */
  const opacity = (value) => Math.round(255 * (Math.abs(value) / 127) ** 0.75);
  const first = [127, -127, 0, 64].map(opacity);
  assert.deepEqual(sheetOpacities(one.parent), [first, [1, 2, 3, 4].map(opacity)]);
  assert.deepEqual(opacities(one.parent.one("canvas")), first, "the large one");
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
  one.units[1].one("span").fire("click"); // within the button
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
  one.units[0].fire("keydown", { key: "ArrowDown" });
  assert.equal(page.document.activeElement, one.units[2]);
});

test("until the weights of another moment have come the pictures stay", () => {
  const one = weights();
  const before = sheetOpacities(one.parent);
  one.give({ weights: { id: "later", bytes: "" } });
  assert.deepEqual(sheetOpacities(one.parent), before);
  assert.deepEqual(one.sent, [["resend", START]]);
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
  assert.match(`${one.units[1].getAttribute("aria-label")}`, /^unit 9, /);
});

test("where other many stand in a row the pictures stand there, too", () => {
  const one = weights();
  const places = () => {
    const painted = callsOnSheet(one.parent).filter(([name]) => name === "drawImage");
    return painted.map((call) => [call[6], call[7]]);
  };
  one.units[1].one("span").rect = { left: 0, top: 60, width: 58, height: 58 };
  page.sizes.get(one.root)?.(); // which the browser tells after the grid's own size
  page.frame();
  assert.deepEqual(places()[1], [0, 60]);
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
