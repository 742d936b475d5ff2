// What follows the sliders as text: from the state of a lesson to words, tables and formulae.

import { digits, short } from "../_kernel/format.js";
import {
  formula,
  fraction,
  indexed,
  number,
  raised,
  row,
  sign,
  variable,
} from "../_kernel/markup.js";
import {
  binaryLoss,
  clip,
  crossEntropy,
  difference,
  float32BinaryLoss,
  gradient,
  shifted,
  sigmoid,
  softmax,
  steps,
  sum,
} from "../_kernel/maths.js";

/** @typedef {import("../_kernel/markup.js").Markup} Markup */
/** @typedef {import("../_kernel/markup.js").Nested} Nested */

/**
 * What a text is made from.
 *
 * @typedef {object} State
 * @property {number[]} values logits; of `total`, probabilities
 * @property {number} temperature
 * @property {number} target the true class, or the one that is written out
 * @property {number} rate of a gradient step
 */

const ALL_DIGITS = 12;
const NEAR_ONE = 1e-3; // a sum that rounded probabilities may have
const ROUNDING = 1e-9; // by which two forms of a softmax may differ

/** @type {{ [name: string]: (state: State) => Markup[] }} */
export const KINDS = { softmax: written, sigmoid: same, overflow, total, step, twice, binary };

const POWER = formula(raised(variable("e"), variable("z")));

/** @type {(base: string, index: string | number) => Markup} */
const at = (base, index) => indexed(variable(base), ["mn", `${index}`]);

/**
 * The softmax of one class, number for number, in the colours of the sliders' columns.
 *
 * @param {State} state
 * @returns {Markup[]}
 */
function written({ values, temperature, target: k }) {
  const {
    scaled,
    shifted: below,
    exponential,
    sum: total,
    probability,
  } = steps(values, temperature);
  const z = at("z", k);
  const overT = row(z, sign("/"), variable("T"));
  const given = number(digits(values[k]));
  const isLimit = temperature === 0; // 0 divided by 0 would be no number
  const divisor = isLimit ? variable("T") : number(digits(temperature));
  const tends = sign(isLimit ? "→" : "=");
  const [exponent, weight, share] = [below[k], exponential[k], probability[k]].map((x) => short(x));
  /** @type {(colour: string, name: Markup, value: Markup[], ...more: Markup[]) => Markup} */
  const line = (colour, name, value, ...more) => [
    "div.sp-live-line",
    [`span.sp-live-${colour}`, formula(name)],
    ["span", formula(sign("="), ...value)],
    ...more,
  ];
  return [
    line("logit", z, [given]),
    line("scaled", overT, [given, sign("/"), divisor, tends, number(short(scaled[k]))]),
    line("shifted", row(overT, sign("−"), variable("m")), [number(exponent)]),
    line(
      "exponential",
      raised(variable("e"), number(exponent)),
      [number(weight)],
      ["span.sp-live-exponential", formula(variable("Σ"), sign("="), number(short(total)))],
    ),
    line("probability", at("p", k), [
      fraction(number(weight), number(short(total))),
      sign("="),
      ["mrow.sp-live-main", number(share)],
    ]),
  ];
}

/**
 * The second of two probabilities by softmax and by the sigmoid, to the last digit.
 *
 * @param {State} state
 * @returns {Markup[]}
 */
function same({ values, temperature }) {
  if (values.length !== 2) return []; // until the server has answered
  const d = difference(shifted(values, temperature));
  const [, p] = softmax(values, temperature);
  return [
    ["div", "softmax: ", formula(at("p", 1), sign("=")), " ", ["code", `${p}`]],
    [
      "div",
      "sigmoid: ",
      formula(variable("σ"), sign("("), variable("d"), sign(")"), sign("=")),
      " ",
      ["code", `${sigmoid(d)}`],
    ],
  ];
}

/**
 * The notebooks' form beside the stable one; both without the temperature, as printed.
 *
 * @param {State} state
 * @returns {Markup[]}
 */
function overflow({ values }) {
  const naive = values.map(Math.exp);
  const total = sum(naive);
  const fromNaive = naive.map((weight) => weight / total);
  const { exponential, probability } = steps(values);
  const z = variable("z");
  /** @type {Markup[][]} */
  const heads = [
    ["class"],
    [formula(z)],
    [POWER],
    [formula(variable("p")), " of the notebooks"],
    [formula(raised(variable("e"), row(z, sign("−"), variable("m"))))],
    ["stable ", formula(variable("p"))],
  ];
  const rows = values.map((value, k) => [
    `${k}`,
    digits(value),
    short(naive[k]),
    Number.isNaN(fromNaive[k]) ? strong("nan") : short(fromNaive[k]),
    short(exponential[k]),
    strong(short(probability[k])),
  ]);
  return [table(heads, rows), overflowVerdict(fromNaive, probability)];
}

