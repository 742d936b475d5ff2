// What one press changes in the address is one entry of the browser's history.
//
// Streamlit 1.67 adds an entry each time the server changes the address. A page that is left has its
// settings taken away so, in an entry of its own, and a page that comes writes its address in
// several steps: "Back" then leads to a page without its settings, or seems to do nothing.
// The page that is served runs this before all else.

if (globalThis.history) oneEntryAPress(history);

/**
 * @param {Pick<History, "pushState" | "replaceState">} entries
 * @param {Pick<EventTarget, "addEventListener">} page whose presses count
 */
export function oneEntryAPress(entries, page = globalThis) {
  const push = entries.pushState.bind(entries);
  let isMade = true; // the entry that is there was made since the last press
  entries.pushState = (state, unused, url) => {
    if (isMade) entries.replaceState(state, unused, url);
    else push(state, unused, url);
    isMade = true;
  };
  /** @param {boolean} made */
  const set = (made) => () => {
    isMade = made;
  };
  page.addEventListener("popstate", set(true));
  page.addEventListener("pointerdown", set(false), { capture: true });
  page.addEventListener("keydown", set(false), { capture: true });
}
