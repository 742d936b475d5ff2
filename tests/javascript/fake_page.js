// A page for tests under Node: nodes that hold text, attributes and listeners, a canvas that
// remembers, and frames that come when a test lets them. It lays nothing out and draws nothing;
// what depends on that is for a browser.

import { realpathSync } from "node:fs";
import { afterEach, beforeEach, mock } from "node:test";

/**
 * An event as listeners see it, with whatever a test gives it besides.
 *
 * @typedef {{ type: string, target: FakeElement, defaultPrevented: boolean, stopped: boolean,
 *   preventDefault: () => void, stopPropagation: () => void } & Record<string, unknown>} FakeEvent
 */
/** @typedef {(event: FakeEvent) => void} Listener */
/** @typedef {{ left: number, top: number, width: number, height: number }} Rect */

/** A text that is changed in its place. */
class FakeText {
  /** @param {string} text */
  constructor(text) {
    this.nodeValue = text;
  }

  get textContent() {
    return this.nodeValue;
  }
}

export class FakeElement {
  /** @type {FakeElement | null} */
  parent = null;
  /** @type {(FakeElement | FakeText | string)[]} */
  nodes = [];
  /** @type {Map<string, string>} */
  attributes = new Map();
  /** @type {Record<string, string>} */
  dataset = new Proxy(
    {},
    { set: (target, name, value) => Reflect.set(target, name, `${value}`) }, // as a page has it
  );
  /** @type {Record<string, unknown>} */
  style = {
    /** @type {(name: string, value: string) => void} */
    setProperty: (name, value) => {
      this.style[name] = value;
    },
  };
  /** @type {{ type: string, listener: Listener }[]} */
  listeners = [];
  /** @type {Rect} */
  rect = { left: 0, top: 0, width: 200, height: 100 };
  title = "";
  value = "";
  min = "";
  max = "";
  step = "";
  tabIndex = 0;
  hidden = false;
  disabled = false;
  open = false;
  width = 300;
  height = 150;
  /** @type {FakeContext | undefined} */
  context;
  /** @type {number | undefined} */
  captured;

  /** @param {string} tag */
  constructor(tag) {
    this.tag = tag;
  }

  // ------------------------------------------------ content

  get children() {
    return this.nodes.filter((node) => node instanceof FakeElement);
  }

  /** @returns {FakeElement[]} */
  get descendants() {
    return this.children.flatMap((node) => [node, ...node.descendants]);
  }

  /** @returns {string} */
  get textContent() {
    return this.nodes.map((node) => (typeof node === "string" ? node : node.textContent)).join("");
  }

  set textContent(text) {
    this.replaceChildren(...(text === "" ? [] : [text]));
  }

  /** @param {(FakeElement | FakeText | string)[]} nodes */
  replaceChildren(...nodes) {
    for (const node of this.children) node.parent = null;
    this.nodes = [];
    this.append(...nodes);
  }

  /** @param {(FakeElement | FakeText | string)[]} nodes */
  append(...nodes) {
    for (const node of nodes) {
      if (node instanceof FakeElement) {
        node.remove();
        node.parent = this;
      }
      this.nodes.push(typeof node === "object" ? node : `${node}`);
    }
  }

  /** @param {FakeElement} node */
  appendChild(node) {
    this.append(node);
    return node;
  }

  /**
   * @param {FakeElement} node
   * @param {FakeElement | null} before
   */
  insertBefore(node, before) {
    this.append(node);
    if (!before) return node;
    this.nodes = this.nodes.filter((other) => other !== node);
    this.nodes.splice(this.nodes.indexOf(before), 0, node);
    return node;
  }

  get childNodes() {
    return this.nodes;
  }

  remove() {
    if (this.parent) this.parent.nodes = this.parent.nodes.filter((node) => node !== this);
    this.parent = null;
  }

  get isConnected() {
    return this.closest("body") !== null;
  }

  /** @param {FakeElement} node */
  contains(node) {
    return node === this || this.descendants.includes(node);
  }

  // ------------------------------------------------ attributes

  get className() {
    return this.getAttribute("class") ?? "";
  }

  set className(names) {
    this.setAttribute("class", names);
  }

