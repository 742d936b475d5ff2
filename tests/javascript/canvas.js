// A canvas for tests: on the page, with a hand that draws on it, and what has gone to the server.

import assert from "node:assert/strict";
import { mock } from "node:test";
import drawingCanvas from "../../playground/ui/components/canvas/canvas.js";
import { documentOf } from "../../playground/ui/components/canvas/document.js";
import { FakeContext, mount, onNewPages } from "./fake_page.js";

/** @typedef {import("../../playground/ui/components/canvas/canvas.js").Message} Message */
/** @typedef {import("../../playground/ui/components/canvas/sender.js").Picture} Picture */
/** @typedef {import("./fake_page.js").FakeEvent} FakeEvent */
/** @typedef {[x: number, y: number]} Place in px of a canvas of 100 */

export const DIGITS = Array.from({ length: 10 }, (_, k) => `${k}`);
/** @type {[string, string][]} */
export const COLOURS = [
  ["#111111", "#eeeeee"],
  ["#222222", "#dddddd"],
];
let keys = 0;
let isFalsified = false;

/** @param {string} file whose tests each have a page of their own, on which time passes as they let it */
export const onNewCanvases = (file) =>
  onNewPages(file, () => {
    isFalsified = false;
    mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
    mock.method(performance, "now", () => Date.now());
  });

/**
 * A canvas on the page, a hand that draws on it, and what has gone to the server.
 *
 * @param {Partial<Message>} [first]
 */
export function canvas(first = {}) {
  keys += 1;
  return canvasOf(first.key ?? `canvas ${keys}`, first);
}

/**
 * @param {string} key
 * @param {Partial<Message>} first
 */
export function canvasOf(key, first) {
  const { parent, sent, give } = mount(drawingCanvas);
  /** @type {Message} */
  let message = {
    key,
    colours: COLOURS,
    load: null,
    shown: 1,
    offer: null,
    loading: false,
    seq: 0,
    answers: [{ name: "CNN", classes: DIGITS, p: null }],
    digit: null,
    line: "",
    ...first,
  };
  const leave = give(message);
  const pad = parent.one(".sp-canvas-pad");
  pad.rect = { left: 0, top: 0, width: 100, height: 100 };
  const one = { pointerId: 1, pointerType: "mouse", button: 0, buttons: 1, pressure: 0.5 };
  /** @type {(type: string, x?: number, y?: number, more?: object) => void} */
  const point = (type, x = 0, y = 0, more = {}) =>
    void pad.fire(type, { ...one, clientX: x, clientY: y, ...more });
  return {
    key,
    parent,
    pad,
    doc: documentOf(key),
    root: parent.one(".sp-canvas"),
    leave: () => {
      parent.remove();
      leave?.();
    },
    point,
    /** @type {(x: number, y?: number) => void} */
    dot: (x, y = 50) => {
      point("pointerdown", x, y);
      point("pointerup", x, y);
    },
    /** @type {(first: Place, ...others: Place[]) => void} */
    stroke: (first, ...others) => {
      point("pointerdown", ...first);
      for (const place of others) point("pointermove", ...place);
      point("pointerup", ...(others.at(-1) ?? first));
    },
    /** @param {Partial<Message>} change */
    give: (change) => {
      message = { ...message, load: null, ...change };
      give(message);
    },
    again: () => void give(message),
    /** @type {(key: string, more?: object) => FakeEvent} */
    press: (key, more = {}) => pad.fire("keydown", { key, ...more }),
    get pictures() {
      return sent.map(([name, value]) => {
        assert.equal(name, "picture");
        return /** @type {Picture} */ (value);
      });
    },
    get seqs() {
      return this.pictures.map(({ seq, final }) => `${seq}${final ? "!" : ""}`).join(" ");
    },
  };
}

/** @param {number} ms */
export const wait = (ms) => mock.timers.tick(ms);

/** What is painted is not read back: pictures are made of the strokes. */
export function falsify() {
  if (!isFalsified)
    mock.method(FakeContext.prototype, "getImageData", (/** @type {number[]} */ ...box) => ({
      data: new Uint8ClampedArray(4 * box[2] * box[3]).fill(255),
    }));
  isFalsified = true;
}

/** @type {(best: number, verdict?: "" | "unsure" | "no digit") => import("../../playground/ui/components/canvas/answer.js").ReaderAnswer} */
export const digitOf = (best, verdict = "") => ({
  name: `Digit ${best}`,
  classes: DIGITS,
  p: DIGITS.map((_, k) => (k === best ? 9100 : 100)),
  verdict,
});
/** A digit that is as dark everywhere. */
export const seen = (/** @type {number} */ value) =>
  btoa(String.fromCharCode(0, 0, 28) + String.fromCharCode(value).repeat(784));

/** @type {import("../../playground/ui/components/canvas/answer.js").Question} */
export const ASK = { box: [10, 20, 200, 220], one: false, offer: "These are several digits" };
