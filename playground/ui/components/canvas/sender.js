// When pictures go to the server: one at once when a stroke ends, none without a change. Where the
// browser cannot read, ten a second while a stroke grows, too; the next waits for the answer to the
// last, but not long.
// The last picture of a stroke is asked about until it is answered, however long the server is away.

import { BACK } from "../_kernel/mailbox.js";
import { saidOf } from "./document.js";
import { packStrokes } from "./ink.js";
import { markDue, readsLive } from "./live.js";
import { createSurface, levelsOf, packed, takePicture } from "./picture.js";
import { isTruthful, rasterOf } from "./raster.js";
import { withThinnerPen } from "./thin_pen.js";

/** @typedef {import("./canvas.js").View} View */

/**
 * What is sent of a drawing.
 *
 * @typedef {object} PictureKeys
 * @property {number} seq
 * @property {boolean} final no stroke is under way
 * @property {boolean} [thin] whether pens were made thinner for the picture
 * @property {string} [loaded] the id of the drawing that the server gave last
 * @property {import("./ink.js").PackedStroke[]} [ink] with a last picture
 * @property {import("./document.js").Said[]} [said] about strokes that do not touch
 *
 * @typedef {import("./picture.js").GreyPicture & PictureKeys} Picture
 */

/**
 * A picture that is on its way.
 *
 * @typedef {object} Flight
 * @property {number} seq
 * @property {Picture} message
 * @property {number} [handedAt] when it was given to the page, in ms
 * @property {boolean} [isHeard] whether the page has spoken since
 * @property {number} left times that it is given again, to a page that speaks and does not answer
 * @property {number} silence ms until it is given again to a page that does not speak
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
 * @property {boolean} [leaving] Streamlit has a picture that it has not sent yet
 * @property {ReturnType<typeof setTimeout>} [timer] until the next picture is due
 */

const EVERY = 90; // ms from one picture of a growing stroke to the next; timers come late
const PATIENCE = 1000; // ms for an answer; then it counts as lost
const RETRIES = 3; // of the last picture of a stroke
const RAREST = 8000; // ms between them while the server is silent
const LOADING = 10000; // ms without news while the networks are loaded, which the page says

/** @returns {SenderKeys} */
export function createSender() {
  const raster = createSurface(document.createElement("canvas"), { willReadFrequently: true });
  return { raster, readsBack: isTruthful(), sentAt: -Infinity };
}

/** @param {View} view */
export function stopSender(view) {
  clearTimeout(view.timer);
  clearTimeout(view.pending?.timer);
}

/**
 * @param {View} view
 * @param {boolean} isFinal
 */
export function markChanged(view, isFinal) {
  view.waiting = isFinal ? "final" : "partial";
  markDue(view);
  sendIfDue(view);
}

/**
 * The strokes on the canvas as networks are given them, and their picture.
 *
 * @param {View} view
 */
export function takeInk(view) {
  const strokes = withThinnerPen(view.working ?? view.doc.strokes);
  const picture = view.readsBack ? takePicture(view.raster, strokes) : levelsOf(rasterOf(strokes));
  return { strokes, picture };
}

/**
 * @param {View} view
 * @param {number} seq
 */
export function answered(view, seq) {
  const { pending, doc } = view;
  if (seq >= doc.seq) view.news.came(); // also if it has been given up
  if (pending && seq >= pending.seq) drop(view, pending);
  else if (pending) hear(view, pending);
  sendIfDue(view);
}

/** @param {View} view */
function sendIfDue(view) {
  clearTimeout(view.timer);
  if (!view.waiting || view.signal.aborted) return;
  const isFinal = view.waiting === "final";
  if (!isFinal && readsLive(view)) {
    view.waiting = undefined;
    return;
  }
  // The last picture of a stroke does not wait for the answer to one that it replaces.
  if (view.pending && !(isFinal && !view.pending.message.final)) return;
  const wait = isFinal ? 0 : view.sentAt + EVERY - performance.now();
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
  const ink = takeInk(view);
  doc.seq += 1;
  doc.pictured = strokes; // the newest of which there was a picture
  /** @type {Picture} */
  const message = { seq: doc.seq, final: isFinal, ...packed(ink.picture) };
  if (ink.strokes !== strokes) message.thin = true;
  const said = saidOf(doc.strokes);
  if (said.length) message.said = said;
  if (doc.loaded !== null) message.loaded = doc.loaded; // until then the server sends it again
  if (isFinal) message.ink = packStrokes(strokes); // a drawing that is taught is kept with them
  clearTimeout(view.pending?.timer);
  view.waiting = undefined;
  view.sentAt = performance.now();
  /** @type {Flight} */
  const flight = { seq: doc.seq, message, left: isFinal ? RETRIES : 0, silence: PATIENCE };
  view.pending = flight;
  view.news.due(data.loading ? LOADING : undefined);
  view.root.dataset.asked = `${doc.seq}`;
  hand(view, flight);
}

/**
 * Give a picture to the page, which answers it with a rerun.
 *
 * @param {View} view
 * @param {Flight} flight
 */
function hand(view, flight) {
  clearTimeout(flight.timer);
  Object.assign(flight, { handedAt: performance.now(), isHeard: false });
  if (view.leaving) {
    flight.timer = setTimeout(() => hand(view, flight), 0);
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
  flight.timer = setTimeout(() => handAgain(view, flight), flight.silence);
}

/**
 * What was not answered in time is given once more, unless there is something newer.
 *
 * @param {View} view
 * @param {Flight} flight
 */
function handAgain(view, flight) {
  const isSilent = flight.message.final && !flight.isHeard;
  if (view.waiting || !(isSilent || flight.left > 0)) {
    drop(view, flight);
    sendIfDue(view);
    return;
  }
  if (isSilent) flight.silence = Math.min(2 * flight.silence, RAREST);
  else flight.left -= 1;
  hand(view, flight);
}

/**
 * The page has spoken, but has not heard of a picture: if that has been a while, it never will.
 *
 * @param {View} view
 * @param {Flight} flight that was given to it
 */
function hear(view, flight) {
  Object.assign(flight, { isHeard: true, silence: PATIENCE });
  if (performance.now() - (flight.handedAt ?? 0) > PATIENCE) handAgain(view, flight);
}

/**
 * The page is connected again: what is on its way is given to it at once.
 *
 * @param {View} view
 */
export function giveAgain(view) {
  if (view.pending) hand(view, Object.assign(view.pending, { silence: BACK }));
}

/**
 * @param {View} view
 * @param {Flight} flight
 */
function drop(view, flight) {
  clearTimeout(flight.timer);
  if (view.pending === flight) view.pending = undefined;
}
