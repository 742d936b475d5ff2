// The bench on a fake page: what it tells Python and other components, and what it takes over.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mount, onNewPages, page } from "#testing/fake_page.js";
import { softmax } from "../_kernel/maths.js";
import logitBench from "./logit_bench.js";
import { stateOf } from "./motion.js";

/** @typedef {import("./logit_bench.js").Message} Message */

/** @type {Message} */
const MESSAGE = {
  ...{ key: "bench", seq: 0, kind: "logits", values: [0.1, 0, 0, 1], temperature: 1 },
  ...{ target: null, columns: ["exponential", "probability"], hasTemperature: true },
  ...{
    hasTarget: false,
    resizable: true,
    maskable: true,
    columnColours: { loss: ["#b81d57", "#ff94b3"] },
  },
  classColours: [["#3694ff", "#52ffb4"]],
};
const RAIL = { left: 100, top: 0, width: 500, height: 20 };

/** @typedef {{ values: number[], temperature: number, settled: boolean }} Detail */

/** @param {Partial<Message>} [changes] */
function bench(changes = {}) {
  /** @type {Detail[]} */
  const previews = [];
  page.window.addEventListener("sp-preview", ({ detail }) =>
    previews.push(/** @type {Detail} */ (detail)),
  );
  const message = { ...MESSAGE, ...changes };
  const made = mount(logitBench);
  const leave = made.give(message);
  page.frame();
  for (const rail of made.parent.all(".sp-bench-rail")) rail.rect = RAIL;
  /** @param {number} k */
  const track = (k) => made.parent.all(".sp-bench-track")[k];
  const shown = () =>
    made.parent.all(".sp-bench-track").map((one) => Number(one.getAttribute("aria-valuenow")));
  const commits = () => made.sent.map(([, value]) => value);
  return { ...made, leave, message, previews, track, shown, commits };
}

/** @type {(x: number) => { pointerId: number, clientX: number, button: number, isPrimary: true }} */
const at = (x) => ({ pointerId: 1, clientX: x, button: 0, isPrimary: true });

onNewPages(import.meta.filename, ({ mock }) => mock.timers.enable({ apis: ["setTimeout"] }));

test("a drag is drawn once a frame, announced in each, and is one commit", () => {
  const { track, previews, shown, commits } = bench();
  assert.deepEqual(shown(), [0.1, 0, 0, 1, 1]);
  assert.deepEqual(
    previews.map(({ settled }) => settled),
    [true],
  );
  track(0).fire("pointerdown", at(RAIL.left + 100));
  page.frame();
  for (let x = 210; x <= 250; x += 10) track(0).fire("pointermove", at(x));
  page.frame();
  track(0).fire("pointermove", { ...at(900), pointerId: 2 }); // another finger
  page.frame();
  assert.deepEqual(
    previews.map(({ values: [first] }) => first),
    [0.1, -3, -2],
  );
  assert.deepEqual(
    previews.map(({ settled }) => settled),
    [true, false, false],
  );
  assert.deepEqual(commits(), []);
  track(0).fire("pointerup", at(260));
  page.frame();
  assert.deepEqual(commits(), [{ values: [-1.8, 0, 0, 1], temperature: 1, target: null, seq: 1 }]);
  assert.deepEqual(previews.at(-1), {
    ...{ key: "bench", kind: "logits", values: [-1.8, 0, 0, 1], temperature: 1, target: null },
    settled: true,
  });
});

for (const [how, stop] of /** @type {const} */ ([
  ["Escape", "keydown"],
  ["pointercancel", "pointercancel"],
  ["lostpointercapture", "lostpointercapture"],
]))
  test(`a drag can be undone: ${how}`, () => {
    const { track, shown, commits } = bench();
    track(3).fire("pointerdown", at(150));
    page.frame();
    assert.equal(shown()[3], -4);
    track(3).fire(stop, { ...at(150), key: "Escape" });
    page.frame(0);
    page.frame(1000);
    assert.equal(shown()[3], 1);
    track(3).fire("pointerup", at(300));
    page.frame();
    assert.deepEqual(commits(), []);
  });

test("a drag that ends with the bench takes no Escape from a dialog and sends nothing", ({
  mock,
}) => {
  const { track, parent, leave, sent } = bench();
  track(3).fire("pointerdown", at(150));
  track(2).fire("keydown", { key: "End" });
  page.frame();
  parent.remove();
  leave?.();
  const { stopped } = page.window.fire("keydown", { key: "Escape" });
  mock.timers.tick(60_000);
  assert.deepEqual([stopped, sent], [false, []]);
});

