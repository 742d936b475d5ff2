// What Streamlit's frontend does with a component, and as much of its widgets as tests need.
//
// The page is told all that there is to show, in its order, and keeps the nodes of what was
// there before. A component's module is imported from a blob that imports it from the server. It is
// called when its data or the theme is another; what a call returns is the cleanup, called
// when the component has left the page, or at once where a newer call has overtaken this one.

/**
 * An element as script_run.py describes it.
 *
 * @typedef {object} Place
 * @property {string} key the same for the same element of another run
 * @property {string} fragment that shows it
 * @property {number} width in px; 0: as wide as the page
 */
/** @typedef {Place & { kind: "text", text: string }} Text */
/** @typedef {Place & { id: string, label: string }} Control */
/** @typedef {Control & { kind: "button" }} Button */
/** @typedef {Control & { kind: "checkbox", value: boolean, set: boolean }} Checkbox */
/**
 * @typedef {Control & { kind: "slider", value: number, set: boolean,
 *   min: number, max: number, step: number }} Slider
 */
/**
 * @typedef {Control & { kind: "button_group", value: string[], set: boolean,
 *   options: string[], several: boolean }} ButtonGroup
 */
/**
 * @typedef {Place & { kind: "bidi_component", id: string, name: string,
 *   js: string, data: string }} Component
 */
/** @typedef {Text | Button | Checkbox | Slider | ButtonGroup | Component} Shown */

/**
 * What the page keeps of an element.
 *
 * @template {Shown} Kind
 * @typedef {object} View
 * @property {HTMLElement} node
 * @property {(element: Kind) => void} show
 * @property {() => void} [leave]
 * @property {() => void} [colour]
 */

/**
 * What it keeps of a component.
 *
 * @typedef {object} Mounted
 * @property {HTMLElement} parentElement
 * @property {Component} [element]
 * @property {unknown} [data]
 * @property {object} [last] stands for the newest call
 * @property {Cleanup} [cleanup]
 * @property {boolean} [gone]
 */
/** @typedef {() => void} Cleanup */
/** @typedef {[id: string, what: string, value: unknown]} Told a field or an event, by element */
/** @typedef {{ fragment: string, values?: Told[], triggers?: Told[] }} Request */
/** @typedef {{ fragment: string, id: string }} Source */
/** @typedef {Record<string, string>} Theme custom properties */

/**
 * What a test calls, and the way to Python.
 *
 * @typedef {object} Bridge
 * @property {(text: string) => void} showElements
 * @property {() => Promise<void>} restart
 * @property {(request: string | null) => Promise<string | null>} askPython
 */

const bridge = /** @type {Window & typeof globalThis & Bridge} */ (window);
const main = /** @type {HTMLElement} */ (document.querySelector("main"));
/** @type {{ light: Theme, dark: Theme }} */
const themes = JSON.parse(main.dataset.themes ?? "");
const dark = matchMedia("(prefers-color-scheme: dark)");
/** @type {Map<string, View<Shown>>} */
const views = new Map(); // key → view
/** @type {Map<string, string>} */
const urls = new Map(); // inline JavaScript → URL of its blob
/** @type {Map<string, Told[]>} */
const told = new Map(); // fragment → what components have told and not yet sent
/** @type {Theme} */
let theme;

// ---------------------------------------------------------------- from Python

bridge.showElements = (text) => {
  /** @type {Shown[]} */
  const elements = JSON.parse(text);
  const keys = new Set(elements.map(({ key }) => key));
  for (const [key, view] of views) {
    if (keys.has(key)) continue;
    views.delete(key);
    view.node.remove();
    view.leave?.();
  }
  let place = main.firstChild;
  for (const element of elements) {
    let view = views.get(element.key);
    if (!view) {
      view = made(element);
      view.node.classList.add("element");
      views.set(element.key, view);
    }
    if (view.node === place) place = view.node.nextSibling;
    else main.insertBefore(view.node, place);
    view.node.style.width = element.width ? `${element.width}px` : "";
    view.show(element);
  }
};

// A new visitor, whom nothing is shown yet.
bridge.restart = async () => {
  bridge.showElements("[]");
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  scrollTo(0, 0);
  bridge.showElements(/** @type {string} */ (await bridge.askPython(null)));
};

// ---------------------------------------------------------------- to Python

/** @param {Request} request */
async function ask(request) {
  const elements = await bridge.askPython(JSON.stringify(request));
  if (elements) bridge.showElements(elements); // later, where a test holds the answer back
}

/** @type {(source: Source, field: string, value: unknown) => Promise<void>} */
const change = ({ fragment, id }, field, value) => ask({ fragment, values: [[id, field, value]] });

/**
 * In a timer, as Streamlit does it: what is told before that is in the same message.
 *
 * @type {(source: Source, event: string, value: unknown) => void}
 */
function tell({ fragment, id }, event, value) {
  const waiting = told.get(fragment);
  if (waiting) {
    waiting.push([id, event, value]);
    return;
  }
  /** @type {Told[]} */
  const triggers = [[id, event, value]];
  told.set(fragment, triggers);
  setTimeout(() => {
    told.delete(fragment);
    ask({ fragment, triggers });
  }, 0);
}

// ---------------------------------------------------------------- components

