// Draws a figure for each message: a list of them comes in, a list of figures goes out, as JSON.

import { readFileSync } from "node:fs";
import { drawingOf } from "../../playground/ui/components/figure/kinds.js";

/** @type {import("../../playground/ui/components/figure/kinds.js").Given[]} */
const messages = JSON.parse(readFileSync(0, "utf8"));
const figures = messages.map((message) => drawingOf(message));
process.stdout.write(JSON.stringify(figures.map(({ data, layout }) => ({ data, layout }))));