test("a press on the thumb where it is changes nothing", () => {
  const { track, commits, previews } = bench();
  track(1).fire("pointerdown", at(RAIL.left + 254));
  track(1).fire("pointerup", at(RAIL.left + 254));
  page.frame();
  assert.deepEqual([commits(), previews.length], [[], 1]);
});

test("a held key is one commit, when it comes up or after a pause", ({ mock }) => {
  const { track, shown, commits } = bench();
  for (let i = 0; i < 15; i++) track(1).fire("keydown", { key: "ArrowRight", repeat: i > 0 });
  page.frame();
  assert.deepEqual([shown()[1], commits().length], [1.5, 0]);
  track(1).fire("keyup", { key: "ArrowRight" });
  assert.deepEqual(commits().length, 1);
  track(2).fire("keydown", { key: "End" });
  mock.timers.tick(999);
  assert.equal(commits().length, 1);
  mock.timers.tick(1);
  assert.deepEqual(commits()[1], {
    values: [0.1, 1.5, 5, 1],
    temperature: 1,
    target: null,
    seq: 2,
  });
});

test("keys with Ctrl or Meta, and keys of nothing, are the browser's", () => {
  const { track, commits } = bench();
  for (const more of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }])
    assert.ok(!track(0).fire("keydown", { key: "End", ...more }).defaultPrevented);
  assert.ok(!track(0).fire("keydown", { key: "a" }).defaultPrevented);
  assert.ok(track(0).fire("keydown", { key: "Home" }).defaultPrevented);
  track(0).blur();
  track(0).fire("blur");
  assert.equal(commits().length, 1);
});

test("a typed number counts with Enter or on leaving; nonsense stays and says why", () => {
  const { parent, shown, commits } = bench();
  const [field] = parent.all("input");
  field.value = "abc";
  field.fire("input");
  field.fire("keydown", { key: "Enter" });
  assert.equal(field.getAttribute("aria-invalid"), "true");
  assert.match(parent.one(".sp-bench-alert").textContent, /is not a number.*brings back 0\.1\./);
  field.fire("keydown", { key: "Escape" });
  assert.deepEqual([field.value, field.getAttribute("aria-invalid")], ["0.1", null]);
  field.value = "1e3";
  field.fire("input");
  field.fire("blur");
  field.fire("blur");
  page.frame();
  page.frame(1000);
  assert.deepEqual(commits(), [{ values: [1000, 0, 0, 1], temperature: 1, target: null, seq: 1 }]);
  assert.equal(shown()[0], 1000);
  const temperature = parent.all("input").at(-1);
  assert.ok(temperature);
  temperature.value = "-0.1";
  temperature.fire("input");
  temperature.fire("keydown", { key: "Enter" });
  assert.match(parent.all(".sp-bench-alert").at(-1)?.textContent ?? "", /from 0 up/);
  assert.equal(commits().length, 1);
});

/**
 * @param {ReturnType<typeof bench>} made
 * @param {number} index of the field; −1 is the temperature's
 * @param {string} text
 */
function type({ parent }, index, text) {
  const field = parent.all("input").at(index);
  assert.ok(field);
  field.value = text;
  field.fire("input");
  field.fire("keydown", { key: "Enter" });
  page.frame();
  page.frame(1000);
  return parent.all(".sp-bench-alert").at(index)?.textContent ?? "";
}

test("a typed −∞ masks a class, and one at least stays", () => {
  const made = bench({ values: [1, 2] });
  assert.equal(type(made, 0, "-inf"), "");
  assert.deepEqual(made.commits(), [{ values: ["-inf", 2], temperature: 1, target: null, seq: 1 }]);
  const [field] = made.parent.all("input");
  assert.equal(field.value, "-inf");
  assert.match(made.track(0).getAttribute("aria-valuetext") ?? "", /^masked, −∞, probability 0/);
  assert.equal(made.shown()[0], -5);
  assert.match(type(made, 1, "−∞"), /^One logit stays finite.*nan.*brings back 2\.$/);
  assert.match(type(made, 1, "inf"), /∞\/∞, which is nan/);
  assert.equal(made.commits().length, 1);
});

