// The home page's pictures: whose turn it is to move, and what each of them shows.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { mount, onNewPages, page } from "#testing/fake_page.js";
import { along, ease, percent } from "./plot.js";

/** @typedef {import("./miniature.js").Message} Message */
/** @typedef {import("#testing/fake_page.js").FakeElement} FakeElement */

const HOME = new URL("miniature.js", import.meta.url);
const TURNS = new URL("turns.js", import.meta.url);
let copies = 0;

onNewPages(import.meta.filename, () => mock.timers.enable({ apis: ["setTimeout"] }));

// ---------------------------------------------------------------- turns

/** The module as a page that has just been opened has it: it remembers whether turns are given. */
async function turnsOfNewPage() {
  copies += 1;
  /** @type {typeof import("./turns.js")} */
  const turns = await import(`${TURNS}?${copies}`);
  /** @type {string[]} */
  const log = [];
  /** @param {string} name */
  return {
    log,
    /** @type {(name: string, turn: number) => ReturnType<typeof joined>} */
    add: (name, turn) => joined(turns, log, name, turn),
  };
}

/**
 * @param {typeof import("./turns.js")} turns
 * @param {string[]} log
 * @param {string} name
 * @param {number} turn
 */
function joined({ join, playButton }, log, name, turn) {
  const root = page.body.appendChild(newElement());
  const foot = root.appendChild(newElement());
  /** @type {number[]} */
  const places = [];
  const member = {
    root: asNode(root),
    button: playButton(asNode(foot)),
    turn,
    miniature: {
      seconds: 1,
      rest: () => void log.push(`${name} rests`),
      /** @param {number} t */
      at: (t) => {
        if (t === 0) log.push(`${name} begins`);
        if (t === 1) log.push(`${name} ends`);
        places.push(t);
      },
    },
  };
  const life = new AbortController();
  join(member, life.signal);
  return {
    root,
    foot,
    places,
    leave: () => life.abort(),
    button: foot.one("button"),
    /** @param {boolean} isSeen */
    see: (isSeen) => page.sights.get(root)?.(isSeen),
    get moves() {
      return root.dataset.moves === "true";
    },
  };
}

const newElement = () =>
  /** @type {FakeElement} */ (/** @type {unknown} */ (document.createElement("div")));

/** @param {FakeElement} node */
const asNode = (node) => /** @type {HTMLElement} */ (/** @type {unknown} */ (node));

let now = 0;

/** @param {number} count of frames, 50 ms each */
function frames(count) {
  for (let i = 0; i < count; i += 1) {
    now += 50;
    page.frame(now);
  }
}

/** @param {number} ms */
const wait = (ms) => mock.timers.tick(ms);

/** Of two pictures the first is seen, and has moved for five frames. */
async function firstMoves() {
  const { add, log } = await turnsOfNewPage();
  const [a, b] = [add("a", 0), add("b", 1)];
  a.see(true);
  wait(1500);
  frames(5);
  return { a, b, log };
}

test("the pictures move one after the other by their turns, each once, and then rest", async () => {
  const { add, log } = await turnsOfNewPage();
  const [b, a] = [add("b", 1), add("a", 0)];
  for (const one of [b, a]) one.see(true);
  wait(1499);
  assert.equal(page.frames.size, 0);
  wait(1);
  frames(20);
  assert.deepEqual([a.moves, b.moves], [true, false]);
  assert.equal(a.button.getAttribute("aria-label"), "Pause");
  frames(1);
  assert.deepEqual(log, ["a begins", "a ends"]);
  assert.deepEqual([a.moves, a.button.getAttribute("aria-label")], [false, "Play"]);
  wait(699);
  assert.equal(b.moves, false);
  wait(1);
  frames(21);
  assert.deepEqual(log, ["a begins", "a ends", "b begins", "b ends"]);
  wait(60_000);
  frames(50);
  assert.equal(log.length, 4);
});

