// The live chart on a fake page: rows that come, are lost and asked for, and what is drawn of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mount, onNewPages, page } from "#testing/fake_page.js";
import { fakePlotly, loaded } from "#testing/fake_plotly.js";
import { golden } from "#testing/golden.js";
import liveChart from "./live_chart.js";

/** @typedef {import("./live_chart.js").Message} Message */
/** @typedef {import("./rows.js").Rows} Rows */

const HEIGHTS = /** @type {[number, number]} */ ([380, 620]);
/** @type {{ message: Message & { whole: true } }} */
const { message: sent } = golden("rows");
const WHOLE = { ...sent, heights: HEIGHTS };
const { spec: _, plotly: __, ...AGAIN } = { ...WHOLE, whole: /** @type {const} */ (false) };

/** @type {(rows: Partial<Rows>) => { train: Rows }} */
const trainRows = (rows) => ({ train: { ...WHOLE.tables.train, ...rows } });
const LAST_ROW = { start: 3, n: 1, x: /** @type {[number, number]} */ ([9, 1]) };
const UPDATE = { ...AGAIN, tables: trainRows({ ...LAST_ROW, columns: { loss: "AACAPg==" } }) };

async function chart(message = WHOLE) {
  const plotly = fakePlotly();
  const made = mount(liveChart);
  made.parent.rect = { left: 0, top: 0, width: 1000, height: 380 };
  made.give(message);
  page.frame();
  await loaded();
  page.frame();
  const root = made.parent.one(".sp-chart");
  /** @param {Message} next */
  const give = (next) => {
    made.give(next);
    page.frame();
  };
  const questions = () => made.sent.map(([name, value]) => [name, value]);
  return { ...made, ...plotly, root, give, again: made.give, questions };
}

onNewPages(import.meta.filename, ({ mock }) => mock.timers.enable({ apis: ["setTimeout"] }));

test("a whole window is drawn once, and updates change what is there", async () => {
  const { root, give, names, last, questions } = await chart();
  assert.deepEqual(names(), ["newPlot"]);
  assert.deepEqual(last().data?.[0].y, [2, 1.5, 1, 0.5]);
  assert.equal(last().layout?.uirevision, "A");
  assert.deepEqual(
    [root.dataset.run, root.dataset.rows, root.dataset.seq],
    ["A", "train:4 test:3", "1"],
  );
  assert.equal(root.getAttribute("aria-label"), "Live chart of loss and accuracy");
  give({ ...UPDATE, seq: 2 });
  assert.deepEqual(names(), ["newPlot", "update"]);
  const [traces, layout] = last().changes;
  assert.deepEqual([traces.x, traces.y], [[[1, 2, 5, 9]], [[2, 1.5, 1, 0.25]]]);
  assert.deepEqual(layout, {});
  assert.deepEqual([root.dataset.rows, root.dataset.seq], ["train:4 test:3", "2"]);
  assert.deepEqual(questions(), []);
});

test("panels stand side by side where they would have no room upon each other", async () => {
  const { root, last } = await chart();
  const resized = /** @type {(entries: object[]) => void} */ (page.sizes.get(root));
  /** @param {number} height */
  const domainsAt = (height) => {
    root.rect = { left: 0, top: 0, width: 700, height };
    resized([{ contentRect: { width: 700 } }]);
    page.frame();
    const [changes] = last().changes;
    return [changes["xaxis.domain"], changes["yaxis.domain"]];
  };
  assert.deepEqual(domainsAt(620)[0], [0, 1]);
  assert.deepEqual(domainsAt(250)[1], [0, 1]); // of a low screen, which the chart fills
});

test("only what has changed is sent to Plotly", async () => {
  const { give, names, last } = await chart();
  give({ ...UPDATE, seq: 2, tables: {}, log: true });
  const [traces, layout, panel] = last().changes;
  assert.deepEqual(traces.y, [
    [2, 0.5, 0.25, 1e-8],
    [1, 0.5, Math.fround(1 / 3)],
  ]);
  assert.deepEqual(
    [Object.keys(layout), panel],
    [
      ["yaxis.type", "annotations"],
      [0, 1],
    ],
  );
  give({ ...UPDATE, seq: 3, tables: {}, log: true });
  assert.deepEqual(names(), ["newPlot", "update"]);
});

