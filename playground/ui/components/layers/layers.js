// What each layer of a network makes of the picture on the canvas, while it is drawn.
//
// Maps and units are painted, the page where they are 0; the logits and their softmax stand below.
// Each can be pressed: card.js then says what it looks for and sees, or what speaks for a class.
//   grid.js  the units of a layer        card.js  what is pressed

import { component, watchSize } from "../_kernel/component.js";
import { element, write } from "../_kernel/dom.js";
import { fixed } from "../_kernel/format.js";
import { layersShown, paintLayer, sizeOf } from "../_kernel/layers.js";
import { Mailbox } from "../_kernel/mailbox.js";
import { makeTabStop, rove } from "../_kernel/roving.js";
import { classColour, readTheme } from "../_kernel/theme.js";
import { createCard, keepStrongest, showCard } from "./card.js";
import { addCells, mostInRow } from "./grid.js";

/** @typedef {import("../_kernel/layers.js").Layer} Layer */
/** @typedef {import("../_kernel/layers.js").Layers} Layers */

/**
 * What is pressed: a unit of a hidden layer, or, of the layer "", a class.
 *
 * @typedef {{ layer: string, unit: number }} Look
 */

/**
 * What Python sends.
 *
 * @typedef {object} Message
 * @property {string} note as long as there are no layers
 * @property {import("../_kernel/theme.js").ColourPair[]} colours
 * @property {Look | null} look what is pressed
 * @property {number} answered the number of the last press that Python knows of
 * @property {import("./card.js").Strongest | null} strongest of the unit that is pressed
 */

/**
 * @typedef {object} OneClass the nodes of one class
 * @property {HTMLButtonElement} button
 * @property {HTMLElement} logit
 * @property {HTMLElement} bar
 */

/**
 * @typedef {object} Parts
 * @property {HTMLElement} note
 * @property {HTMLElement} body
 * @property {HTMLElement} tabs where only one layer is shown
 * @property {HTMLElement} rows
 * @property {import("./card.js").Card} card
 * @property {import("./grid.js").Cells[]} cells one a hidden layer
 * @property {OneClass[]} classes
 * @property {Look | null} look
 * @property {number} tab the layer that is shown where only one is
 * @property {(tab: number) => void} openTab
 * @property {Mailbox<{ look: Look | null }>} mail
 * @property {boolean} dark whether the page is
 * @property {boolean} isSmall so that one layer is shown
 * @property {import("./grid.js").Most} most
 * @property {HTMLButtonElement} [pressed]
 * @property {number} restsUntil ms; a slow computer also has to paint the stroke
 * @property {string} [structure] of the layers for which there are nodes
 *
 * @typedef {import("../_kernel/component.js").Life<Message>} Life
 * @typedef {Life & Parts} View
 */

const PHONE = 520; // px wide, as in layers.css
const BUDGET = 8; // ms a drawing, half a frame

export default component({
  className: "sp-layers",
  mount,
  receive,
  show(view) {
    view.dark = readTheme(view.root).dark; // a question that makes the browser work out all styles
    view.root.toggleAttribute("data-dark", view.dark);
    draw(view);
  },
  draw,
  leave: ({ card }) => clearTimeout(card.saying),
});

/**
 * @param {Life} life
 * @returns {View}
 */
function mount(life) {
  const { root, signal } = life;
  const note = element("div", "sp-layers-note", root);
  const body = element("div", "sp-layers-body", root);
  const left = element("div", "", body);
  const tabs = element("div", "", left);
  const rows = element("div", "", left);
  const card = createCard(body, () => close(view));
  /** @type {View["mail"]} */
  const mail = new Mailbox((message) => view.trigger("look", message), signal);
  /** @type {View} */
  const view = Object.assign(life, {
    ...{
      note,
      body,
      tabs,
      rows,
      card,
      mail,
      cells: [],
      classes: [],
      look: null,
      tab: 0,
      openTab() {},
    },
    ...{ dark: false, restsUntil: 0, ...measure(root) },
  });
  // At once: it is told in a frame, in which the bars above move, too.
  window.addEventListener("sp-layers", () => draw(view), { signal });
  watchSize(
    root,
    () => {
      Object.assign(view, measure(root));
      draw(view);
    },
    signal,
  );
  return view;
}

/**
 * Not in each frame: the browser has to lay out for the answer.
 *
 * @param {HTMLElement} root
 */
function measure({ clientWidth: width }) {
  const isSmall = width < PHONE;
  const isTouched = isSmall || matchMedia("(pointer: coarse)").matches;
  const beside = width < 620 ? 0 : width < 900 ? 166 : 454; // names and card
  return { isSmall, most: mostInRow(width - beside, isTouched) };
}

/** @param {View} view */
function receive(view) {
  const { message, mail } = view;
  mail.answered(message.answered);
  keepStrongest(message.strongest);
  if (!mail.pending) view.look = message.look;
}

// ---------------------------------------------------------------- pressing

/**
 * What was pressed is let go by another press.
 *
 * @param {View} view
 * @param {Look} look
 */
