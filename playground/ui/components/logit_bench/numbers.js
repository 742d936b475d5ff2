// Numbers of the bench: how they are shown, read, and laid out along a track. No DOM.

import { clip } from "../_kernel/maths.js";

const WIDEST = 7; // characters, so that every cell has the same width

/**
 * Seven characters at most: 0.4668, −12.346, 1.2e-7, 1.23e+5, ∞.
 *
 * @param {number} value
 */
export function show(value) {
  const sign = value < 0 ? "−" : "";
  const size = Math.abs(value);
  if (size === Infinity) return `${sign}∞`;
  if (size !== 0 && (size < 5e-5 || size >= 99999.5)) return sign + exponential(size, sign);
  const decimals = [9.99995, 99.9995, 999.995, 9999.95].findIndex((limit) => size < limit);
  return sign + size.toFixed(decimals < 0 ? 0 : 4 - decimals);
}

/** @type {(size: number, sign: string) => string} */
function exponential(size, sign) {
  const forms = [2, 1, 0].map((digits) => size.toExponential(digits).replace(/\.?0+e/, "e"));
  const room = WIDEST - sign.length;
  const short = size < 1 ? forms.slice(1) : forms; // 1.2e-7: two digits say enough there
  return short.find((form) => form.length <= room) ?? forms[2];
}

/**
 * The same without trailing zeros and with a minus that every keyboard has.
 *
 * @param {number} value
 */
export function showInField(value) {
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  const text = show(value).replace("−", "-");
  return text.includes("e") ? text : String(Number(text));
}

/**
 * The end of a track, as it is typed but for the sign.
 *
 * @param {number} value
 */
export const showOnTrack = (value) => showInField(value).replace(/^-/, "−");

