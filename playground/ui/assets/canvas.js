// The drawing canvas: ink that lives in the browser, and the server's answer beside it.
//
// Streamlit calls the default export again at each rerun and each theme change. What was drawn
// belongs to the component's key and not to a node, so it also outlives another page.
//   canvas_ink.js      strokes, undo, eraser        canvas_pad.js     pointer, keys, painting
//   canvas_picture.js  what is sent of them         canvas_tools.js   the buttons
//   canvas_sender.js   and when                     canvas_answer.js  what came back
//   canvas_quick.js    past Streamlit, while the pen moves

import { createAnswer, showAnswer } from "./canvas_answer.js";
import { documentOf, load } from "./canvas_ink.js";
import { createPad, finishStroke, paintPad } from "./canvas_pad.js";
import { createQuick, openQuick, stopQuick, withAnswer } from "./canvas_quick.js";
import { answered, createSender, markChanged, stopSender } from "./canvas_sender.js";
import { STYLE } from "./canvas_style.js";
import { createTools, showTools } from "./canvas_tools.js";
import { readTheme } from "./live_chart_figure.js";
import { element } from "./nodes.js";

const views = new WeakMap(); // parent element → view

export default function drawingCanvas({ data, parentElement, setTriggerValue }) {
  if (!data) return undefined;
  let view = views.get(parentElement);
  if (view && view.doc !== documentOf(data.key)) view = void destroy(view, parentElement);
  const isNew = !view;
  if (isNew) views.set(parentElement, (view = mount(parentElement, data.key)));
  view.send = (value) => setTriggerValue("picture", value);
  const theme = readTheme(view.root);
  const isRecoloured = theme.dark !== view.theme?.dark;
  view.theme = theme;
  if (data !== view.given) receive(view, data, isNew);
  else if (isRecoloured) showAnswer(view);
  view.schedule(); // also when only the theme has changed
  // Streamlit calls this too when a newer message overtakes the loading of this module.
  return () => parentElement.isConnected || destroy(view, parentElement);
}

function mount(parent, key) {
  const root = element("div", "sp-canvas", parent);
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Drawing");
  element("style", "", root).textContent = STYLE;
  const body = element("div", "sp-canvas-body", root); // the root's width decides its columns
  const view = { root, body, doc: documentOf(key), listeners: new AbortController() };
  view.schedule = () => {
    view.frame ??= requestAnimationFrame(() => {
      view.frame = undefined;
      paintPad(view);
      showTools(view);
    });
  };
  // `isFinal`: no stroke is under way, so the picture of it is sent at once.
  view.changed = (isFinal) => {
    view.replaying = false;
    view.schedule();
    markChanged(view, isFinal);
  };
  createTools(view);
  createPad(view);
  createAnswer(view);
  createSender(view);
  createQuick(view);
  return view;
}

function destroy(view, parent) {
  if (view.dead) return;
  finishStroke(view);
  view.dead = true;
  stopSender(view);
  stopQuick(view);
  view.listeners.abort();
  view.resize.disconnect();
  clearTimeout(view.announcing);
  cancelAnimationFrame(view.frame);
  view.root.remove();
  views.delete(parent);
}

function receive(view, data, isNew) {
  const { doc } = view;
  if (data.shown !== view.data?.shown) view.replaying = data.shown < 1;
  view.given = data;
  view.data = withAnswer(data, view.quick.answer);
  showAnswer(view);
  view.root.dataset.seq = data.seq; // answered by the page; data-read: whichever way
  openQuick(view);
  answered(view, data.seq);
  if (data.load && data.load.id !== doc.loaded) {
    finishStroke(view);
    load(doc, data.load);
    return void view.changed(true);
  }
  // The server knows another drawing (its session is new, its answer was lost, or the canvas went
  // away before it was told of the last stroke), or it wants the strokes of one that it has.
  const differs = isNew && (doc.seq !== data.seq || doc.pictured !== doc.strokes);
  if (isNew && !differs) Object.assign(view.root.dataset, { asked: doc.seq, sent: doc.seq });
  doc.seq = Math.max(doc.seq, data.seq);
  if (differs || (data.wantsStrokes && doc.seq > 0 && doc.strokesSent !== doc.strokes))
    if (!view.pending && !view.settling && !view.working) markChanged(view, true);
}
