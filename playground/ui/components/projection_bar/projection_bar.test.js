// The bar of projection mode: what keys and clicks ask the server for, one message at a time.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { FakeElement, mount, onNewPages, page } from "#testing/fake_page.js";
import projectionBar from "./projection_bar.js";

const SECOND = {
  on: /** @type {const} */ (true),
  seq: 0,
  share: "/s",
  lesson: "Softmax",
  step: "Step 2 of 11",
  title: "a large logit",
  before: true,
  after: true,
};
const OFF = { on: /** @type {const} */ (false), seq: 0, share: "/s" };

onNewPages(import.meta.filename, () => mock.timers.enable({ apis: ["setTimeout"] }));

/** @param {import("./projection_bar.js").Message} first */
function bar(first) {
  const { parent, sent, give } = mount(projectionBar);
  const leave = give(first);
  return {
    parent,
    give,
    leave: () => {
      parent.remove();
      leave?.();
    },
    dialog: parent.one("dialog"),
    get asked() {
      return sent.map(([name, value]) => {
        assert.equal(name, "asked");
        return value;
      });
    },
  };
}

/** @type {(key: string, more?: object) => import("#testing/fake_page.js").FakeEvent} */
const press = (key, more = {}) => page.body.fire("keydown", { key, ...more });

/** @param {string[]} keys */
const pressAll = (...keys) => {
  for (const key of keys) press(key);
};

/**
 * Something on the page that has the focus: an element that these selectors mean.
 *
 * @param {string[]} selectors
 */
function control(...selectors) {
  const node = page.body.appendChild(new FakeElement("div"));
  node.closest = (list) =>
    list.split(/,\s*/).some((one) => selectors.includes(one.replaceAll("'", '"'))) ? node : null;
  return node;
}

// ---------------------------------------------------------------- what is shown

test("outside of the mode there is a switch, and in it the bar", () => {
  const one = bar(OFF);
  const [project, nav] = [one.parent.button("Project"), one.parent.one("nav")];
  assert.deepEqual([project.hidden, nav.hidden], [false, true]);
  assert.equal(project.textContent, "Project");
  one.give(SECOND);
  assert.deepEqual([project.hidden, nav.hidden], [true, false]);
  assert.equal(one.parent.one(".sp-projection-place").textContent, "Softmax · Step 2 of 11");
  assert.equal(one.parent.one(".sp-projection-title").textContent, "a large logit");
  assert.equal(one.parent.one(".sp-projection").dataset.step, "Softmax Step 2 of 11");
});

test("at an end the button keeps the focus and says that it leads nowhere", () => {
  const one = bar({ ...SECOND, before: false });
  const [before, after] = ["Previous step", "Next step"].map((name) => one.parent.button(name));
  assert.equal(before.getAttribute("aria-disabled"), "true");
  assert.equal(after.getAttribute("aria-disabled"), "false");
  before.click();
  assert.deepEqual(one.asked, []);
});

const LESSON = {
  ...SECOND,
  lesson: "Minute 7 of 45",
  step: "Step 4 of 25",
  title: "How far up?",
  next: "Then, at 9: What happens?",
};

test("in a lesson the bar has the minute, the question and what comes then", () => {
  const one = bar(LESSON);
  const [nav, next] = [one.parent.one("nav"), one.parent.one(".sp-projection-next")];
  assert.equal(one.parent.one(".sp-projection-place").textContent, "Minute 7 of 45\nStep 4 of 25");
  assert.equal(one.parent.one(".sp-projection-title").textContent, "How far up?");
  assert.deepEqual([next.textContent, next.hidden], ["Then, at 9: What happens?", false]);
  assert.equal(nav.className, "sp-projection-bar sp-projection-plan");
  one.give(SECOND);
  assert.deepEqual([next.textContent, next.hidden], ["", true]);
  assert.equal(nav.className, "sp-projection-bar");
});

test("Escape and the button leave a lesson for good, and p only hides it", () => {
  const one = bar(LESSON);
  press("Escape");
  press("Escape"); // nothing is left to leave
  assert.deepEqual(one.asked, [{ what: "leave", by: 0, seq: 1 }]);
  one.give({ ...LESSON, seq: 1 });
  one.parent.button("Leave the lesson (Esc)").click();
  assert.deepEqual(one.asked.at(-1), { what: "leave", by: 0, seq: 2 });
  one.give({ ...LESSON, seq: 2 });
  press("p");
  assert.deepEqual(one.asked.at(-1), { what: "off", by: 0, seq: 3 });
});

