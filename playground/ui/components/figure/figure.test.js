// A figure on a fake page, whose Plotly draws nothing: what it is told, and when.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeElement, mount, onNewPages, page } from "#testing/fake_page.js";
import { fakePlotly, loaded } from "#testing/fake_plotly.js";
import { golden } from "#testing/golden.js";
import { fileName } from "../_kernel/plotly.js";
import figure from "./figure.js";

/** @typedef {import("./figure.js").Message & import("./kinds.js").Given} Message */
/** @typedef {import("./kinds.js").Preview} Preview */

/** @type {{ name: string, before: Message, frames: { preview: Preview, after: Message }[] }[]} */
const drags = golden("figures");

/** @param {string} name */
async function shown(name) {
  const { before, frames } = drags.find((drag) => drag.name.startsWith(name)) ?? drags[0];
  const plotly = fakePlotly();
  const made = mount(figure);
  made.give(before);
  page.frame();
  await loaded();
  page.frame();
  const root = made.parent.one(".sp-figure");
  /** @param {unknown} detail */
  const announce = (detail) => {
    page.window.fire("sp-preview", { detail });
    page.frame();
  };
  return { ...made, ...plotly, before, frames, root, announce };
}

onNewPages(import.meta.filename, ({ mock }) => mock.timers.enable({ apis: ["setTimeout"] }));

test("a figure is drawn once, in the theme's colours, and says what it shows", async () => {
  const { root, names, last, before } = await shown("temperature, 3");
  assert.deepEqual(names(), ["newPlot"]);
  assert.deepEqual(
    last().data?.map(({ uid }) => uid),
    [0, 1, 2, 3, 4].map((i) => `sp${i}`),
  );
  assert.ok(!JSON.stringify([last().data, last().layout]).includes('"light"'));
  assert.match(root.dataset.shown, /^values .*; temperature 1$/);
  assert.equal(root.dataset.received, "1");
  assert.equal(root.getAttribute("aria-label"), before.label);
});

test("the same message again, and another figure's drag, draw nothing", async () => {
  const { give, announce, names, before, frames } = await shown("temperature, 3");
  give(before);
  page.frame();
  announce({ ...frames[1].preview, key: "other" });
  announce(undefined);
  announce({ ...frames[1].preview, values: [1] });
  assert.deepEqual(names(), ["newPlot"]);
});

test("a preview is drawn and said, and the answer says the same", async () => {
  const { give, announce, root, last, frames } = await shown("jacobian, 3");
  const { preview, after } = frames[1];
  announce({ ...preview, settled: false });
  const { z } = last().data?.[0] ?? {};
  const said = root.dataset.shown;
  assert.match(said, /^values /);
  announce({ ...preview, settled: true });
  give(after);
  page.frame();
  assert.equal(root.dataset.shown, said);
  assert.equal(root.dataset.received, "2");
  assert.deepEqual(last().data?.[0].z, z);
});

test("a drag goes on over an answer to something else; its end is answered", async () => {
  const { give, announce, root, before, frames } = await shown("jacobian, 3");
  announce({ ...frames[1].preview, settled: false });
  const said = root.dataset.shown;
  give(structuredClone(before));
  page.frame();
  assert.equal(root.dataset.shown, said);
  announce({ ...frames[1].preview, settled: true });
  give(structuredClone(before));
  page.frame();
  assert.notEqual(root.dataset.shown, said);
});

test("an answer with other classes ends a drag", async () => {
  const { give, announce, root, frames } = await shown("jacobian, 3");
  announce({ ...frames[1].preview, settled: false });
  const { before } = drags.find(({ name }) => name.startsWith("jacobian, 5")) ?? drags[0];
  give(before);
  page.frame();
  assert.equal(root.dataset.shown?.split(";")[0].split(",").length, 5);
});

test("the path of a drag stays over its answer, until the next drag", async () => {
  const { give, announce, last, frames } = await shown("simplex");
  /** @type {(first: number, settled?: boolean) => void} */
  const drag = (first, settled = false) =>
    announce({ ...frames[0].preview, values: [first, 1, 0.1], settled });
  const length = () => last().data?.[7].x?.length;
  for (const first of [2, 1, 0]) drag(first);
  drag(-1, true);
  assert.equal(length(), 4);
  give(frames[1].after);
  page.frame();
  assert.equal(length(), 4);
  drag(2);
  assert.equal(length(), 1);
});

test("a figure out of sight is drawn when there is time, or when it comes into sight", async ({
  mock,
}) => {
  const { root, give, frames, names } = await shown("jacobian, 3");
  page.sights.get(root)?.(false);
  give(frames[1].after);
  page.frame();
  assert.equal(root.dataset.received, "1");
  mock.timers.tick(250);
  page.frame();
  assert.equal(root.dataset.received, "2");
  give(frames[2].after);
  page.sights.get(root)?.(true);
  page.frame();
  assert.equal(root.dataset.received, "3");
  assert.deepEqual(new Set(names()), new Set(["newPlot", "react"]));
});

