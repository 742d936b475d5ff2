// The scrubber: a slider over the moments of a run.
//
// Where the page offers frames, they are fetched ahead and shown while it moves (frames.js), and the
// server is told when it is let go. Else the server is told of each move, and shows it. At most one
// message is on its way: while its answer is awaited, only the newest place is remembered, and sent
// when it is here.
// The moment is a step; null is the latest, which stands at the right end and follows a run.

import { component } from "../_kernel/component.js";
import { element, update, write } from "../_kernel/dom.js";
import { listenToKeys, listenToPointer } from "../_kernel/drag.js";
import { Mailbox } from "../_kernel/mailbox.js";
import { frameShown, showFrame, showMoment } from "../_kernel/moment.js";
import { News } from "../_kernel/news.js";
import { Frames } from "./frames.js";

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
 * @property {{ url: string, isJson: boolean } | null} frames where moments can be fetched
 */

/** @typedef {{ step: Moment, settled: boolean }} Move `settled`: let go, and not on the way */

/**
 * @typedef {object} ViewKeys
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
 * @property {Mailbox<Move>} mail
 * @property {Moment} at where the slider stands
 * @property {Move} [wanted] the next move
 * @property {{ moved: boolean, from: Moment }} [drag]
 * @property {boolean} [keyed] while keys have not been let go
 * @property {boolean} plays
 * @property {Timer} [playing]
 * @property {Frames<unknown>} [frames] what is fetched of the moments
 * @property {number} [behind] the index of the moment that is shown until the wanted one has come
 *
 * @typedef {import("../_kernel/component.js").Life<Message>} Life
 * @typedef {Life & ViewKeys} View
 */

const KEY_PAUSE = 450; // ms after the last key, when it counts as let go
// ms that each moment stays at least while playing: ten a second, as timers and frames come late
const PLAY_PAUSE = { told: 600, fetched: 96 };

export default component({
  className: "sp-scrubber",
  mount,
  receive,
  leave(view) {
    clearTimeout(view.playing);
    view.frames?.stop();
    showMoment(null);
    showFrame(null);
  },
});

// ---------------------------------------------------------------- mounting

/** @param {Life} life */
function mount(life) {
  const { root, signal } = life;
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
  const playButton = element("button", "sp-scrubber-play", foot);
  playButton.addEventListener("click", () => play(view));
  const text = element("div", "sp-scrubber-text", foot);
  const step = element("b", "", text);
  const about = element("span", "", text);
  const latest = element("button", "", foot, "Latest");
  latest.addEventListener("click", () => {
    halt(view);
    go(view, null, true);
  });
  const lost = () => receive(view, view.message); // the server shows what holds
  /** @type {Mailbox<Move>} */
  const mail = new Mailbox(
    (move) => view.trigger("move", move),
    signal,
    lost,
    new News(root, root, signal),
  );
  /** @type {View} */
  const view = Object.assign(life, {
    ...{ track, rail, done, stops, place, play: playButton, step, about, latest },
    stillness: matchMedia("(prefers-reduced-motion: reduce)"),
    mail,
    at: null,
    plays: false,
  });
  listenToPointer(track, dragOf(view), signal);
  listenToKeys(track, keysOf(view), signal);
  for (const name of ["pointerenter", "focus"])
    track.addEventListener(name, () => view.frames?.want(indexOf(view, view.at)), { signal });
  view.stillness.addEventListener("change", () => draw(view), { signal });
  return view;
}

// ---------------------------------------------------------------- messages

/**
 * @param {View} view
 * @param {Message} [before]
 */
function receive(view, before) {
  const { message, mail } = view;
  const { steps, epochs } = message;
  if (`${before?.steps}` !== `${steps}` || `${before?.epochs}` !== `${epochs}`) addStops(view);
  if (`${before?.steps}` !== `${steps}` || before?.frames?.url !== message.frames?.url)
    openFrames(view);
  mail.answered(message.answered);
  if (!mail.pending && !view.wanted && !isMoving(view)) {
    view.at = message.shown;
    view.behind = undefined;
    view.frames?.forgetPassing();
    showFrame(null);
  }
  send(view);
  draw(view);
  view.root.dataset.shown = `${message.shown ?? "latest"}`; // the frame below is of this moment
}

/**
 * @param {View} view
 * @param {Moment} step
 * @param {boolean} settled let go, and not on the way elsewhere
 */
function go(view, step, settled) {
  view.at = step;
  if (settled || !isFetched(view)) view.wanted = { step, settled };
  view.frames?.want(indexOf(view, step));
  showNearest(view);
  send(view);
  draw(view);
}