test("an answer that is covered is neither seen nor heard", () => {
  const made = bench({ covered: true });
  const said = () => made.track(0).getAttribute("aria-valuetext") ?? "";
  assert.match(made.parent.one(".sp-bench").className, /sp-bench-covered/);
  assert.doesNotMatch(said(), /probability/);
  made.give({ ...made.message, covered: false });
  page.frame();
  assert.doesNotMatch(made.parent.one(".sp-bench").className, /sp-bench-covered/);
  assert.match(said(), /probability/);
});

test("what Python masks is shown as masked", () => {
  const { parent, previews } = bench({ values: ["-inf", 0], target: 0, hasTarget: true });
  assert.deepEqual(previews.at(-1)?.values, [-Infinity, 0]);
  assert.match(parent.one(".sp-bench-result").textContent, /= ∞.*class 0 has p = 0\.0000/);
  const fixed = bench({ values: [0, 1], maskable: false });
  assert.match(type(fixed, 0, "-inf"), /finite number here/);
  const shares = bench({ kind: "probabilities", values: [0.5, 0.5], columns: ["loss"] });
  assert.match(type(shares, 0, "-inf"), /cannot be below 0/);
  assert.match(type(shares, 1, "inf"), /finite number/);
});

test("a temperature of 0 is the arg max", () => {
  const made = bench({ values: [3, 3, 1], columns: ["scaled", "probability"] });
  assert.equal(type(made, -1, "0"), "");
  const commit = { values: [3, 3, 1], temperature: 0, target: null, seq: 1 };
  assert.deepEqual(made.commits(), [commit]);
  const numbers = made.parent.all(".sp-bench-number").map(({ textContent }) => textContent);
  assert.deepEqual(numbers.slice(0, 6), ["∞", "0.5000", "∞", "0.5000", "∞", "0.0000"]);
});

test("how a number was read is said until something else is typed", () => {
  const made = bench();
  assert.match(type(made, 0, "1,234"), /^Read as 1\.234\. If you mean 1234/);
  const [field] = made.parent.all("input");
  assert.equal(field.getAttribute("aria-invalid"), null);
  assert.equal(type(made, 1, "0,5"), "");
  assert.equal(made.parent.one(".sp-bench-alert").textContent, "");
  assert.deepEqual(
    made.commits().map((commit) => /** @type {{ values: number[] }} */ (commit).values),
    [
      [1.234, 0, 0, 1],
      [1.234, 0.5, 0, 1],
    ],
  );
});

test("a probability cannot be below 0", () => {
  const { parent, commits } = bench({
    ...{ kind: "probabilities", values: [0.7, 0.3], columns: ["loss"], target: 0, hasTarget: true },
  });
  const [, field] = parent.all("input"); // after the radio button
  field.value = "-0.1";
  field.fire("input");
  field.fire("keydown", { key: "Enter" });
  assert.match(parent.one(".sp-bench-alert").textContent, /cannot be below 0/);
  assert.deepEqual(commits(), []);
});

test("classes are added and removed within the limits", () => {
  const { parent, commits } = bench({ values: [1, 2], target: 1, hasTarget: true });
  /** @type {(commit: unknown) => unknown} */
  const brief = (commit) => Object.values(commit ?? {}).slice(0, 3);
  const last = parent.button("Remove class 0");
  last.click();
  assert.deepEqual(commits(), []);
  assert.equal(last.getAttribute("title"), "A softmax needs at least two classes");
  for (let count = 3; count <= 10; count++) {
    parent.button("+ Add class").click();
    page.frame();
    assert.equal(commits().length, count - 2);
  }
  parent.button("10 classes are the most").click();
  assert.equal(commits().length, 8);
  assert.deepEqual(brief(commits()[7]), [[1, 2, ...Array(8).fill(0)], 1, 1]);
  parent.button("Remove class 0").click();
  assert.deepEqual(brief(commits()[8]), [[2, ...Array(8).fill(0)], 1, 0]);
  page.frame();
  parent.all("input")[2].fire("change"); // the radio button of the second row
  assert.deepEqual(brief(commits()[9]), [[2, ...Array(8).fill(0)], 1, 1]);
});

test("the server's values glide to their place, and are read out once", () => {
  const { give, message, parent, shown, previews, commits } = bench();
  give({ ...message, values: [4, -4, 2, 0.25], temperature: 2 });
  for (const now of [0, 100, 200]) page.frame(now);
  assert.deepEqual(shown(), [0.1, 0, 0, 1, 1]);
  page.frame(250);
  assert.deepEqual(shown(), [4, -4, 2, 0.25, 2]);
  const firsts = previews.map(({ values: [first] }) => first);
  assert.deepEqual(
    firsts,
    [...firsts].sort((a, b) => a - b),
  );
  assert.deepEqual(
    previews.map(({ settled }) => settled),
    [true, false, false, false, true],
  );
  assert.deepEqual(commits(), []);
  assert.equal(parent.all("[aria-live]").length, 0);
});