test("a picture moves evenly; after a break of the frames nothing jumps", async () => {
  const { add } = await turnsOfNewPage();
  const one = add("a", 0);
  one.see(true);
  wait(1500);
  for (const time of [1000, 1010, 1030, 99_000]) page.frame(time);
  assert.deepEqual(
    one.places.map((t) => t.toFixed(6)),
    ["0.000000", "0.010000", "0.030000", "0.080000"],
  );
});

test("what cannot be seen waits until it is seen", async () => {
  const { add, log } = await turnsOfNewPage();
  const [a, b] = [add("a", 0), add("b", 1)];
  a.see(false);
  b.see(true);
  wait(1500);
  frames(21);
  assert.deepEqual(log, ["b begins", "b ends"]);
  wait(700);
  frames(30);
  a.see(true);
  wait(1500);
  frames(21);
  assert.deepEqual(log.slice(2), ["a begins", "a ends"]);
});

test("a picture that is scrolled away gives its turn to the next, and has it when it is back", async () => {
  const { a, b, log } = await firstMoves();
  b.see(true);
  a.see(false);
  assert.deepEqual(log, ["a begins", "a rests"]);
  wait(700);
  frames(5);
  assert.deepEqual([a.moves, b.moves], [false, true]);
  a.see(true);
  frames(16);
  wait(700);
  frames(21);
  assert.deepEqual(log.slice(2), ["b begins", "b ends", "a begins", "a ends"]);
});

test("what comes into sight while another picture moves waits for its turn", async () => {
  const { a, b, log } = await firstMoves();
  b.see(true);
  wait(60_000);
  assert.deepEqual([a.moves, b.moves], [true, false]);
  frames(16);
  wait(700);
  frames(21);
  assert.deepEqual(log, ["a begins", "a ends", "b begins", "b ends"]);
});

test("the button pauses and plays, and from then on nothing moves by itself", async () => {
  const { a, b, log } = await firstMoves();
  b.see(true);
  a.button.click();
  assert.equal(a.moves, false);
  wait(60_000);
  assert.deepEqual(log, ["a begins"]);
  b.button.click();
  frames(5);
  assert.equal(b.moves, true);
  a.button.click(); // one at a time
  assert.deepEqual([a.moves, b.moves], [true, false]);
  frames(21);
  wait(60_000);
  frames(5);
  assert.deepEqual(log, ["a begins", "b begins", "a begins", "a ends"]);
});

test("a picture that was started by hand waits while it cannot be seen, and goes on", async () => {
  const { add, log } = await turnsOfNewPage();
  const a = add("a", 0);
  a.see(true);
  a.button.click();
  frames(11);
  a.see(false);
  frames(30);
  assert.deepEqual([a.moves, a.places.at(-1)?.toFixed(9)], [true, "0.500000000"]);
  a.see(true);
  frames(11);
  assert.deepEqual(log, ["a begins", "a ends"]);
});

test("a picture that is partly out of sight moves when its button is pressed", async () => {
  const { add, log } = await turnsOfNewPage();
  const a = add("a", 0);
  a.see(false); // a page that is zoomed may have no room for all of it
  a.button.click();
  frames(21);
  assert.deepEqual(log, ["a begins", "a ends"]);
});

for (const type of ["input", "focusin", "click"])
  test(`a hand on a picture (${type}) leaves it as it is and ends the turns`, async () => {
    const { a, b, log } = await firstMoves();
    b.see(true);
    a.foot.fire(type);
    assert.equal(a.moves, false);
    wait(60_000);
    frames(5);
    assert.deepEqual(log, ["a begins"]);
  });

test("where less motion is asked for nothing moves by itself, but the button works", async () => {
  page.stillness.turn(true);
  const { add, log } = await turnsOfNewPage();
  const a = add("a", 0);
  a.see(true);
  wait(60_000);
  assert.deepEqual(log, []);
  a.button.click();
  frames(21);
  assert.deepEqual(log, ["a begins", "a ends"]);
});

