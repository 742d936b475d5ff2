// The square that is drawn on: pointer, keyboard, and painting.
//
// While a stroke is under way `view.working` holds the strokes as they are so far; they
// become part of the drawing, as one step of undo, when it ends.

import { element, uniqueName } from "../_kernel/dom.js";
import { change, redo, undo } from "./document.js";
import { clip, erase, firstPart } from "./ink.js";
import { createSurface, drawInk } from "./picture.js";

/** @typedef {import("./canvas.js").View} View */
/** @typedef {import("./ink.js").Point} Point */
/** @typedef {import("./ink.js").Stroke} Stroke */

/**
 * A stroke that is under way.
 *
 * @typedef {object} Growing
 * @property {Point} first where the pen came down
 * @property {Point} last where it is
 * @property {boolean} isLong whether it has been away from there
 * @property {boolean} erasing
 * @property {Stroke} [open] the stroke that the next point belongs to
 */

/**
 * What the view has of the pad.
 *
 * @typedef {object} PadKeys
 * @property {HTMLCanvasElement} pad
 * @property {HTMLElement} crosshair
 * @property {HTMLElement} status for screen readers: whether the pen is down
 * @property {import("./picture.js").Surface} surface
 * @property {Growing} [stroke]
 * @property {Stroke[]} [working]
 */

const NEAREST = 0.002; // of the side: points closer than this add nothing
const ERASER = 0.04; // its radius
const PINCH = 0.08; // of the side: as far as a finger comes before the second of two is there
const STEPS = { plain: 0.02, shift: 0.1 }; // of an arrow key
/** @type {Record<string, [dx: number, dy: number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const HELP = "Arrow keys move · Space: pen down or up · Delete clears · Escape leaves";

/**
 * @param {HTMLElement} body
 * @returns {PadKeys}
 */
export function createPad(body) {
  const frame = element("div", "sp-canvas-frame", body);
  const pad = element("canvas", "sp-canvas-pad", frame);
  pad.tabIndex = 0;
  pad.setAttribute("role", "application");
  pad.setAttribute("aria-label", "Drawing area");
  element("div", "sp-canvas-empty", frame, "Draw here").setAttribute("aria-hidden", "true");
  const help = element("div", "sp-canvas-help", frame, HELP);
  help.id = uniqueName("sp-canvas-help");
  pad.setAttribute("aria-describedby", help.id);
  const status = element("div", "sp-hidden", frame);
  status.setAttribute("role", "status");
  const crosshair = element("div", "sp-canvas-cursor", frame);
  return { pad, crosshair, status, surface: createSurface(pad) };
}

/** @param {View} view */
export function listenToPad(view) {
  const { signal, surface } = view;
  window.addEventListener("resize", () => view.schedule(), { signal }); // another pixel ratio
  for (const { canvas } of [surface.context, surface.base])
    canvas.addEventListener("contextrestored", () => view.schedule());
  listenToPointer(view);
  listenToKeys(view);
}

/** @param {View} view */
export function paintPad(view) {
  const { pad, doc, data, surface, root, crosshair } = view;
  const side = Math.round(pad.clientWidth * devicePixelRatio);
  if (!side) return; // in a hidden tab of the page
  const shown = view.replaying ? firstPart(doc.strokes, data.shown) : doc.strokes;
  const strokes = view.working ?? shown;
  drawInk(surface, strokes, side, view.theme.text);
  root.dataset.empty = `${!strokes.length}`;
  root.dataset.erasing = `${doc.erasing}`;
  const at = view.stroke?.last ?? [...doc.cursor, 0];
  crosshair.style.left = `${100 * at[0]}%`;
  crosshair.style.top = `${100 * at[1]}%`;
  crosshair.style.setProperty("--sp-eraser", `${100 * ERASER * 2}%`);
  root.dataset.down = `${Boolean(view.stroke)}`;
}

// ---------------------------------------------------------------- strokes

/**
 * @param {View} view
 * @param {Point} point
 * @param {boolean} erasing
 */
function beginStroke(view, point, erasing) {
  finishStroke(view);
  const { doc } = view;
  view.stroke = { first: point, last: point, isLong: false, erasing };
  view.working = erasing ? doc.strokes : [...doc.strokes];
  goTo(view, view.stroke, point);
}

