// Whether what is shown is out of date: news is due from the server, and it has not come.
//
// A server that has stopped keeps its sockets open and says nothing, so only time can tell. All that
// shows what the server alone knows has one of these: what is old is grey then, and says so.

import { element, write } from "./dom.js";

export const PATIENCE = 1500; // ms without news that is due
const HELD_UP = 500; // ms: a timer that comes so late was held up by the browser, not by the server
const WORDS = "waiting for the server";

/**
 * While what is shown is old its root has the attribute data-old, and the page around it says so for
 * what the server shows elsewhere: data-old-canvas for an .sp-canvas.
 */
export class News {
  #isOld = false;
  #dueAt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #root;
  #words;
  /** @type {Element | null | undefined} */
  #page; // around it, which stays when the component goes

  /**
   * @param {HTMLElement} root of the component
   * @param {HTMLElement} place in which it is said
   * @param {AbortSignal} signal that ends it
   */
  constructor(root, place, signal) {
    this.#root = root;
    this.#words = element("div", "sp-news", place);
    this.#words.setAttribute("role", "status");
    signal.addEventListener("abort", () => {
      clearTimeout(this.#timer);
      this.#mark(false);
    });
  }

  /**
   * From now on news is due, unless it was due before.
   *
   * @param {number} [patience] ms
   */
  due(patience = PATIENCE) {
    if (this.#timer === undefined && !this.#isOld) this.#wait(patience);
  }

  /** What was due has come. */
  came() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isOld) this.#show(false);
  }

  /** @param {number} ms */
  #wait(ms) {
    this.#dueAt = Date.now() + ms;
    this.#timer = setTimeout(() => {
      if (Date.now() - this.#dueAt > HELD_UP) this.#wait(HELD_UP);
      else this.#show(true);
    }, ms);
  }

  /** @param {boolean} isOld */
  #show(isOld) {
    this.#timer = undefined;
    this.#isOld = isOld;
    this.#mark(isOld);
    write(this.#words, isOld ? WORDS : "");
  }

  // Not for `:has()` to find out: each change of a page would ask it, and style the page again.
  /** @param {boolean} isOld */
  #mark(isOld) {
    if (isOld) this.#root.dataset.old = "true";
    else delete this.#root.dataset.old;
    const [, name] = /^sp-(\w+)/.exec(this.#root.className) ?? [];
    this.#page ??= this.#root.closest(".stMain");
    if (name) this.#page?.toggleAttribute(`data-old-${name}`, isOld);
  }
}