test("what moves rests as soon as less motion is asked for", async () => {
  const { a, log } = await firstMoves();
  page.stillness.turn(true);
  assert.deepEqual(log, ["a begins", "a rests"]);
  assert.equal(a.moves, false);
});

test("who leaves before the first turn and comes back sees it; who leaves in it stops it", async () => {
  const { add, log } = await turnsOfNewPage();
  const first = add("a", 0);
  first.see(true);
  wait(1000);
  first.leave();
  wait(60_000);
  const second = add("a", 0);
  second.see(true);
  wait(1500);
  frames(5);
  assert.deepEqual(log, ["a begins"]);
  second.leave();
  assert.equal(second.moves, false);
  frames(30);
  assert.deepEqual(log, ["a begins"]);
});

// ---------------------------------------------------------------- numbers as text

test("percentages never say all for nearly all, nor nothing for little", () => {
  const texts = [0, 0.001, 0.0099, 0.01, 0.5, 0.99, 0.9901, 0.9999, 1].map(percent);
  assert.deepEqual(texts, [
    "0 %",
    "< 1 %",
    "< 1 %",
    "1 %",
    "50 %",
    "99 %",
    "> 99 %",
    "> 99 %",
    "100 %",
  ]);
});

test("a way through several places passes each of them, slowly", () => {
  const places = [2, -1.5, 4, 2];
  assert.deepEqual(
    [0, 1 / 3, 2 / 3, 1, 1.5].map((t) => along(places, t).toFixed(9)),
    ["2.000000000", "-1.500000000", "4.000000000", "2.000000000", "2.000000000"],
  );
  assert.deepEqual([ease(0), ease(0.5), ease(1)], [0, 0.5, 1]);
  assert.ok(ease(0.1) < 0.1 && ease(0.9) > 0.9);
});

// ---------------------------------------------------------------- the four pictures

/** @param {Message} message */
async function miniature(message) {
  copies += 1;
  /** @type {typeof import("./miniature.js")} */
  const { default: component } = await import(`${HOME}?${copies}`);
  const { parent, sent, give } = mount(component);
  const leave = give(message);
  const root = parent.one(".sp-home-mini");
  const range = root.one("input");
  return {
    parent,
    root,
    sent,
    leave,
    give,
    words: () => root.one(".sp-home-words").textContent,
    spoken: () => range.getAttribute("aria-valuetext"),
    image: () => root.one("svg.sp-home-picture").getAttribute("aria-label"),
    range,
    /** @type {(value: number, at?: number) => void} */
    slide: (value, at = 0) => {
      const track = root.all("input")[at];
      track.value = `${value}`;
      track.fire("input");
    },
  };
}

/** @type {[string, string][]} */
const COLOURS = [
  ["#111111", "#eeeeee"],
  ["#222222", "#dddddd"],
  ["#333333", "#cccccc"],
];

const RUN = {
  steps: [100, 200, 300, 400],
  losses: [2, 1, 0.5, 0.25],
  epochs: [200, 400],
  accuracies: [0.81, 0.905],
  tests: 10_000,
};

/** @type {import("./digit.js").Digit[]} */
const RECORDED = [7, 3].map((label) => ({
  label,
  strokes: [
    {
      width: 0.1,
      points: [
        [0, 0],
        [0, 0.3],
      ],
    },
    { width: 0.1, points: [[0.5, 0.5]] },
  ],
  probabilities: [0.6, 0.9951].map((p) =>
    Array.from({ length: 10 }, (_, k) => (k === label ? p : 0)),
  ),
}));

/** @type {Message} */
const SOFTMAX = { kind: "softmax", turn: 0, colours: COLOURS, logits: [2, 1, 0.1] };
/** @type {Message} */
const LOSS = { kind: "loss", turn: 1, colours: COLOURS };
/** @type {Message} */
const TRAINING = { kind: "training", turn: 2, colours: COLOURS, run: RUN };
/** @satisfies {Message} */
const DIGIT = /** @type {const} */ ({
  kind: "digit",
  turn: 3,
  colours: COLOURS,
  digits: RECORDED,
  moments: 2,
});

