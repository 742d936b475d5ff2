// Numbers and texts of the figures, written as playground/charts/base.py writes them.

const UNSEEN = "\u200b"; // takes no room, but has a node
const DRAWN_LIMIT = 1e300;
const STEPS = [1, 1.5, 2, 3, 5, 7.5, 10];

// Labels for points [across, up, class], one for all that lie too close together.
export function groupedLabels(points) {
  const groups = [];
  const order = points.map((_, i) => i).sort((a, b) => points[b][1] - points[a][1] || a - b);
  for (const i of order) {
    const near = groups.find(
      ([first]) =>
        Math.abs(points[first][0] - points[i][0]) < 0.08 &&
        Math.abs(points[first][1] - points[i][1]) < 0.1,
    );
    if (near) near.push(i);
    else groups.push([i]);
  }
  const labels = points.map(() => UNSEEN);
  for (const group of groups) {
    const names = group
      .map((i) => points[i][2])
      .sort((a, b) => a - b)
      .join(", ");
    labels[group[0]] = `class${group.length > 1 ? "es" : ""} ${names}`;
  }
  return labels;
}

export const cell = (value) =>
  Number.isFinite(value) ? Number(value.toPrecision(6)) : digits(value, 6);

export function digits(value, count) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  return String(Number(value.toPrecision(count))).replaceAll("-", "−");
}

export const clip = (value, low, high) => Math.max(low, Math.min(high, value));

// Six digits, and within what Plotly can draw.
export const drawn = (value) => cell(clip(value, -DRAWN_LIMIT, DRAWN_LIMIT));

// Where an axis ends that shall rarely move.
export function stepped(size) {
  if (size <= 1) return 1;
  const unit = 10 ** Math.floor(Math.log10(size));
  return cell(STEPS.find((step) => step * unit >= size) * unit);
}

// A fixed number of decimals, and no minus sign before a zero.
export function written(value, decimals) {
  const text = value.toFixed(decimals);
  return Number(text) ? text.replace("-", "−") : (0).toFixed(decimals);
}