test("who wants less motion sees them at once", () => {
  const { give, message, previews } = bench();
  page.stillness.matches = true;
  give({ ...message, values: [4, -4, 2, 0.25] });
  page.frame();
  assert.deepEqual(
    previews.map(({ values }) => values),
    [MESSAGE.values, [4, -4, 2, 0.25]],
  );
});

test("the server disturbs neither a drag nor a commit that it has not answered", () => {
  const { give, message, track, shown } = bench();
  page.stillness.matches = true;
  track(1).fire("pointerdown", at(RAIL.left + 400));
  page.frame();
  give({ ...message, values: [9, 9, 9, 9] });
  page.frame();
  assert.deepEqual(shown(), [0.1, 3, 0, 1, 1]);
  track(1).fire("pointerup", at(RAIL.left + 400));
  give({ ...message, values: [8, 8, 8, 8] }); // from before the commit
  page.frame();
  assert.deepEqual(shown(), [0.1, 3, 0, 1, 1]);
  give({ ...message, values: [7, 7, 7, 7], seq: 1 }); // the answer
  page.frame();
  assert.deepEqual(shown(), [7, 7, 7, 7, 1]);
});

test("a commit without an answer is sent again, a few times", ({ mock }) => {
  const { give, message, parent, track, commits, shown } = bench();
  page.stillness.matches = true;
  track(0).fire("keydown", { key: "End" });
  track(0).fire("keyup", { key: "End" });
  for (const count of [2, 3, 4]) {
    give({ ...message });
    mock.timers.tick(5000);
    assert.equal(commits().length, count);
  }
  assert.deepEqual(commits()[3], commits()[0]);
  assert.equal(parent.one(".sp-news").textContent, "waiting for the server");
  give({ ...message });
  mock.timers.tick(60000);
  assert.equal(commits().length, 4);
  assert.equal(parent.one(".sp-news").textContent, "");
  give({ ...message, values: [6, 6, 6, 6] }); // what the server says holds
  page.frame();
  assert.deepEqual(shown(), [6, 6, 6, 6, 1]);
});

test("an answered commit is not sent again", ({ mock }) => {
  const { give, message, track, commits } = bench();
  track(0).fire("keydown", { key: "End" });
  track(0).fire("keyup", { key: "End" });
  give({ ...message, values: [5, 0, 0, 1], seq: 1 });
  mock.timers.tick(60000);
  assert.equal(commits().length, 1);
});

test("a remounted bench counts on from what the server has seen", () => {
  const { track, commits } = bench({ seq: 7 });
  track(0).fire("keydown", { key: "ArrowRight" });
  track(0).fire("keyup", { key: "ArrowRight" });
  assert.deepEqual(commits(), [{ values: [0.2, 0, 0, 1], temperature: 1, target: null, seq: 8 }]);
});

test("another structure is built again, without a glide, and takes over what the server says", () => {
  const { give, message, parent, shown, track } = bench();
  track(0).fire("pointerdown", at(RAIL.left));
  give({ ...message, columns: ["loss"], values: [3, 2, 1], target: 2, hasTarget: true });
  page.frame();
  assert.deepEqual(shown(), [3, 2, 1, 1]);
  assert.equal(parent.all(".sp-bench-table").length, 1);
  assert.match(parent.one(".sp-bench-result").textContent, /^Loss −log py = 2\.4076/);
});

test("colours are those of the theme", () => {
  const { give, message, parent } = bench();
  const root = parent.one(".sp-bench");
  assert.equal(root.style["--sp-loss"], "#b81d57");
  page.css["--st-background-color"] = "#101010";
  give(message);
  assert.equal(root.style["--sp-loss"], "#ff94b3");
  assert.ok(root.matches(".sp-bench-dark"));
});

test("unmounting takes everything away; without data nothing is mounted", ({ mock }) => {
  const { give, message, parent, track, commits } = bench();
  track(0).fire("keydown", { key: "End" });
  track(0).fire("keyup", { key: "End" });
  const destroy = give(message);
  parent.remove();
  destroy?.();
  assert.deepEqual(parent.children, []);
  page.frame();
  mock.timers.tick(60000);
  assert.equal(commits().length, 1);
  assert.equal(mount(logitBench).give(), undefined);
});

