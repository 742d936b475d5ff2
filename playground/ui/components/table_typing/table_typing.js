// Keys that are typed into a table faster than its cell opens.
//
// Streamlit's table opens the editor of a cell with the first key, and gives the focus back when
// it closes. What is typed between the two waits here: for the editor, which it is written into,
// or for the table, which is told of it key by key. In an editor, too, a key waits for the one
// before: the editor asks after each key, by a timer of no delay, whether it is to close, and if an
// Enter has come by then it closes as if nothing had been typed.

import { component } from "../_kernel/component.js";

/** @typedef {{ key: string }} Message */
/** @typedef {import("../_kernel/component.js").Life<Message>} Life */

/**
 * @typedef {object} ViewKeys
 * @property {"editor" | "table" | "turn" | ""} awaited what is about to have the focus, or the
 *   next turn of the page, in which what has it knows of the key before
 * @property {string[]} keys that wait for it
 * @property {boolean} isTelling whether the key that is heard of is one of ours
 * @property {ReturnType<typeof setTimeout>} [timer] of giving up
 * @property {number} [frame]
 * @property {ReturnType<typeof setTimeout>} [turn]
 *
 * @typedef {Life & ViewKeys} View
 */

const TABLE = "canvas"; // or a cell in it, which is there for screen readers
const EDITOR = ".gdg-input";
const READ_ONLY = '[aria-selected="true"][aria-readonly="true"]';
const LONGEST = 30_000; // ms

export default component({ className: "sp-typing", mount });

/**
 * @param {Life} life
 * @returns {View}
 */
function mount(life) {
  life.root.hidden = true;
  /** @type {View} */
  const view = Object.assign(life, {
    awaited: /** @type {const} */ (""),
    keys: [],
    isTelling: false,
  });
  const { signal } = life;
  window.addEventListener("keydown", (event) => take(view, event), { capture: true, signal });
  window.addEventListener("focusin", ({ target }) => arrive(view, target), { signal });
  window.addEventListener("pointerdown", () => forget(view), { capture: true, signal });
  signal.addEventListener("abort", () => forget(view));
  return view;
}

/** @param {string} key */
const isText = (key) => key.length === 1;
/** @param {string} key */
const isLast = (key) => key === "Enter" || key === "Tab";

/** @type {(node: EventTarget | null) => boolean} */
const isEditor = (node) => Boolean(/** @type {Element | null} */ (node)?.matches?.(EDITOR));
/** @type {(node: EventTarget | null) => boolean} */
const isTable = (node) => Boolean(/** @type {Element | null} */ (node)?.closest?.(TABLE));
/** @type {(node: Element) => boolean} */
const isEditable = (node) => !node.closest(TABLE)?.querySelector(READ_ONLY);

/**
 * @param {View} view
 * @param {KeyboardEvent} event
 */
function take(view, event) {
  const { key, target, ctrlKey, metaKey, altKey } = event;
  if (view.isTelling || ctrlKey || metaKey || altKey) return;
  if (key === "Escape") forget(view);
  else if (view.awaited && (isText(key) || isLast(key) || key === "Backspace")) {
    view.keys.push(key);
    event.preventDefault();
    event.stopPropagation();
  } else if (isTable(target) && isText(key)) {
    if (isEditable(/** @type {Element} */ (target))) wait(view, "editor");
  } else if (isEditor(target)) {
    if (isLast(key)) wait(view, "table");
    else if (isText(key)) waitForTurn(view, /** @type {HTMLElement} */ (target));
  }
}

/**
 * @param {View} view
 * @param {"editor" | "table" | "turn"} what
 */
function wait(view, what) {
  stop(view);
  view.awaited = what;
  view.timer = setTimeout(() => forget(view), LONGEST);
}

/** @param {View} view */
function stop({ timer, frame, turn }) {
  clearTimeout(timer);
  clearTimeout(turn);
  if (frame !== undefined) cancelAnimationFrame(frame);
}

/** @param {View} view */
function forget(view) {
  stop(view);
  Object.assign(view, { awaited: "", keys: [] });
}

/**
 * @param {View} view
 * @param {EventTarget | null} target that has the focus now
 */
function arrive(view, target) {
  const { awaited } = view;
  if ((awaited === "editor" && isEditor(target)) || (awaited === "table" && isTable(target)))
    waitForTurn(view, /** @type {HTMLElement} */ (target));
}

/**
 * What has the focus takes the next key once it has drawn itself with the one before, and its
 * timers have run: a table would take it for the cell that has just been left, and an editor would
 * close without it. A timer that begins later ends later, however busy the page is.
 *
 * @param {View} view
 * @param {HTMLElement} node that has the focus
 */
function waitForTurn(view, node) {
  wait(view, "turn");
  view.frame = requestAnimationFrame(() => {
    view.frame = requestAnimationFrame(() => {
      view.turn = setTimeout(() => {
        if (isTable(node) && document.querySelector(EDITOR)) waitForTurn(view, node);
        else giveOut(view, node);
      }, 0);
    });
  });
}

/**
 * Give what has the focus the text that waits, or one other key.
 *
 * @param {View} view
 * @param {HTMLElement} node
 */
function giveOut(view, node) {
  const { keys } = view;
  const inEditor = isEditor(node);
  const [key] = keys;
  if (key === undefined) {
    forget(view);
  } else if (inEditor && !isLast(key)) {
    while (keys.length && !isLast(keys[0]))
      write(/** @type {HTMLTextAreaElement} */ (node), keys.shift() ?? "");
    waitForTurn(view, node);
  } else {
    keys.shift();
    if (inEditor) wait(view, "table");
    else if (isText(key) && isEditable(node)) wait(view, "editor");
    else waitForTurn(view, node);
    const focused = /** @type {HTMLElement | null} */ (document.activeElement);
    tell(view, focused && isTable(focused) && isTable(node) ? focused : node, key);
  }
}

/**
 * As if it were typed.
 *
 * @param {HTMLTextAreaElement} field
 * @param {string} key
 */
function write(field, key) {
  const { selectionStart: from, selectionEnd: to } = field;
  if (key === "Backspace") field.setRangeText("", from === to ? Math.max(from - 1, 0) : from, to);
  else field.setRangeText(key, from, to, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

/**
 * @param {View} view
 * @param {HTMLElement} node
 * @param {string} key
 */
function tell(view, node, key) {
  view.isTelling = true;
  node.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  view.isTelling = false;
}
