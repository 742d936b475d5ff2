// Whose turn it is to move: the home page's pictures do so one after the other, each once.
//
// A picture that cannot be seen waits, and so does a hidden tab, which draws no frames. One
// that is scrolled away while it moves goes to rest, and has its turn when it is seen again.
// The turns end for good when somebody takes hold of a picture or asks for a pause; the button
// of a picture then still moves this one.

import { element, shape } from "./nodes.js";

const SOON = 1500; // ms after the page has come
const REST = 700; // ms between two pictures
const LONGEST_FRAME = 50; // ms: after a pause nothing jumps
const stillness = matchMedia("(prefers-reduced-motion: reduce)");
const members = new Map(); // view → { turn, seen, shown }
const PLAY = "M8 5v14l11-7z";
const PAUSE = "M6 5h4v14H6zm8 0h4v14h-4z";

let moving; // the view that moves now
let progress = 0; // of it, 0 to 1
let byItself = true; // whether turns are still given
let before; // time of the last frame
let frame;
let waiting;

// Returns what ends the membership.
export function join(view, turn) {
  const member = { turn, seen: false, shown: false };
  members.set(view, member);
  const sight = new IntersectionObserver(
    (entries) => {
      member.seen = entries.at(-1).isIntersecting;
      if (view !== moving) wake(SOON);
      else if (member.seen)
        go(); // on, where it had to wait
      else if (byItself) giveAway(member);
    },
    { threshold: 0.9 },
  );
  sight.observe(view.root);
  // Not at the first touch of a finger, which may only want to scroll.
  const take = ({ target }) => view.button.contains(target) || hold();
  for (const name of ["input", "focusin", "click"]) view.root.addEventListener(name, take);
  return () => {
    sight.disconnect();
    members.delete(view);
    if (moving === view) stop();
    if (!members.size) waiting = clearTimeout(waiting);
  };
}

// Into the foot, and `view.button` from then on.
export function playButton(view) {
  const button = element("button", "sp-home-play", view.foot);
  button.type = "button";
  shape("path", "", shape("svg", "", button, { viewBox: "0 0 24 24", "aria-hidden": "true" }));
  button.addEventListener("click", () => {
    byItself = false;
    if (moving === view) return stop();
    stop();
    return begin(view);
  });
  view.button = button;
  face(view, false);
}

function face({ button, root }, plays) {
  button.setAttribute("aria-label", plays ? "Pause" : "Play");
  button.querySelector("path").setAttribute("d", plays ? PAUSE : PLAY);
  root.dataset.moves = plays;
}

// Somebody's hand is on it: the picture stays as it is from here on.
function hold() {
  byItself = false;
  stop();
}

function wake(after) {
  if (!byItself || moving || waiting !== undefined || stillness.matches) return;
  waiting = setTimeout(() => {
    waiting = undefined;
    const next = byItself && nextView();
    if (next) begin(next);
    else if (members.size && [...members.values()].every(({ shown }) => shown)) byItself = false;
  }, after);
}

function nextView() {
  const free = [...members].filter(([, member]) => member.seen && !member.shown);
  return free.sort(([, a], [, b]) => a.turn - b.turn)[0]?.[0];
}

function begin(view) {
  [moving, progress] = [view, 0];
  members.get(view).shown = true;
  face(view, true);
  go();
}

function go() {
  cancelAnimationFrame(frame);
  before = undefined;
  frame = requestAnimationFrame(step);
}

function stop() {
  waiting = clearTimeout(waiting);
  cancelAnimationFrame(frame);
  const view = moving;
  moving = undefined;
  if (view) face(view, false);
}

// The turn of what moves, to the next one that is seen.
function giveAway(member) {
  member.shown = false;
  moving.miniature.rest();
  stop();
  wake(REST);
}

function step(now) {
  if (!members.get(moving).seen) return; // until it is seen again
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

// Asked for while something moves.
stillness.addEventListener("change", () => {
  if (!stillness.matches || !moving) return;
  moving.miniature.rest();
  stop();
});
