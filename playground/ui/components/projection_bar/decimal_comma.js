// A decimal comma in a number field of the browser, typed or pasted.
//
// A browser that expects none drops it, so that 0,05 would be 5, and a minus sign that is no hyphen.
// Fields for whole numbers are left alone: there a comma stands between thousands.

const PASTED = /^[-+−]?\d*([.,]\d+)?(e[-+−]?\d+)?$/i;

/** @param {AbortSignal} signal that ends it */
export function takeDecimalCommas(signal) {
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    const { key, target, ctrlKey, metaKey, altKey } = event;
    if (key !== "," || ctrlKey || metaKey || altKey || !isField(target)) return;
    event.preventDefault();
    insertComma(target);
  };
  /** @param {ClipboardEvent} event */
  const onPaste = (event) => {
    const { target, clipboardData } = event;
    const text = clipboardData?.getData("text/plain").trim() ?? "";
    if (!/[,−]/.test(text) || !PASTED.test(text) || !isField(target)) return;
    event.preventDefault();
    const [whole, part] = text.replaceAll("−", "-").split(",");
    if (whole) insert(whole);
    if (!part) return;
    insertComma(target);
    insert(part);
  };
  window.addEventListener("keydown", onKey, { capture: true, signal });
  window.addEventListener("paste", onPaste, { capture: true, signal });
}

/** @param {HTMLInputElement} field */
function insertComma(field) {
  let isTaken = false;
  /** @param {Event} input which is heard of, without the comma, if it replaces a selection */
  const note = (input) => {
    isTaken = /** @type {InputEvent} */ (input).data === ",";
  };
  field.addEventListener("input", note);
  insert(",");
  field.removeEventListener("input", note);
  if (!isTaken) insert(".");
}

/** @param {string} text at once, as if it were typed */
const insert = (text) => document.execCommand("insertText", false, text);

/**
 * @param {EventTarget | null} node
 * @returns {node is HTMLInputElement}
 */
function isField(node) {
  if (!(node instanceof HTMLInputElement) || node.type !== "number") return false;
  return !Number.isInteger(Number(node.step));
}
