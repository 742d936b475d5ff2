// When pictures go to the server: about ten a second while a stroke grows, one at once when
// it ends, none without a change. The next waits for the answer to the last, but not long.

import { packStrokes } from "./canvas_ink.js";
import { createSurface, takePicture } from "./canvas_picture.js";

const EVERY = 90; // ms from one picture of a growing stroke to the next; timers come late
const APART = 20; // ms between any two: Streamlit puts what comes closer into one message
const PATIENCE = 1000; // ms for an answer; then it counts as lost
const RETRIES = 3; // of the last picture of a stroke

export function createSender(view) {
  view.raster = createSurface(document.createElement("canvas"), { willReadFrequently: true });
  view.sentAt = -Infinity;
}

export function stopSender(view) {
  clearTimeout(view.timer);
  clearTimeout(view.pending?.timer);
}

export function markChanged(view, isFinal) {
  view.waiting = isFinal ? "final" : "partial";
  sendIfDue(view);
}

export function answered(view, seq) {
  const { pending } = view;
  if (!pending || seq < pending.seq) return;
  clearTimeout(pending.timer);
  view.pending = undefined;
  sendIfDue(view);
}

function sendIfDue(view) {
  clearTimeout(view.timer);
  if (!view.waiting || view.dead) return;
  const isFinal = view.waiting === "final";
  // The last picture of a stroke does not wait for the answer to one that it replaces.
  if (view.pending && !(isFinal && !view.pending.message.final)) return;
  const wait = view.sentAt + (isFinal ? APART : EVERY) - performance.now();
  if (wait > 0) view.timer = setTimeout(() => sendIfDue(view), wait);
  else send(view, isFinal);
}

function send(view, isFinal) {
  const { doc, data } = view;
  const strokes = view.working ?? doc.strokes;
  doc.seq += 1;
  const message = {
    seq: doc.seq, final: isFinal, strokes: strokes.length, pen: Math.round(1000 * doc.width),
    ...takePicture(view.raster, strokes),
  };
  if (doc.loaded !== null) message.loaded = doc.loaded; // until then the server sends it again
  if (isFinal && data.wantsStrokes) {
    message.ink = packStrokes(strokes);
    doc.strokesSent = doc.strokes;
  }
  clearTimeout(view.pending?.timer);
  view.waiting = undefined;
  view.sentAt = performance.now();
  view.pending = { seq: doc.seq, message };
  hand(view, isFinal ? RETRIES : 0);
}

function hand(view, retries) {
  const { pending } = view;
  view.root.dataset.sent = pending.seq;
  view.send(pending.message);
  pending.timer = setTimeout(() => {
    if (retries > 0 && !view.waiting) return hand(view, retries - 1);
    view.pending = undefined;
    return sendIfDue(view);
  }, PATIENCE);
}
