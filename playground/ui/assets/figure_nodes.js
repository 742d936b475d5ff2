// Moves what Plotly has drawn, without Plotly: the same SVG nodes, at other places.
//
// Plotly.restyle and Plotly.react lay out the whole figure anew, axes and texts included:
// 13 to 25 ms for the lessons' figures, too much for a frame of a drag. A line's path, a
// marker's place, a bar's height, a cell's colour and a label's place and words take well
// under 1 ms. Plotly does not know of it, so it must be told soon after (see figure.js), or
// hovering would show the old numbers.

// Keys of a trace that can be changed here; `customdata` is not drawn at all.
export const MOVABLE = ["x", "y", "z", "zmin", "zmax", "text", "customdata"];

const PLANS = { scatter: planScatter, bar: planBars, heatmap: planCells };
const FAR = 1e4; // px outside of the panel, where a clipped line may as well end
const SVG = "http://www.w3.org/2000/svg";

// Give each trace its edit, { index: { x, y, text, … } }, or change nothing and say false
// if that needs more, such as a new node. Keys that are not movable are left alone.
export function moveNodes(plot, edits) {
  const steps = [];
  for (const [index, edit] of Object.entries(edits)) {
    const trace = plot.data[index];
    if (!PLANS[trace.type]?.(plot, trace, edit, steps)) return false;
  }
  for (const step of steps) step();
  return true;
}

// After Plotly has drawn: what was laid over its own nodes is in the way.
export const uncover = (plot) => plot.querySelector(".sp-cells")?.remove();

function axesOf(plot, trace) {
  const axes = ["xaxis", "yaxis"].map(
    (name) => plot._fullLayout[name + (trace[name] ?? "").slice(1)],
  );
  return axes.every((axis) => axis?.c2p && axis.d2p) ? axes : undefined;
}

// ---------------------------------------------------------------- lines, points, labels

function planScatter(plot, trace, edit, steps) {
  const group = plot.querySelector(`.scatterlayer .trace${trace.uid}`);
  if (!group) return false;
  const places = edit.x && placesOf(plot, trace, edit);
  if (edit.x && !places) return false;
  const mode = trace.mode.split("+");
  if (places && mode.includes("lines") && !planLine(group, places, steps)) return false;
  if (places && mode.includes("markers") && !planMarkers(group, places, steps)) return false;
  return !mode.includes("text") || planLabels(group, trace, edit, places, steps);
}

// Pixels in the panel; undefined where Plotly would leave a gap or draw no marker.
function placesOf(plot, trace, { x, y }) {
  const axes = axesOf(plot, trace);
  if (!axes) return undefined;
  const reach = trace.mode === "lines" ? FAR : 1; // lines are clipped
  const place = (value, axis) => {
    const pixel = axis.d2p(value);
    return trace.mode === "lines" ? Math.max(1 - FAR, Math.min(FAR, pixel)) : pixel;
  };
  const inside = (pixel, { _length }) => pixel > -reach && pixel < _length + reach; // never NaN
  const places = x.map((value, i) => [place(value, axes[0]), place(y[i], axes[1])]);
  return places.every((pixels) => pixels.every((pixel, i) => inside(pixel, axes[i])))
    ? places
    : undefined;
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
  steps.push(() =>
    nodes.forEach((node, i) =>
      node.setAttribute("transform", `translate(${places[i].map((v) => v.toFixed(2))})`),
    ),
  );
  return true;
}

function planLabels(group, trace, edit, places, steps) {
  const labels = edit.text ?? trace.text;
  const nodes = group.querySelectorAll(".textpoint text");
  if (nodes.length !== labels.length || labels.some((label) => label.includes("<"))) return false;
  steps.push(() =>
    nodes.forEach((node, i) => {
      if (node.textContent !== labels[i]) node.textContent = labels[i];
      if (!places) return;
      node.setAttribute("x", places[i][0].toFixed(2));
      node.setAttribute("y", places[i][1].toFixed(2));
    }),
  );
  return true;
}

// ---------------------------------------------------------------- bars

// Upright bars: Plotly's own left and right edges, another height.
function planBars(plot, trace, { y }, steps) {
  const axes = axesOf(plot, trace);
  const group = [...plot.querySelectorAll(".barlayer .trace")].find(
    (node) => node.__data__?.[0]?.trace?.uid === trace.uid,
  );
  const nodes = [...(group?.querySelectorAll(".point") ?? [])];
  if (!axes || nodes.length !== y.length) return false;
  const foot = axes[1].c2p(0);
  const paths = nodes.map((node, i) => {
    const [left, right] = ["p0", "p1"].map((edge) => axes[0].c2p(node.__data__?.[edge]));
    const top = axes[1].c2p(y[i]);
    if (![left, right, top, foot].every(Number.isFinite)) return undefined;
    const [a, b, c, d] = [left, foot, top, right].map((pixel) => pixel.toFixed(2));
    return `M${a},${b}V${c}H${d}V${b}Z`;
  });
  if (paths.includes(undefined)) return false;
  steps.push(() => nodes.forEach((node, i) => node.firstChild.setAttribute("d", paths[i])));
  return true;
}

// ---------------------------------------------------------------- cells

// A heat map with a colour for either sign and the page's in the middle. Plotly paints its
// cells into one image, which takes too long to make; rectangles are laid over it.
function planCells(plot, trace, { z, zmax, text }, steps) {
  const axes = axesOf(plot, trace);
  const group = plot.querySelector(".heatmaplayer .hm");
  const labels = [...(group?.querySelectorAll(".heatmap-label text") ?? [])];
  const [values, words] = [z.flat(), text.flat()];
  if (!axes || trace.colorscale.length !== 3) return false;
  if (labels.length !== words.length || values.length !== words.length) return false;
  const [[, below], [, middle], [, above]] = trace.colorscale;
  steps.push(() => {
    const cover = group.querySelector(".sp-cells") ?? coverCells(group, axes, z, trace, middle);
    const cells = cover.querySelectorAll("path");
    values.forEach((value, i) => {
      cells[i].setAttribute("fill", value < 0 ? below : above);
      cells[i].setAttribute("fill-opacity", Math.abs(value / zmax).toFixed(4));
      if (labels[i].textContent !== words[i]) labels[i].textContent = words[i];
    });
  });
  return true;
}

function coverCells(group, [across, up], z, { xgap, ygap }, page) {
  const cover = document.createElementNS(SVG, "g");
  cover.setAttribute("class", "sp-cells");
  const back = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries({
    width: across._length,
    height: up._length,
    fill: page,
  }))
    back.setAttribute(name, value);
  cover.append(back);
  const edges = (axis, k, gap) => {
    const [low, high] = [axis.c2p(k - 0.5), axis.c2p(k + 0.5)]
      .map(Math.round)
      .sort((a, b) => a - b);
    return [low + Math.floor(gap / 2), high - Math.ceil(gap / 2)];
  };
  z.forEach((row, i) =>
    row.forEach((_, j) => {
      const [[left, right], [top, bottom]] = [edges(across, j, xgap), edges(up, i, ygap)];
      const cell = cover.appendChild(document.createElementNS(SVG, "path"));
      cell.setAttribute("d", `M${left},${top}H${right}V${bottom}H${left}Z`);
    }),
  );
  group.querySelector("image").after(cover);
  return cover;
}
