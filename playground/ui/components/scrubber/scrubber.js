// The scrubber: a slider over the moments of a run, which tells the server while it moves.
//
// Streamlit calls the default export again at each rerun. At most one message is on its way:
// while its answer is awaited, only the newest place is remembered, and sent when it is here.
// The moment is a step; null is the latest, which stands at the right end and follows a run.

import { element, set, write } from "../_kernel/dom.js";
import { showMoment } from "../_kernel/moment.js";
import { STYLE } from "./style.js";

/** @typedef {ReturnType<typeof setTimeout>} Timer */
/** @typedef {number | null} Moment a step, or the latest, whichever that is */

/**
 * What Python sends.
 *
 * @typedef {object} Message
 * @property {string} label for a screen reader
 * @property {number[]} steps of the moments, ascending
 * @property {(number | null)[]} epochs that end there
 * @property {Moment} shown
 * @property {boolean} live whether more moments are to come
 * @property {number} answered the number of the last move that Python knows of
 */

/**
 * @typedef {object} View
 * @property {HTMLElement} root
 * @property {HTMLElement} track
 * @property {HTMLElement} rail
 * @property {HTMLElement} done the part of the rail before the moment
 * @property {HTMLElement} stops
 * @property {HTMLElement} place
 * @property {HTMLButtonElement} play
 * @property {HTMLElement} step
 * @property {HTMLElement} about
 * @property {HTMLButtonElement} latest
 * @property {MediaQueryList} stillness whether no motion is wanted
 * @property {AbortController} listeners
 * @property {Message} message the last one
 * @property {import("../_kernel/dom.js").Component<Message>["setTriggerValue"]} trigger
 * @property {Moment} at where the slider stands
 * @property {number} seq of the last move
 * @property {{ step: Moment, settled: boolean }} [wanted] the next move
 * @property {{ step: Moment, settled: boolean, seq: number }} [sent] until it is answered
 * @property {Timer} [asking]
 * @property {{ moved: boolean, listeners: AbortController }} [drag]
 * @property {Timer} [settling] until keys count as let go
 * @property {boolean} plays
 * @property {Timer} [playing]
 * @property {number} [frame]
 */

/** @type {WeakMap<HTMLElement, View>} */
const views = new WeakMap(); // parent element → view
const ASK_AGAIN = 4000; // ms without an answer: the message or its answer was lost
const KEY_PAUSE = 450; // ms after the last key, when it counts as let go
const PLAY_PAUSE = 600; // ms that each moment stays at least while playing

/** @param {import("../_kernel/dom.js").Component<Message>} component */
export default function scrubber({ data, parentElement, setTriggerValue }) {
  if (!data) return undefined;
  let view = views.get(parentElement);
  const isNew = !view;
  if (!view) {
    view = mount(parentElement, data, setTriggerValue);
    views.set(parentElement, view);
  }
  view.trigger = setTriggerValue;
  if (isNew || data !== view.message) receive(view, data, isNew);
  // Streamlit calls this too when a newer message overtakes the loading of this module.
  return () => parentElement.isConnected || destroy(view, parentElement);
}

// ---------------------------------------------------------------- mounting

/**
 * @param {HTMLElement} parent
 * @param {Message} message
 * @param {View["trigger"]} trigger
 */
function mount(parent, message, trigger) {
  const root = element("div", "sp-scrubber", parent);
  element("style", "", root).textContent = STYLE;
  const track = element("div", "sp-scrubber-track", root);
  track.setAttribute("role", "slider");
  track.tabIndex = 0;
  const rail = element("div", "sp-scrubber-rail", track);
  element("div", "sp-scrubber-line", rail);
  const done = element("div", "sp-scrubber-done", rail);
  const stops = element("div", "", rail);
  const place = element("div", "sp-scrubber-place", rail);
  element("div", "sp-scrubber-thumb", place);
  const foot = element("div", "sp-scrubber-foot", root);
  const playButton = button(foot, "sp-scrubber-play", () => play(view));
  const text = element("div", "sp-scrubber-text", foot);
  const step = element("b", "", text);
  const about = element("span", "", text);
  const latest = button(foot, "sp-scrubber-latest", () => {
    halt(view);
    go(view, null, true);
  });
  latest.textContent = "Latest";
  /** @type {View} */
  const view = {
    root,
    track,
    rail,
    done,
    stops,
    place,
    play: playButton,
    step,
    about,
    latest,
    stillness: matchMedia("(prefers-reduced-motion: reduce)"),
    listeners: new AbortController(),
    message,
    trigger,
    at: message.shown,
    seq: 0,
    plays: false,
  };
  listenToPointer(view);
  listenToKeys(view);
  const { signal } = view.listeners;
  view.stillness.addEventListener("change", () => draw(view), { signal });
  return view;
}

/**
 * @param {View} view
 * @param {HTMLElement} parent
 */
