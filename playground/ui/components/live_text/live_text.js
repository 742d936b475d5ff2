// Formulae, sentences and small tables with numbers that follow sliders.
//
// A message holds a state, from which the text is made (kinds.js). While a slider is dragged, each
// frame of the drag is a state, too, which holds until the server has answered: as in a figure.

import { component } from "../_kernel/component.js";
import { element } from "../_kernel/dom.js";
import { fill } from "../_kernel/markup.js";
import { readTheme } from "../_kernel/theme.js";
import { KINDS } from "./kinds.js";

/**
 * What Python sends: playground/ui/components/live_text.
 *
 * @typedef {object} Message
 * @property {keyof typeof KINDS} kind
 * @property {(number | "-inf")[]} values
 * @property {number} temperature
 * @property {number} target the true class, or the one that is written out
 * @property {number} rate of a gradient step
 * @property {string} follows key of the component whose previews move the numbers
 * @property {{ [name: string]: import("../_kernel/theme.js").ColourPair }} colours of terms
 */

/**
 * One frame of a drag, as playground/ui/components/figure has it.
 *
 * @typedef {object} Preview
 * @property {string} key
 * @property {number[]} values
 * @property {number} temperature
 * @property {number | null} target
 * @property {boolean} settled
 */

/** @typedef {import("../_kernel/component.js").Life<Message>} Life */
/** @typedef {Life & { body: HTMLElement, received: number, preview?: Preview }} View */

export default component({ className: "sp-live", mount, receive, draw });

/** @param {Life} life */
function mount(life) {
  /** @type {View} */
  const view = Object.assign(life, { body: element("div", "", life.root), received: 0 });
  /** @param {Event & { detail?: Preview | null }} event */
  const follow = ({ detail }) => {
    if (!detail || detail.key !== view.message.follows) return;
    view.preview = detail;
    view.schedule();
  };
  window.addEventListener("sp-preview", follow, { signal: life.signal });
  return view;
}

/**
 * A drag goes on over an answer to something else; its end is answered by this.
 *
 * @param {View} view
 */
function receive(view) {
  view.received += 1;
  if (view.preview?.settled) view.preview = undefined;
}

/** @param {View} view */
function draw({ root, body, message, preview, received }) {
  const { dark } = readTheme(root);
  for (const [name, pair] of Object.entries(message.colours))
    root.style.setProperty(`--sp-${name}`, pair[dark ? 1 : 0]);
  const { kind, rate } = message;
  const values = preview?.values ?? message.values.map((z) => (z === "-inf" ? -Infinity : z));
  const { temperature } = preview ?? message;
  const target = Math.min(preview?.target ?? message.target, values.length - 1);
  fill(body, KINDS[kind]({ values, temperature, target, rate }));
  root.dataset.received = `${received}`; // as a figure says it
}
