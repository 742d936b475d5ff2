// The short way to an answer: a websocket beside Streamlit's, see canvas_socket.py.
//
// It is opened as soon as the page names it, and opened again for the next picture when it was
// closed. What is not answered there in time goes through Streamlit. After LOST such in a row,
// or sockets that were refused, it is closed, and everything goes through Streamlit until REST
// is over: then one more is tried, since a server that has been started again answers again.

import { showAnswer } from "./canvas_answer.js";

const PATIENCE = 400; // ms for an answer
const LOST = 3; // pictures without an answer in time, then it is given up
const REST = 60000; // ms until it is tried again
const UNUSED = 1000; // the code with which the server closes it for want of pictures

export function createQuick(view) {
  view.quick = { lost: 0 };
}

export function stopQuick({ quick }) {
  clearTimeout(quick.timer);
  quick.socket?.close();
  quick.socket = undefined;
}

// Before it is needed: opening it takes as long as an answer.
export function openQuick(view) {
  const { quick, data } = view;
  const rests = quick.lost >= LOST && Date.now() - quick.lostAt < REST;
  if (!data.quick || rests || quick.socket?.readyState <= WebSocket.OPEN) return;
  const url = new URL(data.quick.path, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  const socket = (quick.socket = new WebSocket(url));
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

export function canAskQuickly({ quick, data }) {
  return Boolean(data.quick) && quick.socket?.readyState === WebSocket.OPEN;
}

// Ask; `otherwise` is called if no answer comes. False: it cannot be asked here now.
export function askQuickly(view, message, otherwise) {
  const { quick, data } = view;
  if (!canAskQuickly(view)) return false;
  const { choices, steps } = data.quick.ask;
  const { ink: _, loaded: __, ...picture } = message; // what only the page needs
  quick.socket.send(JSON.stringify({ choices, steps, picture }));
  Object.assign(quick, { asked: message.seq, otherwise });
  clearTimeout(quick.timer);
  quick.timer = setTimeout(() => lose(view), PATIENCE);
  return true;
}

// A picture without an answer in time, or a socket that was refused.
function lose(view) {
  const { quick } = view;
  clearTimeout(quick.timer);
  const { otherwise } = quick;
  quick.otherwise = undefined;
  Object.assign(quick, { lost: quick.lost + 1, lostAt: Date.now() });
  if (quick.lost >= LOST) stopQuick(view);
  otherwise?.();
}

function take(view, answer) {
  const { quick } = view;
  if (view.dead) return;
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

// What the page says, unless something newer has been answered here.
export function withAnswer(data, answer) {
  return answer && answer.seq > data.seq ? { ...data, ...answer } : data;
}
