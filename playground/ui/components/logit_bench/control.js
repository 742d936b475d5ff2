// One quantity of the bench: a slider to drag or to move with keys, and a field to type into.

import { element, uniqueName, update, write } from "../_kernel/dom.js";
import { listenToKeys, listenToPointer } from "../_kernel/drag.js";
import { readNumber, showInField } from "./numbers.js";

/** @typedef {import("./numbers.js").Scale} Scale */

/**
 * Tells what the quantity is, and takes what happens to it.
 *
 * @typedef {object} Host
 * @property {() => Scale} scale the track
 * @property {() => number} value the one in force
 * @property {() => boolean} begin a drag or a key press starts; false refuses it
 * @property {(value: number) => void} preview the value while it lasts
 * @property {() => void} finish it ends, and counts
 * @property {() => void} cancel it ends, and is undone
 * @property {(action: () => void) => void} onFrame
 *   do this right before the next rendering, instead of an earlier action
 * @property {AbortSignal} signal aborted when the bench goes
 * @property {(value: number) => string | undefined} check why a typed number cannot be used
 * @property {(value: number) => void} typed a number was typed
 * @property {Field} [field] set here: the field that belongs to it
 */

/**
 * @typedef {object} Slider
 * @property {HTMLElement} track
 * @property {HTMLElement} rail
 * @property {HTMLElement} zero
 * @property {HTMLElement} bar
 * @property {HTMLElement} thumb
 * @property {Host} host
 */

/**
 * @typedef {object} Field
 * @property {HTMLElement} cell
 * @property {HTMLInputElement} input
 * @property {HTMLElement} alert
 * @property {boolean} dirty whether something is being typed, or was refused
 * @property {boolean} noted whether it is said how the number was read
 */

const THUMB = 10; // px from its middle within which a press takes hold of it where it is
const KEY_PAUSE = { first: 1000, repeated: 400 }; // ms; a held key repeats only after up to 660 ms

/**
 * A bar from one fraction of its room to another.
 *
 * @param {HTMLElement} bar
 * @param {number} from
 * @param {number} to
 */
export function stretch(bar, from, to) {
  const left = (100 * Math.min(from, to)).toFixed(3);
  const transform = `translateX(${left}%) scaleX(${Math.abs(to - from).toFixed(5)})`;
  if (bar.style.transform !== transform) bar.style.transform = transform;
}

// ---------------------------------------------------------------- slider

/**
 * @param {HTMLElement} parent
 * @param {Host} host
 * @returns {Slider}
 */
export function createSlider(parent, host) {
  const track = element("div", "sp-bench-track", parent);
  track.setAttribute("role", "slider");
  track.tabIndex = 0;
  const rail = element("div", "sp-bench-rail", track);
  const slider = {
    track,
    rail,
    host,
    zero: element("div", "sp-bench-zero", rail),
    bar: element("div", "sp-bench-bar", rail),
    thumb: element("div", "sp-bench-thumb", rail),
  };
  listenToPointer(track, dragOf(slider), host.signal);
  const letGo = listenToKeys(track, keysOf(host), host.signal);
  track.addEventListener("keyup", ({ key }) => {
    if (key !== "Shift") letGo();
  });
  return slider;
}

/**
 * @param {Slider} slider
 * @param {Scale} scale
 * @param {number} value
 * @param {string} text the value in words
 * @param {boolean} announce false while values glide: a screen reader would read out each frame
 */
export function drawSlider({ track, zero, bar, thumb }, scale, value, text, announce) {
  const fraction = scale.toFraction(value);
  stretch(bar, scale.origin, fraction);
  const [at, zeroAt] = [fraction, scale.origin].map((f) => `translateX(${(100 * f).toFixed(3)}%)`);
  if (thumb.style.transform !== at) thumb.style.transform = at;
  if (zero.style.transform !== zeroAt) zero.style.transform = zeroAt;
  if (!announce) return;
  const low = value === 0 ? Math.min(scale.low, 0) : scale.low; // of a temperature above 0
  update(track, {
    "aria-valuemin": low,
    "aria-valuemax": scale.high,
    "aria-valuenow": Math.max(value, low),
    "aria-valuetext": text,
  });
}