/** @returns {View<Component>} */
function component() {
  const node = document.createElement("div");
  const variables = node.appendChild(document.createElement("div"));
  variables.style.display = "contents";
  const parentElement = variables.appendChild(document.createElement("div"));
  parentElement.className = "component";
  /** @type {Mounted} */
  const mounted = { parentElement };
  const colour = () => {
    for (const [name, value] of Object.entries(theme)) variables.style.setProperty(name, value);
    if (mounted.element) call(mounted, mounted.element);
  };
  colour();
  return {
    node,
    colour,
    show: (element) => {
      if (element.data === mounted.element?.data) return;
      mounted.element = element;
      mounted.data = JSON.parse(element.data);
      call(mounted, element);
    },
    leave: () => {
      mounted.gone = true;
      mounted.cleanup?.();
    },
  };
}

/**
 * @param {Mounted} view
 * @param {Component} element
 */
async function call(view, element) {
  const { data, parentElement } = view;
  const mine = {};
  view.last = mine;
  const module = await import(urlOf(element.js));
  /** @type {Cleanup | undefined} */
  const cleanup = await module.default({
    name: element.name,
    key: element.id,
    data,
    parentElement,
    setStateValue: () => {
      throw new Error("None of our components has a state in Streamlit.");
    },
    /** @type {(event: string, value: unknown) => void} */
    setTriggerValue: (event, value) => tell(element, event, value),
  });
  if (view.last !== mine || view.gone) cleanup?.();
  else view.cleanup = cleanup;
}

/** @param {string} code */
function urlOf(code) {
  let url = urls.get(code);
  if (!url) {
    url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    urls.set(code, url);
  }
  return url;
}

function colour() {
  theme = themes[dark.matches ? "dark" : "light"];
  for (const [name, value] of Object.entries(theme))
    document.documentElement.style.setProperty(name, value);
  for (const view of views.values()) view.colour?.();
}

// ---------------------------------------------------------------- widgets

/** @returns {View<Text>} */
function text() {
  const node = document.createElement("div");
  return {
    node,
    show: (element) => {
      if (node.textContent !== element.text) node.textContent = element.text;
    },
  };
}

/**
 * @param {Button} element
 * @returns {View<Button>}
 */
function button(element) {
  const node = document.createElement("div");
  const control = pressable(node, element.label);
  control.addEventListener("click", () => change(element, "trigger_value", true));
  return { node, show: () => {} };
}

/**
 * @param {Checkbox} element
 * @returns {View<Checkbox>}
 */
function checkbox(element) {
  const node = document.createElement("div");
  const control = labelled(node, element.label);
  control.type = "checkbox";
  control.checked = element.value;
  control.addEventListener("change", () => change(element, "bool_value", control.checked));
  /** @param {Checkbox} element */
  const show = ({ set, value }) => {
    if (set) control.checked = value;
  };
  return { node, show };
}

/**
 * @param {Slider} element
 * @returns {View<Slider>}
 */
function slider(element) {
  const node = document.createElement("div");
  const control = labelled(node, element.label);
  const { min, max, step } = element;
  Object.assign(control, { type: "range", min, max, step, value: `${element.value}` });
  control.addEventListener("change", () =>
    change(element, "double_array_value", [control.valueAsNumber]),
  );
  /** @param {Slider} element */
  const show = ({ set, value }) => {
    if (set) control.value = `${value}`;
  };
  return { node, show };
}

/**
 * @param {ButtonGroup} element
 * @returns {View<ButtonGroup>}
 */
function buttonGroup(element) {
  const node = document.createElement("div");
  node.setAttribute("role", element.several ? "group" : "radiogroup");
  node.setAttribute("aria-label", element.label);
  let chosen = element.value;
  const controls = element.options.map((option) => {
    const control = pressable(node, option);
    if (!element.several) control.setAttribute("role", "radio");
    control.addEventListener("click", () => {
      const others = element.several ? chosen.filter((one) => one !== option) : [];
      chosen = element.several && chosen.includes(option) ? others : [...others, option];
      paint();
      change(element, "string_array_value", chosen);
    });
    return control;
  });
  const paint = () => {
    const state = element.several ? "aria-pressed" : "aria-checked";
    for (const control of controls)
      control.setAttribute(state, `${chosen.includes(control.textContent)}`);
  };
  paint();
  /** @param {ButtonGroup} element */
  const show = ({ set, value }) => {
    if (set) chosen = value;
    paint();
  };
  return { node, show };
}

/**
 * @param {HTMLElement} parent
 * @param {string} label
 */
function pressable(parent, label) {
  const control = parent.appendChild(document.createElement("button"));
  Object.assign(control, { type: "button", textContent: label });
  return control;
}

/**
 * @param {HTMLElement} parent
 * @param {string} words
 */
function labelled(parent, words) {
  const label = parent.appendChild(document.createElement("label"));
  const control = label.appendChild(document.createElement("input"));
  label.append(words);
  return control;
}

/**
 * @template {Shown} Kind
 * @typedef {(element: Kind) => View<Kind>} Maker
 */
/** @type {{ [Kind in Shown["kind"]]: Maker<Extract<Shown, { kind: Kind }>> }} */
const makers = {
  bidi_component: component,
  text,
  button,
  checkbox,
  slider,
  button_group: buttonGroup,
};

/**
 * An element's key stands for its kind, so a view is shown no other kind.
 *
 * @param {Shown} element
 */
const made = (element) => /** @type {Maker<Shown>} */ (makers[element.kind])(element);

dark.addEventListener("change", colour);
colour();
await document.fonts.load("16px 'Source Sans'");
await bridge.restart();