test("a hole is reported once, and again if no answer comes", async ({ mock }) => {
  const { give, questions } = await chart();
  give({ ...UPDATE, seq: 3, tables: trainRows({ start: 6, total: 8 }) });
  give({ ...UPDATE, seq: 4, tables: trainRows({ start: 6, total: 8 }) });
  assert.deepEqual(questions(), [["resync", { run: "A", seq: 3 }]]);
  mock.timers.tick(1500);
  assert.equal(questions().length, 2);
  mock.timers.tick(2999);
  assert.equal(questions().length, 2);
  mock.timers.tick(1);
  assert.deepEqual(questions().at(-1), ["resync", { run: "A", seq: 4 }]);
  for (let i = 0; i < 9; i++) mock.timers.tick(30000);
  const { length } = questions();
  assert.ok(length >= 11, "every 30 seconds at least");
  give({ ...WHOLE, seq: 5 });
  mock.timers.tick(60000);
  assert.equal(questions().length, length);
});

test("rows that the server still has are asked for if no message brings them", async ({ mock }) => {
  const { give, questions } = await chart();
  give({ ...UPDATE, seq: 2, tables: trainRows({ total: 9 }) });
  mock.timers.tick(1499);
  give({ ...UPDATE, seq: 3, tables: trainRows({ total: 9 }) }); // a run that goes on
  mock.timers.tick(1499);
  assert.deepEqual(questions(), []);
  mock.timers.tick(1); // nothing has come for a while: the ticks have ended
  assert.deepEqual(questions(), [["resync", { run: "A", seq: 3 }]]);
  give({ ...WHOLE, seq: 4 });
  mock.timers.tick(60000);
  assert.equal(questions().length, 1);
});

test("rows of an unknown run change nothing and ask for all", async () => {
  const { root, give, names, questions } = await chart();
  give({ ...UPDATE, run: "B", seq: 9 });
  assert.deepEqual(questions(), [["resync", { run: "B", seq: 9 }]]);
  assert.deepEqual([root.dataset.run, root.dataset.seq], ["A", "1"]);
  assert.deepEqual(names(), ["newPlot"]);
});

test("another run starts again in the same node, with no curve hidden", async () => {
  const { parent, give, names, last, calls } = await chart();
  const plot = parent.one(".sp-chart-plot");
  plot.focus();
  plot.fire("keydown", { key: "1" });
  give({ ...WHOLE, seq: 2, run: "A" });
  plot.fire("keydown", { key: "1" });
  assert.deepEqual(names(), ["newPlot", "restyle", "update", "restyle"]);
  Object.assign(last().plot.data[0], { visible: "legendonly" }); // as Plotly's restyle does
  give({
    ...WHOLE,
    seq: 1,
    run: "B",
    tables: { ...WHOLE.tables, ...trainRows({ n: 2, total: 2 }) },
  });
  assert.equal(last().name, "react");
  assert.equal(last().plot, calls[0].plot);
  assert.deepEqual(
    last().data?.map(({ visible }) => visible),
    [true, true, true],
  );
  assert.equal(last().layout?.uirevision, "B");
});

test("another run of an untouched chart is a change of what is there", async () => {
  const { root, give, names, last } = await chart();
  const begun = trainRows({ n: 2, total: 2, x: [1, 1] });
  give({ ...WHOLE, seq: 2, run: "B", tables: { ...WHOLE.tables, ...begun } });
  assert.deepEqual(names(), ["newPlot", "update"]);
  const [traces, layout, changed] = last().changes;
  assert.deepEqual(
    /** @type {number[][]} */ (traces.x).map((x) => x.length),
    WHOLE.spec.traces.map(({ table }) => (table === "train" ? 2 : 3)),
  );
  assert.deepEqual([layout, changed], [{ uirevision: "B" }, [0, 1, 2]]);
  assert.deepEqual([root.dataset.run, root.dataset.rows], ["B", "train:2 test:3"]);
});