  classList = {
    /** @param {string} name */
    add: (name) => this.classList.toggle(name, true),
    /** @type {(name: string, isOn: boolean) => void} */
    toggle: (name, isOn) => {
      const names = this.className.split(" ").filter((one) => one && one !== name);
      this.className = (isOn ? [...names, name] : names).join(" ");
    },
  };

  /** @param {string} name */
  getAttribute(name) {
    return this.attributes.get(name) ?? null;
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  setAttribute(name, value) {
    this.attributes.set(name, `${value}`);
  }

  /** @param {string} name */
  removeAttribute(name) {
    this.attributes.delete(name);
  }

  /**
   * @param {string} name
   * @param {boolean} isOn
   */
  toggleAttribute(name, isOn) {
    if (isOn) this.attributes.set(name, "");
    else this.attributes.delete(name);
  }

  // ------------------------------------------------ search: "tag", ".class" and [attribute="…"] only

  /** @param {string} selector */
  matches(selector) {
    if (selector === ":focus-visible") return page.document.activeElement === this;
    if (selector.startsWith("["))
      return [...selector.matchAll(/\[([^\]=]+)(?:="([^"]*)")?\]/g)].every(([, name, value]) =>
        value === undefined ? this.attributes.has(name) : this.attributes.get(name) === value,
      );
    const [tag, ...classes] = selector.split(".");
    const names = this.className.split(" ");
    return (!tag || tag === this.tag) && classes.every((name) => names.includes(name));
  }

  /**
   * @param {string} selector
   * @returns {FakeElement | null}
   */
  closest(selector) {
    return this.matches(selector) ? this : (this.parent?.closest(selector) ?? null);
  }

  /** @param {string} selector */
  querySelector(selector) {
    return this.descendants.find((node) => node.matches(selector)) ?? null;
  }

  /** @param {string} selector */
  all(selector) {
    return this.descendants.filter((node) => node.matches(selector));
  }

  /** @param {string} selector */
  querySelectorAll(selector) {
    return this.all(selector);
  }

  /**
   * The first of what is there, or an error.
   *
   * @param {string} selector
   */
  one(selector) {
    const found = this.querySelector(selector);
    if (!found) throw new Error(`There is no ${selector}`);
    return found;
  }

  /**
   * The button with a name.
   *
   * @param {string} name
   */
  button(name) {
    const found = this.all("button").find(
      (node) => (node.getAttribute("aria-label") ?? node.textContent) === name,
    );
    if (!found) throw new Error(`There is no button ${name}`);
    return found;
  }

  // ------------------------------------------------ events

  /**
   * @param {string} type
   * @param {Listener} listener
   * @param {{ signal?: AbortSignal }} [options]
   */
  addEventListener(type, listener, { signal } = {}) {
    const one = { type, listener };
    this.listeners.push(one);
    signal?.addEventListener("abort", () => {
      this.listeners = this.listeners.filter((other) => other !== one);
    });
  }

  /**
   * From the window down to this node's ancestors and up; the window hears of it first.
   *
   * @param {string} type
   * @param {Record<string, unknown>} [init]
   */
  fire(type, init = {}) {
    /** @type {FakeEvent} */
    const event = {
      type,
      target: this,
      defaultPrevented: false,
      stopped: false,
      preventDefault: () => {
        event.defaultPrevented = true;
      },
      stopPropagation: () => {
        event.stopped = true;
      },
      ...init,
    };
    if (this !== page.window) page.window.hear(event);
    /** @type {FakeElement | null} */
    let node = this;
    while (node && !event.stopped) {
      node.hear(event);
      node = LOCAL.has(type) ? null : node.parent;
    }
    return event;
  }

  /** @param {FakeEvent} event */
  hear(event) {
    for (const { type, listener } of [...this.listeners]) if (type === event.type) listener(event);
  }

  /** @param {Event} event */
  dispatchEvent(event) {
    const key = "key" in event ? { key: event.key } : {};
    this.fire(event.type, event instanceof CustomEvent ? { detail: event.detail } : key);
  }

  click() {
    return this.fire("click", { button: 0 });
  }

  focus() {
    const before = page.document.activeElement;
    if (before === this) return;
    before?.blur();
    page.document.activeElement = this;
    this.fire("focus");
    this.fire("focusin");
  }

  blur() {
    if (page.document.activeElement !== this) return;
    page.document.activeElement = null;
    this.fire("blur");
    this.fire("focusout");
  }

  /** @param {number} pointer */
  setPointerCapture(pointer) {
    this.captured = pointer;
  }

  /** @param {number} pointer */
  releasePointerCapture(pointer) {
    if (this.captured === pointer) this.captured = undefined;
  }

  /** @param {number} pointer */
  hasPointerCapture(pointer) {
    return this.captured === pointer;
  }

  // ------------------------------------------------ kinds of elements

  get valueAsNumber() {
    return Number(this.value);
  }

  showModal() {
    this.open = true;
  }

  close() {
    this.open = false;
  }

  get clientWidth() {
    return this.rect.width;
  }

  get clientHeight() {
    return this.rect.height;
  }

  getBoundingClientRect() {
    return this.rect;
  }

  get viewBox() {
    const [, , width, height] = (this.getAttribute("viewBox") ?? "").split(" ").map(Number);
    return { baseVal: { width, height } };
  }

  getContext() {
    this.context ??= new FakeContext(this);
    return this.context;
  }
}

const LOCAL = new Set(["focus", "blur", "pointerenter", "pointerleave"]); // they do not bubble

/** A canvas: what was called, and the pixels that were put there or filled last. */
export class FakeContext {
  /** @type {unknown[][]} */
  calls = [];
  fillStyle = "";
  lineWidth = 1;
  /** @type {Uint8ClampedArray | undefined} */
  pixels;

