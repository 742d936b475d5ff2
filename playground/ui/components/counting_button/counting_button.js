// A button that counts its presses: none is lost, however quickly one follows the other.
//
// Each press tells the server how many there have been in all. It says which of them it has
// taken; while one is not among them, it is told again.

import { inkOn } from "../_kernel/class_colours.js";
import { element, write } from "../_kernel/dom.js";
import { readTheme } from "../_kernel/theme.js";

/**
 * What Python sends.
 *
 * @typedef {object} Message
 * @property {string} label
 * @property {string} tip
 * @property {number} most presses that may wait for an answer
 * @property {number} answered presses that the server has taken, in all
 */

/**
 * @typedef {object} View
 * @property {HTMLButtonElement} button
 * @property {HTMLElement} root
 * @property {Message} message the last one
 * @property {(pressed: { seq: number }) => void} send
 * @property {number} presses in all
 * @property {ReturnType<typeof setTimeout>} [timer]
 */

/** @type {WeakMap<HTMLElement, View>} */
const views = new WeakMap(); // parent element → view
const ASK_AGAIN = { after: 5000, times: 3 }; // ms without an answer: the message was lost
const STYLE = `
.sp-counting { display: flex; }
.sp-counting button { min-height: 2.5rem; padding: .25rem .75rem; font: inherit;
  font-family: var(--st-font); font-size: 1rem; line-height: 1.6; color: var(--sp-ink);
  background: var(--st-primary-color); border: 1px solid var(--st-primary-color);
  border-radius: var(--st-button-radius, .5rem); cursor: pointer; touch-action: manipulation; }
.sp-counting button:hover { filter: brightness(1.12); }
.sp-counting button:active { filter: brightness(.9); }
.sp-counting button:focus-visible { outline: 3px solid var(--st-text-color);
  outline-offset: 2px; }`;

/** @param {import("../_kernel/dom.js").Component<Message>} component */
export default function countingButton({ data, parentElement, setTriggerValue }) {
  if (!data) return undefined;
  let view = views.get(parentElement);
  if (!view) {
    view = mount(parentElement, data);
    views.set(parentElement, view);
  }
  view.send = (pressed) => setTriggerValue("pressed", pressed);
  if (data !== view.message) receive(view, data);
  view.root.style.setProperty("--sp-ink", inkOn(readTheme(view.root).accent));
  // Streamlit calls this too when a newer message overtakes the loading of this module.
  return () => parentElement.isConnected || destroy(/** @type {View} */ (view), parentElement);
}

/**
 * @param {HTMLElement} parent
 * @param {Message} message the first one
 */
function mount(parent, message) {
  const root = element("div", "sp-counting", parent);
  element("style", "", root).textContent = STYLE;
  const button = element("button", "", root);
  button.type = "button";
  /** @type {View} */
  const view = { root, button, message, send: () => undefined, presses: message.answered };
  button.addEventListener("click", () => press(view));
  receive(view, message);
  return view;
}

/**
 * @param {View} view
 * @param {HTMLElement} parent
 */
function destroy(view, parent) {
  clearTimeout(view.timer);
  view.root.remove();
  views.delete(parent);
}

/**
 * @param {View} view
 * @param {Message} message
 */
function receive(view, message) {
  view.message = message;
  view.presses = Math.max(view.presses, message.answered); // goes on counting after a remount
  if (message.answered >= view.presses) clearTimeout(view.timer);
  write(view.button, message.label);
  view.button.title = message.tip;
}

/** @param {View} view */
function press(view) {
  if (view.presses - view.message.answered >= view.message.most) return;
  view.presses += 1;
  tell(view, ASK_AGAIN.times);
}

/**
 * @param {View} view
 * @param {number} times that it is still told again if no answer comes
 */
function tell(view, times) {
  clearTimeout(view.timer);
  view.send({ seq: view.presses });
  view.timer = setTimeout(() => {
    if (times > 0) tell(view, times - 1);
    else view.presses = view.message.answered; // the server shows what holds
  }, ASK_AGAIN.after);
}
