// Tooltips for choices that Streamlit draws: by what a choice says, as its title, which is also
// its description for a screen reader.
//
// React may draw a choice again at any time, so it also gets its tooltip when it is come to.

import { component } from "../_kernel/component.js";

/**
 * @typedef {object} Message
 * @property {string} of key of the choices
 * @property {Record<string, string>} texts by what a choice says
 *
 * @typedef {import("../_kernel/component.js").Life<Message>} View
 */

export default component({ className: "sp-tooltips", mount, draw });

/** @param {View} view */
function mount(view) {
  const { root, signal, schedule } = view;
  root.hidden = true;
  for (const come of ["pointerover", "focusin"])
    window.addEventListener(come, () => schedule(), { signal });
  return view;
}

/** @param {View} view */
function draw({ message: { of, texts } }) {
  for (const choice of document.querySelectorAll(`.st-key-${CSS.escape(of)} button`)) {
    const text = texts[choice.textContent?.trim() ?? ""] ?? "";
    if (choice.getAttribute("title") !== (text || null)) {
      if (text) choice.setAttribute("title", text);
      else choice.removeAttribute("title");
    }
  }
}
