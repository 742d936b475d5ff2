// Projection mode: the switch that turns it on, and the bar that leads from step to step.
//
// The server keeps the mode and the step; this asks it to change them, one message at a time.
// A clicker is quicker than a page: steps pressed meanwhile are added up and asked for together.
//   keys.js   keyboard and clicker      code.js   the QR code

import { component } from "../_kernel/component.js";
import { element, shape, write } from "../_kernel/dom.js";
import { Mailbox } from "../_kernel/mailbox.js";
import { News } from "../_kernel/news.js";
import { takeEarlyKeys } from "../_kernel/page/early_keys.js";
import { createCode, openCode } from "./code.js";
import { takeDecimalCommas } from "./decimal_comma.js";
import { lettersWork, listenToKeys, useLetters } from "./keys.js";

/**
 * What Python sends: whether the mode is on, and then also where one is.
 *
 * @typedef {object} Off
 * @property {false} on
 * @property {number} seq of the last message that the server knows of
 * @property {string} share where to ask for the short link
 *
 * @typedef {object} On
 * @property {true} on
 * @property {number} seq
 * @property {string} share
 * @property {string} lesson
 * @property {string} step such as "Step 3 of 11"
 * @property {string} title of the step
 * @property {boolean} before whether a step comes before it
 * @property {boolean} after
 * @property {string} [next] while the plan of a lesson is followed: what comes then
 *
 * @typedef {On | Off} Message
 */

/** @typedef {{ what: "on" | "off" | "leave" | "go", by: number }} Wish `by`: so many steps on */

/**
 * @typedef {object} ViewKeys
 * @property {HTMLButtonElement} project the switch
 * @property {HTMLElement} bar
 * @property {HTMLButtonElement} before
 * @property {HTMLButtonElement} after
 * @property {HTMLElement} text
 * @property {HTMLElement} place
 * @property {HTMLElement} title
 * @property {HTMLElement} next
 * @property {HTMLButtonElement} leaveButton
 * @property {import("./code.js").Code} code
 * @property {Mailbox<Wish>} mail
 * @property {Wish[]} waiting what will be asked for
 *
 * @typedef {import("../_kernel/component.js").Life<Message>} Life
 * @typedef {Life & ViewKeys} View
 */

const ICONS = {
  before: "M15 5l-7 7 7 7",
  after: "M9 5l7 7-7 7",
  leave: "M6 6l12 12M18 6L6 18",
  project: "M3 4h18M5 4v11h14V4M12 15v5M8 20h8",
};

const LEAVE = "Leave projection mode (key p)";
const LEAVE_LESSON = "Leave the lesson (Esc)";

export default component({ className: "sp-projection", mount, receive });

// ---------------------------------------------------------------- mounting

/** @param {Life} life */
function mount(life) {
  const { root, signal } = life;
  const project = button(root, "sp-project", "project", "Project", () => turn(view, true));
  project.title = "Large type and steps for a beamer (key p)";
  project.append("Project");
  const nodes = createBar(root, {
    go: (by) => step(view, by),
    showCode: () => showCode(view),
    leave: () => leave(view),
  });
  const news = new News(root, nodes.text, signal);
  /** @type {Mailbox<Wish>} */
  const mail = new Mailbox((asked) => view.trigger("asked", asked), signal, undefined, news);
  /** @type {View} */
  const view = Object.assign(life, {
    project,
    ...nodes,
    code: createCode(root),
    mail,
    waiting: [],
  });
  listenToKeys(
    {
      isOn: () => wantsOn(view),
      isCovered: () => view.code.dialog.open,
      uncover: () => view.code.dialog.close(),
      toggle: () => turn(view, !wantsOn(view)),
      step: (by) => step(view, by),
      showCode: () => showCode(view),
      isInLesson: () => wantsOn(view) && isInLesson(view),
      leave: () => leave(view),
    },
    signal,
  );
  takeDecimalCommas(signal); // here, because this is on every page
  if (takeEarlyKeys(signal).has("q") && lettersWork()) showCode(view);
  return view;
}

/**
 * @param {HTMLElement} root
 * @param {{ go: (by: number) => void, showCode: () => void, leave: () => void }} actions
 */