test("softmax: a logit that is moved gives the probabilities of the lesson", async () => {
  const one = await miniature(SOFTMAX);
  const percents = () => one.root.all(".sp-home-percent").map((node) => node.textContent);
  assert.deepEqual(percents(), ["66 %", "24 %", "10 %"]);
  assert.equal(one.words(), "z = (2.0, 1.0, 0.1)");
  one.slide(2, 1);
  assert.deepEqual(percents(), ["47 %", "47 %", "7 %"]);
  assert.equal(one.words(), "z = (2.0, 2.0, 0.1)");
  const track = one.root.all("input")[1];
  assert.equal(track.getAttribute("aria-valuetext"), "2.0: probability 47 %");
  assert.deepEqual([track.min, track.max, track.step].map(Number), [-5, 5, 0.1]);
  one.slide(-1.5, 2);
  assert.equal(one.words(), "z = (2.0, 2.0, −1.5)");
  assert.deepEqual(one.sent, [], "nothing is ever sent to the server");
});

test("softmax: colours are those of the classes, in either theme", async () => {
  const one = await miniature(SOFTMAX);
  assert.equal(one.root.style["--sp-colour-2"], "#333333");
  assert.equal(one.root.dataset.dark, "false");
  page.css["--st-background-color"] = "#000000";
  one.give(SOFTMAX);
  assert.equal(one.root.style["--sp-colour-2"], "#cccccc");
  assert.equal(one.root.dataset.dark, "true");
});

test("loss: the point says its probability and its loss, by slider and by pointer", async () => {
  const one = await miniature(LOSS);
  assert.equal(one.words(), "p = 0.70: the loss is 0.36");
  one.slide(1);
  assert.equal(one.words(), "p = 1.00: the loss is 0.00");
  assert.equal(one.image(), "The curve −log p. p = 1.00: the loss is 0.00");
  assert.equal(one.spoken(), "p = 1.00: the loss is 0.00");
  const svg = one.root.one("svg.sp-home-picture");
  svg.rect = { left: 0, top: 0, width: 242, height: 100 }; // 200 px between 30 and 12 at the sides
  svg.fire("click", { clientX: 130 });
  assert.equal(one.words(), "p = 0.50: the loss is 0.69");
  assert.equal(one.range.value, "0.5");
  svg.fire("pointermove", { pointerId: 1, clientX: 200 });
  assert.equal(one.words(), "p = 0.50: the loss is 0.69", "the pointer is not down");
  svg.fire("pointerdown", { pointerId: 1, button: 0, isPrimary: true, clientX: 130 });
  svg.fire("pointermove", { pointerId: 1, clientX: -50 });
  assert.equal(one.words(), "p = 0.02: the loss is 3.91");
  svg.fire("pointermove", { pointerId: 1, clientX: 500 });
  assert.equal(one.words(), "p = 1.00: the loss is 0.00");
});

test("loss: the curve begins at the top, ends at the axis, and the point is on it", async () => {
  const one = await miniature(LOSS);
  one.slide(Math.round(100 * Math.exp(-1)) / 100); // stage: 200 × 100
  const point = one.root.one(".sp-home-point");
  assert.ok(Math.abs(Number(point.getAttribute("cx")) - (30 + 0.37 * 158)) < 1e-9);
  assert.ok(Math.abs(Number(point.getAttribute("cy")) - (80 - (-Math.log(0.37) / 4) * 68)) < 1e-9);
  const places = (one.root.one(".sp-home-curve").getAttribute("d") ?? "").slice(1).split("L");
  assert.equal(places.length, 81);
  assert.equal(places[0].split(" ")[1], "12");
  assert.equal(places[80], "188 80");
});

