// What becomes of the page's address. The page that is served runs this before all else.

const PHONE = "(max-width: 600px)";
const TAB = {
  path: () => location.pathname,
  toTop: () => document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0),
};

if (globalThis.history) oneEntryAPress(history);
if (globalThis.matchMedia?.(PHONE).matches) {
  document.querySelector("#sp-first")?.remove(); // the large type that the link begins with
  const address = unprojected(location.href);
  // Last of all: Safari throws after 100 of these in 30 s.
  if (address !== location.href) history.replaceState(history.state, "", address);
}

/**
 * The address without projection mode, as `playground/ui/projection/mode.py` takes it: on a phone, where
 * what fills a beamer lies one upon the other, its links and a projected lesson's lead to the page as ever.
 *
 * @param {string} address
 */
export function unprojected(address) {
  const url = new URL(address);
  const { searchParams } = url;
  if (searchParams.has("notes")) return address;
  if (searchParams.has("lesson")) searchParams.set("projection", "0");
  else if (searchParams.has("projection")) searchParams.delete("projection");
  else return address;
  return url.href;
}

/**
 * What one press changes in the address is one entry of the browser's history.
 *
 * Streamlit 1.67 adds an entry each time the server changes the address. A page that is left has its
 * settings taken away so, in an entry of its own, and a page that comes writes its address in
 * several steps: "Back" then leads to a page without its settings, or seems to do nothing.
 * And a page that one goes back to begins at its top: Streamlit scrolls there for a link alone.
 *
 * @param {Pick<History, "pushState" | "replaceState">} entries
 * @param {Pick<EventTarget, "addEventListener">} page whose presses count
 * @param {{ path: () => string, toTop: () => void }} tab
 */
export function oneEntryAPress(entries, page = globalThis, tab = TAB) {
  const push = entries.pushState.bind(entries);
  let isMade = true; // the entry that is there was made since the last press
  let shown = tab.path();
  entries.pushState = (state, unused, url) => {
    if (isMade) entries.replaceState(state, unused, url);
    else push(state, unused, url);
    isMade = true;
    shown = tab.path();
  };
  const press = () => {
    isMade = false;
  };
  page.addEventListener("popstate", () => {
    isMade = true;
    if (tab.path() !== shown) tab.toTop();
    shown = tab.path();
  });
  page.addEventListener("pointerdown", press, { capture: true });
  page.addEventListener("keydown", press, { capture: true });
}
