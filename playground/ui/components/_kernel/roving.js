// One tab stop for many buttons, which arrow keys lead between.

/**
 * Which of the buttons has the focus; −1 if none.
 *
 * @param {HTMLButtonElement[]} buttons
 */
export function focusedAt(buttons) {
  const { activeElement } = document;
  return activeElement instanceof HTMLButtonElement ? buttons.indexOf(activeElement) : -1;
}

/**
 * One tab stop for many buttons; arrows, Home and End move between them.
 *
 * @param {HTMLElement} container
 * @param {HTMLButtonElement[]} buttons
 * @param {() => number | undefined} columns how many stand in a row; if there is but one row
 *   or column, all arrows do the same
 */
export function rove(container, buttons, columns) {
  container.dataset.arrows = "own"; // so that in projection mode they do not lead on
  container.addEventListener("keydown", (event) => {
    const shown = buttons.filter((button) => !button.hidden);
    const at = focusedAt(shown);
    const row = columns() ?? 1;
    /** @type {Record<string, number>} */
    const moves = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      ArrowUp: at - row,
      ArrowDown: at + row,
      Home: 0,
      End: shown.length - 1,
    };
    const to = moves[event.key];
    if (at < 0 || to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault(); // or the page scrolls
    shown[to]?.focus();
  });
  container.addEventListener("focusin", ({ target }) => {
    const chosen = buttons.find((button) => button === target);
    if (chosen) makeTabStop(buttons, chosen);
  });
}

/**
 * @param {HTMLButtonElement[]} buttons
 * @param {HTMLButtonElement} chosen
 */
export function makeTabStop(buttons, chosen) {
  for (const button of buttons) {
    const index = button === chosen ? 0 : -1;
    if (button.tabIndex !== index) button.tabIndex = index;
  }
}
