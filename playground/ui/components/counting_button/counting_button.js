// A button that counts its presses: none is lost, however quickly one follows the other.
//
// Each press tells the server how many there have been in all, and how many of them it has said that
// it has taken: a session that is new, as after a restart of the server, knows of none. While one
// is not among them, it is told again.

import { component } from "../_kernel/component.js";
import { element, write } from "../_kernel/dom.js";
import { Mailbox } from "../_kernel/mailbox.js";
import { News } from "../_kernel/news.js";
import { inkOn, readTheme } from "../_kernel/theme.js";

/**
 * What Python sends.
 *
 * @typedef {object} Message
 * @property {string} label
 * @property {string} tip
 * @property {string} icon of a plain button, "" for one that stands out
 * @property {number} most presses that may wait for an answer
 * @property {number} answered presses that the server has taken, in all
 */

/**
 * @typedef {object} ViewKeys
 * @property {HTMLButtonElement} button
 * @property {HTMLElement} icon
 * @property {HTMLElement} label
 * @property {Mailbox<object>} mail whose messages are numbered by their presses
 * @property {number} taken presses that the server has said it has taken, also in a session before
 *
 * @typedef {import("../_kernel/component.js").Life<Message> & ViewKeys} View
 */

export default component({ className: "sp-counting", mount, receive, show });

/** @param {import("../_kernel/component.js").Life<Message>} life */
function mount(life) {
  const button = element("button", "", life.root);
  const icon = element("span", "sp-counting-icon", button);
  icon.setAttribute("aria-hidden", "true");
  const lost = () => {
    view.mail.seq = view.taken; // the server shows what holds
  };
  const news = new News(life.root, life.root, life.signal);
  /** @param {{ seq: number }} pressed */
  const send = (pressed) => view.trigger("pressed", { ...pressed, since: view.taken });
  /** @type {View} */
  const view = Object.assign(life, {
    button,
    icon,
    label: element("span", "", button),
    mail: new Mailbox(send, life.signal, lost, news),
    taken: 0,
  });
  button.addEventListener("click", () => press(view));
  return view;
}

/** @param {View} view */
function receive(view) {
  const { root, message, mail, button, icon, label } = view;
  view.taken = Math.max(view.taken, message.answered);
  mail.answered(message.answered);
  root.toggleAttribute("data-plain", message.icon !== "");
  write(icon, message.icon);
  write(label, message.label);
  button.title = message.tip;
}

/** @param {View} view */
function show({ root }) {
  root.style.setProperty("--sp-ink", inkOn(readTheme(root).accent));
}

/** @param {View} view */
function press({ mail, message, taken }) {
  if (mail.seq - taken < message.most) mail.post({});
}
