// What is drawn in one component: its strokes, undo and redo, and what was said about them.
//
// It belongs to the component's key. All of it is also written into the tab's own storage at each
// change, so that it outlives a reload; storage that is full or forbidden costs no more than that.

import { isCut, markCut, WIDTHS } from "./ink.js";

/** @typedef {import("./ink.js").Stroke} Stroke */
/** @typedef {import("./ink.js").Point} Point */
/** @typedef {{ id: string, strokes: import("./ink.js").PackedStroke[] }} Load a drawing that the
 *   server gives */

/**
 * What somebody says of the ink in a box of the raster: 1 for one digit, 0 for several.
 *
 * @typedef {[left: number, top: number, right: number, bottom: number, isOne: number]} Said
 */

/**
 * What is drawn in one component, and how.
 *
 * @typedef {object} CanvasDocument
 * @property {string} key of the component
 * @property {Stroke[]} strokes
 * @property {Stroke[][]} past what undo goes back to, the newest last
 * @property {Stroke[][]} future what redo goes on to, the nearest last
 * @property {number} seq of the last picture
 * @property {string | null} loaded the id of the drawing that the server gave last
 * @property {Stroke[]} pictured the newest drawing of which there was a picture
 * @property {number} width of the pen
 * @property {boolean} erasing
 * @property {Point} cursor of the keyboard
 */

/** @type {Map<string, CanvasDocument>} */
const documents = new Map(); // component key → what is drawn there
/** @type {WeakMap<Stroke[], Said[]>} */
const saidAbout = new WeakMap(); // a drawing → what was said about it, so that undo takes it back
const MOST_SAID = 20;
const MOST_UNDO = 200;
const STORED = "sp-canvas:"; // before a component's key, in the tab's storage

/** @param {string} key of the component */
export function documentOf(key) {
  const known = documents.get(key);
  if (known) return known;
  const history = restored(key) ?? { past: [], strokes: [], future: [] };
  /** @type {CanvasDocument} */
  const made = {
    key,
    ...history,
    seq: 0,
    loaded: null,
    pictured: history.strokes.length ? [] : history.strokes,
    width: WIDTHS[1][1],
    erasing: false,
    cursor: [0.5, 0.5],
  };
  documents.set(key, made);
  return made;
}

// ---------------------------------------------------------------- changes

/**
 * What was said about a drawing holds for what becomes of it, until nothing of it is left.
 *
 * @param {CanvasDocument} doc
 * @param {Stroke[]} strokes
 * @param {Said[]} said
 */
export function change(doc, strokes, said = saidOf(doc.strokes)) {
  if (strokes.length) saidAbout.set(strokes, said);
  doc.past.push(doc.strokes);
  if (doc.past.length > MOST_UNDO) doc.past.shift();
  doc.future = [];
  doc.strokes = strokes;
  keep(doc);
}

/** @param {Stroke[]} strokes */
export const saidOf = (strokes) => saidAbout.get(strokes) ?? [];

/**
 * Say whether the ink in a box is one digit; what was said of the same box before is forgotten.
 *
 * @param {CanvasDocument} doc
 * @param {Said} words
 */
export function say(doc, words) {
  const others = saidOf(doc.strokes).filter(
    (said) => said.slice(0, 4).join() !== words.slice(0, 4).join(),
  );
  change(doc, [...doc.strokes], [...others, words].slice(-MOST_SAID));
}

/** @param {CanvasDocument} doc */
export const undo = (doc) => goBack(doc, doc.past, doc.future);

/** @param {CanvasDocument} doc */
export const redo = (doc) => goBack(doc, doc.future, doc.past);

/**
 * To the newest of some drawings; whether there was any.
 *
 * @param {CanvasDocument} doc
 * @param {Stroke[][]} drawings
 * @param {Stroke[][]} others where the present one goes
 */
function goBack(doc, drawings, others) {
  const drawing = drawings.pop();
  if (!drawing) return false;
  others.push(doc.strokes);
  doc.strokes = drawing;
  keep(doc);
  return true;
}

/**
 * @param {CanvasDocument} doc
 * @param {Load} given
 */
export function load(doc, { id, strokes }) {
  doc.loaded = id;
  change(
    doc,
    strokes.map(([width, ...points]) => ({
      width: width / 1000,
      points: points.map((value) => value / 1000),
    })),
    [],
  );
}

// ---------------------------------------------------------------- a reload

/** @typedef {Pick<CanvasDocument, "past" | "strokes" | "future">} History */

/**
 * Of a history that is too large what is drawn now; undo then clears it as a whole.
 *
 * @param {CanvasDocument} doc
 */
function keep({ key, past, strokes, future }) {
  const texts = [pack({ past, strokes, future }), pack({ past: [[]], strokes, future: [] }), ""];
  texts.some((text) => store(key, text)); // with "" what is old does not come back
}

/**
 * @param {string} key
 * @param {string} text
 * @returns {boolean} whether there was room for it
 */
function store(key, text) {
  try {
    sessionStorage.setItem(STORED + key, text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Each stroke once, as [width, whether it is cut, x, y, pressure, x, …], however many drawings have
 * it; a drawing is the numbers of its strokes and what was said about it.
 *
 * @param {History} history
 */
function pack({ past, strokes, future }) {
  const all = [...new Set([...past, strokes, ...future].flat())];
  const numbers = new Map(all.map((stroke, i) => [stroke, i]));
  /** @param {Stroke[]} drawing */
  const packed = (drawing) => [drawing.map((stroke) => numbers.get(stroke)), saidOf(drawing)];
  return JSON.stringify({
    ink: all.map((stroke) => [stroke.width, Number(isCut(stroke)), ...stroke.points]),
    past: past.map(packed),
    strokes: packed(strokes),
    future: future.map(packed),
  });
}

/**
 * What `keep` has written; undefined if there is nothing, or nothing that can be read.
 *
 * @param {string} key
 * @returns {History | undefined}
 */
function restored(key) {
  try {
    return unpack(JSON.parse(sessionStorage.getItem(STORED + key) || "null"));
  } catch {
    return undefined;
  }
}

/**
 * @param {{ ink: number[][], past: PackedDrawing[], strokes: PackedDrawing, future: PackedDrawing[] }} kept
 * @returns {History}
 *
 * @typedef {[numbers: number[], said: Said[]]} PackedDrawing
 */
function unpack({ ink, past, strokes, future }) {
  const all = ink.map(([width, cut, ...points]) => {
    if (![width, ...points].every(Number.isFinite) || !points.length || points.length % 3)
      throw new TypeError("no stroke");
    return cut ? markCut({ width, points }) : { width, points };
  });
  /** @param {PackedDrawing} packed */
  const drawing = ([numbers, said]) => {
    const found = numbers.map((i) => all[i]);
    if (!found.every(Boolean)) throw new TypeError("no drawing");
    saidAbout.set(found, said.map(checked));
    return found;
  };
  return { past: past.map(drawing), strokes: drawing(strokes), future: future.map(drawing) };
}

/** @param {Said} said */
function checked(said) {
  if (said.length !== 5 || !said.every(Number.isFinite)) throw new TypeError("nothing was said");
  return said;
}