function destroy(view, parent) {
  view.listeners.abort();
  view.drag?.listeners.abort(); // the window's: it outlives the nodes
  view.drag = undefined;
  for (const timer of [view.asking, view.playing, view.settling]) clearTimeout(timer);
  cancelFrame(view);
  view.root.remove();
  views.delete(parent);
  showMoment(null);
}

/** @param {View} view */
function cancelFrame(view) {
  if (view.frame !== undefined) cancelAnimationFrame(view.frame);
}

/**
 * @param {HTMLElement} parent
 * @param {string} className
 * @param {() => void} action
 */
function button(parent, className, action) {
  const made = element("button", className, parent);
  made.type = "button";
  made.addEventListener("click", action);
  return made;
}

// ---------------------------------------------------------------- messages

/**
 * @param {View} view
 * @param {Message} message
 * @param {boolean} isFirst
 */
function receive(view, message, isFirst) {
  const { steps, epochs } = view.message;
  view.message = message;
  view.seq = Math.max(view.seq, message.answered); // of an earlier mount, or of a reload
  const differ = `${steps}` !== `${message.steps}` || `${epochs}` !== `${message.epochs}`;
  if (isFirst || differ) addStops(view);
  if (view.sent && message.answered >= view.sent.seq) {
    view.sent = undefined;
    clearTimeout(view.asking);
    view.asking = undefined;
  }
  if (!view.sent && !view.wanted && !view.drag && view.settling === undefined)
    view.at = message.shown;
  send(view);
  draw(view);
  view.root.dataset.shown = `${message.shown ?? "latest"}`; // the frame below is of this moment
  view.root.dataset.answered = `${message.answered}`;
}

/**
 * @param {View} view
 * @param {Moment} step
 * @param {boolean} settled let go, and not on the way elsewhere
 */
function go(view, step, settled) {
  view.at = step;
  view.wanted = { step, settled };
  send(view);
  draw(view);
}

/** @param {View} view */
function send(view) {
  if (view.sent || !view.wanted) return;
  view.seq += 1;
  view.sent = { ...view.wanted, seq: view.seq };
  view.wanted = undefined;
  tell(view);
}

/** @param {View} view */
function tell(view) {
  view.trigger("move", { ...view.sent });
  view.asking = setTimeout(() => tell(view), ASK_AGAIN);
}

// ---------------------------------------------------------------- moments

/** @param {View} view */
const last = (view) => view.message.steps.length - 1;

/**
 * Where the moment stands: a step that was thinned out meanwhile is at the one before it.
 *
 * @param {View} view
 * @param {Moment} step
 */
function indexOf(view, step) {
  if (step === null) return last(view);
  return Math.max(
    0,
    view.message.steps.findLastIndex((one) => one <= step),
  );
}

/**
 * The right end is the latest moment, whichever that will be.
 *
 * @param {View} view
 * @param {number} index
 * @returns {Moment}
 */
const stepAt = (view, index) =>
  index >= last(view) ? null : view.message.steps[Math.max(0, index)];

/**
 * @param {View} view
 * @param {number} from
 * @param {1 | -1} direction
 */
function nextEpoch(view, from, direction) {
  const { epochs } = view.message;
  for (let i = from + direction; i >= 0 && i < epochs.length; i += direction)
    if (epochs[i] !== null) return i;
  return direction > 0 ? last(view) : 0;
}

// ---------------------------------------------------------------- pointer

/** @param {View} view */
function listenToPointer(view) {
  view.track.addEventListener(
    "pointerdown",
    (event) => {
      if (view.drag || event.button !== 0 || !event.isPrimary) return;
      event.preventDefault(); // no text selection
      halt(view);
      view.track.focus({ preventScroll: true, focusVisible: false });
      view.track.setPointerCapture(event.pointerId);
      const from = view.at;
      view.drag = { moved: false, listeners: new AbortController() };
      dragTo(view, event.clientX);
      listenToDrag(view, event.pointerId, from, view.drag.listeners.signal);
    },
    { signal: view.listeners.signal },
  );
}

/**
 * @param {View} view
 * @param {number} pointer
 * @param {Moment} from where it has begun
 * @param {AbortSignal} signal
 */
function listenToDrag(view, pointer, from, signal) {
  /** @type {(name: "pointermove" | "pointerup" | "pointercancel",
   *   action: (event: PointerEvent) => void) => void} */
  const on = (name, action) =>
    view.track.addEventListener(
      name,
      (event) => {
        if (event.pointerId === pointer) action(event);
      },
      { signal },
    );
  on("pointermove", ({ clientX }) => {
    cancelFrame(view);
    view.frame = requestAnimationFrame(() => dragTo(view, clientX));
  });
  on("pointerup", ({ clientX }) => endDrag(view, stepUnder(view, clientX)));
  on("pointercancel", () => endDrag(view, from)); // the page scrolls instead
  window.addEventListener(
    "keydown",
    ({ key }) => {
      if (key === "Escape") endDrag(view, from);
    },
    { capture: true, signal },
  );
}

/**
 * @param {View} view
 * @param {number} x in px of the page
 */