test("training: what the run had come to at a step", async () => {
  const one = await miniature(TRAINING);
  assert.equal(one.words(), "Epoch 2: loss 0.25, 90.5 %");
  assert.equal(one.spoken(), "Epoch 2: loss 0.25, 90.5 % of 10000 test digits read right");
  for (const [step, words] of /** @type {[number, string][]} */ ([
    [0, "Epoch 0: not yet trained"],
    [100, "Epoch 0: loss 2.00"],
    [200, "Epoch 1: loss 1.00, 81.0 %"],
    [300, "Epoch 1: loss 0.50, 81.0 %"],
  ])) {
    one.slide(step);
    assert.equal(one.words(), words);
    assert.match(`${one.image()}`, new RegExp(`After step ${step} of 400: ${words}`));
  }
  const away = one.root.all(".sp-home-mark").map((node) => node.matches(".sp-home-away"));
  assert.deepEqual(away, [false, true]);
});

test("training: the curve is drawn as far as the run has come", async () => {
  const one = await miniature(TRAINING);
  const [still, curve] = one.root.all(".sp-home-curve").map((node) => () => node.getAttribute("d"));
  assert.equal(curve(), still());
  one.slide(200);
  assert.equal(curve(), `${still()}`.split("L").slice(0, 2).join("L"));
  one.slide(0);
  assert.equal(curve(), "");
});

test("drawing: what was read at each moment, and the next digit", async () => {
  const one = await miniature(DIGIT);
  assert.equal(one.words(), "Read as 7, > 99 % sure");
  assert.equal(one.image(), "The digit 7, 100 % of its ink drawn. Read as 7, > 99 % sure");
  assert.equal(one.spoken(), "100 % of the ink: Read as 7, > 99 % sure");
  one.slide(1);
  assert.equal(one.words(), "Read as 7, 60 % sure");
  assert.equal(one.spoken(), "50 % of the ink: Read as 7, 60 % sure");
  const [best] = one.root.all(".sp-home-best");
  assert.equal(best.textContent, "7");
  one.slide(0);
  assert.equal(one.words(), "Nothing drawn yet");
  assert.equal(one.root.all(".sp-home-best").length, 0);
  one.root.button("Next digit").click();
  assert.equal(one.words(), "Read as 3, > 99 % sure");
  one.root.button("Next digit").click();
  assert.match(`${one.image()}`, /^The digit 7, /);
});

test("drawing: ink is drawn along the strokes, a dot counting as its width", async () => {
  const one = await miniature(DIGIT);
  one.slide(1); // 0.2 of 0.3 + 0.1
  const strokes = one.root.one(".sp-home-ink").children;
  assert.deepEqual(
    strokes.map((node) => [
      Number(node.getAttribute("stroke-dasharray")?.split(" ")[0]).toFixed(6),
      node.getAttribute("opacity"),
    ]),
    [
      ["0.666667", "1"],
      ["0.000000", "0"],
    ],
  );
  assert.equal(strokes[0].getAttribute("d"), "M0 0L0 0.3");
});

/** @type {(node: FakeElement, ...names: string[]) => (number | string | null)[]} */
const values = (node, ...names) =>
  names.map((name) => {
    const text = node.getAttribute(name);
    return text === null || Number.isNaN(Number(text))
      ? text
      : Math.round(1e6 * Number(text)) / 1e6;
  });

test("drawing: the paper is a square at the left, the bars have the rest", async () => {
  const one = await miniature(DIGIT); // 200 × 100
  assert.deepEqual(
    values(one.root.one(".sp-home-paper"), "x", "y", "width", "height"),
    [1, 1, 98, 98],
  );
  assert.equal(one.root.one(".sp-home-ink").getAttribute("transform"), "translate(1 1) scale(98)");
  const [name, room, bar] = [".sp-home-name", ".sp-home-space"]
    .map((kind) => one.root.all(kind)[7])
    .concat(
      one.root.all("rect").filter((node) => node.getAttribute("fill") === "var(--sp-colour-7)"),
    );
  assert.equal(name.textContent, "7");
  assert.deepEqual(values(name, "x", "y"), [117, 78.5]);
  assert.deepEqual(values(room, "x", "y", "width", "height"), [123, 71.6, 76, 5.8]);
  assert.deepEqual(values(bar, "x", "y", "width", "height"), [123, 71.6, 75.6276, 5.8]);
});

