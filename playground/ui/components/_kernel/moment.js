// The moment that a scrubber stands at, for all parts of the page, without a server.
//
// Whoever follows listens for "sp-moment" on the window, and asks here when it begins.

/** @type {number | null} */
let shown = null;

// A step, or null where nobody looks at one moment rather than the latest.
export const momentShown = () => shown;

/** @param {number | null} step */
export function showMoment(step) {
  if (step === shown) return;
  shown = step;
  window.dispatchEvent(new CustomEvent("sp-moment", { detail: { step } }));
}
