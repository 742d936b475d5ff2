// The drawer of pages on a phone: it covers the page, so it goes when one has been chosen.
//
// Streamlit leaves it open, and remembers that over a reload.

const INSTALLED = Symbol.for("softmax-playground-drawer"); // also by another version of this
const PHONE = "(max-width: 768px)"; // where Streamlit's drawer lies upon the page

/** From now on, for this page. */
export function closeDrawer() {
  if (INSTALLED in document) return;
  Object.assign(document, { [INSTALLED]: true });
  close();
  document.addEventListener("click", ({ target }) => {
    const link = '[data-testid="stSidebarNavLink"]';
    if (target instanceof Element && target.closest(link)) setTimeout(close, 0); // once it is followed
  });
}

function close() {
  /** @type {HTMLElement | null} */
  const button = document.querySelector('[data-testid="stSidebarCollapseButton"] button');
  if (button && matchMedia(PHONE).matches) button.click();
}