test("Escape is for what it ends elsewhere, and in plain projection for nothing", async () => {
  const one = bar(LESSON);
  const dialogs = ['[role="dialog"]', '[role="listbox"]'];
  const held = ["[data-held]", 'input[type="range"]:active'];
  for (const selector of ["textarea", "canvas", ...held, ...dialogs]) {
    const event = control(selector).fire("keydown", { key: "Escape" });
    assert.equal(event.defaultPrevented, false, selector);
  }
  serve({ problem: "none" });
  press("q");
  assert.equal(press("Escape").defaultPrevented, false); // the code's dialog closes by itself
  one.dialog.close();
  one.give(SECOND);
  assert.equal(press("Escape").defaultPrevented, false);
  one.give(OFF);
  assert.equal(press("Escape").defaultPrevented, false);
  assert.deepEqual(one.asked, []);
  await settle();
});

// ---------------------------------------------------------------- messages

test("the switch, the key and the button turn the mode on and off", () => {
  const one = bar(OFF);
  one.parent.button("Project").click();
  assert.deepEqual(one.asked, [{ what: "on", by: 0, seq: 1 }]);
  one.give({ ...SECOND, seq: 1 });
  press("p");
  assert.deepEqual(one.asked[1], { what: "off", by: 0, seq: 2 });
  one.give({ ...OFF, seq: 2 });
  press("P");
  assert.deepEqual(one.asked[2], { what: "on", by: 0, seq: 3 });
  one.give({ ...SECOND, seq: 3 });
  one.parent.button("Leave projection mode (key p)").click();
  assert.deepEqual(one.asked[3], { what: "off", by: 0, seq: 4 });
});

test("a clicker and arrows lead on and back, and the page does not scroll", () => {
  const one = bar(SECOND);
  let seq = 0;
  for (const [key, by] of [
    ["PageDown", 1],
    ["PageUp", -1],
    ["ArrowRight", 1],
    ["ArrowLeft", -1],
  ]) {
    const event = press(`${key}`);
    assert.deepEqual([event.defaultPrevented, event.stopped], [true, true]);
    seq += 1;
    assert.deepEqual(one.asked.at(-1), { what: "go", by, seq });
    one.give({ ...SECOND, seq });
  }
});

test("steps that are pressed while one is on its way are asked for together", () => {
  const one = bar(SECOND);
  pressAll("PageDown", "PageDown", "PageDown", "PageUp", "PageDown");
  assert.deepEqual(one.asked, [{ what: "go", by: 1, seq: 1 }]);
  one.give({ ...SECOND, seq: 1 });
  assert.deepEqual(one.asked[1], { what: "go", by: 2, seq: 2 });
  one.give({ ...SECOND, seq: 2 });
  assert.equal(one.asked.length, 2);
});

test("leaving in a hurry is not lost among steps, and the press after it leads nowhere", () => {
  const one = bar(SECOND);
  pressAll("PageDown", "p", "PageDown");
  one.give({ ...SECOND, seq: 1 });
  assert.deepEqual(one.asked[1], { what: "off", by: 0, seq: 2 });
  one.give({ ...OFF, seq: 2 });
  assert.equal(one.asked.length, 2);
});

test("steps in a hurry are asked for before leaving", () => {
  const one = bar(SECOND);
  pressAll("PageDown", "PageDown", "PageDown", "p");
  one.give({ ...SECOND, seq: 1 });
  one.give({ ...SECOND, seq: 2 });
  assert.deepEqual(one.asked.slice(1), [
    { what: "go", by: 2, seq: 2 },
    { what: "off", by: 0, seq: 3 },
  ]);
});

test("on and off in a hurry is on, then off; a third time cancels the second", () => {
  const one = bar(OFF);
  pressAll("p", "p");
  one.give({ ...SECOND, seq: 1 });
  assert.deepEqual(one.asked, [
    { what: "on", by: 0, seq: 1 },
    { what: "off", by: 0, seq: 2 },
  ]);
  one.give({ ...OFF, seq: 2 });
  pressAll("p", "p", "p");
  one.give({ ...SECOND, seq: 3 });
  assert.equal(one.asked.length, 3);
});

