// What the canvas tells of a network's layers, shown by the component that shows them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOf } from "../../playground/ui/components/_kernel/blobs.js";
import { showLayers } from "../../playground/ui/components/_kernel/layers.js";
import { readInk } from "../../playground/ui/components/canvas/live.js";
import { enlarged } from "../../playground/ui/components/canvas/picture.js";
import { readWeights } from "../../playground/ui/components/canvas/reading/network.js";
import layers from "../../playground/ui/components/layers/layers.js";
import { mount, onNewPages } from "./fake_page.js";
import { golden } from "./golden.js";

/** @typedef {import("../../playground/ui/components/canvas/picture.js").Levels} Levels */

onNewPages(import.meta.filename);

test("from moment to moment of a training the nodes stay, and the focus on them", () => {
  /** @type {{ weights: string, drawings: (Omit<Levels, "levels"> & { levels: string })[] }} */
  const { weights, drawings } = golden("readings");
  const classes = Array.from({ length: 10 }, (_, k) => `${k}`);
  const tensors = readWeights(bytesOf(weights).buffer);
  const network = { classes, kind: "cnn", activation: "relu", calibration: null, tensors };
  const { levels, ...place } = drawings.find((each) => each.levels) ?? assert.fail();
  const ink = enlarged({ ...place, levels: bytesOf(levels) });
  const { parent, give } = mount(layers);
  give({ note: "", colours: [["#111111", "#eeeeee"]], look: null, answered: 0, strongest: null });
  const buttons = [1, 2].map((step) => {
    const moment = { name: `Run, step ${step}`, weights: `/moments/${step}`, bounds: null };
    showLayers(readInk([{ ...network, ...moment }], ["crop", "scale"], ink, [])?.layers ?? null);
    return parent.one(".sp-layers-class");
  });
  showLayers(null);
  assert.ok(buttons[0] === buttons[1]);
});