test("while a run has no rows yet, an empty chart is left as it is", async () => {
  const none = { start: 0, n: 0, total: 0 };
  const empty = {
    train: { ...WHOLE.tables.train, ...none },
    test: { ...WHOLE.tables.test, ...none },
  };
  const { root, give, names, last } = await chart({ ...WHOLE, run: "", tables: empty });
  give({ ...WHOLE, run: "B", tables: empty });
  assert.deepEqual(names(), ["newPlot", "relayout"]);
  assert.deepEqual(last().changes, [{ uirevision: "B" }]);
  assert.equal(root.dataset.run, "B");
});

for (const [name, touch] of /** @type {const} */ ([
  ["a zoom", { xaxis: { range: [3, 6] } }],
  ["a zoom of the accuracy alone", { yaxis2: { range: [0.5, 1] } }],
  ["a zoom of an axis that follows the data", { yaxis: { autorange: false } }],
]))
  test(`${name} ends with its run`, async () => {
    const { give, last } = await chart();
    Object.assign(last().plot.layout, touch);
    give({ ...WHOLE, run: "B", seq: 1 });
    assert.equal(last().name, "react");
  });

test("a curve that is hidden at first is shown from the legend, and stays for the next run", async () => {
  const traces = WHOLE.spec.traces.map((trace, i) => (i ? trace : { ...trace, shown: false }));
  const whole = { ...WHOLE, spec: { ...WHOLE.spec, traces } };
  const { give, last, report } = await chart(whole);
  const visible = () => last().data?.map((trace) => trace.visible);
  assert.deepEqual(visible(), ["legendonly", true, true]);
  Object.assign(last().plot.data[0], { visible: true });
  Object.assign(last().plot.data[1], { visible: "legendonly" });
  report("plotly_restyle"); // as after two clicks
  page.frame();
  give({ ...whole, run: "B", seq: 1 });
  assert.deepEqual(visible(), [true, true, true]);
});

test("a curve with an axis of its own that is shown by its key has its axis", async () => {
  const own = { shown: false, right: true };
  const traces = WHOLE.spec.traces.map((trace, i) => (i ? trace : { ...trace, ...own }));
  const { parent, last, report } = await chart({ ...WHOLE, spec: { ...WHOLE.spec, traces } });
  const [plot, { data }] = [parent.one(".sp-chart-plot"), last().plot];
  plot.focus();
  plot.fire("keydown", { key: "1" });
  assert.deepEqual([last().name, last().changes[0]], ["restyle", { visible: true }]);
  Object.assign(data[0], { visible: true }); // as Plotly does
  report("plotly_restyle");
  page.frame();
  assert.equal(last().changes[0]["yaxis3.visible"], true);
});

test("nothing is drawn while something is dragged, and then all of it", async ({ mock }) => {
  const { parent, root, give, names } = await chart();
  parent.one(".sp-chart-plot").fire("pointerdown", { button: 0 });
  give({ ...UPDATE, seq: 2 });
  assert.deepEqual([names(), root.dataset.seq], [["newPlot"], "1"]);
  page.window.fire("pointerup");
  mock.timers.tick(0);
  page.frame();
  assert.deepEqual([names(), root.dataset.seq], [["newPlot", "update"], "2"]);
  parent.one(".sp-chart-plot").fire("pointerdown", { button: 2 }); // a menu
  give({ ...UPDATE, seq: 3 });
  assert.equal(root.dataset.seq, "3");
});

test("a zoom stays through updates until all is shown", async () => {
  const { give, last, report } = await chart();
  last().plot.layout.xaxis.range = [3, 6];
  give({ ...UPDATE, seq: 2, total: 40 });
  assert.deepEqual(last().changes[1]["xaxis.range"], undefined);
  report("plotly_doubleclick");
  page.frame();
  assert.deepEqual(last().changes[0]["xaxis.range"], [0, 40]);
});

