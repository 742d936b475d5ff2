// Tells a part of a page that is drawn again by itself that it has not been drawn for too long.
//
// It comes with each drawing of the part, which is its news, and says when the next one is due.
// Where drawings are rare because a server is busy, or late now and then because a network loses
// packets, it gets used to that and does not blink.

import { component } from "../_kernel/component.js";
import { News, PATIENCE } from "../_kernel/news.js";

/**
 * @typedef {object} Message
 * @property {number} drawn another number for each drawing
 * @property {number | null} next ms until the browser asks for the next one; null: it does not
 */

/**
 * @typedef {object} ViewKeys
 * @property {News} news
 * @property {number} cameAt when the part was last drawn, in ms
 * @property {number[]} gaps between its last drawings, in ms, the newest first
 *
 * @typedef {import("../_kernel/component.js").Life<Message> & ViewKeys} View
 */

const USUAL = 500; // ms between drawings, for which PATIENCE is made
const SLACK = 1.5; // as long as the drawings before took, and half as long again
const MOST = 6000; // ms
const REMEMBERED = 60; // drawings, half a minute

export default component({ className: "sp-live-part", mount, receive });

/** @param {import("../_kernel/component.js").Life<Message>} life */
function mount(life) {
  const { root, signal } = life;
  const part = /** @type {HTMLElement | null} */ (root.closest(".stVerticalBlock"));
  part?.toggleAttribute("data-live", true);
  signal.addEventListener("abort", () => part?.toggleAttribute("data-live", false));
  /** @type {View} */
  const view = Object.assign(life, {
    news: new News(part ?? root, root, signal),
    cameAt: 0,
    gaps: /** @type {number[]} */ ([]),
  });
  return view;
}

/**
 * @param {View} view
 * @param {Message} [before]
 */
function receive(view, before) {
  const { message, news } = view;
  const now = Date.now();
  const wasDue = before && before.next !== null;
  view.gaps = wasDue ? [now - view.cameAt, ...view.gaps].slice(0, REMEMBERED) : [];
  view.cameAt = now;
  view.root.dataset.drawn = `${message.drawn}`;
  news.came();
  if (message.next !== null) news.due(patienceOf(message.next, view.gaps));
}

/**
 * @param {number} next ms until the next drawing is asked for
 * @param {number[]} gaps before; the longest one may have been a stop, as may all that are too long
 */
function patienceOf(next, gaps) {
  const plain = PATIENCE + Math.max(0, next - USUAL);
  const late = gaps.filter((gap) => gap < MOST).sort((a, b) => b - a);
  const lately = gaps.length < 2 ? 0 : Math.min(gaps[0], gaps[1]);
  const usual = SLACK * Math.max(lately, late[1] ?? 0);
  return Math.max(plain, Math.min(MOST, usual));
}