function createBar(root, { go, showCode, leave }) {
  const bar = element("nav", "sp-projection-bar", root);
  bar.setAttribute("aria-label", "Steps");
  const before = button(bar, "", "before", "Previous step", () => go(-1));
  const text = element("div", "sp-projection-text", bar);
  text.setAttribute("role", "status");
  const place = element("span", "sp-projection-place", text);
  const title = element("span", "sp-projection-title", text);
  const next = element("span", "sp-projection-next", text);
  const after = button(bar, "", "after", "Next step", () => go(1));
  button(bar, "", null, "QR code of this page (key q)", showCode).append("QR");
  const letters = button(bar, "sp-projection-letters", null, "Keys p and q", () => {
    useLetters(!lettersWork());
    letters.setAttribute("aria-pressed", `${lettersWork()}`);
  });
  letters.append("Keys");
  letters.setAttribute("aria-pressed", `${lettersWork()}`);
  const leaveButton = button(bar, "", "leave", LEAVE, leave);
  return { bar, before, text, place, title, next, after, leaveButton };
}

/**
 * @param {HTMLElement} parent
 * @param {string} className
 * @param {keyof typeof ICONS | null} icon
 * @param {string} label
 * @param {() => void} action
 */
function button(parent, className, icon, label, action) {
  const made = element("button", className, parent);
  made.setAttribute("aria-label", label);
  made.title = label;
  made.addEventListener("click", action);
  if (!icon) return made;
  const svg = shape("svg", "", made, { viewBox: "0 0 24 24", "aria-hidden": "true" });
  shape("path", "", svg, { d: ICONS[icon] });
  return made;
}

// ---------------------------------------------------------------- from the server

/**
 * @param {View} view
 * @param {Message} [before]
 */
function receive(view, before) {
  const { message } = view;
  document.querySelector("#sp-first")?.remove(); // the script's own large type is there: page_style.py
  view.mail.answered(message.seq);
  view.project.hidden = message.on;
  view.bar.hidden = !message.on;
  if (before?.on && !message.on && view.code.dialog.open) view.code.dialog.close();
  if (message.on) showStep(view, message);
  sendNext(view);
}

/**
 * @param {View} view
 * @param {On} on
 */
function showStep({ bar, place, title, next, before, after, leaveButton, root }, on) {
  const isPlan = on.next !== undefined;
  write(place, `${on.lesson}${isPlan ? "\n" : " · "}${on.step}`);
  write(title, on.title);
  write(next, on.next ?? "");
  next.hidden = !isPlan;
  bar.className = `sp-projection-bar${isPlan ? " sp-projection-plan" : ""}`;
  leaveButton.title = isPlan ? LEAVE_LESSON : LEAVE;
  leaveButton.setAttribute("aria-label", leaveButton.title);
  // Not disabled, which would lose the focus.
  before.setAttribute("aria-disabled", `${!on.before}`);
  after.setAttribute("aria-disabled", `${!on.after}`);
  root.dataset.step = `${on.lesson} ${on.step}`;
}

// ---------------------------------------------------------------- to the server

/**
 * As last asked for, which the server may not have heard of yet.
 *
 * @param {View} view
 */
function wantsOn({ message, mail, waiting }) {
  const asked = [mail.pending, ...waiting].findLast((one) => one && one.what !== "go");
  return asked ? asked.what === "on" : message.on;
}

/**
 * @param {View} view
 * @param {boolean} on
 */
function turn(view, on) {
  if (wantsOn(view) === on) return;
  const { waiting } = view;
  const last = waiting.at(-1);
  if (last && last.what !== "go")
    waiting.pop(); // it asks for the opposite
  else waiting.push({ what: on ? "on" : "off", by: 0 });
  sendNext(view);
}

/** @param {View} view */
function isInLesson({ message }) {
  return message.on && message.next !== undefined;
}

/**
 * For good, also the lesson whose plan is followed; `p` only hides it.
 *
 * @param {View} view
 */
function leave(view) {
  if (!isInLesson(view)) return turn(view, false);
  if (!wantsOn(view)) return;
  view.waiting.push({ what: "leave", by: 0 });
  sendNext(view);
}

/**
 * @param {View} view
 * @param {number} by
 */
function step(view, by) {
  const { message, mail, waiting } = view;
  const isThere = message.on && (by < 0 ? message.before : message.after);
  if (!wantsOn(view) || !(isThere || mail.pending)) return;
  const last = waiting.at(-1);
  if (last?.what === "go") last.by += by;
  else waiting.push({ what: "go", by });
  sendNext(view);
}

/** @param {View} view */
function sendNext({ mail, waiting }) {
  const next = mail.pending ? undefined : waiting.shift();
  if (next) mail.post(next);
}

/** @param {View} view */
function showCode({ code, message }) {
  openCode(code, message.share);
}
