// plotly.js for tests on the fake page: it draws nothing, and remembers what it was told.

import { page } from "./fake_page.js";

/** @typedef {import("../../playground/ui/components/_kernel/plotly.js").Changes} Changes */
/** @typedef {import("../../playground/ui/components/_kernel/plotly.js").Layout} Layout */
/** @typedef {import("../../playground/ui/components/_kernel/plotly.js").PlotNode} PlotNode */
/** @typedef {import("../../playground/ui/components/_kernel/plotly.js").Told} Told */
/** @typedef {import("../../playground/ui/components/_kernel/plotly.js").Trace} Trace */

/** Puts it where the page's own would be: it is loaded at once. */
export function fakePlotly() {
  /** @type {{ name: string, plot: PlotNode, data?: Trace[], layout?: Layout, changes: Changes[] }[]} */
  const calls = [];
  /** @type {{ [event: string]: ((told?: Told) => void)[] }} */
  const listeners = {};
  /** @type {(name: string) => (plot: PlotNode, data: Trace[], layout: Layout) => void} */
  const draw = (name) => (plot, data, layout) => {
    calls.push({ name, plot, data, layout, changes: [] });
    const { range } = layout.xaxis ?? {};
    const xaxis = { ...layout.xaxis, range: range ?? [0, 1] };
    Object.assign(plot, {
      data,
      layout: { ...layout, xaxis },
      /** @type {(event: string, listener: (told?: Told) => void) => void} */
      on: (event, listener) => {
        listeners[event] ??= [];
        listeners[event].push(listener);
      },
    });
  };
  /** @type {(name: string) => (plot: PlotNode, ...changes: Changes[]) => void} */
  const change =
    (name) =>
    (plot, ...changes) =>
      void calls.push({ name, plot, changes });
  const Plotly = {
    newPlot: draw("newPlot"),
    react: draw("react"),
    relayout: change("relayout"),
    restyle: change("restyle"),
    update: change("update"),
    purge: change("purge"),
    downloadImage: change("downloadImage"),
    Icons: { home: {} },
  };
  Object.assign(globalThis, { location: { origin: "http://here" } });
  Object.assign(page.window, { spPlotly: Promise.resolve(Plotly) });
  return {
    calls,
    names: () => calls.map(({ name }) => name),
    last: () => calls[calls.length - 1],
    /**
     * @param {string} event that Plotly's node reports
     * @param {Told} [told]
     */
    report(event, told) {
      for (const listener of listeners[event] ?? []) listener(told);
    },
  };
}

/** Waits until the promise of a loaded library has been dealt with. */
export const loaded = () => new Promise((resolve) => setImmediate(resolve));