/** @param {View} view */
function send(view) {
  if (view.mail.pending || !view.wanted) return;
  view.mail.post(view.wanted);
  view.wanted = undefined;
}

/** @param {View} view */
const isMoving = ({ drag, keyed, plays }) => Boolean(drag || keyed || plays);

// ---------------------------------------------------------------- frames

/** @param {View} view */
function openFrames(view) {
  const { frames, steps } = view.message;
  /** @type {(bytes: ArrayBuffer, url: string) => unknown} */
  const read = (bytes, url) =>
    frames?.isJson ? JSON.parse(new TextDecoder().decode(bytes)) : { bytes, url };
  const arrived = () => {
    if (!(isMoving(view) || view.mail.pending)) return;
    if (isMoving(view) && !isFetched(view)) {
      go(view, view.at, false); // the server is asked after all
      return;
    }
    showNearest(view);
    draw(view);
  };
  const mine = frames ? new Frames(frames.url, steps, read, arrived) : undefined;
  view.frames?.stop();
  view.frames = mine;
  if (isMoving(view)) mine?.want(indexOf(view, view.at));
  if (view.behind !== undefined) showNearest(view); // which may stand at another place now
}

/**
 * Whether what is shown at the place of the slider comes from the frames, now or soon.
 *
 * @param {View} view
 */
const isFetched = (view) =>
  view.frames !== undefined && !view.frames.isRefused(indexOf(view, view.at));

/**
 * Show what is there: the moment, or the nearest one until it has come.
 *
 * @param {View} view
 */
function showNearest(view) {
  const { steps, shown } = view.message;
  view.behind = undefined;
  if (!isFetched(view)) {
    showFrame(null);
    return;
  }
  const [index, content] = view.frames?.nearest ?? [];
  if (index !== undefined) showFrame({ step: steps[index], content });
  const there = indexOf(view, frameShown()?.step ?? shown);
  if (there !== indexOf(view, view.at)) view.behind = there;
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

// ---------------------------------------------------------------- pointer and keyboard

/**
 * @param {View} view
 * @returns {import("../_kernel/drag.js").Drag}
 */
function dragOf(view) {
  /** @param {number} x */
  const move = (x) => {
    const step = stepUnder(view, x);
    if (!view.drag || step === view.at) return;
    view.drag.moved = true;
    go(view, step, false);
  };
  /** @param {Moment} step */
  const end = (step) => {
    const moved = view.drag?.moved;
    view.drag = undefined;
    if (moved || step !== view.at) go(view, step, true);
  };
  return {
    begin(x) {
      view.drag = { moved: view.plays, from: view.at };
      halt(view);
      move(x);
      return 0;
    },
    move,
    finish: (x) => end(x === undefined ? view.at : stepUnder(view, x)),
    cancel: () => end(view.drag?.from ?? null),
    onFrame: view.schedule,
  };
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
 * @returns {import("../_kernel/drag.js").Keys}
 */
function keysOf(view) {
  return {
    by(direction, isPage) {
      const at = indexOf(view, view.at);
      return isPage ? nextEpoch(view, at, direction) : at + direction;
    },
    low: () => 0,
    high: () => last(view),
    begin: () => !view.drag,
    move(index) {
      if (view.drag) return;
      halt(view);
      view.keyed = true;
      const step = stepAt(view, index);
      if (step !== view.at) go(view, step, false);
    },
    finish() {
      view.keyed = false;
      go(view, view.at, true);
    },
    pause: () => KEY_PAUSE,
  };
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
  const pause = isFetched(view) ? PLAY_PAUSE.fetched : PLAY_PAUSE.told;
  if (view.plays) view.playing = setTimeout(() => goOn(view), pause);
}

/** @param {View} view */
function goOn(view) {
  if (view.mail.pending || view.behind !== undefined)
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

/** @param {number} step */
const written = (step) => step.toLocaleString("en");

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
  write(view.step, `Step ${written(step)}`);
  const late =
    view.behind === undefined
      ? ""
      : `; step ${written(message.steps[view.behind])} until it is here`;
  const ends = step === 0 ? ", before training" : epoch === null ? "" : `, after epoch ${epoch}`;
  const about = `${ends}${late}`;
  write(view.about, about);
  track.setAttribute("aria-label", message.label);
  update(track, { "aria-valuemin": 0, "aria-valuemax": last(view), "aria-valuenow": index });
  const latest = view.at === null ? "latest, " : "";
  track.setAttribute("aria-valuetext", `${latest}step ${written(step)}${about}`);
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
