// The scrubber: a slider over the moments of a run, which tells the server while it moves.
//
// Streamlit calls the default export again at each rerun. At most one message is on its way:
// while its answer is awaited, only the newest place is remembered, and sent when it is here.
// The moment is a step; null is the latest, which stands at the right end and follows a run.

import { element, write } from "./nodes.js";
import { showMoment } from "./scrubber_moment.js";
import { STYLE } from "./scrubber_style.js";

const views = new WeakMap(); // parent element → view
const ASK_AGAIN = 4000; // ms without an answer: the message or its answer was lost
const KEY_PAUSE = 450; // ms after the last key, when it counts as let go
const PLAY_PAUSE = 600; // ms that each moment stays at least while playing
const stillness = matchMedia("(prefers-reduced-motion: reduce)");

export default function scrubber({ data, parentElement, setTriggerValue }) {
  if (!data) return undefined;
  let view = views.get(parentElement);
  if (!view) views.set(parentElement, (view = mount(parentElement)));
  view.trigger = setTriggerValue;
  if (data !== view.message) receive(view, data);
  // Streamlit calls this too when a newer message overtakes the loading of this module.
  return () => parentElement.isConnected || destroy(view, parentElement);
}

// ---------------------------------------------------------------- mounting

function mount(parent) {
  const root = element("div", "sp-scrubber", parent);
  element("style", "", root).textContent = STYLE;
  const track = element("div", "sp-scrubber-track", root);
  track.setAttribute("role", "slider");
  track.tabIndex = 0;
  const rail = element("div", "sp-scrubber-rail", track);
  element("div", "sp-scrubber-line", rail);
  const view = { root, track, rail, seq: 0, listeners: new AbortController() };
  view.done = element("div", "sp-scrubber-done", rail);
  view.stops = element("div", "", rail);
  view.place = element("div", "sp-scrubber-place", rail);
  element("div", "sp-scrubber-thumb", view.place);
  const foot = element("div", "sp-scrubber-foot", root);
  view.play = button(foot, "sp-scrubber-play", () => play(view));
  view.text = element("div", "sp-scrubber-text", foot);
  view.step = element("b", "", view.text);
  view.about = element("span", "", view.text);
  view.latest = button(foot, "sp-scrubber-latest", () => halt(view) && go(view, null, true));
  view.latest.textContent = "Latest";
  listenToPointer(view);
  listenToKeys(view);
  stillness.addEventListener("change", () => draw(view), { signal: view.listeners.signal });
  return view;
}

function destroy(view, parent) {
  view.listeners.abort();
  for (const timer of [view.asking, view.playing, view.settling]) clearTimeout(timer);
  cancelAnimationFrame(view.frame);
  view.root.remove();
  views.delete(parent);
  showMoment(null);
}

function button(parent, className, action) {
  const made = element("button", className, parent);
  made.type = "button";
  made.addEventListener("click", action);
  return made;
}

// ---------------------------------------------------------------- messages

function receive(view, message) {
  const before = view.message;
  view.message = message;
  view.seq = Math.max(view.seq, message.answered); // of an earlier mount, or of a reload
  if (String(before?.steps) !== String(message.steps) || !same(before, message)) addStops(view);
  if (view.sent && message.answered >= view.sent.seq) {
    view.sent = undefined;
    view.asking = clearTimeout(view.asking);
  }
  if (!view.sent && !view.wanted && !view.drag && view.settling === undefined)
    view.at = message.shown;
  send(view);
  draw(view);
  view.root.dataset.shown = message.shown ?? "latest"; // the frame below is that of this moment
  view.root.dataset.answered = message.answered;
}

const same = (a, b) => String(a?.epochs) === String(b.epochs);

function go(view, step, settled) {
  view.at = step;
  view.wanted = { step, settled };
  send(view);
  draw(view);
}

function send(view) {
  if (view.sent || !view.wanted) return;
  view.seq += 1;
  view.sent = { ...view.wanted, seq: view.seq };
  view.wanted = undefined;
  tell(view);
}

function tell(view) {
  view.trigger("move", { ...view.sent });
  view.asking = setTimeout(tell, ASK_AGAIN, view);
}

// ---------------------------------------------------------------- moments

const last = (view) => view.message.steps.length - 1;

// Where the moment stands: a step that was thinned out meanwhile is at the one before it.
function indexOf(view, step) {
  if (step === null || step === undefined) return last(view);
  return Math.max(
    0,
    view.message.steps.findLastIndex((one) => one <= step),
  );
}

// The right end is the latest moment, whichever that will be.
const stepAt = (view, index) =>
  index >= last(view) ? null : view.message.steps[Math.max(0, index)];

