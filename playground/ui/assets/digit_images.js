// What the components with pictures of digits share: large constant parts of a
// message that come once, 28 × 28 pixels on a canvas, and arrow keys.

import { element } from "./nodes.js";

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;
const KEPT = 32; // parcels; the server counts on the last 8 of a component
const ASK_AGAIN = [1500, 30000]; // ms without an answer: at first, and at most (it doubles)

// Ink, and weights for and against a class, on a light and on a dark page (red and
// blue are told apart in all common kinds of colour blindness).
const COLOURS = [
  { ink: [17, 20, 28], positive: [178, 24, 43], negative: [18, 86, 168] },
  { ink: [246, 246, 244], positive: [255, 118, 100], negative: [104, 176, 255] },
];
const GAMMA = 0.75; // below 1, so that small weights still show

export function fixed(value, digits) {
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

// ---------------------------------------------------------------- parcels

const parcels = new Map(); // id → bytes; for all components of the page, over mounts

// The bytes a message means, which come with the first message that needs them only.
// If they were lost on the way: undefined, and the server is asked until they are here.
export function open(view, { id, bytes }) {
  if (bytes && !parcels.has(id)) {
    parcels.set(
      id,
      Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0)),
    );
    if (parcels.size > KEPT) parcels.delete(parcels.keys().next().value);
  }
  if (parcels.has(id)) view.asking = clearTimeout(view.asking);
  else view.asking ??= ask(view, ASK_AGAIN[0]);
  return parcels.get(id);
}

function ask(view, delay) {
  view.trigger("resend", Date.now());
  return setTimeout(() => (view.asking = ask(view, Math.min(2 * delay, ASK_AGAIN[1]))), delay);
}

// ---------------------------------------------------------------- pictures

export function picture(parent, className) {
  const canvas = element("canvas", `sp-digit ${className}`, parent);
  canvas.width = canvas.height = SIDE;
  canvas.setAttribute("aria-hidden", "true");
  return canvas;
}

// Ink from 0 to 1 at each pixel.
export function paintInk(canvas, dark, inkAt) {
  const { ink } = COLOURS[+dark];
  paint(canvas, inkAt, ink, ink, (value) => value);
}

// A value from −1 to 1 at each pixel; 0 is the page.
export function paintSigned(canvas, dark, valueAt) {
  const { positive, negative } = COLOURS[+dark];
  const alpha = (value) => Math.min(1, Math.abs(value)) ** GAMMA;
  paint(canvas, valueAt, negative, positive, alpha);
}

// The page shows through: colour is opacity, so nothing need be known of its own colour.
function paint(canvas, valueAt, below, above, alphaOf) {
  const context = canvas.getContext("2d");
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

// One tab stop for many buttons; arrows, Home and End move between them. `columns` says
// how many stand in a row; where there is but one row or column, all arrows do the same.
export function rove(container, buttons, columns, signal) {
  container.addEventListener(
    "keydown",
    (event) => {
      const shown = buttons.filter((button) => !button.hidden);
      const at = shown.indexOf(document.activeElement);
      const row = columns();
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
      if (buttons.includes(target)) makeTabStop(buttons, target);
    },
    { signal },
  );
}

export function makeTabStop(buttons, chosen) {
  for (const button of buttons) button.tabIndex = button === chosen ? 0 : -1;
}
