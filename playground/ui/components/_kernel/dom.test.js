import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeElement, onNewPages } from "#testing/fake_page.js";
import { element, shape, update, write } from "./dom.js";

onNewPages(import.meta.filename);

const parent = () =>
  /** @type {Node & FakeElement} */ (/** @type {unknown} */ (new FakeElement("div")));

test("an element has its class and text, and stands in its parent", () => {
  const root = parent();
  const made = element("span", "a b", root, "Hello");
  element("p", "", root);
  assert.deepEqual(
    root.children.map(({ tag }) => tag),
    ["span", "p"],
  );
  assert.deepEqual([made.className, made.textContent], ["a b", "Hello"]);
  assert.equal(root.children[1].getAttribute("class"), null);
});

test("a shape has attributes, as texts", () => {
  const root = parent();
  const made = shape("circle", "dot", root, { r: 4, fill: "red" });
  update(made, { r: 5 });
  const { attributes } = root.children[0];
  assert.deepEqual(
    [...attributes],
    [
      ["class", "dot"],
      ["r", "5"],
      ["fill", "red"],
    ],
  );
});

test("a text is written only if it differs", () => {
  let writes = 0;
  const node = {
    get textContent() {
      return "old";
    },
    set textContent(_) {
      writes += 1;
    },
  };
  write(/** @type {Node} */ (node), "old");
  assert.equal(writes, 0);
  write(/** @type {Node} */ (node), "new");
  assert.equal(writes, 1);
});

test("a text comes into the text that is there, if it is all that is there", () => {
  const text = { nodeType: 3, nodeValue: "old", nextSibling: null };
  const node = { firstChild: text, textContent: "old" };
  write(/** @type {Node} */ (/** @type {unknown} */ (node)), "new");
  assert.deepEqual([text.nodeValue, node.textContent], ["new", "old"]);
  Object.assign(text, { nextSibling: text });
  write(/** @type {Node} */ (/** @type {unknown} */ (node)), "newer");
  assert.deepEqual([text.nodeValue, node.textContent], ["new", "newer"]);
});
