// What the kinds of figure are put together from, as playground/charts/base.py has it for the
// figures that Python draws.

/** @typedef {import("../_kernel/plotly.js").Changes} Changes */
/** @typedef {import("../_kernel/plotly.js").Layout} Layout */
/** @typedef {import("../_kernel/plotly.js").Trace} Trace */

/** @typedef {{ light: string, dark: string } | { theme: string }} Colour */

const MARGIN = { l: 52, r: 18, t: 40, b: 50, pad: 0 };
const HEADING_SHIFT = 10; // px between the panel and its heading

/** @type {Colour} */
export const TEXT = { theme: "text" };
/** @type {Colour} */
export const PAGE = { theme: "page" };

/**
 * A trace whose x are names of classes, or whose colours are of both themes.
 *
 * @param {Changes & { type: string }} keys
 */
export const trace = (keys) => /** @type {Trace} */ (keys);

/**
 * A curve without a hover of its own, unless `hovertemplate` is given.
 *
 * @param {number[]} x
 * @param {number[]} y
 * @param {Colour} color
 * @param {Changes & { line?: Changes }} [more]
 * @returns {Trace}
 */
export const line = (x, y, color, { line: drawn, ...more } = {}) => ({
  type: "scatter",
  mode: "lines",
  x,
  y,
  line: { color, width: 2.5, ...drawn },
  ...("hovertemplate" in more ? {} : { hoverinfo: "skip" }),
  ...more,
});

/**
 * Round markers with an edge in the colour of the page, in front of the axes.
 *
 * @param {number[]} x
 * @param {number[]} y
 * @param {Colour | Colour[]} color
 * @param {Changes & { marker?: Changes }} [more]
 * @returns {Trace}
 */
export const points = (x, y, color, { marker, ...more } = {}) => ({
  type: "scatter",
  mode: "markers",
  cliponaxis: false,
  x,
  y,
  marker: { color, size: 12, line: { color: PAGE, width: 1.5 }, ...marker },
  ...more,
});

/**
 * Words in a panel as a trace, so that they can move.
 *
 * @param {number[]} x
 * @param {number[]} y
 * @param {string[]} text
 * @param {Changes} [more]
 * @returns {Trace}
 */
export const words = (x, y, text, more) => ({
  type: "scatter",
  mode: "text",
  x,
  y,
  text,
  hoverinfo: "skip",
  ...more,
});

/**
 * An axis; `range` fixes it, in powers of ten where it is logarithmic.
 *
 * @param {string} title
 * @param {number[]} [range]
 * @param {Changes} [more]
 */
export const axis = (title, range, more) => ({
  zeroline: false,
  ...more,
  ...(title && { title: { text: title, standoff: 6 } }),
  ...(range && { range }),
});

/**
 * A text in the figure, by default placed by fractions of the whole panel.
 *
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {Changes} [more]
 * @returns {Changes}
 */
export const note = (text, x, y, more) => ({
  xref: "paper",
  yref: "paper",
  showarrow: false,
  text,
  x,
  y,
  ...more,
});

/**
 * What a panel shows: bold, above it, from the figure's edge (`margin` px to its left).
 *
 * @param {string} text
 */
export const heading = (text, y = 1, margin = MARGIN.l) =>
  note(`<b>${text}</b>`, 0, y, {
    align: "left", // from there also in a file, whose font may be wider
    xanchor: "left",
    yanchor: "bottom",
    yshift: HEADING_SHIFT,
    xshift: 4 - margin,
  });

/**
 * @param {Changes & { margin?: Changes }} more
 * @returns {Layout}
 */
export const layout = ({ margin, ...more }) =>
  /** @type {Layout} */ ({
    margin: { ...MARGIN, ...margin },
    hovermode: "closest",
    showlegend: false,
    ...more,
  });
