// A picture of the home page: a small figure, its numbers in words, and what moves it.
//
// Streamlit calls the default export again at each rerun and each theme change. Nothing is
// ever sent to the server. Who moves when is in home_turns.js, what is shown in the four
// files of the kinds. Each draws into the nodes made here.

import { classColour } from "../_kernel/class_colours.js";
import { element } from "../_kernel/dom.js";
import { readTheme } from "../_kernel/theme.js";
import { digit } from "./digit.js";
import { loss } from "./loss.js";
import { softmaxBars } from "./softmax.js";
import { training } from "./training.js";
import { join, playButton } from "./turns.js";

/** @typedef {import("./training.js").Run} Run */
/** @typedef {import("./digit.js").Digit} Digit */

/**
 * What Python sends of every picture, and what it sends of each kind.
 *
 * @typedef {object} MessageKeys
 * @property {number} turn when it moves among the others
 * @property {import("../_kernel/class_colours.js").ColourPair[]} colours
 *
 * @typedef {{ kind: "softmax", logits: number[] } | { kind: "loss" }
 *   | { kind: "training", run: Run }
 *   | { kind: "digit", digits: Digit[], moments: number }} Numbers
 *
 * @typedef {MessageKeys & Numbers} Message
 */

/**
 * The nodes that a picture draws into.
 *
 * @typedef {object} Place
 * @property {HTMLElement} stage
 * @property {HTMLElement} words
 * @property {HTMLElement} foot
 */

/**
 * @typedef {object} Miniature
 * @property {string} name what screen readers call it
 * @property {number} seconds how long it moves
 * @property {() => void} draw again: its size or its colours have changed
 * @property {() => void} rest as it is when nothing moves
 * @property {(t: number) => void} at as it is on its way, t from 0 to 1
 */

/**
 * @typedef {object} View
 * @property {HTMLElement} root
 * @property {Message} data
 * @property {Miniature} miniature
 * @property {ResizeObserver} resize
 * @property {() => void} leave ends its turns
 */

/** @type {WeakMap<HTMLElement, View>} */
const views = new WeakMap(); // parent element → view

/** @param {import("../_kernel/dom.js").Component<Message>} component */
export default function homeMiniature({ data, parentElement }) {
  if (!data) return undefined;
  let view = views.get(parentElement);
  if (!view) {
    view = mount(parentElement, data);
    views.set(parentElement, view);
  }
  tint(view);
  // Streamlit calls this too when a newer message overtakes the loading of this module.
  return () => parentElement.isConnected || destroy(view, parentElement);
}

/**
 * @param {HTMLElement} parent
 * @param {Message} data
 * @returns {View}
 */
function mount(parent, data) {
  const root = element("div", `sp-home-mini sp-home-${data.kind}`, parent);
  root.setAttribute("role", "group");
  const stage = element("div", "sp-home-stage", root);
  const words = element("div", "sp-home-words", root);
  const foot = element("div", "sp-home-foot", root);
  const button = playButton(foot);
  const miniature = miniatureOf({ stage, words, foot }, data);
  root.setAttribute("aria-label", miniature.name);
  const leave = join({ root, button, miniature, turn: data.turn });
  const resize = new ResizeObserver(() => miniature.draw());
  resize.observe(stage);
  return { root, data, miniature, resize, leave };
}

/**
 * @param {Place} place
 * @param {Message} data
 */
function miniatureOf(place, data) {
  switch (data.kind) {
    case "softmax":
      return softmaxBars(place, data.logits);
    case "loss":
      return loss(place);
    case "training":
      return training(place, data.run);
    case "digit":
      return digit(place, data.digits, data.moments);
  }
}

/**
 * @param {View} view
 * @param {HTMLElement} parent
 */
function destroy(view, parent) {
  view.resize.disconnect();
  view.leave();
  view.root.remove();
  views.delete(parent);
}

/** @param {View} view */
function tint({ root, data, miniature }) {
  const { dark } = readTheme(root);
  data.colours.forEach((_, k) => {
    root.style.setProperty(`--sp-colour-${k}`, classColour(data.colours, k, dark));
  });
  root.dataset.dark = `${dark}`;
  miniature.draw();
}