/** A figure that Python has drawn. */
const DRAWN = {
  label: "Runs side by side",
  alt: "Two runs",
  height: 320,
  follows: "bench",
  plotly: "/assets/plotly.js",
  figure: {
    data: [{ type: "scatter", x: [0], y: [0], line: { color: { light: "#fff", dark: "#000" } } }],
    layout: { xaxis: { domain: [0, 0.4] }, annotations: [{ text: "Loss" }] },
  },
  narrow: { height: 500, layout: { "xaxis.domain": [0, 1], "annotations[0].text": "Changed" } },
};

test("a figure that Python has drawn is shown as it is, and follows no preview", async () => {
  const plotly = fakePlotly();
  const { parent, give } = mount(figure);
  give({ ...DRAWN, narrow: null });
  page.frame();
  await loaded();
  page.frame();
  const root = parent.one(".sp-figure");
  assert.equal(root.style.height, "320px");
  assert.deepEqual(plotly.last().data?.[0].line, { color: "#fff" });
  assert.equal(root.dataset.shown, "Two runs");
  page.window.fire("sp-preview", { detail: { key: "bench", values: [1, 2] } });
  page.frame();
  assert.equal(root.dataset.shown, "Two runs");
  assert.deepEqual(plotly.names(), ["newPlot"]);
});

test("Plotly is told what has moved without it, once, when nothing moves any more", async ({
  mock,
}) => {
  const plotly = fakePlotly();
  const { parent, give } = mount(figure);
  /** @param {number} x */
  const at = (x) => {
    const data = [{ type: "scatter", mode: "lines", x: [x], y: [0] }]; // of one point: no node
    give({ ...DRAWN, figure: { ...DRAWN.figure, data } });
    page.frame();
  };
  at(0);
  await loaded();
  page.frame();
  const axis = { _length: 100, d2p: Number, c2p: Number };
  Object.assign(parent.one(".sp-figure-plot"), {
    querySelector: () => new FakeElement("g"),
    _fullLayout: { xaxis: axis, yaxis: axis },
  });
  at(1);
  assert.equal(parent.one(".sp-figure").dataset.received, "2");
  mock.timers.tick(100);
  at(2);
  mock.timers.tick(100);
  assert.deepEqual(plotly.names(), ["newPlot"]);
  mock.timers.tick(50);
  assert.deepEqual(plotly.names(), ["newPlot", "react"]);
  assert.deepEqual(plotly.last().data?.[0].x, [2]);
  at(2);
  mock.timers.tick(1000);
  assert.deepEqual(plotly.names(), ["newPlot", "react"]);
});

test("on a phone panels are arranged one above the other, at another height", async () => {
  const plotly = fakePlotly();
  const { parent, give } = mount(figure);
  give(DRAWN);
  page.frame();
  await loaded();
  page.frame();
  assert.equal(parent.one(".sp-figure").style.height, "500px");
  const { annotations, xaxis } = plotly.last().layout ?? {};
  assert.ok(JSON.stringify(annotations).includes("Changed"));
  assert.deepEqual(xaxis?.domain, [0, 1]);
});

test("what cannot be drawn is the server's, and ends the drag if it was its end", async () => {
  const { give, announce, root, before, frames } = await shown("shift, 3");
  const said = root.dataset.shown;
  announce({ ...frames[1].preview, settled: false });
  const dragged = root.dataset.shown;
  announce({ ...frames[1].preview, kind: "probabilities", settled: true });
  assert.equal(root.dataset.shown, dragged);
  give(structuredClone(before));
  page.frame();
  assert.equal(root.dataset.shown, said);
});

test("a finger scrolls the page, and the theme's colours follow in the same node", async () => {
  const { last, give, before, names } = await shown("temperature, 3");
  assert.notEqual(last().layout?.dragmode, false);
  page.stillness.matches = true; // every question of the page is answered with yes
  page.css["--st-background-color"] = "#101010";
  give(before);
  page.frame();
  assert.deepEqual(names(), ["newPlot", "react"]);
  assert.equal(last().layout?.dragmode, false);
  assert.equal(last().layout?.xaxis?.fixedrange, true);
  assert.equal(last().layout?.paper_bgcolor, "#101010");
});

test("a library that does not come can be asked for again", async () => {
  fakePlotly();
  Object.assign(page.window, { spPlotly: Promise.reject(new Error("lost")) });
  const { parent, give } = mount(figure);
  give(drags[0].before);
  page.frame();
  await loaded();
  assert.match(parent.one(".sp-figure-wait").textContent, /^The figure could not be loaded/);
  const { names } = fakePlotly();
  parent.button("Retry").click();
  await loaded();
  page.frame();
  assert.deepEqual(names(), ["newPlot"]);
});

test("unmounting takes everything away", async () => {
  const { parent, give, announce, names, before, frames } = await shown("jacobian, 3");
  const destroy = give(before);
  parent.remove();
  destroy?.();
  assert.deepEqual(parent.children, []);
  announce(frames[1].preview);
  assert.deepEqual(names(), ["newPlot", "purge"]);
  assert.equal(mount(figure).give(), undefined, "without data nothing is mounted");
});

test("a picture is named after its figure", () => {
  assert.equal(fileName("Loss and accuracy of the run"), "loss-and-accuracy-of-the-run");
  assert.equal(fileName(" (Größe: 3) "), "größe-3");
  assert.equal(fileName("…"), "figure");
  assert.equal(fileName("a".repeat(100)).length, 80);
});
