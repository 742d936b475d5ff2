// The short way to an answer: a websocket beside Streamlit's, see playground/ui/server/canvas_socket.py.
//
// It is opened as soon as the page names it, and opened again for the next picture when it was
// closed. What is not answered there in time goes through Streamlit. After LOST such in a row,
// or sockets that were refused, it is closed, and everything goes through Streamlit until REST
// is over: then one more is tried, since a server that has been started again answers again.

import { showAnswer } from "./answer.js";

/** @typedef {import("./canvas.js").View} View */
/** @typedef {import("./answer.js").Answer} Answer */

/**
 * Where pictures can be asked about past Streamlit, and what is said there of each.
 *
 * @typedef {object} QuickWay
 * @property {string} path
 * @property {{ choices: string[], steps: string[] }} ask
 */

/**
 * The short way of a view.
 *
 * @typedef {object} Quick
 * @property {number} lost how many pictures in a row
 * @property {number} [lostAt] when the last was, in ms
 * @property {WebSocket} [socket]
 * @property {number} [asked] the number of the last picture
 * @property {() => void} [otherwise] what is done if that is not answered
 * @property {ReturnType<typeof setTimeout>} [timer]
 * @property {Answer} [answer] the newest
 */

const PATIENCE = 400; // ms for an answer
const LOST = 3; // pictures without an answer in time, then it is given up
const REST = 60000; // ms until it is tried again
const UNUSED = 1000; // the code with which the server closes it for want of pictures

/** @param {View} view */
export function stopQuick({ quick }) {
  clearTimeout(quick.timer);
  quick.socket?.close();
  quick.socket = undefined;
}

/**
 * Before it is needed: opening it takes as long as an answer.
 *
 * @param {View} view
 */
export function openQuick(view) {
  const { quick, data } = view;
  const rests = quick.lost >= LOST && Date.now() - (quick.lostAt ?? 0) < REST;
  if (!data.quick || rests || (quick.socket && quick.socket.readyState <= WebSocket.OPEN)) return;
  const url = new URL(data.quick.path, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  const socket = new WebSocket(url);
  quick.socket = socket;
  let hasAnswered = false;
  socket.onmessage = ({ data: text }) => {
    hasAnswered = true;
    take(view, JSON.parse(text));
  };
  socket.onclose = ({ code }) => {
    if (quick.socket !== socket) return;
    if (quick.otherwise || (!hasAnswered && code !== UNUSED)) lose(view);
  };
}

/**
 * The server was away and is back: what was lost meanwhile says nothing about this way.
 *
 * @param {View} view
 */
export function tryQuickAgain(view) {
  if (view.signal.aborted) return;
  view.quick.lost = 0;
  openQuick(view);
}

/** @param {View} view */
export function canAskQuickly({ quick, data }) {
  return Boolean(data.quick) && quick.socket?.readyState === WebSocket.OPEN;
}

/**
 * Ask; `otherwise` is called if no answer comes. False: it cannot be asked here now.
 *
 * @param {View} view
 * @param {import("./sender.js").Picture} message
 * @param {() => void} otherwise
 */
export function askQuickly(view, message, otherwise) {
  const { quick, data } = view;
  if (!canAskQuickly(view) || !data.quick) return false;
  const { choices, steps } = data.quick.ask;
  const { ink: _, loaded: __, ...picture } = message; // what only the page needs
  quick.socket?.send(JSON.stringify({ choices, steps, picture }));
  Object.assign(quick, { asked: message.seq, otherwise });
  clearTimeout(quick.timer);
  quick.timer = setTimeout(() => lose(view), PATIENCE);
  return true;
}

/**
 * A picture without an answer in time, or a socket that was refused.
 *
 * @param {View} view
 */
function lose(view) {
  const { quick } = view;
  clearTimeout(quick.timer);
  const { otherwise } = quick;
  quick.otherwise = undefined;
  Object.assign(quick, { lost: quick.lost + 1, lostAt: Date.now() });
  if (quick.lost >= LOST) stopQuick(view);
  otherwise?.();
}

/**
 * @param {View} view
 * @param {Answer} answer
 */
function take(view, answer) {
  const { quick } = view;
  if (view.signal.aborted) return;
  if (answer.seq === quick.asked && quick.otherwise) {
    // in time
    clearTimeout(quick.timer);
    quick.otherwise = undefined;
    quick.lost = 0;
  }
  if (answer.seq > view.data.seq) {
    quick.answer = answer;
    view.data = withAnswer(view.data, answer);
    showAnswer(view);
  }
  view.answeredQuickly(answer.seq);
}

/**
 * What the page says, unless something newer has been answered here.
 *
 * @param {import("./canvas.js").Message} data
 * @param {Answer | undefined} answer
 */
export function withAnswer(data, answer) {
  return answer && answer.seq > data.seq ? { ...data, ...answer } : data;
}