/** @type {(naive: number[], stable: number[]) => Markup} */
function overflowVerdict(naive, stable) {
  if (!naive.every(Number.isFinite))
    return [
      "p.sp-live-bad",
      POWER,
      " is ∞ from z = 710 on, and 0 for all below −745; ∞ / ∞ and 0 / 0 are ",
      strong("nan"),
      ", not a number. Subtracting the largest logit first costs nothing and always works.",
    ];
  const apart = Math.max(...naive.map((p, k) => Math.abs(p - stable[k])));
  if (apart > ROUNDING)
    return [
      "p.sp-live-bad",
      `The notebooks’ form is wrong by up to ${short(apart)} here: `,
      ...[POWER, ", or the sum of all, is outside the range of a float64’s full precision. "],
      "Subtracting the largest logit first costs nothing and always works.",
    ];
  return [
    "p.sp-live-good",
    `Both forms work here and differ by at most ${short(apart)}. `,
    "Raise a logit above 709, where ",
    POWER,
    " is more than a float64 can hold.",
  ];
}

/**
 * What given probabilities sum to, if that is not 1.
 *
 * @param {State} state
 * @returns {Markup[]}
 */
function total({ values }) {
  const all = sum(values);
  if (Math.abs(all - 1) <= NEAR_ONE) return [];
  return [
    [
      "p.sp-live-note",
      `These sum to ${short(all)}, so they are no probabilities. The formula takes them all the `,
      "same, and its result cannot be compared with other losses.",
    ],
  ];
}

/** @type {((loss: number) => string)[]} from few digits to all */
const WAYS = [
  (loss) => short(loss),
  (loss) => short(loss, 8),
  (loss) => `${loss}`.replace("-", "−"),
];

/**
 * The loss after a step z − η (p − y).
 *
 * @param {State} state
 * @returns {Markup[]}
 */
function step({ values, target, rate }) {
  const slope = gradient(values, target);
  const most = Number.MAX_VALUE;
  const next = values.map((z, k) => (z === -Infinity ? z : clip(z - rate * slope[k], -most, most)));
  const [before, after] = [crossEntropy(values, target), crossEntropy(next, target)];
  const verdict = after < before ? "falls" : after > before ? "rises" : "stays";
  // As many digits as it takes to see that.
  const write = WAYS.find((way) => way(before) !== way(after)) ?? WAYS[0];
  const [from, to] = [before, after].map(write);
  return [["p", `The next step: the loss ${verdict}, ${from} → ${to}.`]];
}

/**
 * The trap: a loss that applies the softmax itself is fed with probabilities.
 *
 * @param {State} state
 * @returns {Markup[]}
 */
function twice({ values, target }) {
  const floor = Math.log(Math.E + values.length - 1) - 1;
  const [once, two] = [values, softmax(values)].map((z) => short(crossEntropy(z, target)));
  return [
    [
      "p",
      strong("The trap: softmax twice."),
      " ",
      ["code", "CrossEntropyLoss"],
      " applies the softmax itself. Fed with probabilities it gives ",
      strong(two),
      ...(two === once ? [" here, too"] : [" instead of ", strong(once)]),
      `. It can never fall below ${short(floor)}, and its slope fades long before: learning slows.`,
    ],
  ];
}

/**
 * The loss of two classes three ways.
 *
 * @param {State} state
 * @returns {Markup[]}
 */
function binary({ values, target }) {
  const s = difference(values);
  const rough = float32BinaryLoss(s, target);
  const named = formula(
    ...[variable("s"), sign("="), number(short(s)), sign(",")],
    ...[variable("t"), sign("="), number(`${target}`)],
  );
  return [
    table(
      [[named], ["Loss"]],
      [
        ["softmax of two logits, cross-entropy", short(crossEntropy(values, target), ALL_DIGITS)],
        [
          "sigmoid of s, binary cross-entropy, from the logit",
          short(binaryLoss(s, target), ALL_DIGITS),
        ],
        ["the same from the probability σ(s), in float32", short(rough, ALL_DIGITS)],
      ],
    ),
  ];
}

// ---------------------------------------------------------------- parts

/** @type {(text: string) => Markup} */
const strong = (text) => ["strong", text];

/**
 * As `number_table` of playground/ui/kit/tables.py: the first cell of a row names it.
 *
 * @param {Markup[][]} heads
 * @param {Markup[][]} rows
 * @returns {Markup}
 */
function table(heads, rows) {
  return [
    "div.sp-table",
    [
      "table",
      ["thead", ["tr", ...heads.map((cell) => /** @type {Nested} */ (["th", ...cell]))]],
      [
        "tbody",
        ...rows.map(
          ([name, ...cells]) =>
            /** @type {Nested} */ ([
              "tr",
              ["th", name],
              ...cells.map((cell) => /** @type {Nested} */ (["td", cell])),
            ]),
        ),
      ],
    ],
  ];
}
