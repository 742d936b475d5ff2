// Large type for Plotly: what grows and what stays.

import assert from "node:assert/strict";
import { test } from "node:test";

import { grown } from "./projection_scale.js";

test("outside of projection mode a figure is the very same", () => {
  const figure = { layout: { font: { size: 14 } } };
  assert.equal(grown(figure, 1), figure);
});

test("type grows, to what can be read from the back of a room at least", () => {
  const figure = { font: { size: 14 }, title: { font: { size: 8 } }, tickfont: { size: 12 } };
  assert.deepEqual(grown(figure, 1.7), {
    font: { size: 14 * 1.7 },
    title: { font: { size: 20 } },
    tickfont: { size: 12 * 1.7 },
  });
});

test("lines, marks, margins and what is shifted grow as well", () => {
  const figure = {
    line: { width: 2 },
    marker: { size: 5, line: { width: 1 } },
    margin: { l: 40, t: 10 },
    annotations: [{ ax: 10, ay: -20, xshift: 3, yshift: 4, standoff: 5 }],
  };
  assert.deepEqual(grown(figure, 2), {
    line: { width: 4 },
    marker: { size: 10, line: { width: 2 } },
    margin: { l: 80, t: 20 },
    annotations: [{ ax: 20, ay: -40, xshift: 6, yshift: 8, standoff: 10 }],
  });
});

test("what is not measured in px stays", () => {
  const figure = {
    width: 300,
    size: 3,
    ax: null,
    x: [1, 2],
    domain: [0, 1],
    xaxis: { range: [0, 5], dtick: 1, title: "size" },
    visible: true,
    opacity: 0.5,
    empty: [],
  };
  assert.deepEqual(grown(figure, 2), figure);
});

test("paths as keys are read as nested parts are", () => {
  const flat = { "line.width": 2, "xaxis.title.font.size": 15, "marker.size": 4, "xaxis.size": 1 };
  assert.deepEqual(grown(flat, 2), {
    "line.width": 4,
    "xaxis.title.font.size": 30,
    "marker.size": 8,
    "xaxis.size": 1,
  });
});

test("what is given is not changed", () => {
  const figure = { font: { size: 14 } };
  grown(figure, 2);
  assert.deepEqual(figure, { font: { size: 14 } });
});
