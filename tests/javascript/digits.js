// What tests of pictures of digits and weights share: what is sent for them, and what is drawn.

import { mock } from "node:test";
import { page } from "./fake_page.js";

/** @typedef {import("./fake_page.js").FakeElement} FakeElement */

export const START = 5_000_000; // ms, where the clock stands

/** For `onNewPages`: time passes as a test lets it. */
export const stopTheClock = () => mock.timers.enable({ apis: ["setTimeout", "Date"], now: START });

/** @type {[string, string][]} */
export const COLOURS = Array.from({ length: 10 }, (_, k) => [`#${k}${k}0000`, `#${k}${k}ffff`]);

let parcels = 0;

/** @param {ArrayLike<number>} bytes */
export const base64 = (bytes) => btoa(String.fromCharCode(...Uint8Array.from(bytes)));

/**
 * A parcel that no other test has.
 *
 * @param {number[]} bytes
 */
export function parcel(bytes) {
  parcels += 1;
  return { id: `parcel ${parcels}`, bytes: base64(bytes) };
}

/** @param {FakeElement} canvas */
export function pixels(canvas) {
  const data = [...(canvas.context?.pixels ?? [])];
  return Array.from({ length: data.length / 4 }, (_, i) => data.slice(4 * i, 4 * i + 4));
}

/** @param {FakeElement} canvas */
export const opacities = (canvas) => pixels(canvas).map(([, , , alpha]) => alpha);

/**
 * The opacities of the pictures that a sheet shows, one after the other.
 *
 * @param {FakeElement} parent
 */
export function sheetOpacities(parent) {
  const painted = callsOnSheet(parent).filter(([name]) => name === "drawImage");
  return painted.map(([, pictures, , top, side, height]) => {
    const from = /** @type {number} */ (top) * /** @type {number} */ (side);
    const size = /** @type {number} */ (side) * /** @type {number} */ (height);
    return opacities(/** @type {FakeElement} */ (pictures)).slice(from, from + size);
  });
}

/**
 * What was painted on a sheet last.
 *
 * @param {FakeElement} parent
 */
export function callsOnSheet(parent) {
  const shown = parent.one(".sp-sheet").context?.calls.filter(([name]) => name === "drawImage");
  const hidden = /** @type {FakeElement | undefined} */ (shown?.at(-1)?.[1]);
  const calls = hidden?.context?.calls ?? [];
  return calls.slice(calls.findLastIndex(([name]) => name === "clearRect") + 1);
}

/** The theme changes to a dark one. */
export const darken = () => {
  page.css["--st-background-color"] = "#0e1117";
};
