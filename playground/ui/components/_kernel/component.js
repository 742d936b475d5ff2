// The life of a component: mounted with its first message, told of each later one, and gone
// with its node.
//
// While a scrubber moves, a component whose key is among what was fetched of the moment is given the
// message that is fetched, as if Python had sent it, and Python's again when that is over; out of sight
// it is given nothing before it comes into sight.
//
// Streamlit calls the default export of a component's module again at each rerun and at each
// change of the theme; what a call returns is its cleanup.

import { element } from "./dom.js";
import { frameShown } from "./moment.js";
import { closeDrawer } from "./page/drawer.js";
import { rememberKeys } from "./page/early_keys.js";

// A message of a new version of the server calls a new instance of this module, which knows no
// view of the old one: so what takes a view away stands at its parent.
const OWNER = Symbol.for("softmax-playground-component");

/** @typedef {HTMLElement & { [OWNER]?: () => void }} Parent */

/**
 * What Streamlit gives a component with each call.
 *
 * @template Message
 * @typedef {object} Call
 * @property {Message} [data] what Python has sent; a new object for each message
 * @property {string} [style] its CSS, with what it shares with others
 * @property {HTMLElement} parentElement where the component is mounted
 * @property {(name: string, value: unknown) => void} setTriggerValue tells Python, once
 */

/**
 * What the view of every component has.
 *
 * @template Message
 * @typedef {object} Life
 * @property {HTMLElement} root the outermost node; it goes with the component
 * @property {Message} message the newest one
 * @property {(name: string, value: unknown) => void} trigger tells Python, once
 * @property {AbortSignal} signal aborted when the component goes
 * @property {(action?: () => void) => void} schedule draw in the next frame, once however often
 *   it is asked for; right before it do this, instead of an earlier action
 */

/**
 * @template {object} Message
 * @template {Life<Message>} View
 * @typedef {object} Parts
 * @property {string} className of the root
 * @property {(life: Life<Message>) => View} mount adds nodes to the root and parts to the view
 * @property {(view: View, before?: Message) => void} [receive] takes over `view.message`;
 *   `before` is the message before it, if there was one
 * @property {(view: View, isNew: boolean) => void} [show] at each call, with a new message or
 *   because of the theme; by default the next frame is drawn
 * @property {(view: View, now: number) => void} [draw] in a frame
 * @property {(view: View, message: Message) => boolean} [isOther] whether a message is of
 *   another component, for which the nodes are made again
 * @property {(view: View) => void} [leave] at the end, while all is still there
 */

/**
 * The default export of a component's module.
 *
 * @template {object} Message
 * @template {Life<Message>} View
 * @param {Parts<Message, View>} parts
 */
export function component(parts) {
  /** @type {WeakMap<HTMLElement, { view: View, destroy: () => void, told: Message }>} */
  const mounted = new WeakMap(); // by parent element
  const { isOther, receive, draw, show = draw && (({ schedule }) => schedule()) } = parts;
  /** @type {(view: View, message: Message) => void} */
  const give = (view, message) => {
    const before = view.message;
    view.message = message;
    if (message !== before) receive?.(view, before);
    show?.(view, message !== before);
  };
  /** @param {Call<Message>} call */
  return ({ data, style, parentElement, setTriggerValue }) => {
    if (!data) return undefined;
    rememberKeys();
    closeDrawer();
    let known = mounted.get(parentElement);
    if (!known || known.view.signal.aborted || isOther?.(known.view, data)) {
      const made = begin(parts, data, parentElement, setTriggerValue, style);
      const { view } = made;
      known = { ...made, told: data };
      mounted.set(parentElement, known);
      const mine = known;
      let isSeen = true;
      const follow = () => {
        const message = ofMoment(mine.told);
        if (message !== view.message && (isSeen || !frameShown())) give(view, message);
      };
      window.addEventListener("sp-frame", follow, { signal: view.signal });
      // What it shows may be hidden.
      const turn = (/** @type {boolean} */ now) => {
        isSeen = now;
        follow();
      };
      watchSight(parentElement, turn, view.signal);
      receive?.(view);
      show?.(view, true);
    } else {
      known.told = data;
      known.view.trigger = setTriggerValue;
      give(known.view, ofMoment(data));
    }
    const { destroy } = known;
    // Streamlit calls this too when a newer message overtakes the loading of this module.
    return () => {
      if (!parentElement.isConnected) destroy();
    };
  };
}

