// A decimal comma in a number field of the browser.
//
// A browser that expects none drops it, so that 0,05 would be 5. Fields for whole numbers are left
// alone: there it stands between thousands.

/** @param {AbortSignal} signal that ends it */
export function takeDecimalCommas(signal) {
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    const { key, target, ctrlKey, metaKey, altKey } = event;
    if (key !== "," || ctrlKey || metaKey || altKey || !isField(target)) return;
    event.preventDefault();
    let isTaken = false;
    /** @param {Event} input which is heard of, without the comma, if it replaces a selection */
    const note = (input) => {
      isTaken = /** @type {InputEvent} */ (input).data === ",";
    };
    target.addEventListener("input", note);
    document.execCommand("insertText", false, ","); // at once, as if it were typed
    target.removeEventListener("input", note);
    if (!isTaken) document.execCommand("insertText", false, ".");
  };
  window.addEventListener("keydown", onKey, { capture: true, signal });
}

/**
 * @param {EventTarget | null} node
 * @returns {node is HTMLInputElement}
 */
function isField(node) {
  if (!(node instanceof HTMLInputElement) || node.type !== "number") return false;
  return !Number.isInteger(Number(node.step));
}