test("a message without an answer is sent four times in all, then the next one is", () => {
  const one = bar(SECOND);
  press("PageDown");
  for (const count of [2, 3, 4, 4, 4]) {
    one.give({ ...SECOND });
    mock.timers.tick(5000);
    assert.equal(one.asked.length, count);
  }
  assert.deepEqual(new Set(one.asked.map((asked) => JSON.stringify(asked))).size, 1);
  press("PageDown");
  assert.deepEqual(one.asked.at(-1), { what: "go", by: 1, seq: 2 });
});

test("an answer ends the asking; one to an older message does not", () => {
  const one = bar(SECOND);
  press("PageDown");
  one.give({ ...SECOND, seq: 0 });
  mock.timers.tick(5000);
  assert.equal(one.asked.length, 2);
  one.give({ ...SECOND, seq: 1 });
  mock.timers.tick(60_000);
  assert.equal(one.asked.length, 2);
});

test("counting goes on after the bar has come again, and a bar that is gone is silent", () => {
  const one = bar({ ...SECOND, seq: 41 });
  press("PageDown");
  assert.deepEqual(one.asked, [{ what: "go", by: 1, seq: 42 }]);
  one.leave();
  mock.timers.tick(60_000);
  press("PageDown");
  assert.equal(one.asked.length, 1);
});

// ---------------------------------------------------------------- whose keys they are

test("keys with a modifier, letters in a field and keys outside of the mode are not ours", () => {
  const one = bar(OFF);
  for (const more of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }, { shiftKey: true }])
    assert.equal(press("p", more).defaultPrevented, false);
  assert.equal(press("p", { isComposing: true }).defaultPrevented, false);
  assert.equal(press("p", { repeat: true }).defaultPrevented, false);
  assert.equal(control("textarea").fire("keydown", { key: "p" }).defaultPrevented, false);
  pressAll("PageDown", "ArrowRight", "x");
  assert.deepEqual(one.asked, []);
  assert.equal(one.dialog.open, false);
});

test("arrows belong to what uses arrows; a clicker leads on over a slider, not in a list", () => {
  const one = bar(SECOND);
  const users = [
    '[role="slider"]',
    "canvas",
    "input",
    "select",
    '[role="dialog"]',
    "[data-arrows]",
  ];
  for (const selector of users) control(selector).fire("keydown", { key: "ArrowRight" });
  for (const selector of ["textarea", "select", '[role="listbox"]'])
    control(selector).fire("keydown", { key: "PageDown" });
  assert.deepEqual(one.asked, []);
  control('[role="slider"]').fire("keydown", { key: "PageDown" });
  assert.deepEqual(one.asked, [{ what: "go", by: 1, seq: 1 }]);
});

test("letters can be switched off for good, arrows and buttons still work", () => {
  /** @type {Record<string, string>} */
  const stored = {};
  Object.assign(globalThis, {
    localStorage: {
      /** @param {string} name */
      getItem: (name) => stored[name] ?? null,
      /** @type {(name: string, value: string) => void} */
      setItem: (name, value) => {
        stored[name] = value;
      },
    },
  });
  serve({ problem: "none" });
  const name = "Keys p and q";
  const one = bar(SECOND);
  one.parent.button(name).click();
  const pressed = () => one.parent.button(name).getAttribute("aria-pressed");
  assert.equal(pressed(), "false");
  for (const key of ["p", "q"]) assert.equal(press(key).defaultPrevented, false);
  assert.deepEqual([one.asked, one.dialog.open], [[], false]);
  press("PageDown");
  assert.equal(one.asked.length, 1);
  one.leave();
  const other = bar(SECOND); // on another page, or another day
  press("p");
  assert.deepEqual(other.asked, []);
  other.parent.button(name).click();
  press("p");
  assert.deepEqual(other.asked, [{ what: "off", by: 0, seq: 1 }]);
});

// ---------------------------------------------------------------- the QR code

