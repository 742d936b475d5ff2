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

/** @type {WeakMap<Element, { content: Markup[], nodes: Node[] }>} */
const written = new WeakMap(); // what a node shows, and by which nodes

/**
 * Make a node show this and nothing else. Nodes are made again where they are others than before;
 * where only a text is another, it is changed in the node that is there.
 *
 * @param {Element} parent
 * @param {Markup[]} content
 */
export function fill(parent, content) {
  const before = written.get(parent);
  if (before && isAlike(before.content, content)) {
    for (const [i, each] of content.entries()) {
      const node = before.nodes[i];
      if (typeof each !== "string") fill(/** @type {Element} */ (node), childrenOf(each));
      else if (each !== before.content[i]) node.nodeValue = each;
    }
    before.content = content;
    return;
  }
  parent.replaceChildren();
  written.set(parent, { content, nodes: content.map((each) => add(parent, each)) });
}

/** @type {(content: Nested) => Markup[]} */
const childrenOf = ([, ...children]) => children;

/**
 * Whether the same nodes show both, those within them left aside.
 *
 * @param {Markup[]} before
 * @param {Markup[]} content
 */
const isAlike = (before, content) =>
  before.length === content.length &&
  before.every((one, i) =>
    typeof one === "string" || typeof content[i] === "string"
      ? typeof one === typeof content[i]
      : one[0] === content[i][0],
  );

/**
 * @param {Element} parent
 * @param {Markup} content
 * @returns {Node}
 */
function add(parent, content) {
  if (typeof content === "string") return parent.appendChild(document.createTextNode(content));
  const [tag, className = ""] = content[0].split(".");
  const inMaths = tag === "math" || parent.namespaceURI === MATHML;
  const node = inMaths
    ? parent.appendChild(document.createElementNS(MATHML, tag))
    : element(/** @type {"span"} */ (tag), "", parent);
  if (className) node.setAttribute("class", className);
  fill(node, childrenOf(content));
  return node;
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
