// Nodes of the page, of HTML and of SVG.

const SVG = "http://www.w3.org/2000/svg";

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} className
 * @param {Node} parent
 * @param {string} [text]
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, className, parent, text = "") {
  const made = document.createElement(tag);
  if (tag === "button") made.setAttribute("type", "button"); // it submits nothing
  if (className) made.className = className;
  if (text) made.textContent = text;
  return parent.appendChild(made);
}

/**
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} className
 * @param {Node} parent
 * @param {Record<string, string | number>} [attributes]
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function shape(tag, className, parent, attributes = {}) {
  const made = document.createElementNS(SVG, tag);
  if (className) made.setAttribute("class", className);
  update(made, attributes);
  return parent.appendChild(made);
}

/**
 * A name that nothing else of the page has.
 *
 * @param {string} kind
 */
export const uniqueName = (kind) => `${kind}-${Math.random().toString(36).slice(2)}`;

/**
 * Only what differs: hundreds of attributes of the same value cost a frame its time, too.
 *
 * @param {Element} node
 * @param {Record<string, string | number | boolean>} attributes
 */
export function update(node, attributes) {
  for (const [name, value] of Object.entries(attributes))
    if (node.getAttribute(name) !== `${value}`) node.setAttribute(name, `${value}`);
}

/**
 * Only what differs, since each write makes the browser lay out anew; in the text that is there.
 *
 * @param {Node} node
 * @param {string} text
 */
export function write(node, text) {
  if (node.textContent === text) return;
  const { firstChild } = node;
  if (text && firstChild?.nodeType === 3 && !firstChild.nextSibling) firstChild.nodeValue = text;
  else node.textContent = text;
}
