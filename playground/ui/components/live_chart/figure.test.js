// What the live chart gives to Plotly.

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertNear, golden } from "#testing/golden.js";
import { coloursOf, fixedLayout, layoutOf, nest, rowsOf, traceOf } from "./figure.js";
import { CUT } from "./notes.js";
import { withRows } from "./rows.js";

/** @typedef {import("./figure.js").Content} Content */
/** @typedef {import("./live_chart.js").Message} Message */

/** @type {{ message: Message & { whole: true } }} */
const { message } = golden("rows");

/** @param {Partial<Content>} [changes] */
function chart(changes = {}) {
  const tables = new Map();
  for (const [name, rows] of Object.entries(message.tables))
    tables.set(name, withRows(undefined, rows));
  const { run, spec, marks, log, clip, total } = message;
  const theme = {
    ...{ page: "#fff", dark: false, veil: "#eee", text: "#000", raised: "#ddd", accent: "#00f" },
    ...{ edge: "#eee", grid: "#ccc", font: "sans-serif", scale: 1 },
  };
  /** @type {Content} */
  const content = {
    ...{ run, spec, tables, marks, log, clip, total, theme, hidden: new Set(), unclipped: false },
    ...{ width: 1000, height: 380, wide: true },
    ...changes,
  };
  return content;
}

test("a row of a thinned history stands for all steps since the one before", () => {
  assert.deepEqual(rowsOf(chart(), 0), {
    x: [1, 2, 5, 9],
    y: [2, 1.5, 1, 0.5],
    text: ["step 1", "step 2", "mean of steps 3–5", "mean of steps 6–9"],
  });
  assert.deepEqual(rowsOf(chart(), 1).text, [
    "after epoch 1 (step 3)",
    "after epoch 2 (step 6)",
    "after epoch 3 (step 9)",
  ]);
});

test("on a logarithmic axis another column is drawn, 0 at the floor, and that is said", () => {
  /** @type {(changes: Partial<Content>) => unknown[]} */
  const notes = (changes) => {
    const { annotations } = layoutOf(chart(changes));
    return (Array.isArray(annotations) ? annotations : []).slice(2).map(({ text }) => text);
  };
  assertNear(rowsOf(chart({ log: true }), 0).y, [2, 0.5, 0.25, 1e-8], { absolute: 1e-12 }, "y");
  assert.deepEqual(notes({ log: true }), ["0 is drawn at 10<sup>-8</sup>: a log axis has no 0"]);
  assert.deepEqual(notes({}), [], "a linear axis has one");
  const { train } = message.tables;
  const some = withRows(undefined, { ...train, n: 3, columns: { log_loss: "AAAAQAAAAD8AAIA+" } });
  assert.ok(some);
  assert.deepEqual(notes({ log: true, tables: new Map([["train", some]]) }), []);
  assert.deepEqual(rowsOf(chart({ log: true }), 2).y, rowsOf(chart(), 2).y, "an accuracy");
});

test("a row of two steps names both", () => {
  const { train } = message.tables;
  const two = withRows(undefined, { ...train, x: [2, 2] });
  assert.ok(two);
  const tables = new Map([["train", two]]);
  assert.deepEqual(rowsOf(chart({ tables }), 0).text.slice(0, 2), [
    "mean of steps 1–2",
    "mean of steps 3–4",
  ]);
});

test("a table that has not come yet has no rows", () => {
  const { x, y, text } = traceOf(chart({ tables: new Map() }), 0);
  assert.deepEqual([x, y, text], [[], [], []]);
});

test("a trace lies in its panel, and is hidden if keys have hidden it", () => {
  const trace = traceOf(chart({ hidden: new Set([2]) }), 2);
  assert.deepEqual([trace.xaxis, trace.yaxis, trace.legend], ["x2", "y2", "legend2"]);
  assert.equal(trace.visible, "legendonly");
  const { xaxis, visible, mode, line } = traceOf(chart(), 0);
  assert.deepEqual([xaxis, visible, mode], ["x", true, "lines"]);
  assert.deepEqual(line, { width: 1, color: message.spec.colours.batch_loss[0] });
});

