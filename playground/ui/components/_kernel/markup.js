// Texts with formulae, as plain data: what is written, and which nodes it becomes.
//
// Formulae are MathML, which browsers set by themselves: nothing is loaded, nothing is parsed.

import { element } from "./dom.js";

const MATHML = "http://www.w3.org/1998/Math/MathML";

/**
 * A text, or a node: its tag with its class behind a point, then what is in it.
 *
 * @typedef {string | Nested} Markup
 * @typedef {[tag: string, ...children: Markup[]]} Nested
 */

/** @type {WeakMap<Element, string>} */
const written = new WeakMap(); // what a node shows

/**
 * Make a node show this and nothing else; nothing happens if it does already.
 *
 * @param {Element} parent
 * @param {Markup[]} content
 */
export function fill(parent, content) {
  const text = JSON.stringify(content);
  if (written.get(parent) === text) return;
  written.set(parent, text);
  parent.replaceChildren();
  for (const each of content) add(parent, each);
}

/**
 * @param {Element} parent
 * @param {Markup} content
 */
function add(parent, content) {
  if (typeof content === "string") {
    parent.append(content);
    return;
  }
  const [name, ...children] = content;
  const [tag, className = ""] = name.split(".");
  const inMaths = tag === "math" || parent.namespaceURI === MATHML;
  const node = inMaths
    ? parent.appendChild(document.createElementNS(MATHML, tag))
    : element(/** @type {"span"} */ (tag), "", parent);
  if (className) node.setAttribute("class", className);
  for (const child of children) add(node, child);
}

// ---------------------------------------------------------------- formulae

/** @type {(...children: Markup[]) => Markup} */
export const formula = (...children) => ["math", ...children];

/** @type {(...children: Markup[]) => Markup} */
export const row = (...children) => ["mrow", ...children];

/** @type {(name: string) => Markup} */
export const variable = (name) => ["mi", name];

/** @type {(name: string) => Markup} */
export const sign = (name) => ["mo", name];

/**
 * A number as `short` or `digits` writes it; 1.5e−7 is 1.5 · 10⁻⁷.
 *
 * @param {string} text
 * @returns {Markup}
 */
export function number(text) {
  const [mantissa, power] = text.split("e");
  if (power === undefined) return ["mn", text];
  const exponent = power.replace("+", "").replace(/^(−?)0+(?=\d)/, "$1");
  return row(["mn", mantissa], sign("·"), raised(["mn", "10"], ["mn", exponent]));
}

/** @type {(base: Markup, index: Markup) => Markup} */
export const indexed = (base, index) => ["msub", base, index];

/** @type {(base: Markup, exponent: Markup) => Markup} */
export const raised = (base, exponent) => ["msup", base, exponent];

/** @type {(above: Markup, below: Markup) => Markup} */
export const fraction = (above, below) => ["mfrac", above, below];
