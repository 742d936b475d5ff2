// The line on the live chart where a scrubber stands: nodes above the chart, so that it moves
// with the hand and Plotly has nothing to draw. It stays within the axes as they are zoomed.

import { element } from "./nodes.js";
import { momentShown } from "./scrubber_moment.js";

const STYLE = `
.sp-chart-cursor { position: absolute; left: 0; top: 0; width: 0; pointer-events: none;
  border-left: 2px dashed var(--st-primary-color); font-size: 13px; line-height: 16px; }
.sp-chart-cursor[hidden] { display: none; }
.sp-chart-cursor span { position: absolute; left: 4px; top: -17px; white-space: nowrap;
  color: var(--st-primary-color); background: var(--st-background-color); padding: 0 2px; }
.sp-chart-cursor[data-side="left"] span { left: auto; right: 4px; }`;

// `place()` puts it where the axes are now; call it whenever Plotly has drawn.
export function createCursor(view) {
  element("style", "", view.root).textContent = STYLE;
  const lines = [];
  const place = () => placeLines(view, lines);
  window.addEventListener("sp-moment", place, { signal: view.listeners.signal });
  return { place };
}

function placeLines(view, lines) {
  const axes = view.plot._fullLayout; // where Plotly keeps the places of its axes
  if (!axes || !view.spec) return;
  while (lines.length < view.spec.panels.length) lines.push(addLine(view));
  const step = momentShown();
  lines.forEach(({ line, text }, i) => {
    const [x, y] = [axes[i ? `xaxis${i + 1}` : "xaxis"], axes[i ? `yaxis${i + 1}` : "yaxis"]];
    const at = step === null || !x || !y ? NaN : x.d2p(step);
    line.hidden = !(at >= -0.5 && at <= x._length + 0.5);
    if (line.hidden) return;
    line.style.transform = `translate(${x._offset + at - 1}px, ${y._offset}px)`;
    line.style.height = `${y._length}px`;
    line.dataset.side = at > 0.6 * x._length ? "left" : "right";
    text.textContent = `step ${step.toLocaleString("en")}`;
  });
  view.root.dataset.moment = step ?? "";
}

function addLine(view) {
  const line = element("div", "sp-chart-cursor", view.root);
  line.hidden = true;
  return { line, text: element("span", "", line) };
}