test("colours are those of the theme", () => {
  const light = chart();
  const dark = chart({ theme: { ...light.theme, dark: true } });
  const pair = message.spec.colours.test_loss;
  assert.deepEqual(
    [coloursOf(light, 1), coloursOf(dark, 1)].map((all) => all["line.color"]),
    pair,
  );
});

test("panels stand side by side, or one above the other", () => {
  const wide = layoutOf(chart());
  const [first, second] = [wide["xaxis.domain"], wide["xaxis2.domain"]];
  assertNear(first, [0, 0.4567], { absolute: 1e-4 }, "first");
  assertNear(second, [0.5433, 1], { absolute: 1e-4 }, "second");
  assert.deepEqual(
    [wide["yaxis.domain"], wide["yaxis2.domain"]],
    [
      [0, 1],
      [0, 1],
    ],
  );
  assert.deepEqual([wide["xaxis.title.text"], wide["xaxis2.title.text"]], ["Step", "Step"]);
  const high = layoutOf(chart({ wide: false, width: 390, height: 620 }));
  assert.deepEqual(
    [high["xaxis.domain"], high["xaxis2.domain"]],
    [
      [0, 1],
      [0, 1],
    ],
  );
  assertNear(high["yaxis.domain"], [0.622, 1], { absolute: 1e-4 }, "above");
  assertNear(high["yaxis2.domain"], [0, 0.378], { absolute: 1e-4 }, "below");
  assert.deepEqual([high["xaxis.title.text"], high["xaxis2.title.text"]], ["", "Step"]);
});

test("axes reach to the last step and fit what is drawn", () => {
  const drawn = layoutOf(chart());
  assert.deepEqual(drawn["xaxis.range"], [0, 20]);
  assert.equal(drawn["yaxis.autorange"], true);
  assert.deepEqual(drawn["yaxis2.range"], [0, 1]);
  const open = layoutOf(chart({ total: null }));
  assert.equal(open["xaxis.autorange"], true);
  assert.equal(open["xaxis.range"], undefined);
  const empty = { tables: new Map() };
  assert.deepEqual(layoutOf(chart(empty))["yaxis.range"], [0, 1]);
  assert.deepEqual(layoutOf(chart({ ...empty, log: true }))["yaxis.range"], [-2, 0]);
});

test("only a panel that may be logarithmic is", () => {
  const layout = layoutOf(chart({ log: true }));
  assert.deepEqual([layout["yaxis.type"], layout["yaxis2.type"]], ["log", "linear"]);
  assert.equal(layoutOf(chart())["yaxis.type"], "linear");
});

test("a mark is a line and a text in each panel, on the side that has room", () => {
  const layout = layoutOf(
    chart({
      marks: [
        [5, "half"],
        [18, "late"],
      ],
    }),
  );
  /** @type {(part: unknown) => { [key: string]: unknown }[]} */
  const list = (part) => (Array.isArray(part) ? part : []);
  assert.deepEqual(
    list(layout.shapes).map(({ xref, x0, x1 }) => [xref, x0, x1]),
    [
      ["x", 5, 5],
      ["x", 18, 18],
      ["x2", 5, 5],
      ["x2", 18, 18],
    ],
  );
  const [title, other, ...texts] = list(layout.annotations);
  assert.deepEqual([title.text, other.text], ["<b>Loss (mean per example)</b>", "<b>Accuracy</b>"]);
  assert.deepEqual(
    texts.map(({ text, xanchor }) => [text, xanchor]),
    [
      ["late", "right"],
      ["half", "left"],
      ["late", "right"],
      ["half", "left"],
    ],
  );
});

