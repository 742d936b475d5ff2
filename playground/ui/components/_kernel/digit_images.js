// What the components with pictures of digits share: large constant parts of a
// message that come once, 28 × 28 pixels on a canvas, and arrow keys.

import { element } from "./dom.js";

/**
 * A large constant part of a message; the bytes, in base64, come with the first that needs it.
 *
 * @typedef {{ id: string, bytes?: string }} Parcel
 */

/** @typedef {ReturnType<typeof setTimeout>} Timer */
/** @typedef {[red: number, green: number, blue: number]} Colour */

/**
 * What of a component is needed to ask for a parcel.
 *
 * @typedef {object} Asker
 * @property {(name: string, value: unknown) => void} trigger
 * @property {Timer} [asking]
 */

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;
const KEPT = 32; // parcels; the server counts on the last 8 of a component
const ASK_AGAIN = [1500, 30000]; // ms without an answer: at first, and at most (it doubles)

// Ink, and weights for and against a class, on a light and on a dark page (red and
// blue are told apart in all common kinds of colour blindness).
/** @type {{ ink: Colour, positive: Colour, negative: Colour }[]} */
const COLOURS = [
  { ink: [17, 20, 28], positive: [178, 24, 43], negative: [18, 86, 168] },
  { ink: [246, 246, 244], positive: [255, 118, 100], negative: [104, 176, 255] },
];
const GAMMA = 0.75; // below 1, so that small weights still show

/**
 * With a true minus sign, and none before a zero.
 *
 * @param {number} value
 * @param {number} digits
 */
export function fixed(value, digits) {
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

// ---------------------------------------------------------------- parcels

/** @type {Map<string, Uint8Array<ArrayBuffer>>} */
const parcels = new Map(); // id → bytes; for all components of the page, over mounts

/** @param {string} text base64 */
export const bytesOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

/**
 * The bytes a message means, which come with the first message that needs them only.
 * If they were lost on the way: undefined, and the server is asked until they are here.
 *
 * @param {Asker} view
 * @param {Parcel} parcel
 */
export function open(view, { id, bytes }) {
  if (bytes && !parcels.has(id)) {
    parcels.set(id, bytesOf(bytes));
    const [oldest] = parcels.keys();
    if (parcels.size > KEPT) parcels.delete(oldest);
  }
  const parcel = parcels.get(id);
  if (parcel) {
    clearTimeout(view.asking);
    view.asking = undefined;
  } else view.asking ??= ask(view, ASK_AGAIN[0]);
  return parcel;
}

/**
 * @param {Asker} view
 * @param {number} delay until it is asked again
 * @returns {Timer}
 */
function ask(view, delay) {
  view.trigger("resend", Date.now());
  return setTimeout(() => {
    view.asking = ask(view, Math.min(2 * delay, ASK_AGAIN[1]));
  }, delay);
}

// ---------------------------------------------------------------- pictures

/**
 * @param {Node} parent
 * @param {string} className
 */
export function picture(parent, className) {
  const canvas = element("canvas", `sp-digit ${className}`, parent);
  canvas.width = canvas.height = SIDE;
  canvas.setAttribute("aria-hidden", "true");
  return canvas;
}

/**
 * Ink from 0 to 1 at each pixel.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {boolean} dark whether the page is
 * @param {(i: number) => number} inkAt
 */
export function paintInk(canvas, dark, inkAt) {
  const { ink } = COLOURS[dark ? 1 : 0];
  paint(canvas, inkAt, ink, ink, (value) => value);
}

/**
 * A value from −1 to 1 at each pixel; 0 is the page.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {boolean} dark whether the page is
 * @param {(i: number) => number} valueAt
 */
export function paintSigned(canvas, dark, valueAt) {
  const { positive, negative } = COLOURS[dark ? 1 : 0];
  /** @param {number} value */
  const alpha = (value) => Math.min(1, Math.abs(value)) ** GAMMA;
  paint(canvas, valueAt, negative, positive, alpha);
}

/**
 * The page shows through: colour is opacity, so nothing need be known of its own colour.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {(i: number) => number} valueAt
 * @param {Colour} below 0
 * @param {Colour} above 0
 * @param {(value: number) => number} alphaOf
 */
function paint(canvas, valueAt, below, above, alphaOf) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(canvas.width, canvas.height);
  const { data } = image;
  for (let i = 0, at = 0; at < data.length; i += 1) {
    // no array for each pixel: there are many
    const value = valueAt(i);
    const colour = value < 0 ? below : above;
    data[at++] = colour[0];
    data[at++] = colour[1];
    data[at++] = colour[2];
    data[at++] = Math.round(255 * alphaOf(value));
  }
  context.putImageData(image, 0, 0);
}

// ---------------------------------------------------------------- keyboard

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
 * @param {AbortSignal} signal
 */
export function rove(container, buttons, columns, signal) {
  container.addEventListener(
    "keydown",
    (event) => {
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
    },
    { signal },
  );
  container.addEventListener(
    "focusin",
    ({ target }) => {
      const chosen = buttons.find((button) => button === target);
      if (chosen) makeTabStop(buttons, chosen);
    },
    { signal },
  );
}

/**
 * @param {HTMLButtonElement[]} buttons
 * @param {HTMLButtonElement} chosen
 */
export function makeTabStop(buttons, chosen) {
  for (const button of buttons) button.tabIndex = button === chosen ? 0 : -1;
}
