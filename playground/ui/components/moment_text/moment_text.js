// Words and numbers of one moment. Nodes are made again where they differ, as they are few.

import { component } from "../_kernel/component.js";
import { element } from "../_kernel/dom.js";
import { fill } from "../_kernel/markup.js";

/**
 * What Python sends.
 *
 * @typedef {object} Message
 * @property {import("../_kernel/markup.js").Markup[]} parts
 * @property {"text" | "caption" | "table"} kind
 * @property {string} label of a table
 */

export default component({
  className: "sp-moment-text",
  /** @param {import("../_kernel/component.js").Life<Message>} life */
  mount(life) {
    const { root, message } = life;
    root.dataset.kind = message.kind;
    if (message.kind === "table") {
      root.classList.add("sp-table");
      root.setAttribute("role", "region");
      root.setAttribute("aria-label", message.label);
      root.tabIndex = 0;
    }
    return Object.assign(life, { body: element("div", "", root) });
  },
  receive({ body, message }) {
    fill(body, message.parts);
    for (const head of body.querySelectorAll("th"))
      head.setAttribute("scope", head.closest("thead") ? "col" : "row");
  },
});
