// Keyboard and clicker in projection mode, before any control of the page hears of a key.
//
// A clicker sends PageDown and PageUp. They lead on even where a slider has the focus, which
// the last drag has given it: a clicker must never move a value. The arrows belong to
// whatever uses arrows itself. Escape leaves a lesson where nothing else ends by it. Letters are
// keys unless they have been switched off: who dictates, or hits them unawares, does so (WCAG
// 2.1.4), and this browser remembers it.

/**
 * What the keys do; `isCovered` and `uncover` are about the code that covers the page.
 *
 * @typedef {object} Actions
 * @property {() => boolean} isOn
 * @property {() => void} toggle
 * @property {(by: number) => void} step
 * @property {() => void} showCode
 * @property {() => boolean} isCovered
 * @property {() => void} uncover
 * @property {() => boolean} isInLesson whether Escape leaves something
 * @property {() => void} leave
 */

const STORED = "softmax-playground-letters";
/** @type {Record<string, number>} */
const STEPS = { PageDown: 1, PageUp: -1, ArrowRight: 1, ArrowLeft: -1 };
const FIELDS = `textarea, select, [contenteditable]:not([contenteditable="false"]),
  [role="textbox"], [role="combobox"],
  input:not([type="checkbox"], [type="radio"], [type="range"], [type="button"], [type="file"])`;
const ARROW_USERS = `${FIELDS}, input, canvas, [role="slider"], [role="radiogroup"], [role="tab"],
  [role="listbox"], [role="menu"], [role="grid"], [role="application"], [role="dialog"],
  [role="img"][tabindex], [data-testid="stDataFrame"], [data-arrows]`;
const ESCAPE_USERS = `${FIELDS}, canvas, [role="dialog"], [role="listbox"], [role="menu"],
  [role="tooltip"], [data-held], input[type="range"]:active`;

/**
 * @param {Actions} actions
 * @param {AbortSignal} signal
 */
export function listenToKeys(actions, signal) {
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.isComposing || !act(actions, event)) return;
    event.preventDefault(); // nor scroll
    event.stopPropagation();
  };
  window.addEventListener("keydown", onKey, { capture: true, signal });
}

/**
 * Whether the key means something here.
 *
 * @param {Actions} actions
 * @param {KeyboardEvent} event
 */
function act(actions, { key, target, repeat }) {
  /** @param {string} selector */
  const isIn = (selector) => target instanceof Element && target.closest(selector) !== null;
  const letter = key.toLowerCase();
  if (letter === "p" || letter === "q") {
    if (!lettersWork()) return false;
    if (isIn(FIELDS) || repeat) return false;
    return press(actions, letter);
  }
  if (key === "Escape") {
    if (!actions.isInLesson() || actions.isCovered() || isIn(ESCAPE_USERS)) return false;
    actions.leave();
    return true;
  }
  const by = STEPS[key];
  if (!by || !actions.isOn()) return false;
  if (actions.isCovered()) actions.uncover();
  else if (isIn(key.startsWith("Page") ? "textarea, select, [role='listbox']" : ARROW_USERS))
    return false;
  else actions.step(by);
  return true;
}

/**
 * @param {Actions} actions
 * @param {string} letter
 */
function press(actions, letter) {
  if (actions.isCovered()) actions.uncover();
  else if (letter === "q") actions.showCode();
  if (letter === "p") actions.toggle();
  return true;
}

/** Whether the letters p and q are keys. */
export function lettersWork() {
  try {
    return localStorage.getItem(STORED) !== "off";
  } catch {
    return true; // a browser that stores nothing
  }
}

/** @param {boolean} work */
export function useLetters(work) {
  try {
    localStorage.setItem(STORED, work ? "on" : "off");
  } catch {
    // it holds for no page, then
  }
}
