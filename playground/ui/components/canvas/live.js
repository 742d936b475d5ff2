// What the networks make of the ink while the pen moves, worked out here and at once.
//
//   picture.js   strokes → the grey picture that Python is sent, too
//   reading/     and below it, what knows of no canvas:
//     pieces.js    → the digit under the pen
//     to_digit.js  → 28 × 28 pixels
//     network.js   → logits
//     inside.js    and what one unit sees, what speaks for a class (backward.js)
//
// Python reads the same picture when a stroke has ended. If all ink is one piece, it says the same
// digit with the same probabilities. If not, it may divide the ink otherwise: until then what is
// shown is provisional, and says so.

import { keep } from "../_kernel/blobs.js";
import { showLayers } from "../_kernel/layers.js";
import { softmax } from "../_kernel/maths.js";
import { frameShown } from "../_kernel/moment.js";
import { enlarged } from "./picture.js";
import { speechOf, unitOf } from "./reading/inside.js";
import { evidence, forward, isKnown, readWeights } from "./reading/network.js";
import { digitOf, isBar, mayTouch, piecesOf } from "./reading/pieces.js";
import { cutOut, fullInk, STEPS, toDigit } from "./reading/to_digit.js";

/** @typedef {import("./canvas.js").View} View */
/** @typedef {import("./answer.js").Answer} Answer */
/** @typedef {import("./ink.js").Stroke} Stroke */
/** @typedef {import("./reading/network.js").Weights} Weights */
/** @typedef {import("./reading/pieces.js").Piece} Piece */
/** @typedef {import("./reading/resize.js").Grey} Grey */
/** @typedef {import("../_kernel/layers.js").Layers} Layers */

/**
 * A network that can be fetched.
 *
 * @typedef {object} NetworkFile
 * @property {string} name
 * @property {string[]} classes
 * @property {string} kind
 * @property {string} activation
 * @property {string} weights where they are
 * @property {string | null} calibration where it is, of the app's own network
 */

/**
 * Who reads, and how, where no server is needed.
 *
 * @typedef {object} Offer
 * @property {string[]} steps of the preprocessing
 * @property {NetworkFile[]} networks the first is the main one
 */

/** @typedef {NetworkFile & { tensors: Weights, bounds: Weights | null }} Network */

/**
 * What is read here of the ink, in place of the page's answer.
 *
 * @typedef {Pick<Answer, "answers" | "line" | "number" | "ask"> & {
 *   digit: Uint8Array | null, layers: Layers | null, provisional: boolean }} LiveAnswer
 */

/**
 * What a view knows of this.
 *
 * @typedef {object} Live
 * @property {Network[]} [networks] once they are here
 * @property {string} [asked] for which offer
 * @property {boolean} isDue whether the ink has changed since it was read
 * @property {number} restsUntil ms; a slow computer also has to paint
 * @property {LiveAnswer} [answer] until the page has answered what it is of
 */

const [UNDER_THE_PEN, AS_ONE] = [
  "Only the digit under your pen is read until you lift it.",
  "Taken for one digit until you lift the pen.",
];
const [NEWEST, SO_FAR] = [
  "Only the digit drawn last is read until you let the slider go.",
  "Taken for one digit until you let the slider go.",
];
const [NEWEST_ALONE, SO_FAR_ALONE] = [
  "Only the digit drawn last is read until the server answers.",
  "Taken for one digit until the server answers.",
];
const KEPT = 8; // files
const AGAIN = 10000; // ms until what could not be fetched is tried again

/** @returns {{ reading: Live }} */
export const createLive = () => ({ reading: { isDue: false, restsUntil: 0 } });

/**
 * Whether the ink is read here; else the server reads it.
 *
 * @param {View} view
 */
export const readsLive = ({ reading }) => reading.networks !== undefined;

// ---------------------------------------------------------------- networks

/** @type {Map<string, Promise<Weights>>} */
const files = new Map(); // by address: what is here, or on its way; the newest last

/**
 * Fetch the networks that the page offers, unless they are here. Those of before read until then, by
 * their names: while a run trains on, newer weights come every few seconds.
 *
 * @param {View} view
 * @param {() => void} arrived called when they are here
 */
export function fetchNetworks(view, arrived) {
  const { reading, message } = view;
  const offer = message.offer?.networks ?? [];
  const asked = JSON.stringify(offer);
  if (asked === reading.asked) return;
  reading.asked = asked;
  if (!offer.length || !offer.every(({ kind }) => isKnown(kind))) {
    readWith(view, undefined);
    return;
  }
  Promise.all(offer.map(fetched)).then(
    (networks) => {
      if (reading.asked !== asked || view.signal.aborted) return;
      readWith(view, networks);
      if (view.working) markDue(view);
      else arrived();
    },
    () => {
      if (reading.asked !== asked) return;
      readWith(view, undefined);
      // Not at once: a server that has no such file any more offers another with its next message.
      setTimeout(() => {
        if (reading.asked === asked) reading.asked = undefined;
      }, AGAIN);
    },
  );
}

