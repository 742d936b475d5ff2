// Texts that follow the sliders: what they say, in a drag and after it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mount, onNewPages, page } from "#testing/fake_page.js";
import { golden } from "#testing/golden.js";
import { digits, short } from "../_kernel/format.js";
import { crossEntropy, softmax } from "../_kernel/maths.js";
import { KINDS } from "./kinds.js";
import liveText from "./live_text.js";

/** @typedef {import("../_kernel/markup.js").Markup} Markup */
/** @typedef {import("./live_text.js").Message} Message */

/** @type {Message} */
const MESSAGE = {
  ...{ kind: "softmax", values: [2, 1, 0.1], temperature: 1, target: 0, rate: 1 },
  ...{ follows: "bench", colours: { logit: ["#005a9c", "#8fd0ff"] } },
};

onNewPages(import.meta.filename);

/** @type {(markup: Markup) => string} */
const plain = (markup) =>
  typeof markup === "string" ? markup : markup.slice(1).map(plain).join("");

/** @type {(kind: string, state: Partial<import("./kinds.js").State>) => string} */
const says = (kind, state) =>
  KINDS[kind]({ values: [], temperature: 1, target: 0, rate: 1, ...state })
    .map(plain)
    .join("\n");

/** @param {Partial<Message>} [changes] */
function shown(changes = {}) {
  const message = { ...MESSAGE, ...changes };
  const made = mount(liveText);
  made.give(message);
  page.frame();
  /** @type {(detail: object) => void} */
  const drag = (detail) => {
    const frame = { key: "bench", temperature: 1, target: null, settled: false, ...detail };
    page.window.dispatchEvent(new CustomEvent("sp-preview", { detail: frame }));
    page.frame();
  };
  return { ...made, message, drag, text: () => made.parent.one(".sp-live").textContent };
}

test("a formula says in each frame of a drag what the sliders say", () => {
  const { drag, text } = shown();
  assert.match(text(), /^z0=2z0\/T=2\/1=2\.0000/);
  for (const z of [2.5, 3, -4.5]) {
    drag({ values: [z, 1, 0.1] });
    assert.ok(text().startsWith(`z0=${digits(z)}z0/T=`), text());
  }
  drag({ values: [9, 9, 9], key: "another" });
  assert.match(text(), /^z0=−4\.5/);
});

test("an answer to something else does not end a drag, that to its end does", () => {
  const { drag, give, message, parent, text } = shown();
  drag({ values: [3, 1, 0.1] });
  give({ ...message, target: 1 });
  page.frame();
  assert.match(text(), /^z1=1/); // another class of the same drag
  drag({ values: [4, 1, 0.1], settled: true });
  give({ ...message, values: [4.25, 1, 0.1] });
  page.frame();
  assert.match(text(), /^z0=4\.25/);
  assert.equal(parent.one(".sp-live").dataset.received, "3");
});

test("nothing is divided by a temperature of 0: what is written is the limit", () => {
  assert.match(shown({ temperature: 0 }).text(), /^z0=2z0\/T=2\/T→∞/);
  assert.match(shown({ values: [0, 1], temperature: 0 }).text(), /^z0=0z0\/T=0\/T→0\.0000/);
});

test("a class that is gone is written out no more", () => {
  const { drag, text } = shown({ target: 2 });
  drag({ values: [3, 1], settled: true });
  assert.match(text(), /^z1=1/);
});

test("a masked class arrives as a word", () => {
  assert.match(shown({ values: ["-inf", 1] }).text(), /z0=−∞.*=0\.0000$/);
});

test("numbers of all sizes are written with the field's powers of ten", () => {
  const text = says("softmax", { values: [-3e-5, 4e7] });
  assert.match(text, /^z0=−3·10−5/);
  assert.match(text, /=0\.0000$/);
});

test("what is said of a step and of two softmaxes is Python's loss", () => {
  /** @type {{ values: number[], target: number, plain_loss: number }[]} */
  const examples = golden("softmax");
  for (const { values, target, plain_loss } of examples.slice(0, 60)) {
    const loss = short(plain_loss);
    const said = says("step", { values, target });
    const [, verdict, from, to] = /(\w+), (\S+) → (\S+)\.$/.exec(said) ?? [];
    assert.equal(from !== to, verdict !== "stays", said);
    assert.ok([from, short(Number(from.replace("−", "-")))].includes(loss), said);
    const wrong = short(crossEntropy(softmax(values), target));
    const words = wrong === loss ? `gives ${loss} here, too.` : `instead of ${loss}.`;
    assert.ok(says("twice", { values, target }).includes(words), loss);
  }
  const equal = { values: [1, 1], target: 0 };
  assert.ok(says("twice", equal).includes("it gives 0.6931 here, too. It can"));
  const step = { values: [0.5, 2, 0.3], target: 0 };
  assert.equal(says("step", step), "The next step: the loss falls, 1.8406 → 0.8148.");
  const small = { values: [6, 0, -1], target: 0, rate: 1 };
  assert.equal(says("step", small), "The next step: the loss falls, 0.00338490 → 0.00336660.");
  const sure = says("step", { values: [20, 0, 0], target: 0, rate: 1 });
  assert.match(sure, /falls, 4\.12230723\d+e−9 → 4\.12230721\d+e−9\.$/);
  assert.match(says("step", { ...step, rate: 0 }), /stays, 1.8406 → 1.8406/);
  assert.match(says("step", { values: [5, 0], target: 0, rate: -9 }), /rises/);
});

test("the notebooks' form fails where e^z is beyond a float64, and that is said", () => {
  assert.match(says("overflow", { values: [2, 1, 0.1] }), /Both forms work here/);
  assert.match(says("overflow", { values: [1000, 1001] }), /∞nan0\.36790\.2689.*not a number/s);
  assert.match(says("overflow", { values: [-800, -801] }), /not a number/);
  const large = { values: [709.5, 709.5] }; // of which the sum is ∞
  assert.match(says("overflow", large), /0\.00001\.00000\.5000.*wrong by up to 0\.5000 here/s);
  assert.match(says("overflow", { values: [-745, -744] }), /wrong by up to 0\./);
});

test("the sigmoid of two classes is their softmax, to the digit", () => {
  const [softmax, sigmoid] = says("sigmoid", { values: [0, 1.5] }).split("\n");
  assert.equal(softmax.split("=")[1], sigmoid.split("=")[1]);
  assert.equal(says("sigmoid", { values: [1, 2, 3] }), "");
});

test("a sum that is not 1 is said, rounded probabilities are not", () => {
  assert.equal(says("total", { values: [0.7, 0.2, 0.1] }), "");
  assert.equal(says("total", { values: [0.333, 0.333, 0.333] }), "");
  assert.match(says("total", { values: [0.7, 0.2, 0.4] }), /^These sum to 1\.3000, so/);
});

test("two classes three ways, of which float32 breaks", () => {
  assert.match(says("binary", { values: [0, 1.5], target: 1 }), /s=1\.5000,t=1/);
  assert.match(says("binary", { values: [0, -120], target: 1 }), /120\.0{12}.*120\.0{12}.*∞$/s);
});