// Reading follows the rules of playground/lessons/number_text.py.

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const INFINITE = /^([+-]?)(inf|infinity|∞)$/i;
const GROUPED =
  /^[+-]?\d{1,3}([ '’_\u00a0\u2007\u2009\u202f])\d{3}(\1\d{3})*([.,]\d*)?(e[+-]?\d+)?$/i;
const COMMA_GROUPS = /^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$/;
const POINT_GROUPS = /^[+-]?\d{1,3}(\.\d{3})+(,\d*)?$/;
const AMBIGUOUS = /^[+-]?[1-9]\d{0,2},\d{3}$/;
/** @type {[RegExp, string][]} */
const SIGNS = [
  [/[−－﹣–‐‑]/g, "-"],
  [/＋/g, "+"],
  [/[．٫]/g, "."],
  [/，/g, ","],
  [/٬/g, "'"],
  [/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, ""], // of direction, and not seen
];
const MOST_SHOWN = 12; // characters of what was typed

/**
 * A remark says how a number was read that could be meant in another way.
 *
 * @typedef {{ value: number, remark?: string, reason?: undefined }} Good
 * @typedef {Good | { value?: undefined, reason: string }} Typed
 */

/**
 * A typed text as {value}, or {reason} in a few words. A comma may be the decimal point; spaces,
 * apostrophes, and commas or points in groups of three may divide thousands.
 *
 * @param {string} text
 * @returns {Typed}
 */
export function readNumber(text) {
  const given = asciiOf(text);
  if (!given) return { reason: "Nothing is typed. Type a number such as 1.5." };
  const shown = given.length > MOST_SHOWN ? `${given.slice(0, MOST_SHOWN)}…` : given;
  const infinite = INFINITE.exec(given);
  if (infinite) return { value: infinite[1] === "-" ? -Infinity : Infinity };
  const plain = withPoint(given.replaceAll(GROUPED.exec(given)?.[1] ?? "\0", ""));
  if (!NUMBER.test(plain))
    return { reason: `“${shown}” is not a number. Type ${betterThan(given)}.` };
  const value = Number(plain);
  if (!Number.isFinite(value))
    return { reason: `“${shown}” is too large. Numbers up to 1.7e308 are allowed.` };
  if (!AMBIGUOUS.test(given)) return { value: value + 0 }; // −0 is 0
  const large = given.replace(",", "");
  return { value, remark: `Read as ${value}. If you mean ${large}, type it without the comma.` };
}

/** @param {string} text */
function asciiOf(text) {
  const signs = SIGNS.reduce((signs, [mark, ascii]) => signs.replace(mark, ascii), text);
  return signs.trim().replace(/\p{Nd}/gu, (digit) => (digit <= "9" ? digit : digitOf(digit)));
}

/**
 * Digits of a script follow one another from 0 to 9.
 *
 * @param {string} char
 */
function digitOf(char) {
  const code = char.codePointAt(0) ?? 0;
  let before = 0;
  while (/\p{Nd}/u.test(String.fromCodePoint(code - before - 1))) before += 1;
  return `${before % 10}`;
}

/** @param {string} digits */
function withPoint(digits) {
  const [commas, points] = [",", "."].map((mark) => digits.split(mark).length - 1);
  if (COMMA_GROUPS.test(digits) && (points || commas > 1)) return digits.replaceAll(",", "");
  if (POINT_GROUPS.test(digits) && (commas || points > 1))
    return digits.replaceAll(".", "").replace(",", ".");
  return commas === 1 && !points ? digits.replace(",", ".") : digits;
}

/**
 * What to type in place of what is no number.
 *
 * @param {string} given
 */
function betterThan(given) {
  const [, above, below] = /^([+-]?\d{1,6})[/⁄](\d{1,6})$/.exec(given.normalize("NFKC")) ?? [];
  return Number(below) > 0
    ? `${Number((Number(above) / Number(below)).toPrecision(6))}`
    : "one such as 1.5 or 1e3";
}

// ---------------------------------------------------------------- tracks

/**
 * The smallest of 1, 2, 5, 10, 20, … that holds `value`, and at least `least`.
 *
 * @param {number} value
 * @param {number} least
 */
export function niceAbove(value, least) {
  if (value <= least) return least;
  const power = Math.floor(Math.log10(value));
  const found = [1, 2, 5, 10].map((digit) => Number(`${digit}e${power}`)).find((x) => x >= value);
  return Math.min(found ?? Number.MAX_VALUE, Number.MAX_VALUE);
}

/** @param {number} value */
function niceBelow(value) {
  const power = Math.floor(Math.log10(value));
  const found = [5, 2, 1].map((digit) => Number(`${digit}e${power}`)).find((x) => x <= value);
  return found ?? Number(`5e${power - 1}`);
}

/** @param {number} value */
const withoutNoise = (value) => Number(value.toPrecision(12)); // 0.30000000000000004 is 0.3

/**
 * A track: which value lies where, and how far a key goes.
 *
 * @typedef {object} Scale
 * @property {number} low
 * @property {number} high
 * @property {number} origin the fraction from which a bar is drawn
 * @property {(value: number) => number} toFraction
 * @property {(fraction: number, pixels: number) => number} fromFraction `pixels` is its length
 * @property {(value: number, direction: 1 | -1, coarse: boolean) => number} step
 */

/**
 * A step of the keyboard is high/50, a coarse one high/5.
 *
 * @param {number} low −high or 0
 * @param {number} high
 * @returns {Scale}
 */
export function linearScale(low, high) {
  const half = high / 2 - low / 2; // the whole span of ±1e308 would be infinite
  const middle = high / 2 + low / 2;
  /** @param {number} value */
  const toFraction = (value) => clip(0.5 + (value - middle) / half / 2, 0, 1);
  return {
    low,
    high,
    toFraction,
    origin: toFraction(0),
    // Rounded to a step below one pixel.
    fromFraction(fraction, pixels) {
      const step = niceBelow((half / Math.max(pixels, 1)) * 2);
      const value = middle + (2 * clip(fraction, 0, 1) - 1) * half;
      return clip(withoutNoise(Math.round(value / step) * step), low, high);
    },
    step(value, direction, coarse) {
      if (value === -Infinity && direction < 0) return value; // masked, and stays so
      return clip(withoutNoise(value + (direction * high) / (coarse ? 5 : 50)), low, high);
    },
  };
}

/**
 * For the temperature. The keyboard changes the second digit, a coarse step the first.
 *
 * @param {number} low
 * @param {number} high
 * @returns {Scale}
 */
export function logScale(low, high) {
  const [from, to] = [Math.log(low), Math.log(high)];
  /** @param {number} value */
  const toFraction = (value) => clip((Math.log(value) - from) / (to - from), 0, 1);
  return {
    low,
    high,
    toFraction,
    origin: toFraction(1),
    fromFraction(fraction) {
      const value = Math.exp(from + clip(fraction, 0, 1) * (to - from));
      return clip(Number(value.toPrecision(3)), low, high);
    },
    step(value, direction, coarse) {
      if (value === 0) return direction < 0 ? 0 : low;
      const power = Math.floor(Math.log10(value) + 1e-9 * direction); // 1 goes down to 0.99
      const unit = Number(`1e${power - (coarse ? 0 : 1)}`) || Number.MIN_VALUE;
      const count = value / unit;
      const next = direction > 0 ? Math.floor(count + 1e-6) + 1 : Math.ceil(count - 1e-6) - 1;
      return clip(withoutNoise(next * unit), low, high);
    },
  };
}