/**
 * What is shown instead of Python's message while a scrubber moves, if there is something.
 *
 * @template {object} Message
 * @param {Message} told
 * @returns {Message}
 */
function ofMoment(told) {
  const { part } = /** @type {{ part?: string }} */ (told);
  const content = /** @type {{ [part: string]: Message } | undefined} */ (frameShown()?.content);
  return (part !== undefined && content?.[part]) || told;
}

/**
 * @template {object} Message
 * @template {Life<Message>} View
 * @param {Parts<Message, View>} parts
 * @param {Message} message the first one
 * @param {Parent} parent whose view of before goes
 * @param {Life<Message>["trigger"]} trigger
 * @param {string} [style]
 */
function begin({ className, mount, draw, leave }, message, parent, trigger, style) {
  parent[OWNER]?.();
  const root = element("div", className, parent);
  if (style) element("style", "", root).textContent = style;
  const life = new AbortController();
  const { signal } = life;
  const schedule = onceAFrame((now) => draw?.(view, now), signal);
  const view = mount({ root, message, trigger, signal, schedule });
  const destroy = () => {
    if (signal.aborted) return;
    leave?.(view);
    life.abort();
    view.trigger = () => undefined; // what has gone tells nothing
    root.remove();
    delete parent[OWNER];
  };
  parent[OWNER] = destroy;
  return { view, destroy };
}

/** @type {Set<(now: number) => void> | undefined} */
let drawing; // while a frame is drawn: what is drawn in it

/**
 * What asks for a frame: it is drawn once, however often it is asked for. Asked while one is drawn,
 * as of what follows a scrubber, it is that one, unless it has had its turn.
 *
 * @param {(now: number) => void} draw
 * @param {AbortSignal} signal that ends it
 * @returns {Life<unknown>["schedule"]}
 */
function onceAFrame(draw, signal) {
  /** @type {number | undefined} */
  let frame;
  let isDue = false;
  /** @type {(() => void) | undefined} */
  let first;
  signal.addEventListener("abort", () => {
    if (frame !== undefined) cancelAnimationFrame(frame);
  });
  /** @param {number} now */
  const act = (now) => {
    const action = first;
    isDue = false;
    first = undefined;
    if (signal.aborted) return;
    action?.();
    draw(now);
  };
  return (action) => {
    first = action ?? first;
    if (signal.aborted || isDue) return;
    isDue = true;
    if (drawing && !drawing.has(act)) drawing.add(act);
    else frame = requestAnimationFrame((now) => drawFrame(now, act));
  };
}

/**
 * @param {number} now
 * @param {(now: number) => void} first
 */
function drawFrame(now, first) {
  drawing = new Set([first]);
  for (const act of drawing) {
    try {
      act(now);
    } catch (error) {
      queueMicrotask(() => {
        throw error; // the others are drawn
      });
    }
  }
  drawing = undefined;
}

const NEARLY_SEEN = "120px"; // so far beyond the edge of the window

/**
 * Calls `change` whenever a node comes into sight, or nearly, and when it goes.
 *
 * @param {Element} node
 * @param {(isSeen: boolean) => void} change
 * @param {AbortSignal} signal that ends it
 */
export function watchSight(node, change, signal) {
  const observer = new IntersectionObserver(
    (entries) => change(entries[entries.length - 1].isIntersecting),
    { rootMargin: NEARLY_SEEN },
  );
  observer.observe(node);
  signal.addEventListener("abort", () => observer.disconnect());
}

/**
 * Calls `change` whenever the size of a node is another.
 *
 * @param {Element} node
 * @param {ResizeObserverCallback} change
 * @param {AbortSignal} signal that ends it
 */
export function watchSize(node, change, signal) {
  const observer = new ResizeObserver(change);
  observer.observe(node);
  signal.addEventListener("abort", () => observer.disconnect());
}
