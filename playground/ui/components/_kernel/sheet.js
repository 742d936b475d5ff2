// One canvas over many nodes, on which each of them has its place.
//
// A canvas in each node is a layer in each, and a text in each is laid out whenever it changes: both
// are more than a frame where a hundred digits follow a scrubber.

import { watchSize } from "./component.js";
import { element } from "./dom.js";

/** @typedef {{ left: number, top: number, width: number, height: number }} Place */

export class Sheet {
  #canvas;
  #hidden = document.createElement("canvas"); // text on one of the page is laid out with the page
  #parent;
  /** @type {Map<Element, Place>} */
  #places = new Map();
  scale = 1; // pixels of the canvas for a pixel of the page

  /**
   * @param {HTMLElement} parent of all nodes that are to have a place; it is positioned
   * @param {() => void} resized called when they stand elsewhere
   * @param {AbortSignal} signal that ends it
   */
  constructor(parent, resized, signal) {
    this.#parent = parent;
    this.#canvas = element("canvas", "sp-sheet", parent);
    this.#canvas.setAttribute("aria-hidden", "true");
    let width = 0;
    const change = () => {
      if (width !== parent.clientWidth) this.#places.clear(); // below each other stay where they are
      width = parent.clientWidth;
      this.#fit();
      resized();
    };
    watchSize(parent, change, signal);
    // Zoomed, the page may give it as much room as before.
    const zoom = () => this.scale !== devicePixelRatio && change();
    window.addEventListener("resize", zoom, { signal });
    document.fonts?.addEventListener("loadingdone", resized, { signal });
    // A device that is short of memory, as a tablet that sleeps, forgets what was painted.
    for (const canvas of [this.#canvas, this.#hidden])
      canvas.addEventListener("contextrestored", resized);
  }

  /**
   * Where to paint, empty, and where nodes stand there, in its pixels. They are looked up, for which the
   * browser computes a layout, only if they have not been since the width changed.
   *
   * @param {Element[]} nodes
   * @returns {{ context: CanvasRenderingContext2D, places: Place[] }}
   */
  clear(nodes) {
    if (nodes.some((node) => !this.#places.has(node))) this.#measure(nodes);
    const context = contextOf(this.#hidden);
    context.clearRect(0, 0, this.#hidden.width, this.#hidden.height);
    context.imageSmoothingEnabled = false;
    const places = nodes.map((node) => /** @type {Place} */ (this.#places.get(node)));
    return { context, places };
  }

  /** Nodes stand elsewhere, in as much room as before. */
  forget() {
    this.#places.clear();
  }

  /** What has been painted is to be seen. */
  show() {
    const context = contextOf(this.#canvas);
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    if (this.#canvas.width && this.#canvas.height) context.drawImage(this.#hidden, 0, 0);
  }

  /** A canvas that is given a size is wiped. */
  #fit() {
    if (this.scale !== devicePixelRatio) this.#places.clear();
    this.scale = devicePixelRatio;
    const { width, height } = this.#parent.getBoundingClientRect();
    const [across, down] = [width, height].map((length) => Math.round(length * this.scale));
    if (this.#canvas.width === across && this.#canvas.height === down) return;
    for (const canvas of [this.#canvas, this.#hidden])
      Object.assign(canvas, { width: across, height: down });
  }

  /** @param {Element[]} nodes */
  #measure(nodes) {
    this.#fit();
    const { left: x, top: y } = this.#parent.getBoundingClientRect();
    /** @type {(from: number, length: number) => [number, number]} */
    const pixels = (from, length) => {
      const start = Math.round(from * this.scale);
      return [start, Math.round((from + length) * this.scale) - start];
    };
    for (const node of nodes) {
      const box = node.getBoundingClientRect();
      const [left, width] = pixels(box.left - x, box.width);
      const [top, height] = pixels(box.top - y, box.height);
      this.#places.set(node, { left, top, width, height });
    }
  }
}

/** @param {HTMLCanvasElement} canvas */
const contextOf = (canvas) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