test("loss: the axes and their names stand around the curve", async () => {
  const one = await miniature(LOSS); // 200 × 100
  assert.equal(one.root.one(".sp-home-axis").getAttribute("d"), "M30 12V80H188");
  assert.deepEqual(
    one.root.all(".sp-home-tick").map((node) => [node.textContent, ...values(node, "x", "y")]),
    [
      ["p", 109, 95],
      ["0", 30, 95],
      ["1", 188, 95],
      ["−log p", 66, 14],
      ["0", 22, 84],
    ],
  );
  one.slide(1);
  assert.equal(one.root.one(".sp-home-guide").getAttribute("d"), "M30 80H188V80");
});

test("projected, what is around a curve grows with the type", async () => {
  page.css["font-size"] = "24px";
  const one = await miniature(LOSS); // 200 × 100
  assert.equal(one.root.one(".sp-home-axis").getAttribute("d"), "M60 24V60H176");
  const other = await miniature(TRAINING);
  assert.equal(other.root.one(".sp-home-axis").getAttribute("d"), "M16 24V64H108");
});

test("training: curve, epochs and names have their places", async () => {
  const one = await miniature(TRAINING); // 200 × 100
  assert.equal(one.root.one(".sp-home-axis").getAttribute("d"), "M8 12V82H154");
  const curve = one.root.one(".sp-home-curve").getAttribute("d");
  assert.equal(curve, "M44.5 12L81 47L117.5 64.5L154 73.25");
  assert.deepEqual(
    one.root.all(".sp-home-mark").map((node) => values(node, "cx", "cy")),
    [
      [81, 25.3],
      [154, 18.65],
    ],
  );
  assert.deepEqual(
    one.root.all(".sp-home-tick").map((node) => [node.textContent, ...values(node, "x", "y")]),
    [
      ["loss", 163, 71.25],
      ["right", 163, 22.65],
      ["2 epochs", 81, 96],
    ],
  );
});

test("drawing: 24 whole steps are all of the ink, whatever 24 times 1/24 is", async () => {
  const digits = RECORDED.map((digit) => ({
    ...digit,
    probabilities: Array.from({ length: 24 }, () => digit.probabilities[1]),
  }));
  const one = await miniature({ ...DIGIT, digits, moments: 24 });
  for (let moment = 1; moment <= 24; moment += 1) {
    one.slide(moment);
    assert.match(`${one.spoken()}`, new RegExp(`^${Math.round((100 * moment) / 24)} % of the ink`));
    assert.equal(one.range.value, `${moment}`);
  }
  one.slide(23);
  assert.match(`${one.spoken()}`, /^96 % of the ink/);
});

for (const [message, halfway] of /** @type {[Message, RegExp][]} */ ([
  [SOFTMAX, /^z = \(1\.5, 1\.0, 0\.1\)$/],
  [LOSS, /^p = 0\.55: the loss is 0\.60$/],
  [TRAINING, /^Epoch 1: loss 0\.50, 81\.0 %$/],
  [DIGIT, /^Read as 7, 60 % sure$/],
]))
  test(`${message.kind}: it moves and ends as it rests`, async () => {
    const one = await miniature(message);
    const atRest = one.words();
    const length = message.kind === "training" ? 120 : 100; // frames: 6 or 5 seconds
    page.sights.get(one.root)?.(true);
    one.root.button("Play").click();
    frames(2 + length / 2); // just past the middle
    assert.match(one.words(), halfway);
    assert.equal(one.root.dataset.moves, "true");
    frames(length / 2);
    page.frame();
    assert.equal(one.root.dataset.moves, "false");
    assert.equal(one.words(), atRest);
  });

test("a picture that is taken away has no more turns", async () => {
  const one = await miniature(LOSS);
  one.parent.remove();
  one.leave?.();
  assert.equal(one.parent.children.length, 0);
});