  /** @param {FakeElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    for (const name of [
      "beginPath",
      "arc",
      "moveTo",
      "lineTo",
      "clearRect",
      "drawImage",
      "fillText",
      "roundRect",
    ])
      Object.assign(this, {
        /** @param {unknown[]} args */
        [name]: (...args) => void this.calls.push([name, ...args]),
      });
  }

  /** @param {string} text */
  measureText(text) {
    return { width: 8 * text.length };
  }

  fill() {
    this.calls.push(["fill", this.fillStyle]);
  }

  stroke() {
    this.calls.push(["stroke", this.lineWidth]);
  }

  fillRect() {
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(this.fillStyle.slice(at, at + 2), 16));
    this.pixels = Uint8ClampedArray.of(r, g, b, 255);
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  createImageData(width, height) {
    return { width, height, data: new Uint8ClampedArray(4 * width * height) };
  }

  /** @param {{ data: Uint8ClampedArray }} image */
  putImageData({ data }) {
    this.pixels = data;
    this.calls.push(["putImageData"]);
  }

  /**
   * @param {number} _left
   * @param {number} _top
   * @param {number} width
   * @param {number} height
   */
  getImageData(_left, _top, width, height) {
    return { data: this.pixels ?? new Uint8ClampedArray(4 * width * height) };
  }
}

/** A question about the reader's wishes, such as for no motion, whose answer can change. */
class FakeQuery {
  matches = false;
  #node = new FakeElement("query");

  /** @type {FakeElement["addEventListener"]} */
  addEventListener(...listener) {
    this.#node.addEventListener(...listener);
  }

  /** @param {boolean} isOn */
  turn(isOn) {
    this.matches = isOn;
    this.#node.fire("change");
  }
}

class FakePage {
  window = new FakeElement("window");
  body = new FakeElement("body");
  /** @type {{ activeElement: FakeElement | null }} */
  document = { activeElement: null };
  /** @type {Map<number, (now: number) => void>} */
  frames = new Map();
  #lastFrame = 0;
  stillness = new FakeQuery();
  /** @type {Record<string, string>} */
  css = {}; // custom properties of every node, and its font-size
  columns = "1px"; // of every grid
  /** @type {Map<FakeElement, (isSeen: boolean) => void>} */
  sights = new Map();
  /** @type {Map<FakeElement, () => void>} */
  sizes = new Map();

