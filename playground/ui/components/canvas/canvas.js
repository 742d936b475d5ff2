// The drawing canvas: ink that lives in the browser, and beside it what the networks make of it.
//
// What was drawn belongs to the component's key and not to a node, so it also outlives another page,
// and in its tab a reload.
//   document.js what is drawn, undo, reload  pad.js     pointer, keys, painting
//   ink.js      strokes, pen, eraser         tools.js   the buttons
//   picture.js  what is sent of them         answer.js  what came back
//   sender.js   and when                     live.js    what is read without the server
//   raster.js   pixels where a browser falsifies those of a canvas
//   thin_pen.js the strokes as they are read where the pen is thick for small digits

import { component, watchSize } from "../_kernel/component.js";
import { element } from "../_kernel/dom.js";
import { showLayers } from "../_kernel/layers.js";
import { frameShown } from "../_kernel/moment.js";
import { News } from "../_kernel/news.js";
import { readTheme } from "../_kernel/theme.js";
import { chooseNewest, createAnswer, listenToAnswer, showAnswer } from "./answer.js";
import { documentOf, load } from "./document.js";
import {
  createLive,
  fetchNetworks,
  markDue,
  newestDigit,
  readIfDue,
  readsLive,
  setDue,
} from "./live.js";
import { createPad, finishStroke, listenToPad, paintPad } from "./pad.js";
import { answered, createSender, giveAgain, markChanged, stopSender, takeInk } from "./sender.js";
import { createTools, listenToTools, showTools } from "./tools.js";

/** @typedef {import("./answer.js").Answer} Answer */

/**
 * What Python sends: the answer to a picture, and what holds for all of them.
 *
 * @typedef {object} PageKeys
 * @property {string} key of the component
 * @property {import("../_kernel/theme.js").ColourPair[]} colours
 * @property {import("./document.js").Load | null} load
 * @property {number} shown the fraction of the ink that is shown, below 1 in a replay
 * @property {import("./live.js").Offer | null} offer who can read in the browser
 * @property {boolean} loading whether nobody can read yet, which the answer says
 *
 * @typedef {Answer & PageKeys} Message
 * @typedef {PageKeys & Omit<Answer, "digit"> & { digit: string | Uint8Array | null,
 *   provisional?: boolean }} Shown
 */

/**
 * @typedef {object} ViewKeys
 * @property {import("./document.js").CanvasDocument} doc
 * @property {import("../_kernel/theme.js").Theme} theme
 * @property {Shown} data the message, or what has been read here since
 * @property {boolean} replaying whether only a part of the ink is shown
 * @property {(isFinal: boolean) => void} changed `isFinal`: no stroke is under way, so the
 *   picture of it is sent at once
 * @property {News} news of the answer to the last picture
 * @property {import("./tools.js").Tools} tools
 *
 * @typedef {import("../_kernel/component.js").Life<Message>} Life
 * @typedef {Life & ViewKeys & import("./pad.js").PadKeys & import("./answer.js").AnswerKeys
 *   & import("./sender.js").SenderKeys & { reading: import("./live.js").Live }} View
 */

export default component({
  className: "sp-canvas",
  isOther: (view, { key }) => view.doc !== documentOf(key),
  mount,
  receive,
  show,
  draw(view) {
    paintPad(view);
    showTools(view);
    if (readIfDue(view, () => takeInk(view))) showNewest(view);
  },
  leave(view) {
    finishStroke(view);
    stopSender(view);
    showLayers(null);
    clearTimeout(view.announcing);
  },
});

/** @param {Life} life */
function mount(life) {
  const { root, message, signal } = life;
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Drawing");
  const body = element("div", "sp-canvas-body", root); // the root's width decides its columns
  /** @type {View} */
  const view = Object.assign(life, {
    doc: documentOf(message.key),
    theme: readTheme(root),
    data: message,
    replaying: message.shown < 1,
    /** @param {boolean} isFinal */
    changed: (isFinal) => {
      view.replaying = false;
      view.schedule();
      markChanged(view, isFinal);
    },
    tools: createTools(body),
    ...createPad(body),
    ...createAnswer(body),
    ...createSender(),
    ...createLive(),
    news: new News(root, body, signal),
  });
  watchSize(view.pad, () => view.schedule(), signal);
  listenToTools(view);
  listenToPad(view);
  listenToAnswer(view);
  window.addEventListener("sp-frame", () => followMoment(view), { signal });
  window.addEventListener("sp-connected", () => giveAgain(view), { signal });
  return view;
}

/**
 * @param {View} view
 * @param {boolean} isNew whether there is a new message
 */
function show(view, isNew) {
  const { dark } = view.theme;
  if (!isNew) view.theme = readTheme(view.root);
  if (view.theme.dark !== dark) showAnswer(view);
  view.schedule();
}

/**
 * @param {View} view
 * @param {Message} [before]
 */
function receive(view, before) {
  const { doc, message } = view;
  if (message.shown !== view.data.shown) view.replaying = message.shown < 1;
  view.theme = readTheme(view.root);
  fetchNetworks(view, () => showNewest(view));
  showNewest(view);
  view.root.dataset.seq = `${message.seq}`;
  answered(view, message.seq);
  if (message.load && message.load.id !== doc.loaded) {
    finishStroke(view);
    load(doc, message.load);
    view.changed(true);
    return;
  }
  // The server knows another drawing (its session is new, its answer was lost, or the canvas went
  // away before it was told of the last stroke).
  const isNew = !before || message.seq < before.seq;
  const differs = isNew && (doc.seq !== message.seq || doc.pictured !== doc.strokes);
  if (!before && !differs) Object.assign(view.root.dataset, { asked: doc.seq, sent: doc.seq });
  doc.seq = Math.max(doc.seq, message.seq);
  if (differs && !view.pending && !view.working) markChanged(view, true);
}

/**
 * Whether the page has read what is on the canvas now, so that there is nothing newer to show.
 *
 * @param {View} view
 */
const isOfAllInk = ({ message, doc, working, waiting }) =>
  !message.loading && message.seq >= doc.seq && !working && !waiting;

/**
 * While a scrubber moves, the ink is read by the network of the moment that it has fetched.
 *
 * @param {View} view
 */
function followMoment(view) {
  if (frameShown() && readsLive(view)) markDue(view);
  else showNewest(view);
}

/** @param {View} view */
function showNewest(view) {
  const { doc, message, reading } = view;
  if (isOfAllInk(view) && !frameShown()) {
    chooseNewest(view, () => newestDigit(view, takeInk(view)));
    reading.answer = undefined;
    setDue(view, false);
  }
  const isOfNone = message.seq < 1 && doc.strokes.length > 0; // a server that knows no drawing yet
  const answer = isOfNone ? { line: "", ...reading.answer } : reading.answer;
  view.data = { ...message, ...answer };
  if (message.loading || (frameShown() && !view.data.digit)) view.data.line = message.line;
  showAnswer(view);
}