test("a press on what lies above shows it, and another cuts again, until the next run", async () => {
  const clip = { limit: 3, text: "1 batch above, up to 2,000" };
  const { parent, give, last, report } = await chart({ ...WHOLE, clip });
  assert.deepEqual(Reflect.get(last().layout?.yaxis ?? {}, "range"), [0, 3]);
  report("plotly_clickannotation", { annotation: { name: "another" } });
  page.frame();
  assert.equal(last().name, "newPlot");
  report("plotly_clickannotation", { annotation: { name: "cut" } });
  page.frame();
  assert.equal(last().changes[0]["yaxis.autorange"], true);
  parent.one(".sp-chart-plot").fire("keydown", { key: "y" });
  page.frame();
  assert.deepEqual(last().changes[0]["yaxis.range"], [0, 3]);
  report("plotly_clickannotation", { annotation: { name: "cut" } });
  page.frame();
  give({ ...WHOLE, clip, run: "B", seq: 1 });
  assert.deepEqual(Reflect.get(last().layout?.yaxis ?? {}, "range"), [0, 3]);
});

test("while the axis stays where it is, Plotly is told nothing of it", async () => {
  const clip = { limit: 3, text: "1 batch above, up to 2,000" };
  const { give, last } = await chart({ ...WHOLE, clip });
  give({ ...UPDATE, seq: 2, clip });
  assert.deepEqual(last().changes[1], {});
  last().plot.layout.xaxis.range = [3, 6];
  give({ ...UPDATE, seq: 3, clip: { ...clip, limit: 5 } });
  assert.deepEqual(last().changes[1]["yaxis.range"], undefined, "a zoom stays as it is");
});

test("a zoom does not outlive its run, and the alternative text follows", async () => {
  const { parent, give } = await chart();
  const alt = parent.one(".sp-chart-alt");
  assert.equal(alt.textContent, "Loss 0.5");
  give({ ...UPDATE, seq: 2, alt: "Loss 0.25" });
  assert.equal(alt.textContent, "Loss 0.25");
  assert.equal(
    parent.one(".sp-chart").getAttribute("aria-describedby"),
    alt.getAttribute("id") ?? Reflect.get(alt, "id"),
  );
});

test("colours and layout follow the theme", async () => {
  const { give, last } = await chart();
  page.css["--st-background-color"] = "#101010";
  give({ ...UPDATE, seq: 2, tables: {} });
  const [traces, layout] = last().changes;
  const { colours, traces: curves } = WHOLE.spec;
  assert.deepEqual(
    traces["line.color"],
    curves.map(({ role }) => colours[role][1]),
  );
  assert.equal(layout.paper_bgcolor, "#101010");
});

test("without a library there is a way to try again", async () => {
  const plotly = fakePlotly();
  Object.assign(page.window, { spPlotly: Promise.reject(new Error("lost")) });
  const { parent, give } = mount(liveChart);
  give(WHOLE);
  page.frame();
  await loaded();
  assert.match(parent.one(".sp-chart-wait").textContent, /^The chart could not be loaded/);
  const { names } = { ...plotly, ...fakePlotly() };
  parent.button("Retry").click();
  await loaded();
  page.frame();
  assert.deepEqual(names(), ["newPlot"]);
  assert.equal(parent.one(".sp-chart-wait").textContent, "");
});

test("unmounting takes everything away and asks no more", async ({ mock }) => {
  const { parent, give, again, questions, names } = await chart();
  give({ ...UPDATE, seq: 3, tables: trainRows({ start: 6, total: 8 }) });
  const destroy = again(WHOLE);
  again({ ...UPDATE, seq: 3, tables: trainRows({ start: 6, total: 8 }) });
  assert.equal(questions().length, 2);
  parent.remove();
  destroy?.();
  destroy?.();
  assert.deepEqual(parent.children, []);
  mock.timers.tick(60000);
  page.frame();
  assert.equal(questions().length, 2);
  assert.deepEqual(names(), ["newPlot", "purge"]);
  assert.equal(mount(liveChart).give(), undefined, "without data nothing is mounted");
});
