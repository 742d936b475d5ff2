// Moves what Plotly has drawn, without Plotly: the same SVG nodes, at other places.
//
// Plotly.restyle and Plotly.react lay out the whole figure anew, axes and texts included:
// 13 to 25 ms for the lessons' figures, too much for a frame of a drag. A line's path, a
// marker's place and a label's place and words take well under 1 ms. Plotly does not know
// of it, so it must be told soon after (see figure.js), or hovering would show the old
// numbers.

// Keys of a trace that can be changed here; `customdata` is not drawn at all.
export const MOVABLE = ["x", "y", "text", "customdata"];

// Give each trace its edit, { index: { x, y, text, … } }, or change nothing and say false
// if that needs more: a marker of another shape, a label at another side, a new node.
export function moveNodes(plot, edits) {
  const steps = [];
  for (const [index, edit] of Object.entries(edits))
    if (!plan(plot, plot.data[index], edit, steps)) return false;
  for (const step of steps) step();
  return true;
}

function plan(plot, trace, edit, steps) {
  const group = plot.querySelector(`.scatterlayer .trace${trace.uid}`);
  if (!group || !sameLook(trace, edit)) return false;
  const places = edit.x && placesOf(plot, trace, edit);
  if (edit.x && !places) return false;
  const mode = trace.mode.split("+");
  if (places && mode.includes("lines") && !planLine(group, places, steps)) return false;
  if (places && mode.includes("markers") && !planMarkers(group, places, steps)) return false;
  return !mode.includes("text") || planLabels(group, trace, edit, places, steps);
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

function sameLook(trace, edit) {
  const symbol = edit["marker.symbol"];
  return (edit.textposition === undefined || same(edit.textposition, trace.textposition))
    && (symbol === undefined || same(symbol, trace.marker.symbol));
}

// Pixels inside the panel; undefined if Plotly would leave a gap or draw outside of it.
function placesOf(plot, trace, { x, y }) {
  const [across, up] = ["xaxis", "yaxis"].map(
    (name) => plot._fullLayout[name + (trace[name] ?? "").slice(1)]);
  if (!across?.d2p || !up?.d2p) return undefined;
  const places = x.map((value, i) => [across.d2p(value), up.d2p(y[i])]);
  const inside = (value, length) => value > -1 && value < length + 1; // never for NaN
  return places.every(([a, b]) => inside(a, across._length) && inside(b, up._length))
    ? places : undefined;
}

function planLine(group, places, steps) {
  const path = group.querySelector(".lines .js-line");
  if (!path) return places.length < 2;
  const points = places.map(([x, y]) => `${x.toFixed(2)},${y.toFixed(2)}`);
  steps.push(() => path.setAttribute("d", points.length > 1 ? `M${points.join("L")}` : "M0,0"));
  return true;
}

function planMarkers(group, places, steps) {
  const nodes = group.querySelectorAll(".points .point");
  if (nodes.length !== places.length) return false;
  steps.push(() => nodes.forEach((node, i) =>
    node.setAttribute("transform", `translate(${places[i].map((v) => v.toFixed(2))})`)));
  return true;
}

function planLabels(group, trace, edit, places, steps) {
  const labels = edit.text ?? trace.text;
  const nodes = group.querySelectorAll(".textpoint text");
  if (nodes.length !== labels.length || labels.some((label) => label.includes("<"))) return false;
  steps.push(() => nodes.forEach((node, i) => {
    if (node.textContent !== labels[i]) node.textContent = labels[i];
    if (!places) return;
    node.setAttribute("x", places[i][0].toFixed(2));
    node.setAttribute("y", places[i][1].toFixed(2));
  }));
  return true;
}
