// A picture of the home page: a small figure, its numbers in words, and what moves it.
//
// Nothing is ever sent to the server. Who moves when is in turns.js, what is shown in the four
// files of the kinds. Each draws into the nodes made here.

import { component, watchSize } from "../_kernel/component.js";
import { element } from "../_kernel/dom.js";
import { classColour, readTheme } from "../_kernel/theme.js";
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
 * @property {import("../_kernel/theme.js").ColourPair[]} colours
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

/** @typedef {import("../_kernel/component.js").Life<Message>} Life */
/** @typedef {Life & { miniature: Miniature }} View */

export default component({ className: "sp-home-mini", mount, show });

/**
 * @param {Life} life
 * @returns {View}
 */
function mount(life) {
  const { root, message, signal } = life;
  root.classList.add(`sp-home-${message.kind}`);
  root.setAttribute("role", "group");
  const stage = element("div", "sp-home-stage", root);
  const words = element("div", "sp-home-words", root);
  const foot = element("div", "sp-home-foot", root);
  const button = playButton(foot);
  const miniature = miniatureOf({ stage, words, foot }, message);
  root.setAttribute("aria-label", miniature.name);
  join({ root, button, miniature, turn: message.turn }, signal);
  watchSize(stage, () => miniature.draw(), signal);
  return Object.assign(life, { miniature });
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

/** @param {View} view */
function show({ root, message, miniature }) {
  const { dark } = readTheme(root);
  message.colours.forEach((_, k) => {
    root.style.setProperty(`--sp-colour-${k}`, classColour(message.colours, k, dark));
  });
  root.dataset.dark = `${dark}`;
  miniature.draw();
}