function nextEpoch(view, from, direction) {
  const { epochs } = view.message;
  for (let i = from + direction; i >= 0 && i < epochs.length; i += direction)
    if (epochs[i] !== null) return i;
  return direction > 0 ? last(view) : 0;
}

// ---------------------------------------------------------------- pointer

function listenToPointer(view) {
  const { track, rail } = view;
  const stepUnder = (x) => {
    const { left, width } = rail.getBoundingClientRect();
    const fraction = Math.min(1, Math.max(0, (x - left) / width));
    return stepAt(view, Math.round(fraction * last(view)));
  };
  const move = (x) => {
    const step = stepUnder(x);
    if (step === view.at) return;
    view.drag.moved = true;
    go(view, step, false);
  };
  const end = (step) => {
    const { moved, listeners } = view.drag;
    listeners.abort();
    view.drag = undefined;
    cancelAnimationFrame(view.frame);
    if (moved || step !== view.at) go(view, step, true);
  };
  track.addEventListener(
    "pointerdown",
    (event) => {
      if (view.drag || event.button !== 0 || !event.isPrimary) return;
      event.preventDefault(); // no text selection
      halt(view);
      track.focus({ preventScroll: true, focusVisible: false });
      track.setPointerCapture(event.pointerId);
      const from = view.at;
      view.drag = { moved: false, listeners: new AbortController() };
      move(event.clientX);
      const { signal } = view.drag.listeners;
      const on = (name, action) =>
        track.addEventListener(
          name,
          (other) => {
            if (other.pointerId === event.pointerId) action(other);
          },
          { signal },
        );
      on("pointermove", ({ clientX }) => {
        cancelAnimationFrame(view.frame);
        view.frame = requestAnimationFrame(() => view.drag && move(clientX));
      });
      on("pointerup", ({ clientX }) => end(stepUnder(clientX)));
      on("pointercancel", () => end(from)); // the page scrolls instead
      window.addEventListener(
        "keydown",
        (pressed) => {
          if (pressed.key === "Escape") end(from);
        },
        { capture: true, signal },
      );
    },
    { signal: view.listeners.signal },
  );
}

// ---------------------------------------------------------------- keyboard

function listenToKeys(view) {
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
    view.settling = clearTimeout(view.settling);
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

// Through the moments; one at a time where the reader wants no motion.
function play(view) {
  if (view.playing !== undefined) return void (halt(view) && go(view, view.at, true));
  const at = indexOf(view, view.at);
  const next = at >= last(view) ? 0 : at + 1;
  if (stillness.matches) return void go(view, stepAt(view, next), true);
  view.playing = 0;
  return advance(view, next);
}

function advance(view, index) {
  const ended = index >= last(view);
  go(view, stepAt(view, index), ended);
  view.playing = ended ? undefined : setTimeout(goOn, PLAY_PAUSE, view);
  draw(view);
}

function goOn(view) {
  if (view.sent)
    view.playing = setTimeout(goOn, 50, view); // the frame is not there yet
  else advance(view, indexOf(view, view.at) + 1);
}

function halt(view) {
  clearTimeout(view.playing);
  view.playing = undefined;
  return true;
}

// ---------------------------------------------------------------- drawing

function addStops(view) {
  const { steps, epochs } = view.message;
  view.stops.replaceChildren(
    ...steps.map((_, i) => {
      const stop = document.createElement("div");
      stop.className = "sp-scrubber-stop";
      stop.style.left = `${fractionOf(view, i) * 100}%`;
      if (epochs[i] !== null) stop.dataset.epoch = epochs[i];
      return stop;
    }),
  );
}

const fractionOf = (view, index) => (last(view) ? index / last(view) : 1);

function draw(view) {
  const { message, track, play: playButton } = view;
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
  track.setAttribute("aria-valuemin", 0);
  track.setAttribute("aria-valuemax", last(view));
  track.setAttribute("aria-valuenow", index);
  const latest = view.at === null ? "latest, " : "";
  track.setAttribute("aria-valuetext", `${latest}step ${step.toLocaleString("en")}${about}`);
  view.latest.setAttribute("aria-pressed", view.at === null);
  view.latest.title = message.live ? "Follow the run" : "The end of the run";
  const plays = view.playing !== undefined;
  write(playButton, plays ? "❚❚ Pause" : stillness.matches ? "Next ▸" : "▶ Play");
  playButton.setAttribute(
    "aria-label",
    plays ? "Pause" : stillness.matches ? "Next moment" : "Play the moments",
  );
  playButton.disabled = last(view) === 0;
  showMoment(view.at);
}
