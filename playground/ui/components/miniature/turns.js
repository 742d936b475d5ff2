// Whose turn it is to move: the home page's pictures do so one after the other, each once.
//
// A picture that cannot be seen waits, and so does a hidden tab, which draws no frames. One
// that is scrolled away while it moves goes to rest, and has its turn when it is seen again.
// The turns end for good when somebody takes hold of a picture or asks for a pause; the button
// of a picture then still moves this one.

import { element, shape } from "../_kernel/dom.js";

const SOON = 1500; // ms after the page has come
const REST = 700; // ms between two pictures
const LONGEST_FRAME = 50; // ms: after a pause nothing jumps
const PLAY = "M8 5v14l11-7z";
const PAUSE = "M6 5h4v14H6zm8 0h4v14h-4z";

/**
 * A picture that has its turns.
 *
 * @typedef {object} Member
 * @property {HTMLElement} root
 * @property {HTMLButtonElement} button that makes it move, and pause
 * @property {Pick<import("./miniature.js").Miniature, "seconds" | "rest" | "at">} miniature
 * @property {number} turn
 */

/** @type {Map<Member, { seen: boolean, shown: boolean }>} */
const members = new Map();
/** @type {MediaQueryList | undefined} */
let stillness; // asked for when the first picture comes
/** @type {Member | undefined} */
let moving;
let progress = 0; // of what moves, 0 to 1
let byItself = true; // whether turns are still given
/** @type {number | undefined} */
let before; // time of the last frame
/** @type {number | undefined} */
let frame;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let waiting;

/**
 * @param {Member} member
 * @param {AbortSignal} signal that ends the membership
 */
export function join(member, signal) {
  const { root, button } = member;
  stillness ??= watchStillness();
  const state = { seen: false, shown: false };
  members.set(member, state);
  face(member, false);
  button.addEventListener("click", () => press(member));
  const sight = new IntersectionObserver(
    (entries) => {
      state.seen = entries[entries.length - 1].isIntersecting;
      if (member !== moving) wake(SOON);
      else if (state.seen)
        go(); // on, where it had to wait
      else if (byItself) giveAway(member);
    },
    { threshold: 0.9 },
  );
  sight.observe(root);
  /**
   * Not at the first touch of a finger, which may only want to scroll.
   *
   * @param {Event} event
   */
  const take = ({ target }) => {
    if (!(target instanceof Node && button.contains(target))) hold();
  };
  for (const name of ["input", "focusin", "click"]) root.addEventListener(name, take);
  signal.addEventListener("abort", () => {
    sight.disconnect();
    members.delete(member);
    if (moving === member) stop();
    if (!members.size) stopWaiting();
  });
}

/** @param {HTMLElement} foot of a picture */
export function playButton(foot) {
  const button = element("button", "sp-home-play", foot);
  shape("path", "", shape("svg", "", button, { viewBox: "0 0 24 24", "aria-hidden": "true" }));
  return button;
}

/** @param {Member} member */
function press(member) {
  byItself = false;
  const isPause = moving === member;
  stop();
  if (isPause) return;
  const state = members.get(member);
  if (state) state.seen = true; // as much of it as there is room for
  begin(member);
}

/**
 * @param {Member} member
 * @param {boolean} plays
 */
function face({ button, root }, plays) {
  button.setAttribute("aria-label", plays ? "Pause" : "Play");
  button.querySelector("path")?.setAttribute("d", plays ? PAUSE : PLAY);
  root.dataset.moves = `${plays}`;
}

// Somebody's hand is on it: the picture stays as it is from here on.
function hold() {
  byItself = false;
  stop();
}

/** @param {number} after ms */
function wake(after) {
  if (!byItself || moving || waiting !== undefined || stillness?.matches) return;
  waiting = setTimeout(() => {
    waiting = undefined;
    const next = byItself && nextMember();
    if (next) begin(next);
    else if (members.size && [...members.values()].every(({ shown }) => shown)) byItself = false;
  }, after);
}

function stopWaiting() {
  clearTimeout(waiting);
  waiting = undefined;
}

function nextMember() {
  const free = [...members].filter(([, { seen, shown }]) => seen && !shown);
  return free.map(([member]) => member).sort((a, b) => a.turn - b.turn)[0];
}

/** @param {Member} member */
function begin(member) {
  [moving, progress] = [member, 0];
  mark(member, true);
  face(member, true);
  go();
}

/**
 * Whether it has had its turn.
 *
 * @param {Member} member
 * @param {boolean} shown
 */
function mark(member, shown) {
  const state = members.get(member);
  if (state) state.shown = shown;
}

function go() {
  cancelFrame();
  before = undefined;
  frame = requestAnimationFrame(step);
}

function cancelFrame() {
  if (frame !== undefined) cancelAnimationFrame(frame);
}

function stop() {
  stopWaiting();
  cancelFrame();
  const member = moving;
  moving = undefined;
  if (member) face(member, false);
}

/**
 * The turn of what moves, to the next one that is seen.
 *
 * @param {Member} member
 */
function giveAway(member) {
  mark(member, false);
  member.miniature.rest();
  stop();
  wake(REST);
}

/** @param {number} now */
function step(now) {
  if (!moving || !members.get(moving)?.seen) return; // until it is seen again
  const { miniature } = moving;
  progress += Math.min(LONGEST_FRAME, now - (before ?? now)) / 1000 / miniature.seconds;
  before = now;
  miniature.at(Math.min(1, progress));
  if (progress < 1) {
    frame = requestAnimationFrame(step);
    return;
  }
  stop();
  wake(REST);
}

function watchStillness() {
  const query = matchMedia("(prefers-reduced-motion: reduce)");
  // Asked for while something moves.
  query.addEventListener("change", () => {
    if (!query.matches || !moving) return;
    moving.miniature.rest();
    stop();
  });
  return query;
}
