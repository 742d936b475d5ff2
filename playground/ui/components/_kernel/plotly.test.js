import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeElement, onNewPages, page } from "#testing/fake_page.js";
import { loadPlotly } from "./plotly.js";

onNewPages(import.meta.filename);

function pageWithHead() {
  const { window, document } = page;
  const head = new FakeElement("head");
  Object.assign(document, { head });
  return { window, head };
}

test("plotly.js is fetched once for all", async () => {
  const { window, head } = pageWithHead();
  const [first, second] = [loadPlotly("/plotly.js"), loadPlotly("/plotly.js")];
  assert.equal(head.children.length, 1);
  assert.equal(Reflect.get(head.children[0], "src"), "/plotly.js");
  const Plotly = {};
  Object.assign(window, { Plotly });
  head.children[0].fire("load");
  assert.equal(await first, Plotly);
  assert.equal(await second, Plotly);
});

test("a script that fails is taken away, so that it can be tried again", async () => {
  const { head } = pageWithHead();
  const lost = loadPlotly("/plotly.js");
  head.children[0].fire("error");
  await assert.rejects(lost, /Cannot load \/plotly\.js/);
  assert.equal(head.children.length, 0);
  const empty = loadPlotly("/plotly.js");
  head.children[0].fire("load"); // something else came
  await assert.rejects(empty, /Cannot load/);
});
