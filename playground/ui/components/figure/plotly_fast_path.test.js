// Moving what Plotly has drawn, on nodes that are found as Plotly's would be.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeElement, onNewPages } from "#testing/fake_page.js";
import { moveNodes, uncover } from "./plotly_fast_path.js";

/** @typedef {import("./changes.js").Edit} Edit */
/** @typedef {import("../_kernel/plotly.js").PlotNode} PlotNode */

/** Nodes that answer to fixed selectors. */
class Group extends FakeElement {
  /** @type {{ [selector: string]: FakeElement[] }} */
  found = {};

  /** @param {string} selector */
  querySelector(selector) {
    return this.querySelectorAll(selector)[0] ?? super.querySelector(selector);
  }

  /** @param {string} selector */
  querySelectorAll(selector) {
    return this.found[selector] ?? this.all(selector);
  }
}

/** @type {(count: number, tag?: string) => FakeElement[]} */
const nodes = (count, tag = "path") => Array.from({ length: count }, () => new FakeElement(tag));

/** @type {(node: FakeElement, ...names: string[]) => (string | null)[]} */
const read = (node, ...names) => names.map((name) => node.getAttribute(name));

/** A panel of 100 × 100 px from 0 to 1 (to 10 along x2), up as on a page. */
const across = { _offset: 0, _length: 100, d2p: (/** @type {number} */ x) => 100 * x };
const up = { _offset: 0, _length: 100, d2p: (/** @type {number} */ y) => 100 - 100 * y };
const wide = { _offset: 0, _length: 100, d2p: (/** @type {number} */ x) => 10 * x };
const AXES = Object.fromEntries(
  Object.entries({ xaxis: across, yaxis: up, xaxis2: wide, yaxis2: up }).map(([name, axis]) => [
    name,
    { ...axis, c2p: axis.d2p },
  ]),
);

/** @type {(trace: object, found: Group["found"]) => { plot: PlotNode, move: (edit: Edit) => boolean }} */
function drawn(trace, found) {
  const made = Object.assign(new Group("div"), { data: [trace], _fullLayout: AXES });
  made.found = found;
  const plot = /** @type {PlotNode} */ (/** @type {unknown} */ (made));
  return { plot, move: (edit) => moveNodes(plot, { 0: edit }) };
}

/** @type {(mode: string, more?: object) => { trace: object, group: Group }} */
function scatter(mode, more = {}) {
  const group = new Group("g");
  return { trace: { type: "scatter", uid: "sp0", mode, ...more }, group };
}

onNewPages(import.meta.filename);

test("a line goes where its points are, and ends far beyond the panel at most", () => {
  const { trace, group } = scatter("lines");
  const [path] = nodes(1);
  group.found = { ".lines .js-line": [path] };
  const { move } = drawn(trace, { ".scatterlayer .tracesp0": [group] });
  assert.ok(move({ x: [0, 0.5, 1], y: [0, 1, 0.25] }));
  assert.deepEqual(read(path, "d"), ["M0.00,100.00L50.00,0.00L100.00,75.00"]);
  assert.ok(move({ x: [0, 1], y: [1e6, -1e6] }));
  assert.deepEqual(read(path, "d"), ["M0.00,-9999.00L100.00,10000.00"]);
  assert.ok(move({ x: [], y: [] }));
  assert.deepEqual(read(path, "d"), ["M0,0"]);
  assert.ok(!move({ x: [0, 1], y: [0, NaN] }), "a gap");
});

test("a line that has no node yet can be moved only while it has no length", () => {
  const { trace, group } = scatter("lines");
  const { move } = drawn(trace, { ".scatterlayer .tracesp0": [group] });
  assert.ok(move({ x: [1], y: [1] }));
  assert.ok(!move({ x: [0, 1], y: [0, 1] }));
  assert.ok(!drawn(trace, {}).move({ x: [1], y: [1] }), "nor without the trace");
});

test("markers and labels go along, on the axes of their trace", () => {
  const { trace, group } = scatter("markers+text", { xaxis: "x2", yaxis: "y2" });
  const [markers, labels] = [nodes(2), nodes(2, "text")];
  group.found = { ".points .point": markers, ".textpoint text": labels };
  const { move } = drawn(trace, { ".scatterlayer .tracesp0": [group] });
  assert.ok(move({ x: [1, 10], y: [0, 1], text: ["a", "b"], customdata: [[1], [2]] }));
  assert.deepEqual(read(markers[1], "transform"), ["translate(100.00,0.00)"]);
  assert.deepEqual(read(labels[0], "x", "y"), ["10.00", "100.00"]);
  assert.deepEqual(
    labels.map(({ textContent }) => textContent),
    ["a", "b"],
  );
  assert.ok(move({ text: ["c", "d"] }), "words alone");
  assert.deepEqual([labels[1].textContent, ...read(labels[0], "x")], ["d", "10.00"]);
});

