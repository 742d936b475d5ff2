// A link of projection mode, or of a lesson that is projected, leads a phone to the page as ever:
// what fills a beamer lies one upon the other there. The page that is served runs this before
// Streamlit reads the address.

const PHONE = "(max-width: 600px)";

if (globalThis.matchMedia?.(PHONE).matches) {
  history.replaceState(history.state, "", unprojected(location.href));
  document.querySelector("#sp-first")?.remove(); // the large type that the link begins with
}

/**
 * The address without the mode: `playground/ui/projection/mode.py` says what turns it on.
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
