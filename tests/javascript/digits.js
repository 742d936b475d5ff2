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

/** The theme changes to a dark one. */
export const darken = () => {
  page.css["--st-background-color"] = "#0e1117";
};
