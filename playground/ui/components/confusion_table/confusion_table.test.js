// The confusion table: its words, what a click picks, its colours, its keys.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mount, onNewPages, page } from "#testing/fake_page.js";
import confusionTable from "./confusion_table.js";

onNewPages(import.meta.filename);

/** @typedef {import("./confusion_table.js").Message} Message */

/** @type {Message} */
const MESSAGE = {
  counts: [
    [90, 1, 9],
    [0, 0, 0],
    [2, 0, 3],
  ],
  heat: [
    [1, 0.1, 0.7],
    [0, 0, 0],
    [0.4, 0, 0.6],
  ],
  names: ["0", "1", "cat"],
  words: "Three classes.",
  colours: {
    right: { light: "#00aa00", dark: "#00ff00" },
    wrong: { light: "#aa0000", dark: "#ff0000" },
    classes: [
      ["#111111", "#eeeeee"],
      ["#222222", "#dddddd"],
    ],
  },
  chosen: null,
};

/** @param {Partial<Message>} [change] */
function table(change = {}) {
  const { parent, sent, give } = mount(confusionTable);
  const leave = give({ ...MESSAGE, ...change });
  return {
    parent,
    sent,
    leave,
    root: parent.one(".sp-confusion"),
    cells: () => parent.all("button"),
    /** @param {Partial<Message>} next */
    give: (next) => give({ ...MESSAGE, ...change, ...next }),
  };
}

test("each row has its name, its counts and how much of it is right", () => {
  const { parent } = table();
  const rows = parent.one("tbody").children.map((row) => row.children.map((td) => td.textContent));
  assert.deepEqual(rows, [
    ["0", "90", "1", "9", "90.0 %"],
    ["1", "0", "0", "0", "–"],
    ["cat", "2", "0", "3", "60.0 %"],
  ]);
  const [top, names] = parent.one("thead").children;
  assert.deepEqual(
    names.children.map((th) => th.textContent),
    ["true ↓", "0", "1", "cat", "right"],
  );
  assert.equal(top.textContent, "read as →");
  assert.equal(parent.one("caption").textContent, "Three classes.");
});

test("a class with one error in 5000 is not said to have none", () => {
  const counts = [
    [4999, 1],
    [4999, 1],
  ];
  const rows = table({ counts, heat: counts, names: ["0", "1"] }).parent.one("tbody").children;
  assert.deepEqual(
    rows.map((row) => row.children.at(-1)?.textContent),
    [">99.9 %", "<0.1 %"],
  );
});

test("each cell says in words what it is", () => {
  const cells = table({ chosen: [0, 2] }).cells();
  assert.deepEqual(
    cells.slice(0, 4).map((cell) => cell.getAttribute("aria-label")),
    [
      "a 0 read as 0: 90 times",
      "a 0 read as 1: once",
      "a 0 read as cat: 9 times",
      "a 1 read as 0: 0 times",
    ],
  );
  assert.deepEqual(cells.map((cell) => cell.getAttribute("aria-pressed")).indexOf("true"), 2);
  assert.deepEqual(
    cells.map((cell) => cell.getAttribute("aria-disabled") === "true"),
    MESSAGE.counts.flat().map((count) => count === 0),
  );
});

test("a click picks a cell, and again; an empty one picks nothing", () => {
  const one = table();
  const cells = one.cells();
  cells[2].click();
  cells[2].click();
  cells[4].click();
  cells[6].click();
  assert.deepEqual(one.sent, [
    ["pick", { cell: [0, 2], seq: 1 }],
    ["pick", { cell: [0, 2], seq: 2 }],
    ["pick", { cell: [2, 0], seq: 3 }],
  ]);
});

test("new counts come into the same nodes, another number of classes makes new ones", () => {
  const one = table();
  const before = one.cells();
  before[1].focus();
  one.give({
    counts: [
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ],
  });
  assert.deepEqual(one.cells(), before);
  assert.equal(before[5].textContent, "6");
  assert.equal(before[1].tabIndex, 0, "the focus is not taken away");
  one.give({
    counts: [
      [1, 2],
      [3, 4],
    ],
    heat: [
      [0, 0],
      [0, 0],
    ],
    names: ["a", "b"],
  });
  assert.equal(one.cells().length, 4);
  assert.equal(one.parent.all("table").length, 1);
  assert.equal(one.root.style["--sp-count"], "2");
  one.cells()[3].click();
  assert.deepEqual(one.sent, [["pick", { cell: [1, 1], seq: 1 }]]);
});

test("right cells have one colour, wrong ones another, and names those of their classes", () => {
  const one = table();
  const colours = () => [0, 1, 4].map((i) => one.cells()[i].style.backgroundColor);
  assert.deepEqual(colours(), ["#00aa00ff", "#aa00001a", "#00aa0000"]);
  const names = () => one.parent.all(".sp-confusion-name").map(({ style }) => style["--sp-class"]);
  assert.deepEqual(names(), ["#111111", "#222222", "#111111", "#111111", "#222222", "#111111"]);
  page.css["--st-background-color"] = "#000000";
  one.give({});
  assert.deepEqual(colours(), ["#00ff00ff", "#ff00001a", "#00ff0000"]);
  assert.equal(names()[0], "#eeeeee");
  assert.equal(one.root.dataset.dark, "true");
  one.give({
    counts: [
      [1, 2],
      [3, 4],
    ],
    heat: [
      [0, 0],
      [0, 0],
    ],
    names: ["a", "b"],
  });
  assert.deepEqual(
    [0, 1].map((i) => one.cells()[i].style.backgroundColor),
    ["#00ff0000", "#ff000000"],
  );
});

test("the table is one tab stop, the cell that is looked at, and arrows lead through it", () => {
  const one = table({ chosen: [2, 0] });
  assert.equal(
    one.cells().findIndex(({ tabIndex }) => tabIndex === 0),
    6,
  );
  one.cells()[6].focus();
  one.cells()[6].fire("keydown", { key: "ArrowUp" });
  assert.equal(page.document.activeElement, one.cells()[3]);
});

test("a table that is gone hears of no more clicks", () => {
  const one = table();
  const [cell] = one.cells();
  one.parent.remove();
  one.leave?.();
  cell.click();
  assert.deepEqual(one.sent, []);
});