/**
 * @param {View} view
 * @param {Growing} stroke
 * @param {Point} point
 */
function extendStroke(view, stroke, point) {
  const { first, last } = stroke;
  if (distance(point, last) < NEAREST) return;
  stroke.isLong ||= distance(point, first) >= PINCH;
  goTo(view, stroke, point);
}

/** @type {(a: Point, b: Point) => number} */
const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);

/**
 * @param {View} view
 * @param {Growing} stroke
 * @param {Point} point
 */
function goTo(view, stroke, point) {
  const working = view.working ?? view.doc.strokes;
  if (stroke.erasing) eraseTo(view, stroke, working, point);
  else drawTo(view, stroke, working, point);
}

/**
 * Outside the canvas there is no ink; where the line comes back it is another stroke.
 *
 * @param {View} view
 * @param {Growing} stroke
 * @param {Stroke[]} working
 * @param {Point} point
 */
function drawTo(view, stroke, working, point) {
  const part = clip(stroke.last, point);
  const isStart = stroke.last === point;
  stroke.last = point;
  if (part && (isStart || !stroke.open || part.enters)) {
    stroke.open = { width: view.doc.width, points: [...part.from] };
    working.push(stroke.open);
  }
  if (part && !isStart) stroke.open?.points.push(...part.to);
  if (!part || part.leaves) stroke.open = undefined;
  if (part) view.changed(false);
}

/**
 * @param {View} view
 * @param {Growing} stroke
 * @param {Stroke[]} working
 * @param {Point} point
 */
function eraseTo(view, stroke, working, point) {
  view.working = erase(working, stroke.last, point, ERASER);
  stroke.last = point;
  if (differ(working, view.working)) view.changed(false);
  else view.working = working;
  view.schedule(); // the disc has moved
}

/** @param {View} view */
export function finishStroke(view) {
  if (!view.stroke) return;
  const { doc } = view;
  const { working = doc.strokes } = view;
  view.stroke = undefined;
  view.working = undefined;
  if (!differ(working, doc.strokes)) {
    view.schedule();
    return;
  }
  change(doc, working);
  view.changed(true);
}

/**
 * Take a stroke back that is under way, as if it had not begun.
 *
 * @param {View} view
 */
function cancelStroke(view) {
  const wasDrawn = view.working !== undefined && differ(view.working, view.doc.strokes);
  view.stroke = undefined;
  view.working = undefined;
  view.schedule();
  if (wasDrawn) view.changed(true);
}

/** @type {(a: Stroke[], b: Stroke[]) => boolean} */
const differ = (a, b) => a.length !== b.length || a.some((stroke, i) => stroke !== b[i]);

// ---------------------------------------------------------------- buttons and keys

/** @param {View} view */
export function clear(view) {
  finishStroke(view);
  if (!view.doc.strokes.length) return;
  change(view.doc, []);
  view.changed(true);
}

/**
 * @param {View} view
 * @param {boolean} back
 */
export function step(view, back) {
  finishStroke(view);
  if ((back ? undo : redo)(view.doc)) view.changed(true);
}

/**
 * @param {View} view
 * @param {{ width?: number, erasing?: boolean }} settings
 */
export function setTool(view, settings) {
  finishStroke(view);
  Object.assign(view.doc, settings);
  view.schedule();
}

// ---------------------------------------------------------------- pointer

/**
 * One finger draws. Of two the page is zoomed and moved, and what the first of them has drawn until the
 * other is there is taken back; once it has drawn more, the other is the palm of its hand.
 *
 * @param {View} view
 */
