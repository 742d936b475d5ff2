// plotly.js, fetched once for all charts of the page, and what of it is used here.

/** @typedef {{ [path: string]: unknown }} Changes by key or by path, such as "line.color" */

/**
 * A trace: what is read here, and more that only Plotly reads.
 *
 * @typedef {object} TraceKeys
 * @property {string} type
 * @property {string} [uid]
 * @property {string} [mode] such as "lines+markers"
 * @property {boolean | "legendonly"} [visible]
 * @property {number[]} [x] names of classes where nothing moves along x
 * @property {number[]} [y]
 * @property {string} [xaxis] such as "x2"; "x" if there is none
 * @property {string} [yaxis]
 * @property {number[][]} [z] of a heat map
 * @property {number} [zmin]
 * @property {number} [zmax]
 * @property {number} [xgap] px between the cells
 * @property {number} [ygap]
 * @property {[at: number, colour: string][]} [colorscale]
 * @property {string[] | string[][]} [text]
 * @property {(number | string)[][]} [customdata] what a hover shows
 *
 * @typedef {TraceKeys & Changes} Trace
 */

/**
 * A layout: what is read or written here, and more that only Plotly reads.
 *
 * @typedef {object} LayoutKeys
 * @property {number} [width]
 * @property {number} [height]
 * @property {boolean | string} [dragmode]
 * @property {Changes} [legend]
 * @property {Changes & { range?: [number, number] }} [xaxis]
 *
 * @typedef {LayoutKeys & Changes} Layout
 */

/**
 * An axis as Plotly keeps it for itself, in px.
 *
 * @typedef {object} DrawnAxis
 * @property {number} _offset where its panel begins in the figure
 * @property {number} _length
 * @property {(value: unknown) => number} c2p where a number lies in the panel
 * @property {(value: unknown) => number} d2p where a value of the data lies in the panel
 */

/** @typedef {{ annotation?: { name?: string } }} Told what is read of Plotly's events */

/**
 * The node of a figure, once Plotly has drawn it.
 *
 * @typedef {object} Drawn
 * @property {Trace[]} data
 * @property {Layout & { xaxis: { range: [number, number] } }} layout
 * @property {{ [name: string]: DrawnAxis | undefined }} [_fullLayout]
 * @property {(event: string, listener: (told?: Told) => void) => void} on
 *
 * @typedef {HTMLElement & Drawn} PlotNode
 */

/**
 * A button of the bar in a figure's corner.
 *
 * @typedef {object} BarButton
 * @property {string} name
 * @property {string} title
 * @property {object} icon one of Plotly's, or a function that makes a node
 * @property {() => void} click
 */

/**
 * @typedef {object} Plotly
 * @property {(node: HTMLElement, data: Trace[], layout: Layout, config: Changes) => void} newPlot
 * @property {(node: HTMLElement, data: Trace[], layout: Layout) => void} react
 * @property {(node: HTMLElement, changes: Changes) => void} relayout
 * @property {(node: HTMLElement, changes: Changes, traces: number[]) => void} restyle
 * @property {(node: HTMLElement, data: Changes, layout: Changes, traces: number[]) => void} update
 * @property {(node: HTMLElement) => void} purge
 * @property {(node: HTMLElement, options: Changes) => void} downloadImage
 * @property {{ home: object }} Icons
 */

/** @typedef {Window & { Plotly?: Plotly, spPlotly?: Promise<Plotly> }} PlotlyWindow */

/**
 * One script tag; a failed one is taken away, so that it can be tried again.
 *
 * @param {string} url
 * @returns {Promise<Plotly>}
 */
export function loadPlotly(url) {
  /** @type {PlotlyWindow} */
  const page = window;
  page.spPlotly ??= new Promise((resolve, reject) => {
    const script = document.head.appendChild(document.createElement("script"));
    const fail = () => {
      script.remove();
      delete page.spPlotly;
      reject(new Error(`Cannot load ${url}`));
    };
    script.addEventListener("load", () => (page.Plotly ? resolve(page.Plotly) : fail()));
    script.addEventListener("error", fail);
    script.src = url;
  });
  return page.spPlotly;
}