test("marks' texts do not lie upon each other: the last one stands for those before", () => {
  /** @type {(marks: [number, string][]) => [text: unknown, hovertext: unknown][]} */
  const texts = (marks) => {
    const { annotations } = layoutOf(chart({ marks, total: 1000 }));
    const all = Array.isArray(annotations) ? annotations : [];
    return all.slice(2, 2 + (all.length - 2) / 2).map(({ text, hovertext }) => [text, hovertext]);
  };
  assert.deepEqual(
    texts([
      [100, "rate 0.1"],
      [102, "rate 0.2"],
      [104, "rate 0.3"],
      [400, "rate 1"],
      [900, "rate 2"],
    ]),
    [
      ["rate 2", undefined],
      ["rate 1", undefined],
      ["rate 0.3 (+2)", "step 100: rate 0.1<br>step 102: rate 0.2<br>step 104: rate 0.3"],
    ],
  );
});

test("a rate has an axis of its own on the right, seen with it alone", () => {
  const traces = [...message.spec.traces, { ...message.spec.traces[0], right: true, shown: false }];
  const spec = { ...message.spec, traces };
  const hidden = new Set([3]);
  assert.equal(traceOf(chart({ spec }), 3).yaxis, "y3");
  assert.equal(layoutOf(chart({ spec, hidden }))["yaxis3.visible"], false);
  const shown = layoutOf(chart({ spec }));
  assert.equal(shown["yaxis3.visible"], true);
  /** @type {(layout: import("../_kernel/plotly.js").Changes) => number} */
  const gap = (layout) => Number(Reflect.get(Object(layout["xaxis2.domain"]), 0));
  assert.ok(gap(shown) > gap(layoutOf(chart({ spec, hidden }))), "there is room for its numbers");
  assert.deepEqual(rowsOf(chart({ spec, log: true }), 3).y.at(-1), 0, "it has no floor");
  assert.equal(layoutOf(chart())["yaxis3.visible"], undefined);
});

test("legends stand below their panels, under the name of the steps if there is one", () => {
  for (const wide of [true, false]) {
    const layout = layoutOf(chart({ wide, width: wide ? 1000 : 390, height: wide ? 304 : 440 }));
    for (const [y, legend] of [
      ["yaxis", "legend"],
      ["yaxis2", "legend2"],
    ]) {
      const bottom = Number(Reflect.get(Object(layout[`${y}.domain`]), 0));
      assert.ok(Number(layout[`${legend}.y`]) < bottom, `${legend} ${wide}`);
    }
  }
});

test("an axis is cut where outliers would flatten it, and says what lies above", () => {
  const clip = { limit: 3, text: "1 batch above, up to 2,000" };
  /** @type {(changes: Partial<Content>) => [range: unknown, texts: unknown[]]} */
  const seen = (changes) => {
    const layout = layoutOf(chart({ clip, ...changes }));
    /** @type {{ name?: string, text: string, yref: string }[]} */
    const all = Array.isArray(layout.annotations) ? layout.annotations : [];
    const marks = all.filter(({ name }) => name === CUT);
    return [layout["yaxis.range"] ?? layout["yaxis.autorange"], marks.map((m) => m.text)];
  };
  assert.deepEqual(seen({}), [[0, 3], ["1 batch above, up to 2,000 · <u>show all</u>"]]);
  assert.deepEqual(seen({ unclipped: true }), [
    true,
    ["1 batch above, up to 2,000 · <u>cut again</u>"],
  ]);
  assert.deepEqual(seen({ log: true }), [true, []]);
  assert.deepEqual(seen({ clip: null }), [true, []]);
});

test("the second panel is zoomed with the first", () => {
  const layout = fixedLayout(chart());
  /** @type {(name: string) => unknown} */
  const matches = (name) => Object.entries(layout[name] ?? {}).find(([key]) => key === "matches");
  assert.deepEqual([matches("xaxis"), matches("xaxis2")], [undefined, ["matches", "x"]]);
});

test("flat keys become nested ones", () => {
  assert.deepEqual(nest({ "a.b": 1, "a.c.d": 2, e: [3] }), { a: { b: 1, c: { d: 2 } }, e: [3] });
});