function listenToPointer(view) {
  const { pad } = view;
  /** @type {number | undefined} */
  let pointer; // the one that draws; others are ignored until it is lifted
  let isTouch = false; // whether that is a finger, or the palm of a hand that holds a pen
  /** @type {Set<number>} */
  const fingers = new Set(); // that are down
  let pinches = false; // whether they draw nothing until all are lifted
  /** @param {PointerEvent} event */
  const lift = (event) => {
    fingers.delete(event.pointerId);
    if (event.pointerId !== pointer) return;
    pointer = undefined;
    if (event.type === "pointercancel" && isTouch && !view.stroke?.isLong) cancelStroke(view);
    else finishStroke(view);
  };
  pad.addEventListener("pointerdown", (event) => {
    const isTail = event.pointerType === "pen" && (event.buttons & 32) !== 0; // its eraser end
    if (event.button !== 0 && !isTail) return;
    const isFinger = event.pointerType === "touch";
    if (isFinger) {
      pinches &&= fingers.size > 0;
      fingers.add(event.pointerId);
    }
    if (isFinger && pinches) return;
    if (pointer !== undefined) {
      const isPinch = isFinger && !view.stroke?.isLong;
      if (!isTouch || !(isPinch || event.pointerType === "pen")) return;
      cancelStroke(view);
      pointer = undefined;
      pinches = isPinch;
      if (pinches) return;
    }
    pointer = event.pointerId;
    isTouch = isFinger;
    pad.setPointerCapture(pointer);
    delete view.root.dataset.keys;
    beginStroke(view, pointOf(pad, event), view.doc.erasing || isTail);
  });
  pad.addEventListener("pointermove", (event) => {
    const { stroke } = view;
    if (event.pointerId !== pointer || !stroke) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const one of events.length ? events : [event])
      extendStroke(view, stroke, pointOf(pad, one));
  });
  for (const name of /** @type {const} */ (["pointerup", "pointercancel", "lostpointercapture"]))
    pad.addEventListener(name, lift);
  const hold = (/** @type {TouchEvent} */ event) => {
    if (pointer !== undefined && event.touches.length > 1) event.preventDefault(); // a palm's zoom
  };
  pad.addEventListener("touchstart", hold, { passive: false });
}

/**
 * @param {HTMLCanvasElement} pad
 * @param {PointerEvent} event
 * @returns {Point}
 */
function pointOf(pad, event) {
  const { left, top, width, height } = pad.getBoundingClientRect();
  const pressure = event.pointerType === "pen" && event.pressure > 0 ? event.pressure : 0.5;
  return [(event.clientX - left) / width, (event.clientY - top) / height, pressure];
}

// ---------------------------------------------------------------- keyboard

/** @param {View} view */
function listenToKeys(view) {
  const { pad, root } = view;
  pad.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !press(view, event)) return;
    event.preventDefault(); // no scrolling
    event.stopPropagation();
    root.dataset.keys = "true";
  });
  root.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || !["z", "y"].includes(key)) return;
    event.preventDefault();
    step(view, key === "z" && !event.shiftKey);
  });
  pad.addEventListener("focus", () => {
    if (pad.matches(":focus-visible")) root.dataset.keys = "true";
  });
  pad.addEventListener("blur", () => {
    delete root.dataset.keys;
    finishStroke(view);
  });
}

/**
 * Whether the key means something here.
 *
 * @param {View} view
 * @param {KeyboardEvent} event
 */
function press(view, { key, shiftKey, repeat }) {
  if (ARROWS[key]) moveCursor(view, ARROWS[key], shiftKey ? STEPS.shift : STEPS.plain);
  else if (key === " ") repeat || togglePen(view);
  else if (key === "Delete" || key === "Backspace") clear(view);
  else if (key !== "Escape") return false;
  else if (view.stroke) togglePen(view);
  else view.pad.blur();
  return true;
}

/**
 * @param {View} view
 * @param {[dx: number, dy: number]} direction
 * @param {number} size
 */
function moveCursor(view, [dx, dy], size) {
  const { doc } = view;
  /** @param {number} value */
  const within = (value) => Math.min(1, Math.max(0, Math.round(1000 * value) / 1000));
  doc.cursor = [within(doc.cursor[0] + dx * size), within(doc.cursor[1] + dy * size)];
  if (view.stroke) extendStroke(view, view.stroke, [...doc.cursor, 0.5]);
  view.schedule();
}

/** @param {View} view */
function togglePen(view) {
  const isDown = !view.stroke;
  if (isDown) beginStroke(view, [...view.doc.cursor, 0.5], view.doc.erasing);
  else finishStroke(view);
  view.status.textContent = isDown ? (view.doc.erasing ? "Eraser down" : "Pen down") : "Lifted";
  view.schedule();
}
