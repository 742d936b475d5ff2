// The square that is drawn on: pointer, keyboard, and painting.
//
// While a stroke is under way `view.working` holds the strokes as they are so far; they
// become part of the drawing, as one step of undo, when it ends.

import { change, clip, erase, firstPart, redo, undo } from "./canvas_ink.js";
import { createSurface, drawInk } from "./canvas_picture.js";
import { element } from "./nodes.js";

const NEAREST = 0.002; // of the side: points closer than this add nothing
const ERASER = 0.04; // its radius
const STEPS = { plain: 0.02, shift: 0.1 }; // of an arrow key
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const HELP = "Arrow keys move · Space: pen down or up · Delete clears · Escape leaves";

export function createPad(view) {
  const frame = element("div", "sp-canvas-frame", view.body);
  const pad = element("canvas", "sp-canvas-pad", frame);
  pad.tabIndex = 0;
  pad.setAttribute("role", "application");
  pad.setAttribute("aria-label", "Drawing area");
  element("div", "sp-canvas-empty", frame, "Draw here").setAttribute("aria-hidden", "true");
  const help = element("div", "sp-canvas-help", frame, HELP);
  help.id = `sp-canvas-help-${Math.random().toString(36).slice(2)}`;
  pad.setAttribute("aria-describedby", help.id);
  view.status = element("div", "sp-canvas-hidden", frame);
  view.status.setAttribute("role", "status");
  Object.assign(view, { pad, crosshair: element("div", "sp-canvas-cursor", frame) });
  view.surface = createSurface(pad);
  view.resize = new ResizeObserver(view.schedule);
  view.resize.observe(pad);
  const { signal } = view.listeners;
  window.addEventListener("resize", view.schedule, { signal }); // another pixel ratio
  listenToPointer(view, signal);
  listenToKeys(view, signal);
}

export function paintPad(view) {
  const { pad, doc, data, surface, root, crosshair } = view;
  const side = Math.round(pad.clientWidth * devicePixelRatio);
  if (!side) return; // in a hidden tab of the page
  const shown = view.replaying ? firstPart(doc.strokes, data.shown) : doc.strokes;
  const strokes = view.working ?? shown;
  drawInk(surface, strokes, side, view.theme.text);
  root.dataset.empty = !strokes.length;
  root.dataset.erasing = doc.erasing;
  const at = view.stroke?.last ?? [...doc.cursor, 0];
  crosshair.style.left = `${100 * at[0]}%`;
  crosshair.style.top = `${100 * at[1]}%`;
  crosshair.style.setProperty("--sp-eraser", `${100 * ERASER * 2}%`);
  root.dataset.down = Boolean(view.stroke);
}

// ---------------------------------------------------------------- strokes

function beginStroke(view, point, erasing) {
  finishStroke(view);
  const { doc } = view;
  view.stroke = { last: point, erasing };
  view.working = erasing ? doc.strokes : [...doc.strokes];
  if (erasing) eraseTo(view, point);
  else drawTo(view, point);
}

function extendStroke(view, point) {
  const { last, erasing } = view.stroke;
  if (Math.hypot(point[0] - last[0], point[1] - last[1]) < NEAREST) return;
  if (erasing) eraseTo(view, point);
  else drawTo(view, point);
}

// Outside the canvas there is no ink; where the line comes back it is another stroke.
function drawTo(view, point) {
  const { stroke, working, doc } = view;
  const part = clip(stroke.last, point);
  const isStart = stroke.last === point;
  stroke.last = point;
  if (part && (isStart || !stroke.open || part.enters)) {
    stroke.open = { width: doc.width, points: [...part.from] };
    working.push(stroke.open);
  }
  if (part && !isStart) stroke.open.points.push(...part.to);
  if (!part || part.leaves) stroke.open = undefined;
  if (part) view.changed(false);
}

function eraseTo(view, point) {
  const { stroke, working } = view;
  view.working = erase(working, stroke.last, point, ERASER);
  stroke.last = point;
  if (differ(working, view.working)) view.changed(false);
  else view.working = working;
  view.schedule(); // the disc has moved
}

export function finishStroke(view) {
  if (!view.stroke) return;
  const { working, doc } = view;
  Object.assign(view, { stroke: undefined, working: undefined });
  if (!differ(working, doc.strokes)) return void view.schedule();
  change(doc, working);
  view.changed(true);
}

