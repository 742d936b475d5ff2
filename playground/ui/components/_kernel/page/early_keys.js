// A key that is pressed before the part that it is for is there: what it asks for comes then.

const INSTALLED = Symbol.for("softmax-playground-early-keys"); // also by another version of this
const FIELDS = "input, textarea, select, [contenteditable], [role='textbox'], [role='combobox']";

/**
 * What all versions of this module share.
 *
 * @typedef {object} Early
 * @property {Set<string>} pressed keys that nobody has taken
 * @property {boolean} isServed whether somebody listens to keys by now
 */

/** @returns {Early} */
function shared() {
  const page = /** @type {Window & { [INSTALLED]?: Early }} */ (window);
  page[INSTALLED] ??= { pressed: new Set(), isServed: false };
  return page[INSTALLED];
}

/** Remember letters from now on, until somebody listens to them. */
export function rememberKeys() {
  if (INSTALLED in window) return;
  const early = shared();
  document.addEventListener("keydown", (event) => {
    const { key, target, ctrlKey, metaKey, altKey, shiftKey, repeat, isComposing } = event;
    if (early.isServed || ctrlKey || metaKey || altKey || shiftKey || repeat || isComposing) return;
    if (target instanceof Element && target.closest(FIELDS)) return;
    early.pressed.add(key.toLowerCase());
  });
}

/**
 * Somebody listens from now on; the keys that were pressed before.
 *
 * @param {AbortSignal} signal that ends it
 */
export function takeEarlyKeys(signal) {
  const early = shared();
  const { pressed } = early;
  Object.assign(early, { pressed: new Set(), isServed: true });
  signal.addEventListener("abort", () => {
    early.isServed = false;
  });
  return pressed;
}
