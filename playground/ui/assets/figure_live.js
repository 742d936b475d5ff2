// What moves in a figure while a slider is dragged, before the server has answered.
//
// Each kind of live part (`Live` in playground/charts/base.py) turns a preview, the values
// that the slider would have if it were released now, into changes of a few traces. The
// arithmetic and the texts are those of playground/charts.

import { logSoftmax, softmax } from "./softmax_maths.js";

const HEIGHT = Math.sqrt(3) / 2;
const UNSEEN = "\u200b"; // takes no room, but has a node
const TRAIL_STEP = 0.004; // of the triangle's side: shorter moves are not worth a point
const TRAIL_POINTS = 240;

// How each kind moves, and which of its traces is a trail.
export const LIVE_KINDS = {
  simplex: { move: moveSimplex, trail: "trail" },
  loss: { move: moveLoss },
  temperature: { move: moveTemperature },
  sigmoid: { move: moveSigmoid },
};

// Whether a preview can be drawn: numbers, and as many as the figure has classes.
export function fits(live, detail) {
  const { values, temperature = 1 } = detail ?? {};
  if (!Array.isArray(values) || !values.every(Number.isFinite)) return false;
  if (!Number.isFinite(temperature) || temperature <= 0) return false;
  return live.length > 0 && live.every(({ classes }) => classes === values.length);
}

// What a preview changes: { index of the trace: { x, y, text, … } }.
export function previewEdits(view) {
  const edits = {};
  for (const part of view.message.live)
    for (const [name, edit] of Object.entries(LIVE_KINDS[part.kind].move(part, read(view), view)))
      edits[part.traces[name]] = edit;
  return edits;
}

function read({ preview }) {
  const { values, temperature = 1, target, kind } = preview;
  if (kind === "probabilities")
    return { target, temperature, p: values, losses: values.map((p) => 0 - Math.log(p)) };
  const losses = logSoftmax(values, temperature).map((x) => 0 - x);
  return { target, temperature, values, p: softmax(values, temperature), losses };
}

// ---------------------------------------------------------------- the kinds

function moveSimplex(part, { p, losses, target }, view) {
  const [x, y] = [p[1] + p[2] / 2, p[2] * HEIGHT];
  const last = view.trail.at(-1);
  if (!last || Math.hypot(x - last[0], y - last[1]) > TRAIL_STEP) view.trail.push([x, y]);
  if (view.trail.length > TRAIL_POINTS) view.trail = view.trail.filter((_, i) => i % 2 === 0);
  const loss = losses[target ?? part.target];
  return {
    trail: trailOf(view.trail),
    point: { x: [x], y: [y], customdata: [[...p, loss].map(cell)] },
  };
}

export const trailOf = (trail) => ({ x: trail.map(([x]) => x), y: trail.map(([, y]) => y) });

function moveLoss(part, { p, losses, target }) {
  const { target: y, top } = part;
  if ((target ?? y) !== y) return {}; // another colour in front: the server's to draw
  const order = [...p.keys()].filter((k) => k !== y).concat(y);
  const at = losses.map((loss) => Math.min(loss, top));
  const symbol = (k) => (losses[k] > top ? "triangle-up" : k === y ? "diamond" : "circle");
  const side = (k) => (p[k] < 0.15 ? "middle right" : p[k] < 0.85 ? "top right" : "top left");
  const above = losses[y] > top ? " ↑" : "";
  return {
    guide: { x: [0, p[y], p[y]], y: [at[y], at[y], 0] },
    points: {
      x: order.map((k) => p[k]), y: order.map((k) => at[k]),
      text: groupedLabels(order.map((k) => [p[k], at[k] / top, k])),
      textposition: order.map(side), "marker.symbol": order.map(symbol),
      customdata: order.map((k) => [
        `${k === y ? "true" : "if it were"} class ${k}`, cell(p[k]), cell(losses[k])]),
    },
    outcome: { text: [`true class ${y}: ${digits(losses[y], 5)}${above}`] },
  };
}

function moveTemperature(part, { p, values, temperature }, { message }) {
  if (!values) return {}; // probabilities alone say nothing of other temperatures
  const grid = message.figure.data[part.traces["class 0"]].x;
  const rows = grid.map((t) => softmax(values, t));
  return {
    ...Object.fromEntries(p.map((_, k) => [`class ${k}`, { x: grid, y: rows.map((row) => row[k]) }])),
    line: { x: [temperature, temperature], y: [0, 1] },
    points: {
      x: p.map(() => temperature), y: p, text: groupedLabels(p.map((y, k) => [0, y, k])),
      textposition: temperature < 1.5 ? "top right" : "top left",
      customdata: p.map((y, k) => [k, cell(temperature), cell(y)]),
    },
  };
}

function moveSigmoid(part, { values, p, temperature }) {
  if (!values) return {};
  const d = (values[1] - values[0]) / temperature;
  const at = Math.max(-part.end, Math.min(part.end, d));
  return {
    guide: { x: [at, at, -part.end], y: [0, p[1], p[1]] },
    point: {
      x: [at], y: [p[1]], text: [`p₁ = ${digits(p[1], 4)}`],
      textposition: at < 6 ? "bottom right" : "bottom left",
      customdata: [[d, ...p].map(cell)],
    },
  };
}

// ---------------------------------------------------------------- texts, as in Python

// Labels for points [across, up, class], one for all that lie too close together.
function groupedLabels(points) {
  const groups = [];
  const order = points.map((_, i) => i).sort((a, b) => points[b][1] - points[a][1] || a - b);
  for (const i of order) {
    const near = groups.find(([first]) => Math.abs(points[first][0] - points[i][0]) < 0.08
      && Math.abs(points[first][1] - points[i][1]) < 0.1);
    if (near) near.push(i);
    else groups.push([i]);
  }
  const labels = points.map(() => UNSEEN);
  for (const group of groups) {
    const names = group.map((i) => points[i][2]).sort((a, b) => a - b).join(", ");
    labels[group[0]] = `class${group.length > 1 ? "es" : ""} ${names}`;
  }
  return labels;
}

const cell = (value) =>
  Number.isFinite(value) ? Number(value.toPrecision(6)) : digits(value, 6);

function digits(value, count) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  return String(Number(value.toPrecision(count))).replaceAll("-", "−");
}