const differ = (a, b) => a.length !== b.length || a.some((stroke, i) => stroke !== b[i]);

// ---------------------------------------------------------------- buttons and keys

export function clear(view) {
  finishStroke(view);
  if (!view.doc.strokes.length) return;
  change(view.doc, []);
  view.changed(true);
}

export function step(view, back) {
  finishStroke(view);
  if ((back ? undo : redo)(view.doc)) view.changed(true);
}

export function setTool(view, settings) {
  finishStroke(view);
  Object.assign(view.doc, settings);
  view.schedule();
}

// ---------------------------------------------------------------- pointer

function listenToPointer(view, signal) {
  const { pad } = view;
  const options = { signal };
  let pointer; // the one that draws; others are ignored until it is lifted
  const lift = (event) => {
    if (event.pointerId !== pointer) return;
    pointer = undefined;
    finishStroke(view);
  };
  pad.addEventListener(
    "pointerdown",
    (event) => {
      const isTail = event.pointerType === "pen" && (event.buttons & 32) !== 0; // its eraser end
      if (pointer !== undefined || (event.button !== 0 && !isTail)) return;
      pointer = event.pointerId;
      pad.setPointerCapture(pointer);
      delete view.root.dataset.keys;
      beginStroke(view, pointOf(pad, event), view.doc.erasing || isTail);
    },
    options,
  );
  pad.addEventListener(
    "pointermove",
    (event) => {
      if (event.pointerId !== pointer || !view.stroke) return;
      const events = event.getCoalescedEvents?.() ?? [];
      for (const one of events.length ? events : [event]) extendStroke(view, pointOf(pad, one));
    },
    options,
  );
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"])
    pad.addEventListener(name, lift, options);
}

function pointOf(pad, event) {
  const { left, top, width, height } = pad.getBoundingClientRect();
  const pressure = event.pointerType === "pen" && event.pressure > 0 ? event.pressure : 0.5;
  return [(event.clientX - left) / width, (event.clientY - top) / height, pressure];
}

// ---------------------------------------------------------------- keyboard

function listenToKeys(view, signal) {
  const { pad, root } = view;
  pad.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !press(view, event)) return;
      event.preventDefault(); // no scrolling
      event.stopPropagation();
      root.dataset.keys = true;
    },
    { signal },
  );
  root.addEventListener(
    "keydown",
    (event) => {
      const key = event.key.toLowerCase();
      if (!(event.ctrlKey || event.metaKey) || !["z", "y"].includes(key)) return;
      event.preventDefault();
      step(view, key === "z" && !event.shiftKey);
    },
    { signal },
  );
  pad.addEventListener(
    "focus",
    () => {
      if (pad.matches(":focus-visible")) root.dataset.keys = true;
    },
    { signal },
  );
  pad.addEventListener(
    "blur",
    () => {
      delete root.dataset.keys;
      finishStroke(view);
    },
    { signal },
  );
}

// Whether the key means something here.
function press(view, { key, shiftKey, repeat }) {
  if (ARROWS[key]) moveCursor(view, ARROWS[key], shiftKey ? STEPS.shift : STEPS.plain);
  else if (key === " ") repeat || togglePen(view);
  else if (key === "Delete" || key === "Backspace") clear(view);
  else if (key !== "Escape") return false;
  else if (view.stroke) togglePen(view);
  else view.pad.blur();
  return true;
}

function moveCursor(view, [dx, dy], size) {
  const { doc } = view;
  const within = (value) => Math.min(1, Math.max(0, Math.round(1000 * value) / 1000));
  doc.cursor = [within(doc.cursor[0] + dx * size), within(doc.cursor[1] + dy * size)];
  if (view.stroke) extendStroke(view, [...doc.cursor, 0.5]);
  view.schedule();
}

function togglePen(view) {
  const isDown = !view.stroke;
  if (isDown) beginStroke(view, [...view.doc.cursor, 0.5], view.doc.erasing);
  else finishStroke(view);
  view.status.textContent = isDown ? (view.doc.erasing ? "Eraser down" : "Pen down") : "Lifted";
  view.schedule();
}