test("nothing at all is moved if one thing cannot be", () => {
  const { trace, group } = scatter("markers+text", { text: ["a", "b"] });
  const [markers, labels] = [nodes(2), nodes(2, "text")];
  group.found = { ".points .point": markers, ".textpoint text": labels };
  const { move, plot } = drawn(trace, { ".scatterlayer .tracesp0": [group] });
  const places = { x: [0, 1], y: [0, 1] };
  assert.ok(!move({ x: [0, 1, 1], y: [0, 1, 1] }), "more points");
  assert.ok(!move({ ...places, text: ["a"] }), "fewer labels");
  assert.ok(!move({ ...places, text: ["a", "p<sub>1</sub>"] }), "a label with parts");
  assert.ok(!move({ ...places, text: ["a", "cats &amp; dogs"] }), "a sign that Plotly reads");
  assert.ok(!move({ x: [0, 1.5], y: [0, 1] }), "outside of the panel, where Plotly draws none");
  plot._fullLayout = {};
  assert.ok(!move(places), "no axes");
  plot.data[0].type = "violin";
  assert.ok(!move(places), "another kind of trace");
  assert.deepEqual(
    markers.flatMap((node) => read(node, "transform")),
    [null, null],
  );
  assert.deepEqual(
    labels.map(({ textContent }) => textContent),
    ["", ""],
  );
});

test("bars keep their edges and get another height", () => {
  const bars = [0, 1].map((k) => {
    const [firstElementChild] = nodes(1);
    const data = { p0: 0.5 * k, p1: 0.5 * k + 0.25 };
    return Object.assign(new FakeElement("g"), { firstElementChild, __data__: data });
  });
  const group = Object.assign(new Group("g"), { __data__: [{ trace: { uid: "sp0" } }] });
  group.found = { ".point": bars };
  const other = Object.assign(new Group("g"), { __data__: [{ trace: { uid: "sp1" } }] });
  const found = { ".barlayer .trace": [other, new Group("g"), group] };
  const { move } = drawn({ type: "bar", uid: "sp0" }, found);
  assert.ok(move({ y: [0.5, -0.25] }));
  const paths = bars.flatMap(({ firstElementChild }) => read(firstElementChild, "d"));
  assert.deepEqual(paths, [
    "M0.00,100.00V50.00H25.00V100.00Z",
    "M50.00,100.00V125.00H75.00V100.00Z",
  ]);
  assert.ok(!move({ y: [1] }), "another bar");
  assert.ok(!move({ y: [1, NaN] }), "a gap");
});

test("the label above a bar goes with it and says its number", () => {
  const bar = Object.assign(new FakeElement("g"), { __data__: { p0: 0, p1: 1 } });
  const [path] = nodes(1);
  const [label] = nodes(1, "text");
  bar.append(path, label);
  Object.assign(bar, { firstElementChild: path });
  path.setAttribute("d", "M0,100V50H100V100Z");
  label.setAttribute("transform", "translate(50,46)");
  const group = Object.assign(new Group("g"), { __data__: [{ trace: { uid: "sp0" } }] });
  group.found = { ".point": [bar] };
  const trace = { type: "bar", uid: "sp0", text: ["50"] };
  const { move } = drawn(trace, { ".barlayer .trace": [group] });
  assert.ok(move({ y: [0.75], text: ["75"] }));
  assert.deepEqual(read(label, "transform"), ["translate(50,21.00)"]);
  assert.equal(label.textContent, "75");
  assert.ok(!move({ y: [0.5], text: ["<b>5</b>"] }), "markup is Plotly's");
  label.remove();
  assert.ok(!move({ y: [0.5], text: ["50"] }), "no label yet");
});

test("cells are covered once, and then coloured by sign and size", () => {
  const group = new Group("g");
  const [image, labels] = [new FakeElement("image"), nodes(4, "text")];
  /** @type {FakeElement[]} */
  const covers = [];
  Object.assign(image, { after: (/** @type {FakeElement} */ node) => void covers.push(node) });
  group.found = { ".heatmap-label text": labels, image: [image] };
  const colorscale = [
    [0, "blue"],
    [0.5, "white"],
    [1, "orange"],
  ];
  const trace = { type: "heatmap", uid: "sp0", colorscale, xgap: 2, ygap: 0 };
  const { move } = drawn(trace, { ".heatmaplayer .hm": [group] });
  /** @type {Edit} */
  const edit = {
    z: [
      [0.5, -0.25],
      [-0.5, 0.5],
    ],
    zmax: 0.5,
    text: [
      ["a", "b"],
      ["c", "d"],
    ],
  };
  assert.ok(move(edit));
  assert.equal(covers.length, 1);
  const [back, ...cells] = covers[0].children;
  assert.deepEqual(read(back, "width", "height", "fill"), ["100", "100", "white"]);
  assert.deepEqual(read(cells[1], "d", "fill", "fill-opacity"), [
    "M51,50H149V150H51Z",
    "blue",
    "0.5000",
  ]);
  assert.deepEqual(read(cells[0], "fill", "fill-opacity"), ["orange", "1.0000"]);
  assert.deepEqual(
    labels.map(({ textContent }) => textContent),
    ["a", "b", "c", "d"],
  );
  group.found[".sp-cells"] = covers;
  assert.ok(move({ ...edit, zmax: 1 }));
  assert.equal(covers.length, 1);
  assert.deepEqual(read(cells[0], "fill-opacity"), ["0.5000"]);
  assert.ok(!move({ ...edit, text: [["a"]] }), "other cells");
  trace.colorscale = colorscale.slice(1);
  assert.ok(!move(edit), "another scale");
});

test("the cover goes when Plotly has drawn", () => {
  const cover = new FakeElement("g");
  const root = new FakeElement("div");
  root.append(cover);
  const { plot } = drawn({ type: "heatmap" }, { ".sp-cells": [cover] });
  uncover(plot);
  assert.deepEqual(root.children, []);
  uncover(drawn({ type: "heatmap" }, {}).plot);
});