function press(view, look) {
  const isSame = look.layer === view.look?.layer && look.unit === view.look.unit;
  view.look = isSame ? null : look;
  view.mail.post({ look: view.look });
  view.restsUntil = 0;
  draw(view);
}

/** @param {View} view */
function close(view) {
  const { look } = view;
  if (!look) return;
  press(view, look);
  buttonOf(view, look)?.focus();
}

/**
 * @param {View} view
 * @param {Look} look
 */
function buttonOf({ cells, classes }, { layer, unit }) {
  if (!layer) return classes[unit]?.button;
  const at = layersShown()?.hidden.findIndex(({ name }) => name === layer) ?? -1;
  return cells[at]?.buttons[unit];
}

// ---------------------------------------------------------------- drawing

/** @param {View} view */
function draw(view) {
  const { message } = view;
  const layers = layersShown();
  view.note.hidden = layers !== null;
  view.body.hidden = layers === null;
  write(view.note, message.note);
  if (!layers) return;
  const began = performance.now();
  if (began < view.restsUntil) {
    view.schedule();
    return;
  }
  buildIfOther(view, layers);
  markPressed(view); // first: it says which layer is open
  layers.hidden.forEach((layer, i) => {
    const { canvas, columns } = view.cells[i];
    if (!view.isSmall || i === view.tab) paintLayer(canvas, layer, columns, view.dark);
  });
  view.classes.forEach(({ logit, bar }, k) => {
    write(logit, fixed(layers.logits[k], 1));
    bar.style.backgroundColor = classColour(message.colours, k, view.dark);
    bar.style.transform = `scaleY(${layers.probabilities[k]})`;
  });
  showCard(view.card, layers, view.look, view.dark);
  const ended = performance.now();
  view.restsUntil = ended + Math.max(0, ended - began - BUDGET);
}

/** @param {View} view */
function markPressed(view) {
  const { look, pressed, cells } = view;
  const button = look ? buttonOf(view, look) : undefined;
  if (button === pressed) return;
  pressed?.setAttribute("aria-pressed", "false");
  button?.setAttribute("aria-pressed", "true");
  view.pressed = button;
  const layer = cells.findIndex(({ buttons }) => button && buttons.includes(button));
  if (button) view.openTab(layer < 0 ? cells.length : layer);
}

/**
 * @param {View} view
 * @param {Layers} layers
 */
function buildIfOther(view, layers) {
  const { classes, hidden } = layers;
  const { most, isSmall } = view;
  const shapes = hidden.map(({ name, shape }) => [name, shape]);
  const structure = JSON.stringify([classes, shapes, most, isSmall]);
  if (structure === view.structure) return;
  view.structure = structure;
  view.tab = Math.min(view.tab, hidden.length);
  view.rows.replaceChildren();
  view.cells = hidden.map((layer) => {
    const row = addRow(view.rows, layer.name, sizeOf(layer));
    return addCells(row, layer, most, (unit) => press(view, { layer: layer.name, unit }));
  });
  const list = element("ul", "sp-layers-classes", addRow(view.rows, "Logits", "bars: softmax"));
  view.classes = classes.map((label, unit) => {
    const button = element("button", "sp-layers-class", element("li", "", list));
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => press(view, { layer: "", unit }));
    const logit = element("span", "", button);
    const bar = element("span", "", element("span", "sp-layers-track", button));
    element("span", "sp-layers-label", button, label).title = label;
    return { button, logit, bar };
  });
  const buttons = view.classes.map(({ button }) => button);
  rove(list, buttons, () => undefined);
  makeTabStop(buttons, buttons[0]);
  buildTabs(view, [...hidden.map(({ name }) => name), "Logits"]);
}

/**
 * Where there is room for one layer, buttons choose which.
 *
 * @param {View} view
 * @param {string[]} names
 */
function buildTabs(view, names) {
  view.tabs.replaceChildren();
  const tabs = element("div", "sp-layers-tabs", view.tabs);
  tabs.setAttribute("role", "group");
  tabs.setAttribute("aria-label", "Layer");
  const buttons = names.map((name) => element("button", "sp-layers-tab", tabs, name));
  const rows = [...view.rows.children];
  /** @param {number} tab */
  view.openTab = (tab) => {
    view.tab = tab;
    buttons.forEach((button, i) => {
      button.setAttribute("aria-pressed", `${i === tab}`);
      rows[i].toggleAttribute("data-open", i === tab);
    });
    makeTabStop(buttons, buttons[tab]);
  };
  buttons.forEach((button, i) => {
    button.addEventListener("click", () => {
      view.openTab(i);
      draw(view);
    });
  });
  rove(tabs, buttons, () => undefined);
  view.openTab(view.tab);
}

/**
 * @param {HTMLElement} parent
 * @param {string} name
 * @param {string} size
 */
function addRow(parent, name, size) {
  const row = element("div", "sp-layers-row", parent);
  element("span", "sp-layers-size", element("div", "sp-layers-name", row, name), size);
  return row;
}
