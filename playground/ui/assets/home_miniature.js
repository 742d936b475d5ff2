// A picture of the home page: a small figure, its numbers in words, and what moves it.
//
// Streamlit calls the default export again at each rerun and each theme change. Nothing is
// ever sent to the server. Who moves when is in home_turns.js, what is shown in the four
// files of the kinds. Each draws into the nodes made here and gives
//   name      what screen readers call it         seconds   how long it moves
//   draw()    again: its size or colours changed  rest()    as it is when nothing moves
//   at(t)     as it is on its way, t from 0 to 1

import { digit } from "./home_digit.js";
import { loss } from "./home_loss.js";
import { softmaxBars } from "./home_softmax.js";
import { training } from "./home_training.js";
import { join, playButton } from "./home_turns.js";
import { readTheme } from "./live_chart_figure.js";
import { element } from "./nodes.js";

const KINDS = { softmax: softmaxBars, loss, training, digit };
const views = new WeakMap(); // parent element → view

export default function homeMiniature({ data, parentElement }) {
  if (!data) return undefined;
  let view = views.get(parentElement);
  if (!view) views.set(parentElement, (view = mount(parentElement, data)));
  tint(view);
  // Streamlit calls this too when a newer message overtakes the loading of this module.
  return () => parentElement.isConnected || destroy(view, parentElement);
}

function mount(parent, data) {
  const root = element("div", `sp-home-mini sp-home-${data.kind}`, parent);
  root.setAttribute("role", "group");
  const stage = element("div", "sp-home-stage", root);
  const words = element("div", "sp-home-words", root);
  const foot = element("div", "sp-home-foot", root);
  const view = { root, stage, words, foot, data };
  playButton(view);
  view.miniature = KINDS[data.kind](view);
  root.setAttribute("aria-label", view.miniature.name);
  view.leave = join(view, data.turn);
  view.resize = new ResizeObserver(() => view.miniature.draw());
  view.resize.observe(stage);
  return view;
}

function destroy(view, parent) {
  view.resize.disconnect();
  view.leave();
  view.root.remove();
  views.delete(parent);
}

function tint({ root, data, miniature }) {
  const dark = Number(readTheme(root).dark);
  data.colours.forEach((pair, k) => root.style.setProperty(`--sp-colour-${k}`, pair[dark]));
  root.dataset.dark = Boolean(dark);
  miniature.draw();
}