/**
 * @param {View} view
 * @param {Network[] | undefined} networks
 */
function readWith({ reading, root }, networks) {
  reading.networks = networks;
  if (!networks) reading.answer = undefined;
  root.toggleAttribute("data-live", networks !== undefined);
}

/**
 * @param {NetworkFile} file
 * @returns {Promise<Network>}
 */
async function fetched(file) {
  const [tensors, bounds] = await Promise.all([
    weightsAt(file.weights),
    file.calibration && weightsAt(file.calibration),
  ]);
  return { ...file, tensors, bounds: bounds || null };
}

/** @param {string} address */
function weightsAt(address) {
  const coming = files.get(address) ?? download(address);
  keep(files, address, coming, KEPT);
  coming.catch(() => files.delete(address));
  return coming;
}

/** @param {string} address */
async function download(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`No network at ${address}: ${answer.status}`);
  return readWeights(await answer.arrayBuffer());
}

// ---------------------------------------------------------------- moments

/** @typedef {{ bytes: ArrayBuffer, url: string }} Moment weights that a scrubber has fetched */

/** @type {WeakMap<Moment, Weights>} */
const opened = new WeakMap();

/**
 * Who reads now: while a scrubber moves, the main network is that of the moment it has fetched.
 *
 * @param {View} view
 * @returns {Network[]}
 */
function networksNow({ reading: { networks = [] } }) {
  const frame = frameShown();
  if (!frame || !networks.length) return networks;
  const moment = /** @type {Moment} */ (frame.content);
  let tensors = opened.get(moment);
  if (!tensors) {
    tensors = readWeights(moment.bytes);
    opened.set(moment, tensors);
    // The page offers them when the slider is let go.
    keep(files, moment.url, Promise.resolve(tensors), KEPT);
  }
  const [main, ...others] = networks;
  const step = `, step ${frame.step.toLocaleString("en")}`;
  const name = main.name.replace(/, step [\d,]+$/, step);
  return [{ ...main, name, weights: moment.url, tensors }, ...others];
}

// ---------------------------------------------------------------- reading

/**
 * The ink has changed: it is read in the next frame.
 *
 * @param {View} view
 */
export function markDue(view) {
  setDue(view, true);
  view.schedule();
}

/**
 * @param {View} view
 * @param {boolean} isDue what is shown is of less ink than there is, until this ends
 */
export function setDue({ reading, root }, isDue) {
  reading.isDue = isDue;
  root.toggleAttribute("data-due", isDue);
}

/**
 * Read the ink, if that is due: in a frame. Whether there is something new to show.
 *
 * @param {View} view
 * @param {() => { picture: import("./picture.js").Levels, strokes: Stroke[] }} take
 */
export function readIfDue(view, take) {
  const { reading, message } = view;
  if (!reading.isDue || !reading.networks || !message.offer) return false;
  const began = performance.now();
  if (began < reading.restsUntil) {
    view.schedule();
    return false;
  }
  setDue(view, false);
  const { picture, strokes } = take();
  reading.answer = readInk(networksNow(view), message.offer.steps, enlarged(picture), strokes);
  if (reading.answer?.provisional && !view.working) {
    const [newest, soFar] = frameShown() ? [NEWEST, SO_FAR] : [NEWEST_ALONE, SO_FAR_ALONE];
    reading.answer.line = reading.answer.line === AS_ONE ? soFar : newest;
  }
  const ended = performance.now();
  reading.restsUntil = ended + (ended - began) - 16; // of frames of 16 ms not more than every second
  // The server says what is wrong with such a network, and who reads instead.
  if (!reading.answer) {
    readWith(view, undefined);
    if (view.working) view.changed(false);
  }
  return true;
}

/**
 * What networks make of the digit that the newest stroke is part of; undefined if what one of them
 * says is not finite.
 *
 * @param {Network[]} networks
 * @param {readonly string[]} steps
 * @param {Grey} grey the whole canvas
 * @param {Stroke[]} strokes on it
 * @returns {LiveAnswer | undefined}
 */
export function readInk(networks, steps, grey, strokes) {
  const { pixels, pieces, isAll } = digitOfPen(steps, grey, strokes);
  const provisional = !isAll || pieces.length > 1 || pieces.some(mayTouch);
  const isSign = pieces.length === 1 && isBar(pieces[0]);
  const layers = networks.map((network) => (pixels ? layersOf(network, pixels) : null));
  const answers = networks.map((network, i) =>
    // What is no digit is told by the main network alone.
    answerOf(i ? { ...network, bounds: null } : network, layers[i], isSign),
  );
  if (answers.some(({ p }) => p?.some(Number.isNaN))) return undefined;
  return {
    answers,
    digit: levels(pixels),
    line: provisional ? (isAll ? AS_ONE : UNDER_THE_PEN) : "",
    number: null,
    ask: null,
    layers: layers[0],
    provisional,
  };
}

/** @type {(pixels: Float32Array | null) => Uint8Array | null} */
const levels = (pixels) => pixels && Uint8Array.from(pixels, (value) => Math.round(255 * value));

