// A button that counts its presses: none is lost, however quickly one follows the other.
//
// Each press tells the server how many there have been in all. It says which of them it has
// taken; while one is not among them, it is told again.

import { inkOn } from "../_kernel/class_colours.js";
import { component } from "../_kernel/component.js";
import { element, write } from "../_kernel/dom.js";
import { Mailbox } from "../_kernel/mailbox.js";
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
 * @typedef {object} ViewKeys
 * @property {HTMLButtonElement} button
 * @property {Mailbox<object>} mail whose messages are numbered by their presses
 *
 * @typedef {import("../_kernel/component.js").Life<Message> & ViewKeys} View
 */

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

export default component({ className: "sp-counting", style: STYLE, mount, receive, show });

/** @param {import("../_kernel/component.js").Life<Message>} life */
function mount(life) {
  const button = element("button", "", life.root);
  button.type = "button";
  const lost = () => {
    view.mail.seq = view.message.answered; // the server shows what holds
  };
  /** @type {View} */
  const view = Object.assign(life, {
    button,
    mail: new Mailbox((pressed) => view.trigger("pressed", pressed), life.signal, lost),
  });
  button.addEventListener("click", () => press(view));
  return view;
}

/** @param {View} view */
function receive({ message, mail, button }) {
  mail.answered(message.answered);
  write(button, message.label);
  button.title = message.tip;
}

/** @param {View} view */
function show({ root }) {
  root.style.setProperty("--sp-ink", inkOn(readTheme(root).accent));
}

/** @param {View} view */
function press({ mail, message }) {
  if (mail.seq - message.answered < message.most) mail.post({});
}
