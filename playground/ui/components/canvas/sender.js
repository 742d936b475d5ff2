// When pictures go to the server: ten a second or some more while a stroke grows, one at once when
// it ends, none without a change. The next waits for the answer to the last, but not long.
// They go the short way where there is one; the page then gets the last of each stroke too.

import { packStrokes, saidOf } from "./ink.js";
import { createSurface, pictureOf, takePicture } from "./picture.js";
import { askQuickly, canAskQuickly, openQuick } from "./quick.js";
import { isTruthful, rasterOf } from "./raster.js";
import { withThinnerPen } from "./thin_pen.js";

/** @typedef {import("./canvas.js").View} View */

/**
 * What is sent of a drawing.
 *
 * @typedef {object} PictureKeys
 * @property {number} seq
 * @property {boolean} final no stroke is under way
 * @property {number} strokes how many there are
 * @property {number} pen the width of the chosen one, in thousandths
 * @property {boolean} [thin] whether pens were made thinner for the picture
 * @property {string} [loaded] the id of the drawing that the server gave last
 * @property {import("./ink.js").PackedStroke[]} [ink] if the server wants it
 * @property {import("./ink.js").Said[]} [said] about strokes that do not touch
 *
 * @typedef {import("./picture.js").GreyPicture & PictureKeys} Picture
 */

/**
 * A picture that is on its way.
 *
 * @typedef {object} Flight
 * @property {number} seq
 * @property {Picture} message
 * @property {boolean} [isHanded] given to the page, which answers it
 * @property {ReturnType<typeof setTimeout>} [timer]
 */

/**
 * What the view has of the sender.
 *
 * @typedef {object} SenderKeys
 * @property {import("./picture.js").Surface} raster
 * @property {boolean} readsBack whether the browser gives back what was painted
 * @property {number} sentAt when the last picture was, in ms
 * @property {"final" | "partial"} [waiting] a change of which there is no picture yet
 * @property {Flight} [pending] the last picture, until it is answered
 * @property {Flight} [settling] answered on the short way, but not yet by the page
 * @property {boolean} [leaving] Streamlit has a picture that it has not sent yet
 * @property {ReturnType<typeof setTimeout>} [timer] until the next picture is due
 */

/** @type {readonly ("settling" | "pending")[]} */
const WAYS = ["settling", "pending"];
const EVERY = 90; // ms from one picture of a growing stroke to the next; timers come late
const EVERY_QUICKLY = 70; // on the short way, where an answer costs the server little
const PATIENCE = 1000; // ms for an answer; then it counts as lost
const RETRIES = 3; // of the last picture of a stroke

/** @returns {SenderKeys} */
export function createSender() {
  const raster = createSurface(document.createElement("canvas"), { willReadFrequently: true });
  return { raster, readsBack: isTruthful(), sentAt: -Infinity };
}

/** @param {View} view */
export function stopSender(view) {
  clearTimeout(view.timer);
  clearTimeout(view.pending?.timer);
  clearTimeout(view.settling?.timer);
}

/**
 * @param {View} view
 * @param {boolean} isFinal
 */
export function markChanged(view, isFinal) {
  view.waiting = isFinal ? "final" : "partial";
  openQuick(view);
  sendIfDue(view);
}

/**
 * By the page.
 *
 * @param {View} view
 * @param {number} seq
 */
export function answered(view, seq) {
  for (const way of WAYS) {
    const flight = view[way];
    if (!flight || seq < flight.seq) continue;
    clearTimeout(flight.timer);
    view[way] = undefined;
  }
  sendIfDue(view);
}

/**
 * On the short way.
 *
 * @param {View} view
 * @param {number} seq
 */
export function answeredQuickly(view, seq) {
  const { pending } = view;
  if (!pending || pending.isHanded || seq < pending.seq) return; // the page answers it
  view.pending = undefined;
  if (pending.message.final) {
    clearTimeout(view.settling?.timer);
    view.settling = pending;
    hand(view, pending, RETRIES);
  }
  sendIfDue(view);
}

/** @param {View} view */
function sendIfDue(view) {
  clearTimeout(view.timer);
  if (!view.waiting || view.signal.aborted) return;
  const isFinal = view.waiting === "final";
  // The last picture of a stroke does not wait for the answer to one that it replaces.
  if (view.pending && !(isFinal && !view.pending.message.final)) return;
  const every = canAskQuickly(view) ? EVERY_QUICKLY : EVERY;
  const wait = isFinal ? 0 : view.sentAt + every - performance.now();
  if (wait > 0) view.timer = setTimeout(() => sendIfDue(view), wait);
  else send(view, isFinal);
}

/**
 * @param {View} view
 * @param {boolean} isFinal
 */
function send(view, isFinal) {
  const { doc, data } = view;
  const strokes = view.working ?? doc.strokes;
  const seen = withThinnerPen(strokes);
  doc.seq += 1;
  doc.pictured = strokes; // the newest of which there was a picture
  /** @type {Picture} */
  const message = {
    seq: doc.seq,
    final: isFinal,
    strokes: strokes.length,
    pen: Math.round(1000 * doc.width),
    ...(view.readsBack ? takePicture(view.raster, seen) : pictureOf(rasterOf(seen))),
  };
  if (seen !== strokes) message.thin = true;
  const said = saidOf(doc.strokes);
  if (said.length) message.said = said;
  if (doc.loaded !== null) message.loaded = doc.loaded; // until then the server sends it again
  if (isFinal && data.wantsStrokes) {
    message.ink = packStrokes(strokes);
    doc.strokesSent = doc.strokes;
  }
  clearTimeout(view.pending?.timer);
  view.waiting = undefined;
  view.sentAt = performance.now();
  /** @type {Flight} */
  const flight = { seq: doc.seq, message };
  view.pending = flight;
  view.root.dataset.asked = `${doc.seq}`;
  const throughThePage = () => view.pending === flight && hand(view, flight, isFinal ? RETRIES : 0);
  if (!askQuickly(view, message, throughThePage)) throughThePage();
}

/**
 * Give a picture to the page, which answers it with a rerun.
 *
 * @param {View} view
 * @param {Flight} flight
 * @param {number} retries
 */
function hand(view, flight, retries) {
  clearTimeout(flight.timer);
  flight.isHanded = true;
  if (view.leaving) {
    flight.timer = setTimeout(() => hand(view, flight, retries), 0);
    return;
  }
  view.root.dataset.sent = `${flight.seq}`;
  view.trigger("picture", flight.message);
  // Streamlit sends it in a timer that it has just set, and would put what is handed over
  // before that into the same message; a timer set now comes after that one.
  view.leaving = true;
  setTimeout(() => {
    view.leaving = false;
  }, 0);
  flight.timer = setTimeout(() => {
    if (retries > 0 && !view.waiting) {
      hand(view, flight, retries - 1);
      return;
    }
    for (const way of WAYS) if (view[way] === flight) view[way] = undefined;
    sendIfDue(view);
  }, PATIENCE);
}