/**
 * The digit that the newest stroke is part of, as networks are given it: 0 to 255, null if there is none.
 *
 * @param {View} view
 * @param {{ picture: import("./picture.js").Levels, strokes: Stroke[] }} ink
 */
export function newestDigit({ message }, { picture, strokes }) {
  const steps = message.offer?.steps ?? STEPS;
  return levels(digitOfPen(steps, enlarged(picture), strokes).pixels);
}

/**
 * The pixels of the digit that the newest stroke is part of, the pieces that it has, and whether
 * that is all.
 *
 * @param {readonly string[]} steps
 * @param {Grey} grey the whole canvas
 * @param {Stroke[]} strokes on it
 */
function digitOfPen(steps, grey, strokes) {
  const ink = fullInk(grey);
  const { part, ...rest } = steps.includes("crop")
    ? underThePen(ink, strokes)
    : { part: ink, pieces: [], isAll: true };
  const pixels = toDigit(part, steps, grey.width);
  return { ...rest, pixels: pixels instanceof Float32Array ? pixels : null };
}

/**
 * The ink of the digit under the pen, the pieces that it has, and whether that is all.
 *
 * @param {Grey} ink
 * @param {Stroke[]} strokes
 */
function underThePen(ink, strokes) {
  const { labels, pieces } = piecesOf(ink);
  const first = pieceAt(labels, ink.width, pieces, strokes.at(-1)) ?? pieces[0];
  const found = first ? digitOf(first, pieces) : [];
  if (found.length === pieces.length) return { part: ink, pieces: found, isAll: true };
  const wanted = new Set(found.map(({ label }) => label));
  const values = ink.values.map((value, i) => (wanted.has(labels[i]) ? value : 0));
  const { left, top, right, bottom } = found.reduce(
    (all, { box }) => ({
      left: Math.min(all.left, box.left),
      top: Math.min(all.top, box.top),
      right: Math.max(all.right, box.right),
      bottom: Math.max(all.bottom, box.bottom),
    }),
    found[0].box,
  );
  const part = cutOut({ ...ink, values }, { left, top, right, bottom });
  return { part, pieces: found, isAll: false };
}

/**
 * Where the newest stroke has ended, or the last place of it with ink.
 *
 * @param {Uint16Array} labels
 * @param {number} side
 * @param {Piece[]} pieces
 * @param {Stroke} [stroke]
 */
function pieceAt(labels, side, pieces, stroke) {
  const points = stroke?.points ?? [];
  for (let i = points.length - 3; i >= 0; i -= 3) {
    const [x, y] = [points[i], points[i + 1]].map((at) =>
      Math.min(side - 1, Math.max(0, Math.floor(at * side))),
    );
    const found = pieces.find(({ label }) => label === labels[y * side + x]);
    if (found) return found;
  }
  return undefined;
}

/**
 * @param {Network} network
 * @param {Layers | null} layers
 * @param {boolean} isSign
 * @returns {import("./answer.js").ReaderAnswer}
 */
function answerOf({ name, classes, bounds }, layers, isSign) {
  if (!layers) return { name, classes, p: null, verdict: "" };
  const { probabilities } = layers;
  const p = probabilities.map((each) => Math.round(1e4 * each));
  return { name, classes, p, verdict: verdict(layers) };

  /**
   * @param {Layers} layers
   * @returns {"" | "unsure" | "no digit"}
   */
  function verdict({ hidden }) {
    if (!bounds) return "";
    const { isDigit, unsure } = evidence(bounds, hidden[hidden.length - 1].values);
    return isSign || !isDigit ? "no digit" : Math.max(...probabilities) < unsure ? "unsure" : "";
  }
}

/**
 * What the layers of a network make of 28 × 28 pixels in [0, 1].
 *
 * @param {Network} network
 * @param {Float32Array} pixels
 * @returns {Layers}
 */
function layersOf(network, pixels) {
  const { classes, weights, tensors, kind } = network;
  const layers = forward(network, tensors, pixels);
  const hidden = layers.slice(0, -1);
  const last = layers[layers.length - 1];
  const isBinary = kind === "binary";
  const logits = isBinary ? [0, last.values[0]] : [...last.values];
  return {
    ...{ weights, classes, hidden, logits },
    probabilities: softmax(logits),
    unitAt: (layer, unit) => unitOf(tensors, hidden[layer], unit),
    speechFor: (k) => speechOf(tensors, last, k, isBinary),
  };
}

/**
 * Tell the page what the layers of the main network make of the picture that is shown.
 *
 * @param {View} view
 * @param {Uint8Array} seen the picture, 0 to 255
 */
export function announceLayers(view, seen) {
  const { reading } = view;
  const [network] = networksNow(view);
  if (reading.answer) showLayers(reading.answer.layers);
  else if (!network || !seen.some(Boolean)) showLayers(null);
  else
    showLayers(
      layersOf(
        network,
        Float32Array.from(seen, (value) => value / 255),
      ),
    );
}
