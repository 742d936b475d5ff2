// What Streamlit's frontend does with a component, and as much of its widgets as tests need.
//
// The page is told all that there is to show, in its order, and keeps the nodes of what was
// there before. A component's module is imported from a blob that imports it from the server. It is
// called when its data or the theme is another; what a call returns is the cleanup, called
// when the component has left the page, or at once where a newer call has overtaken this one.

const main = document.querySelector("main");
const themes = JSON.parse(main.dataset.themes);
const dark = matchMedia("(prefers-color-scheme: dark)");
const views = new Map(); // key → view
const urls = new Map(); // inline JavaScript → URL of its blob
const told = new Map(); // fragment → what components have told and not yet sent
let theme;

// ---------------------------------------------------------------- from Python

window.showElements = (text) => {
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
      view = makers[element.kind](element);
      view.node.classList.add("element");
      views.set(element.key, view);
    }
    if (view.node === place) place = place.nextSibling;
    else main.insertBefore(view.node, place);
    view.node.style.width = element.width ? `${element.width}px` : "";
    view.show(element);
  }
};

// A new visitor, whom nothing is shown yet.
window.restart = async () => {
  window.showElements("[]");
  document.activeElement?.blur();
  scrollTo(0, 0);
  window.showElements(await window.askPython(null));
};

// ---------------------------------------------------------------- to Python

async function ask(request) {
  const elements = await window.askPython(JSON.stringify(request));
  if (elements) window.showElements(elements); // later, where a test holds the answer back
}

const change = ({ fragment, id }, field, value) => ask({ fragment, values: [[id, field, value]] });

// In a timer, as Streamlit does it: what is told before that is in the same message.
function tell({ fragment, id }, event, value) {
  if (!told.has(fragment)) {
    told.set(fragment, []);
    setTimeout(() => {
      const triggers = told.get(fragment);
      told.delete(fragment);
      ask({ fragment, triggers });
    }, 0);
  }
  told.get(fragment).push([id, event, value]);
}

// ---------------------------------------------------------------- components

function component() {
  const node = document.createElement("div");
  const variables = node.appendChild(document.createElement("div"));
  variables.style.display = "contents";
  const parentElement = variables.appendChild(document.createElement("div"));
  parentElement.className = "component";
  const view = { node, variables, parentElement };
  view.colour = () => {
    for (const [name, value] of Object.entries(theme)) variables.style.setProperty(name, value);
    if (view.element) call(view);
  };
  view.show = (element) => {
    if (element.data === view.element?.data) return;
    view.element = element;
    view.data = JSON.parse(element.data);
    call(view);
  };
  view.leave = () => {
    view.gone = true;
    view.cleanup?.();
  };
  view.colour();
  return view;
}

async function call(view) {
  const { element, data, parentElement } = view;
  const mine = {};
  view.last = mine;
  const module = await import(urlOf(element.js));
  const cleanup = await module.default({
    name: element.name,
    key: element.id,
    data,
    parentElement,
    setStateValue: () => {
      throw new Error("None of our components has a state in Streamlit.");
    },
    setTriggerValue: (event, value) => tell(element, event, value),
  });
  if (view.last !== mine || view.gone) cleanup?.();
  else view.cleanup = cleanup;
}

function urlOf(code) {
  if (!urls.has(code))
    urls.set(code, URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  return urls.get(code);
}

function colour() {
  theme = themes[dark.matches ? "dark" : "light"];
  for (const [name, value] of Object.entries(theme))
    document.documentElement.style.setProperty(name, value);
  for (const view of views.values()) view.colour?.();
}

// ---------------------------------------------------------------- widgets

function text() {
  const node = document.createElement("div");
  return {
    node,
    show: (element) => {
      if (node.textContent !== element.text) node.textContent = element.text;
    },
  };
}

function button(element) {
  const node = document.createElement("div");
  const control = pressable(node, element.label);
  control.addEventListener("click", () => change(element, "trigger_value", true));
  return { node, show: () => {} };
}

function checkbox(element) {
  const node = document.createElement("div");
  const control = labelled(node, element.label);
  control.type = "checkbox";
  control.checked = element.value;
  control.addEventListener("change", () => change(element, "bool_value", control.checked));
  const show = ({ set, value }) => {
    if (set) control.checked = value;
  };
  return { node, show };
}

function slider(element) {
  const node = document.createElement("div");
  const control = labelled(node, element.label);
  const { min, max, step } = element;
  Object.assign(control, { type: "range", min, max, step, value: element.value });
  control.addEventListener("change", () =>
    change(element, "double_array_value", [control.valueAsNumber]),
  );
  const show = ({ set, value }) => {
    if (set) control.value = value;
  };
  return { node, show };
}

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
      control.setAttribute(state, chosen.includes(control.textContent));
  };
  paint();
  const show = ({ set, value }) => {
    if (set) chosen = value;
    paint();
  };
  return { node, show };
}

function pressable(parent, label) {
  const control = parent.appendChild(document.createElement("button"));
  Object.assign(control, { type: "button", textContent: label });
  return control;
}

function labelled(parent, words) {
  const label = parent.appendChild(document.createElement("label"));
  const control = label.appendChild(document.createElement("input"));
  label.append(words);
  return control;
}

const makers = { bidi_component: component, text, button, checkbox, slider };
makers.button_group = buttonGroup;

dark.addEventListener("change", colour);
colour();
await document.fonts.load("16px 'Source Sans'");
await window.restart();