  /** @param {(now: number) => void} draw */
  ask(draw) {
    this.#lastFrame += 1;
    this.frames.set(this.#lastFrame, draw);
    return this.#lastFrame;
  }

  /**
   * Let the browser draw what was asked for so far.
   *
   * @param {number} [now] in ms
   */
  frame(now = 0) {
    const due = [...this.frames.values()];
    this.frames.clear();
    for (const draw of due) draw(now);
  }
}

export let page = new FakePage();

/**
 * Each test of a file has a new page, and takes it away again with all it has mocked: other
 * files have their tests in the same process.
 *
 * @param {string} file the test's own: `import.meta.filename`
 * @param {(test: import("node:test").TestContext) => unknown} [setUp] what else is to be there
 */
export function onNewPages(file, setUp) {
  let globals = {};
  /** @type {(path?: string) => boolean} */
  const isOurs = (path) => path !== undefined && realpathSync(path) === file;
  beforeEach((test) => {
    if (!isOurs(test.filePath) || !("mock" in test)) return; // Node calls this for all files
    globals = Object.getOwnPropertyDescriptors(globalThis);
    newPage();
    setUp?.(test);
  });
  afterEach((test) => {
    if (!isOurs(test.filePath)) return;
    mock.reset();
    for (const name of Object.getOwnPropertyNames(globalThis))
      if (!(name in globals)) Reflect.deleteProperty(globalThis, name);
    Object.defineProperties(globalThis, globals);
  });
}

/** In place of the one before. */
function newPage() {
  page = new FakePage();
  const { window, document, frames, sights, sizes } = page;
  Object.assign(document, {
    addEventListener() {}, // what listens and looks there is for a browser
    querySelector: () => null,
    /** @param {string} tag */
    createElement: (tag) => new FakeElement(tag),
    /** @param {string} text */
    createTextNode: (text) => new FakeText(text),
    /** @type {(space: string, tag: string) => FakeElement} */
    createElementNS: (_, tag) => new FakeElement(tag),
  });
  class FakeIntersectionObserver {
    /** @param {(entries: { isIntersecting: boolean }[]) => void} callback */
    constructor(callback) {
      this.callback = callback;
    }
    /** @param {FakeElement} node */
    observe(node) {
      sights.set(node, (isIntersecting) => this.callback([{ isIntersecting }]));
    }
    disconnect() {}
  }
  class FakeResizeObserver {
    /** @param {() => void} callback */
    constructor(callback) {
      this.callback = callback;
    }
    /** @param {FakeElement} node */
    observe(node) {
      sizes.set(node, this.callback);
    }
    disconnect() {}
  }
  const { css } = page;
  Object.assign(globalThis, {
    window,
    document,
    Node: FakeElement,
    Element: FakeElement,
    HTMLButtonElement: FakeElement,
    IntersectionObserver: FakeIntersectionObserver,
    ResizeObserver: FakeResizeObserver,
    devicePixelRatio: 1,
    matchMedia: () => page.stillness,
    /** @param {(now: number) => void} draw */
    requestAnimationFrame: (draw) => page.ask(draw),
    /** @param {number} frame */
    cancelAnimationFrame: (frame) => frames.delete(frame),
    getComputedStyle: () => ({
      /** @param {string} name */
      getPropertyValue: (name) => css[name] ?? "",
      fontSize: css["font-size"] ?? "",
      gridTemplateColumns: page.columns,
    }),
  });
  return page;
}

/**
 * A component on the page: what it was given, and what it has told Python.
 *
 * @template Message
 * @param {(component: import("../../playground/ui/components/_kernel/component.js").Call<Message>) =>
 *   (() => unknown) | undefined} component
 */
export function mount(component) {
  const parent = page.body.appendChild(new FakeElement("div"));
  const parentElement = /** @type {HTMLElement} */ (/** @type {unknown} */ (parent));
  /** @type {[name: string, value: unknown][]} */
  const sent = [];
  /** @type {import("../../playground/ui/components/_kernel/component.js").Call<Message>["setTriggerValue"]} */
  const setTriggerValue = (name, value) => void sent.push([name, structuredClone(value)]);
  return {
    parent,
    sent,
    /** @param {Message} [data] */
    give: (data) => component({ data, parentElement, setTriggerValue }),
  };
}