/**
 * @param {Slider} slider
 * @returns {import("../_kernel/drag.js").Drag}
 */
function dragOf({ rail, host }) {
  /** @param {number} x */
  const move = (x) => {
    const { left, width } = rail.getBoundingClientRect();
    host.preview(host.scale().fromFraction((x - left) / width, width));
  };
  return {
    begin(x) {
      if (!host.begin()) return undefined;
      const { left, width } = rail.getBoundingClientRect();
      const distance = x - left - host.scale().toFraction(host.value()) * width;
      if (Math.abs(distance) <= THUMB) return distance;
      move(x);
      return 0;
    },
    move,
    finish(x) {
      if (x !== undefined) move(x);
      host.finish();
    },
    cancel: host.cancel,
    onFrame: host.onFrame,
  };
}

/**
 * @param {Host} host
 * @returns {import("../_kernel/drag.js").Keys}
 */
const keysOf = (host) => ({
  by: (direction, isPage, isShift) => host.scale().step(host.value(), direction, isPage || isShift),
  low: () => host.scale().low,
  high: () => host.scale().high,
  begin: host.begin,
  move: host.preview,
  finish: host.finish,
  pause: ({ repeat }) => (repeat ? KEY_PAUSE.repeated : KEY_PAUSE.first),
});

// ---------------------------------------------------------------- field

/**
 * @param {HTMLElement} parent
 * @param {Host} host
 * @returns {Field}
 */
export function createField(parent, host) {
  const cell = element("div", "sp-bench-field", parent);
  const input = element("input", "", cell);
  Object.assign(input, { type: "text", autocomplete: "off", spellcheck: false });
  const alert = element("div", "sp-bench-alert", cell);
  alert.setAttribute("role", "alert");
  alert.id = uniqueName("sp-bench-alert");
  const field = { cell, input, alert, dirty: false, noted: false };
  host.field = field;
  const read = () => {
    const typed = readNumber(input.value);
    if (typed.reason !== undefined) return typed;
    const reason = host.check(typed.value);
    return reason === undefined ? typed : { reason };
  };
  const commit = () => {
    if (!field.dirty) return;
    const typed = read();
    if (typed.reason !== undefined) {
      refuse(field, `${typed.reason} Escape brings back ${showInField(host.value())}.`);
      return;
    }
    resetField(field, typed.value);
    host.typed(typed.value);
    if (typed.remark) note(field, typed.remark);
  };
  input.addEventListener("input", () => {
    if (field.noted) note(field, "");
    field.dirty = true;
    if (!read().reason) refuse(field, "");
  });
  input.addEventListener("blur", commit);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") commit();
    if (event.key !== "Escape" || !field.dirty) return;
    event.stopPropagation();
    resetField(field, host.value());
  });
  return field;
}

/**
 * @param {Field} field
 * @param {string} reason empty to take an earlier one back
 */
function refuse({ input, alert }, reason) {
  write(alert, reason);
  if (!reason) {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
    return;
  }
  update(input, { "aria-invalid": true, "aria-describedby": alert.id });
}

/**
 * How the number was read, if it could be meant in another way.
 *
 * @param {Field} field
 * @param {string} remark
 */
function note(field, remark) {
  field.noted = Boolean(remark);
  field.alert.classList.toggle("sp-bench-note", field.noted);
  write(field.alert, remark);
}

/**
 * Back to the value in force, whatever was being typed.
 *
 * @param {Field} field
 * @param {number} value
 */
export function resetField(field, value) {
  field.dirty = false;
  note(field, "");
  refuse(field, "");
  drawField(field, value);
}

/**
 * @param {Field} field
 * @param {number} value
 */
export function drawField(field, value) {
  const text = showInField(value);
  if (field.dirty) return; // what is being typed, or was refused, stays
  if (field.input.value !== text) field.input.value = text;
  update(field.input, { title: value });
}
