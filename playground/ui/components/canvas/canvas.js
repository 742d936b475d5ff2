// The drawing canvas: ink that lives in the browser, and the server's answer beside it.
//
// Streamlit calls the default export again at each rerun and each theme change. What was drawn
// belongs to the component's key and not to a node, so it also outlives another page.
//   canvas_ink.js      strokes, undo, eraser        canvas_pad.js     pointer, keys, painting
//   canvas_picture.js  what is sent of them         canvas_tools.js   the buttons
//   canvas_sender.js   and when                     canvas_answer.js  what came back
//   canvas_quick.js    past Streamlit, while the pen moves

import { element } from "../_kernel/dom.js";
import { readTheme } from "../_kernel/theme.js";
import { createAnswer, showAnswer } from "./answer.js";
import { documentOf, load } from "./ink.js";
import { createPad, finishStroke, listenToPad, paintPad } from "./pad.js";
import { openQuick, stopQuick, withAnswer } from "./quick.js";
import { answered, answeredQuickly, createSender, markChanged, stopSender } from "./sender.js";
import { STYLE } from "./style.js";
import { createTools, listenToTools, showTools } from "./tools.js";

/** @typedef {import("./answer.js").Answer} Answer */
/** @typedef {import("./sender.js").Picture} Picture */

/**
 * What Python sends: the answer to a picture, and what holds for all of them.
 *
 * @typedef {object} PageKeys
 * @property {string} key of the component
 * @property {import("../_kernel/class_colours.js").ColourPair[]} colours
 * @property {boolean} wantsStrokes
 * @property {import("./ink.js").Load | null} load
 * @property {number} shown the fraction of the ink that is shown, below 1 in a replay
 * @property {import("./quick.js").QuickWay | null} quick
 *
 * @typedef {Answer & PageKeys} Message
 */

/**
 * @typedef {object} ViewKeys
 * @property {HTMLElement} root
 * @property {HTMLElement} body
 * @property {import("./ink.js").CanvasDocument} doc
 * @property {AbortController} listeners
 * @property {ResizeObserver} resize
 * @property {import("../_kernel/theme.js").Theme} theme
 * @property {Message} [given] by Python
 * @property {Message} data the same, or what has been answered past Streamlit since
 * @property {boolean} replaying whether only a part of the ink is shown
 * @property {() => void} schedule paints the next frame
 * @property {(isFinal: boolean) => void} changed `isFinal`: no stroke is under way, so the
 *   picture of it is sent at once
 * @property {(picture: Picture) => void} send through Streamlit
 * @property {(seq: number) => void} answeredQuickly
 * @property {number} [frame]
 * @property {boolean} [dead]
 * @property {import("./quick.js").Quick} quick
 * @property {import("./tools.js").Tools} tools
 *
 * @typedef {ViewKeys & import("./pad.js").PadKeys & import("./answer.js").AnswerKeys
 *   & import("./sender.js").SenderKeys} View
 */

/** @type {WeakMap<HTMLElement, View>} */
const views = new WeakMap(); // parent element → view

/** @param {import("../_kernel/dom.js").Component<Message>} component */
export default function drawingCanvas({ data, parentElement, setTriggerValue }) {
  if (!data) return undefined;
  /** @param {Picture} picture */
  const send = (picture) => setTriggerValue("picture", picture);
  let view = views.get(parentElement);
  if (view && view.doc !== documentOf(data.key)) {
    destroy(view, parentElement);
    view = undefined;
  }
  const isNew = !view;
  if (!view) {
    view = mount(parentElement, data, send);
    views.set(parentElement, view);
  }
  view.send = send;
  const theme = readTheme(view.root);
  const isRecoloured = theme.dark !== view.theme.dark;
  view.theme = theme;
  if (data !== view.given) receive(view, data, isNew);
  else if (isRecoloured) showAnswer(view);
  view.schedule(); // also when only the theme has changed
  // Streamlit calls this too when a newer message overtakes the loading of this module.
  return () => parentElement.isConnected || destroy(view, parentElement);
}

/**
 * @param {HTMLElement} parent
 * @param {Message} data
 * @param {View["send"]} send
 */
function mount(parent, data, send) {
  const root = element("div", "sp-canvas", parent);
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Drawing");
  element("style", "", root).textContent = STYLE;
  const body = element("div", "sp-canvas-body", root); // the root's width decides its columns
  /** @type {View} */
  const view = {
    root,
    body,
    doc: documentOf(data.key),
    listeners: new AbortController(),
    resize: new ResizeObserver(() => view.schedule()),
    theme: readTheme(root),
    data,
    replaying: data.shown < 1,
    schedule: () => schedule(view),
    changed: (isFinal) => {
      view.replaying = false;
      view.schedule();
      markChanged(view, isFinal);
    },
    send,
    answeredQuickly: (seq) => answeredQuickly(view, seq),
    tools: createTools(body),
    ...createPad(body),
    ...createAnswer(body),
    ...createSender(),
    quick: { lost: 0 },
  };
  listenToTools(view);
  listenToPad(view);
  return view;
}

/** @param {View} view */
function schedule(view) {
  view.frame ??= requestAnimationFrame(() => {
    view.frame = undefined;
    paintPad(view);
    showTools(view);
  });
}

/**
 * @param {View} view
 * @param {HTMLElement} parent
 */
function destroy(view, parent) {
  if (view.dead) return;
  finishStroke(view);
  view.dead = true;
  stopSender(view);
  stopQuick(view);
  view.listeners.abort();
  view.resize.disconnect();
  clearTimeout(view.announcing);
  if (view.frame !== undefined) cancelAnimationFrame(view.frame);
  view.root.remove();
  views.delete(parent);
}

/**
 * @param {View} view
 * @param {Message} data
 * @param {boolean} isNew whether the view has just been made
 */
function receive(view, data, isNew) {
  const { doc } = view;
  if (data.shown !== view.data.shown) view.replaying = data.shown < 1;
  view.given = data;
  view.data = withAnswer(data, view.quick.answer);
  showAnswer(view);
  view.root.dataset.seq = `${data.seq}`; // answered by the page; data-read: whichever way
  openQuick(view);
  answered(view, data.seq);
  if (data.load && data.load.id !== doc.loaded) {
    finishStroke(view);
    load(doc, data.load);
    view.changed(true);
    return;
  }
  // The server knows another drawing (its session is new, its answer was lost, or the canvas went
  // away before it was told of the last stroke), or it wants the strokes of one that it has.
  const differs = isNew && (doc.seq !== data.seq || doc.pictured !== doc.strokes);
  if (isNew && !differs) Object.assign(view.root.dataset, { asked: doc.seq, sent: doc.seq });
  doc.seq = Math.max(doc.seq, data.seq);
  if (differs || (data.wantsStrokes && doc.seq > 0 && doc.strokesSent !== doc.strokes))
    if (!view.pending && !view.settling && !view.working) markChanged(view, true);
}