// ---------------------------------------------------------------- what is shown

/** @type {(made: { parent: import("#testing/fake_page.js").FakeElement }, selector: string) => string[]} */
const texts = ({ parent }, selector) => parent.all(selector).map(({ textContent }) => textContent);

const ALL = /** @type {Message["columns"]} */ (
  "scaled,shifted,exponential,probability,loss,gradient".split(",")
);

for (const [slider, key, more, expected] of /** @type {const} */ ([
  [0, "ArrowRight", {}, 0.2],
  [0, "ArrowUp", { shiftKey: true }, 1.1],
  [0, "ArrowLeft", {}, 0],
  [0, "ArrowDown", { shiftKey: true }, -0.9],
  [0, "PageUp", {}, 1.1],
  [0, "PageDown", {}, -0.9],
  [0, "Home", {}, -5],
  [0, "End", {}, 5],
  [4, "ArrowRight", {}, 1.1],
  [4, "ArrowLeft", {}, 0.99],
  [4, "PageUp", {}, 2],
  [4, "Home", {}, 0.05],
  [4, "End", {}, 10],
]))
  test(`slider ${slider} by key: ${Object.keys(more)} ${key}`, () => {
    const { track, shown, commits } = bench();
    track(slider).fire("keydown", { key, ...more });
    track(slider).fire("keyup", { key: "Shift" }); // does not end it
    assert.equal(commits().length, 0);
    track(slider).fire("keyup", { key });
    page.frame();
    page.frame(1000);
    assert.equal(shown()[slider], expected);
    assert.equal(commits().length, 1);
  });

test("a thumb that is held beside its middle does not jump", () => {
  const { track, shown } = bench();
  track(1).fire("pointerdown", at(RAIL.left + 254));
  track(1).fire("pointermove", at(RAIL.left + 304));
  page.frame();
  assert.equal(shown()[1], 1);
});

test("a field that is corrected takes its refusal back at once", () => {
  const { parent } = bench();
  const [field] = parent.all("input");
  for (const value of ["abc", "ab"]) {
    field.value = value;
    field.fire("input");
    field.fire("keydown", { key: "Enter" });
    assert.equal(field.getAttribute("aria-invalid"), "true");
  }
  field.value = "1.5";
  field.fire("input");
  assert.equal(field.getAttribute("aria-invalid"), null);
});

test("names and values for a screen reader", () => {
  const { parent, track } = bench({ target: 3, hasTarget: true, columns: ALL });
  const root = parent.one(".sp-bench");
  assert.equal(root.getAttribute("aria-label"), "Softmax bench");
  const names = ["aria-label", "aria-valuemin", "aria-valuemax", "aria-valuenow", "aria-valuetext"];
  assert.deepEqual(
    names.map((name) => track(3).getAttribute(name)),
    ["Logit of class 3", "-5", "5", "1", "1.0000, probability 0.4668"],
  );
  assert.equal(track(4).getAttribute("aria-valuetext"), "1.0000");
  assert.deepEqual(
    parent
      .all("input")
      .map((input) => input.getAttribute("aria-label"))
      .slice(6),
    ["Class 3 is the true class", "Logit of class 3 as a number", "Temperature as a number"],
  );
  const radios = parent.all("input").filter((input) => Reflect.get(input, "type") === "radio");
  assert.deepEqual(radios.map((radio) => Reflect.get(radio, "checked")).at(-1), true);
});

