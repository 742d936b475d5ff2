// A page that the browser translates keeps working.
//
// A translator puts a <font> in the place of a text. Whoever made the text, as React does for all of
// Streamlit's, still holds it: what it writes into it is not seen, and it cannot take it away. So a
// text comes back to its place as soon as its maker touches it. Numbers, formulae and code are not
// translated at all.

const INSTALLED = Symbol.for("softmax-playground-translation"); // also by another version of this
const UNTRANSLATED = [
  ...[".katex", "code", "pre", ".sp-table td", ".sp-headline dd", '[data-testid="stProgress"]'],
  ...['[data-testid="stMetricValue"]', ".sp-chart", ".sp-figure", ".sp-home-stage", ".sp-flow"],
  ...[".sp-bench-table", ".sp-bench-foot", ".sp-bench-result", ".sp-wall-grid", ".sp-weights"],
  ...[".sp-canvas-best", ".sp-canvas-list", ".sp-confusion td", ".sp-scrubber-text"],
  ...[".sp-code-link", ".sp-live math", ".sp-strip", ".sp-step td"],
].join();

/** @type {WeakMap<Node, ChildNode>} */
const stands = new WeakMap(); // text → what stands in its place

/** From now on, for this page. */
export function surviveTranslation() {
  const page = /** @type {Window & { [INSTALLED]?: boolean }} */ (window);
  if (page[INSTALLED] || typeof MutationObserver === "undefined") return;
  page[INSTALLED] = true;
  const touched = new MutationObserver((records) => {
    for (const { target } of records) putBack(target);
  });
  const changed = new MutationObserver((records) => {
    for (const record of records) {
      for (const node of record.addedNodes) if (node instanceof Element) leaveAlone(node);
      for (const node of record.removedNodes) {
        const stand = node instanceof Text && standOf(record);
        if (!stand) continue;
        stands.set(node, stand);
        touched.observe(node, { characterData: true });
      }
    }
  });
  leaveAlone(document.documentElement);
  changed.observe(document, { childList: true, subtree: true });
  beTolerant();
}

/** @param {Element} root */
function leaveAlone(root) {
  if (root.closest('[translate="no"]')) return;
  for (const node of [root, ...root.querySelectorAll(UNTRANSLATED)])
    if (node.matches(UNTRANSLATED)) node.setAttribute("translate", "no");
}

/**
 * What has come in the place of a text, if a translator has put it there.
 *
 * @param {MutationRecord} record
 */
function standOf({ addedNodes, previousSibling, nextSibling }) {
  for (const node of [...addedNodes, previousSibling, nextSibling])
    if (node instanceof Element && node.localName === "font") return node;
  return undefined;
}

/** @param {Node} node */
function putBack(node) {
  const stand = stands.get(node);
  stands.delete(node);
  if (stand?.parentNode) stand.replaceWith(/** @type {ChildNode} */ (node));
}

// A text that was replaced before this was here has gone, and nobody knows from where.
function beTolerant() {
  const { insertBefore, removeChild } = Node.prototype;
  /** @type {(parent: Node, node: Node) => boolean} */
  const isLost = (parent, node) => node instanceof Text && node.parentNode !== parent;
  /**
   * @template {Node} Kind
   * @this {Node}
   * @param {Kind} node
   * @returns {Kind}
   */
  Node.prototype.removeChild = function (node) {
    putBack(node);
    if (!isLost(this, node)) removeChild.call(this, node);
    return node;
  };
  /**
   * @template {Node} Kind
   * @this {Node}
   * @param {Kind} node
   * @param {Node | null} before
   * @returns {Kind}
   */
  Node.prototype.insertBefore = function (node, before) {
    if (before) putBack(before);
    insertBefore.call(this, node, before && isLost(this, before) ? null : before);
    return node;
  };
}
