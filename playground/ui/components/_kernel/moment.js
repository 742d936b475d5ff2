// The moment that a scrubber stands at, for all parts of the page, without a server.
//
// Whoever follows listens for "sp-moment" on the window, or for "sp-frame" if it shows what has been
// fetched of the moment, and asks here when it begins.

/**
 * What has been fetched of a moment, which need not be the one that is wanted: it may be on its way.
 *
 * @typedef {object} Frame
 * @property {number} step
 * @property {unknown} content
 */

/** @type {number | null} */
let shown = null;
/** @type {Frame | null} */
let frame = null;

// A step, or null where nobody looks at one moment rather than the latest.
export const momentShown = () => shown;

/** @param {number | null} step */
export function showMoment(step) {
  if (step === shown) return;
  shown = step;
  window.dispatchEvent(new CustomEvent("sp-moment", { detail: { step } }));
}

// What the parts of the page show while a scrubber moves; null: what the server has told them.
export const frameShown = () => frame;

/** @param {Frame | null} next */
export function showFrame(next) {
  if (next?.content === frame?.content) return;
  frame = next;
  window.dispatchEvent(new CustomEvent("sp-frame"));
}