test("the table has heads, numbers, bars, directions and sums", () => {
  const made = bench({ target: 3, hasTarget: true, columns: ALL });
  const heads = ["z/T", "z/T − max", "ez/T − max", "p", "−log p", "p − y"];
  assert.deepEqual(texts(made, ".sp-bench-head"), heads);
  assert.equal(texts(made, ".sp-bench-class")[0], "true");
  assert.deepEqual(texts(made, ".sp-bench-swatch"), ["0", "1", "2", "3"]);
  const [first] = made.parent.all(".sp-bench-row").slice(1);
  assert.deepEqual(
    first.all(".sp-bench-number").map(({ textContent }) => textContent),
    ["0.1000", "−0.9000", "0.4066", "0.1898", "1.6619", "0.1898"],
  );
  assert.deepEqual(
    first.all(".sp-bench-bar").map(({ style }) => style.transform),
    [
      "translateX(50.000%) scaleX(0.01000)", // the slider's own
      "translateX(50.000%) scaleX(0.01000)",
      "translateX(91.000%) scaleX(0.09000)",
      "translateX(0.000%) scaleX(0.40657)",
      "translateX(0.000%) scaleX(0.18978)",
      "translateX(0.000%) scaleX(0.33238)",
      "translateX(50.000%) scaleX(0.09489)",
    ],
  );
  assert.equal(first.one(".sp-bench-thumb").style.transform, "translateX(51.000%)");
  assert.equal(first.one(".sp-bench-zero").style.transform, "translateX(50.000%)");
  assert.deepEqual(texts(made, ".sp-bench-word"), ["↓ lower", "↓ lower", "↓ lower", "↑ raise"]);
  const sums = made.parent.one(".sp-bench-sums").all(".sp-bench-number");
  assert.deepEqual(
    sums.map(({ textContent }) => textContent),
    ["", "", "2.1423", "1.0000", "", ""],
  );
  assert.equal(
    first.one(".sp-bench-probability").getAttribute("title"),
    `${softmax(stateOf(MESSAGE).values)[0]}`,
  );
  assert.match(texts(made, ".sp-bench-result")[0], /^Loss −log py = 0\.7619.*a hit\.$/);
  assert.deepEqual(texts(made, ".sp-bench-axis"), ["−505"]);
});

test("what is compared from afar is wide: probabilities, or the loss of given ones", () => {
  /** @type {(changes: Partial<Message>) => [string[], unknown, unknown]} */
  const look = (changes) => {
    const { parent } = bench(changes);
    const [first] = parent.all(".sp-bench-row").slice(1);
    const { style } = parent.one(".sp-bench");
    const wide = first.all(".sp-bench-wide").map((node) => node.className.split(" ")[1]);
    return [wide, style["--sp-widths"], style["--sp-columns"]];
  };
  assert.deepEqual(look({ columns: ["probability"] }), [
    ["sp-bench-probability"],
    ...["var(--sp-wide)", "1"],
  ]);
  assert.deepEqual(look({ columns: ["exponential", "probability"] }), [
    ["sp-bench-probability"],
    ...["var(--sp-thin) var(--sp-wide)", "1"],
  ]);
  assert.deepEqual(look({ columns: ["scaled", "exponential"] }), [
    [],
    ...["var(--sp-thin) var(--sp-thin)", "2"],
  ]);
  const given = { columns: /** @type {const} */ (["loss"]), hasTemperature: false };
  assert.deepEqual(look({ ...given, columns: ["loss"], kind: "probabilities" }), [
    ["sp-bench-loss"],
    ...["var(--sp-wide)", "1"],
  ]);
});

test("a sum that is written as 1 is said to be 1", () => {
  const { message } = bench({ kind: "probabilities", values: [0.5, 0.5], columns: ["loss"] });
  const said = [0.33333, 0.3333].map((third) => {
    const made = bench({ ...message, values: [third, third, third] });
    return texts(made, ".sp-bench-remark");
  });
  assert.deepEqual(said, [["They sum to 1."], ["They do not sum to 1: allowed."]]);
});

test("probabilities have their own words, and say whether they sum to 1", () => {
  const made = bench({
    ...{ kind: "probabilities", values: [0.7, 0.2, 0.1], columns: ["loss"], target: 0 },
    ...{ hasTarget: true, hasTemperature: false },
  });
  assert.equal(made.parent.one(".sp-bench").getAttribute("aria-label"), "Loss bench");
  assert.deepEqual(texts(made, ".sp-bench-head"), ["−y log p"]);
  assert.deepEqual(texts(made, ".sp-bench-remark"), ["They sum to 1."]);
  assert.deepEqual(texts(made, ".sp-bench-number"), ["0.3567", "0.0000", "0.0000", "0.3567"]);
  assert.equal(made.track(0).getAttribute("aria-label"), "Probability of class 0");
  assert.equal(made.parent.all(".sp-bench-track").length, 3, "no temperature");
  page.stillness.matches = true;
  made.give({ ...made.message, values: [0, 1.5, 0.1] });
  page.frame();
  assert.deepEqual(texts(made, ".sp-bench-remark"), ["They do not sum to 1: allowed."]);
  assert.match(texts(made, ".sp-bench-result")[0], /^Loss −log py = ∞.*class 1, a miss\.$/);
});