test("the code of a page is shown in the mode and outside of it", async () => {
  const one = bar(OFF);
  serve({ problem: "none" });
  press("q");
  assert.equal(one.dialog.open, true);
  one.give({ ...OFF }); // the page is drawn again below it
  assert.equal(one.dialog.open, true);
  press("q");
  assert.equal(one.dialog.open, false);
  await settle();
});

/** @param {object} answer */
function serve(answer) {
  Object.assign(globalThis, {
    location: { origin: "http://10.0.0.5:8501", pathname: "/softmax", search: "?z=3_1" },
  });
  return mock.method(globalThis, "fetch", async () => ({ json: async () => answer }));
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test("the code of exactly this page is asked for and drawn with its link", async () => {
  const one = bar(SECOND);
  const asked = serve({ link: "http://10.0.0.5:8501/s/abcd", size: 33, squares: "M4 4h7v1h-7z" });
  press("q");
  assert.equal(one.dialog.open, true);
  assert.equal(one.parent.one(".sp-code-link").textContent, "Making the link …");
  await settle();
  const [path, options] = /** @type {unknown[]} */ (asked.mock.calls[0].arguments);
  assert.equal(path, "/s");
  const { method, body } = /** @type {{ method: string, body: string }} */ (options);
  assert.equal(method, "POST");
  assert.deepEqual(JSON.parse(body), {
    origin: "http://10.0.0.5:8501",
    path: "/softmax",
    query: "?z=3_1",
  });
  assert.equal(one.dialog.dataset.state, "ready");
  assert.equal(one.parent.one(".sp-code-link").textContent, "http://10.0.0.5:8501/s/abcd");
  assert.equal(one.parent.one(".sp-code-whole").textContent, "/s/abcd");
  const svg = one.parent.one(".sp-code-picture").one("svg");
  assert.equal(svg.getAttribute("viewBox"), "0 0 33 33");
  const shapes = svg.children.map((node) => [node.getAttribute("fill"), node.getAttribute("d")]);
  assert.deepEqual(shapes, [
    ["#fff", null],
    ["#000", "M4 4h7v1h-7z"],
  ]);
});

test("what is wrong is said instead of a code", async () => {
  const one = bar(SECOND);
  serve({ problem: "Nobody can reach localhost." });
  one.parent.button("QR code of this page (key q)").click();
  await settle();
  assert.equal(one.dialog.dataset.state, "problem");
  assert.equal(one.parent.one(".sp-code-link").textContent, "Nobody can reach localhost.");
  assert.equal(one.parent.one(".sp-code-picture").children.length, 0);
  mock.method(globalThis, "fetch", () => Promise.reject(new Error("refused")));
  press("q"); // which uncovers the page
  press("q");
  await settle();
  assert.match(one.parent.one(".sp-code-link").textContent, /is the server still running/);
});

test("only the newest question is answered", async () => {
  const one = bar(SECOND);
  /** @type {((answer: object) => void)[]} */
  const answers = [];
  serve({});
  mock.method(globalThis, "fetch", () => new Promise((resolve) => void answers.push(resolve)));
  pressAll("q", "q", "q");
  assert.equal(answers.length, 2);
  answers[1]({ json: async () => ({ problem: "new" }) });
  await settle();
  answers[0]({ json: async () => ({ problem: "old" }) });
  await settle();
  assert.equal(one.parent.one(".sp-code-link").textContent, "new");
});

test("over a page that is covered, keys uncover it before they lead on", async () => {
  const one = bar(SECOND);
  serve({ problem: "none" });
  for (const key of ["PageDown", "ArrowLeft", "q"]) {
    press("q");
    assert.equal(one.dialog.open, true);
    press(key);
    assert.equal(one.dialog.open, false);
  }
  assert.deepEqual(one.asked, []);
  press("q");
  press("p");
  assert.equal(one.dialog.open, false);
  assert.deepEqual(one.asked, [{ what: "off", by: 0, seq: 1 }]);
  await settle();
});

test("the code is closed when the mode is left elsewhere, and by its button", async () => {
  const one = bar(SECOND);
  serve({ problem: "none" });
  press("q");
  one.parent.button("Close (Esc)").click();
  assert.equal(one.dialog.open, false);
  press("q");
  one.give(OFF);
  assert.equal(one.dialog.open, false);
  await settle();
});