function stepUnder(view, x) {
  const { left, width } = view.rail.getBoundingClientRect();
  const fraction = Math.min(1, Math.max(0, (x - left) / width));
  return stepAt(view, Math.round(fraction * last(view)));
}

/**
 * @param {View} view
 * @param {number} x
 */
function dragTo(view, x) {
  if (!view.drag) return;
  const step = stepUnder(view, x);
  if (step === view.at) return;
  view.drag.moved = true;
  go(view, step, false);
}

/**
 * @param {View} view
 * @param {Moment} step
 */
function endDrag(view, step) {
  if (!view.drag) return;
  const { moved, listeners } = view.drag;
  listeners.abort();
  view.drag = undefined;
  cancelFrame(view);
  if (moved || step !== view.at) go(view, step, true);
}

// ---------------------------------------------------------------- keyboard

/** @param {View} view */
function listenToKeys(view) {
  /** @param {string} key */
  const target = (key) => {
    const at = indexOf(view, view.at);
    switch (key) {
      case "ArrowRight":
      case "ArrowUp":
        return at + 1;
      case "ArrowLeft":
      case "ArrowDown":
        return at - 1;
      case "PageUp":
        return nextEpoch(view, at, 1);
      case "PageDown":
        return nextEpoch(view, at, -1);
      case "Home":
        return 0;
      case "End":
        return last(view);
      default:
        return undefined;
    }
  };
  const settle = () => {
    if (view.settling === undefined) return;
    clearTimeout(view.settling);
    view.settling = undefined;
    go(view, view.at, true);
  };
  view.track.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const index = target(event.key);
    if (index === undefined || view.drag) return;
    event.preventDefault(); // nor scroll
    halt(view);
    clearTimeout(view.settling);
    view.settling = setTimeout(settle, KEY_PAUSE);
    const step = stepAt(view, index);
    if (step !== view.at) go(view, step, false);
  });
  view.track.addEventListener("blur", settle);
}

// ---------------------------------------------------------------- playing

/**
 * Through the moments; one at a time where the reader wants no motion.
 *
 * @param {View} view
 */
function play(view) {
  if (view.plays) {
    halt(view);
    go(view, view.at, true);
    return;
  }
  const at = indexOf(view, view.at);
  const next = at >= last(view) ? 0 : at + 1;
  if (view.stillness.matches) go(view, stepAt(view, next), true);
  else advance(view, next);
}

/**
 * @param {View} view
 * @param {number} index
 */
function advance(view, index) {
  view.plays = index < last(view);
  go(view, stepAt(view, index), !view.plays);
  if (view.plays) view.playing = setTimeout(() => goOn(view), PLAY_PAUSE);
}

/** @param {View} view */
function goOn(view) {
  if (view.sent)
    view.playing = setTimeout(() => goOn(view), 50); // the frame is not there yet
  else advance(view, indexOf(view, view.at) + 1);
}

/** @param {View} view */
function halt(view) {
  clearTimeout(view.playing);
  view.plays = false;
}

// ---------------------------------------------------------------- drawing

/** @param {View} view */
function addStops(view) {
  const { steps, epochs } = view.message;
  view.stops.replaceChildren(
    ...steps.map((_, i) => {
      const stop = document.createElement("div");
      stop.className = "sp-scrubber-stop";
      stop.style.left = `${fractionOf(view, i) * 100}%`;
      if (epochs[i] !== null) stop.dataset.epoch = `${epochs[i]}`;
      return stop;
    }),
  );
}

/**
 * @param {View} view
 * @param {number} index
 */
const fractionOf = (view, index) => (last(view) ? index / last(view) : 1);

/** @param {View} view */
function draw(view) {
  const { message, track, play: playButton, plays } = view;
  const isStill = view.stillness.matches;
  const index = indexOf(view, view.at);
  const fraction = fractionOf(view, index);
  view.done.style.transform = `scaleX(${fraction.toFixed(5)})`;
  view.place.style.transform = `translateX(${(100 * fraction).toFixed(3)}%)`;
  const epoch = message.epochs[index];
  const step = message.steps[index];
  write(view.step, `Step ${step.toLocaleString("en")}`);
  const about = step === 0 ? ", before training" : epoch === null ? "" : `, after epoch ${epoch}`;
  write(view.about, about);
  track.setAttribute("aria-label", message.label);
  set(track, { "aria-valuemin": 0, "aria-valuemax": last(view), "aria-valuenow": index });
  const latest = view.at === null ? "latest, " : "";
  track.setAttribute("aria-valuetext", `${latest}step ${step.toLocaleString("en")}${about}`);
  view.latest.setAttribute("aria-pressed", `${view.at === null}`);
  view.latest.title = message.live ? "Follow the run" : "The end of the run";
  write(playButton, plays ? "❚❚ Pause" : isStill ? "Next ▸" : "▶ Play");
  playButton.setAttribute(
    "aria-label",
    plays ? "Pause" : isStill ? "Next moment" : "Play the moments",
  );
  playButton.disabled = last(view) === 0;
  showMoment(view.at);
}
