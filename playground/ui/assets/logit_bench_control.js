// One quantity of the bench: a slider to drag or to move with keys, and a field to type into.
//
// The host tells what the quantity is and takes what happens to it:
//   scale(), value()       the track and the value in force
//   begin() → boolean      a drag or a key press starts; false refuses it
//   preview(value)         the value while it lasts
//   finish(), cancel()     it ends, and counts or is undone
//   onFrame(action)        do this right before the next rendering, instead of an earlier action
//   check(value)           why a typed number cannot be used, or nothing
//   typed(value)           a number was typed
//   field                  set here: the field that belongs to it

import { readNumber, showInField } from "./logit_bench_numbers.js";
import { element, write } from "./nodes.js";

const THUMB = 10; // px from its middle within which a press takes hold of it where it is
const KEY_PAUSE = { first: 1000, repeated: 400 }; // ms; a held key repeats only after up to 660 ms

// Only what differs, as `write`.
export function set(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

// A bar from one fraction of its room to another.
export function stretch(bar, from, to) {
  const left = (100 * Math.min(from, to)).toFixed(3);
  const transform = `translateX(${left}%) scaleX(${Math.abs(to - from).toFixed(5)})`;
  if (bar.style.transform !== transform) bar.style.transform = transform;
}

// ---------------------------------------------------------------- slider

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
  listenToPointer(slider);
  listenToKeys(slider);
  return slider;
}

// `announce` is false while values glide: a screen reader would read out each frame.
export function drawSlider({ track, zero, bar, thumb }, scale, value, text, announce) {
  const fraction = scale.toFraction(value);
  stretch(bar, scale.origin, fraction);
  const [at, zeroAt] = [fraction, scale.origin].map((f) => `translateX(${(100 * f).toFixed(3)}%)`);
  if (thumb.style.transform !== at) thumb.style.transform = at;
  if (zero.style.transform !== zeroAt) zero.style.transform = zeroAt;
  if (!announce) return;
  set(track, "aria-valuemin", `${scale.low}`);
  set(track, "aria-valuemax", `${scale.high}`);
  set(track, "aria-valuenow", `${value}`);
  set(track, "aria-valuetext", text);
}

function listenToPointer({ track, rail, host }) {
  let drag = null;
  const valueAt = (x) => {
    const { left, width } = rail.getBoundingClientRect();
    return host.scale().fromFraction((x - drag.offset - left) / width, width);
  };
  const move = (x) => x !== drag.x && host.preview(valueAt((drag.x = x)));
  const end = (how) => {
    drag.listeners.abort();
    drag = null;
    host[how]();
  };
  track.addEventListener("pointerdown", (event) => {
    if (drag || event.button !== 0 || !event.isPrimary) return;
    event.preventDefault(); // no text selection
    track.focus({ preventScroll: true, focusVisible: false }); // commits a typed number first
    if (!host.begin()) return;
    track.setPointerCapture(event.pointerId);
    const { left, width } = rail.getBoundingClientRect();
    const distance = event.clientX - left - host.scale().toFraction(host.value()) * width;
    const held = Math.abs(distance) <= THUMB;
    drag = { offset: held ? distance : 0, listeners: new AbortController() };
    if (held) drag.x = event.clientX;
    else move(event.clientX);
    const { signal } = drag.listeners;
    const mine = (action) => (other) => other.pointerId === event.pointerId && action(other);
    const on = (name, action) => track.addEventListener(name, mine(action), { signal });
    on("pointermove", ({ clientX }) => host.onFrame(() => drag && move(clientX)));
    on("pointerup", ({ clientX }) => (move(clientX), end("finish")));
    on("pointercancel", () => end("cancel"));
    on("lostpointercapture", () => end("cancel"));
    window.addEventListener(
      "keydown",
      (pressed) => {
        if (pressed.key !== "Escape") return;
        pressed.stopPropagation(); // it must not close a dialog around the bench as well
        end("cancel");
      },
      { capture: true, signal },
    );
  });
}

function listenToKeys({ track, host }) {
  let pause; // running while a key press has not been committed
  const target = (event) => {
    const scale = host.scale();
    const by = (direction, coarse) => scale.step(host.value(), direction, coarse);
    switch (event.key) {
      case "ArrowRight":
      case "ArrowUp":
        return by(1, event.shiftKey);
      case "ArrowLeft":
      case "ArrowDown":
        return by(-1, event.shiftKey);
      case "PageUp":
        return by(1, true);
      case "PageDown":
        return by(-1, true);
      case "Home":
        return scale.low;
      case "End":
        return scale.high;
      default:
        return undefined;
    }
  };
  const finish = () => {
    if (pause === undefined) return;
    pause = clearTimeout(pause);
    host.finish();
  };
  track.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const value = target(event);
    if (value === undefined || (pause === undefined && !host.begin())) return;
    event.preventDefault(); // nor scroll
    clearTimeout(pause);
    pause = setTimeout(finish, event.repeat ? KEY_PAUSE.repeated : KEY_PAUSE.first);
    host.preview(value);
  });
  track.addEventListener("keyup", (event) => event.key !== "Shift" && finish());
  track.addEventListener("blur", finish);
}

// ---------------------------------------------------------------- field

export function createField(parent, host) {
  const cell = element("div", "sp-bench-field", parent);
  const input = element("input", "", cell);
  Object.assign(input, { type: "text", autocomplete: "off", spellcheck: false });
  const alert = element("div", "sp-bench-alert", cell);
  alert.setAttribute("role", "alert");
  alert.id = `sp-bench-alert-${Math.random().toString(36).slice(2)}`;
  const field = { cell, input, alert, dirty: false };
  host.field = field;
  const read = () => {
    const { value, reason } = readNumber(input.value);
    return { value, reason: reason ?? host.check(value) };
  };
  const commit = () => {
    if (!field.dirty) return;
    const { value, reason } = read();
    if (reason) {
      refuse(field, `${reason} Escape brings back ${showInField(host.value())}.`);
      return;
    }
    resetField(field, value);
    host.typed(value);
  };
  input.addEventListener("input", () => {
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

function refuse({ input, alert }, reason) {
  write(alert, reason);
  if (!reason) {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
    return;
  }
  set(input, "aria-invalid", "true");
  set(input, "aria-describedby", alert.id);
}

// Back to the value in force, whatever was being typed.
export function resetField(field, value) {
  field.dirty = false;
  refuse(field, "");
  drawField(field, value);
}

export function drawField(field, value) {
  const text = showInField(value);
  if (field.dirty) return; // what is being typed, or was refused, stays
  if (field.input.value !== text) field.input.value = text;
  set(field.input, "title", `${value}`);
}
