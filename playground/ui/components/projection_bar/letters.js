// Whether the letters p and q are keys. Who dictates, or hits letters unawares, switches them off
// (WCAG 2.1.4), and this browser remembers it.

const STORED = "softmax-playground-letters";

/** Whether they are. */
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
