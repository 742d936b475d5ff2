// What is written on the live chart besides its curves: titles, marks of what was done to the run,
// and what an axis does not show.

import { axis, domains, FONT_SIZE, floorOf, inner, MARGIN, mayBeCut, valuesOf } from "./axes.js";

/** @typedef {import("./figure.js").Content} Content */
/** @typedef {import("./figure.js").Mark} Mark */
/** @typedef {import("./figure.js").Panel} Panel */

/** The name of the note at an axis that is cut, by which a press on it is known. */
export const CUT = "cut";

const LETTER = 7.5; // px of a mark's text, on the average
const MORE = 5; // letters that say of how many marks a text is the last
const APART = 6; // px between two texts

/**
 * @param {Content} view
 * @returns {{ shapes: object[], annotations: object[] }}
 */
export function notesOf(view) {
  const panels = [...view.spec.panels.entries()];
  return {
    shapes: panels.flatMap(([i]) => view.marks.map((mark) => lineOf(view, mark, i))),
    annotations: [
      ...panels.map(([i, panel]) => titleOf(panel, i)),
      ...panels.flatMap(([i]) => markTexts(view, i)),
      ...panels.flatMap(([i, panel]) => (mayBeCut(view, panel) ? [cutOf(view, i)] : [])),
      ...panels.flatMap(([i]) => floorNotes(view, i)),
    ],
  };
}

/** @param {number} i */
const inPanel = (i) => ({ xref: `${axis("x", i)} domain`, yref: `${axis("y", i)} domain` });

/** @param {Content} view */
const markColour = (view) => view.spec.colours.mark[view.theme.dark ? 1 : 0];

/**
 * @param {Panel} panel
 * @param {number} i
 */
function titleOf(panel, i) {
  return {
    ...inPanel(i),
    x: 0,
    y: 1,
    xanchor: "left",
    yanchor: "bottom",
    showarrow: false,
    xshift: -MARGIN.l,
    yshift: 20,
    text: `<b>${panel.title}</b>`,
  };
}

// ---------------------------------------------------------------- marks

/**
 * @param {Content} view
 * @param {Mark} mark
 * @param {number} i
 */
function lineOf(view, [step], i) {
  return {
    ...inPanel(i),
    xref: axis("x", i),
    type: "line",
    x0: step,
    x1: step,
    y0: 0,
    y1: 1,
    line: { color: markColour(view), width: 1.5, dash: "dot" },
  };
}

/**
 * The marks' texts, none upon another: where there is no room, the last one stands for those
 * before it, and a pointer on it tells them all.
 *
 * @param {Content} view
 * @param {number} i
 */
function markTexts(view, i) {
  return placed(view, i).map(({ marks, onLeft }) => {
    const [[step, text]] = marks;
    const more = marks.length > 1 ? ` (+${marks.length - 1})` : "";
    const told = [...marks]
      .reverse()
      .map(([at, what]) => `step ${at.toLocaleString("en")}: ${what}`);
    return {
      ...inPanel(i),
      xref: axis("x", i),
      x: step,
      y: 1,
      yanchor: "bottom",
      text: text + more,
      ...(more && { hovertext: told.join("<br>") }),
      xanchor: onLeft ? "right" : "left",
      showarrow: false,
      font: { size: FONT_SIZE - 1, color: markColour(view) },
    };
  });
}

/**
 * Which marks' texts are written, the newest first, each with those that it stands for.
 *
 * @param {Content} view
 * @param {number} i
 */
function placed(view, i) {
  const [[left, right]] = domains(view, i);
  const width = (right - left) * inner(view).width;
  const end = Math.max(view.total ?? 0, ...[...view.tables.values()].map(({ x }) => x.at(-1) ?? 0));
  /** @type {{ marks: Mark[], onLeft: boolean, from: number, to: number }[]} */
  const found = [];
  for (const mark of [...view.marks].reverse()) {
    const [step, text] = mark;
    const onLeft = step > 0.6 * end;
    const at = end ? (width * step) / end : 0;
    const long = (text.length + MORE) * LETTER * view.theme.scale + APART;
    const [from, to] = onLeft ? [at - long, at] : [at, at + long];
    const other = found.find((one) => from < one.to && one.from < to);
    if (other) other.marks.push(mark);
    else found.push({ marks: [mark], onLeft, from, to });
  }
  return found;
}

// ---------------------------------------------------------------- what an axis does not show

/**
 * What lies above the axis, at its upper edge; a press shows it, and back.
 *
 * @param {Content} view
 * @param {number} i
 */
function cutOf(view, i) {
  const press = view.unclipped ? "cut again" : "show all";
  const text = `${view.clip?.text} · <u>${press}</u>`;
  return { ...inCorner(view, i, text), name: CUT, captureevents: true };
}

/**
 * That a panel has a 0 which its logarithmic axis cannot show.
 *
 * @param {Content} view
 * @param {number} i
 */
function floorNotes(view, i) {
  const low = view.spec.traces.find(
    (trace) =>
      trace.panel === i && valuesOf(view, trace).some((value) => value < floorOf(view, trace)),
  );
  if (!low) return [];
  const power = Math.round(Math.log10(floorOf(view, low)));
  return [inCorner(view, i, `0 is drawn at 10<sup>${power}</sup>: a log axis has no 0`)];
}

/**
 * A text at the upper edge of a panel, on the right.
 *
 * @param {Content} view
 * @param {number} i
 * @param {string} text
 */
function inCorner(view, i, text) {
  return {
    ...inPanel(i),
    x: 1,
    y: 1,
    xanchor: "right",
    yanchor: "top",
    showarrow: false,
    borderpad: 4,
    bgcolor: view.theme.veil,
    text,
    font: { size: FONT_SIZE - 1, color: markColour(view) },
  };
}
