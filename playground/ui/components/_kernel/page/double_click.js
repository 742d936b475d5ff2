// A double click on a button that starts or steers a training is one click, however late the second
// comes: by then the page may show the button again, or another in its place. The browser alone knows
// that they belong together. The page that is served runs this first.

const ONE_CLICK = '.st-key-sp_steering .stButton, [class*="st-key-start_"] .stButton';

globalThis.addEventListener?.("click", takeBack, { capture: true });

/** @param {Pick<MouseEvent, "detail" | "target" | "stopPropagation">} click */
export function takeBack(click) {
  const { detail, target } = click;
  if (detail > 1 && /** @type {Element} */ (target).closest?.(ONE_CLICK)) click.stopPropagation();
}
