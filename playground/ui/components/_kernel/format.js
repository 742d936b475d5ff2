// Numbers as people read them, rounded and written as Python does it.

/**
 * As Python's `:.{count}g`, with a true minus sign: 0.25, 1e−07, 1.5e+06.
 *
 * @param {number} value
 * @param {number} count of significant digits
 */
export function digits(value, count = 6) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const [mantissa, exponent] = significant(value, count).split("e");
  const power = Number(exponent);
  if (power >= -4 && power < count) return withMinus(`${Number(`${mantissa}e${power}`)}`);
  const size = `${Math.abs(power)}`.padStart(2, "0");
  return withMinus(`${Number(mantissa)}e${power < 0 ? "-" : "+"}${size}`);
}

const VOWEL = /^(?:8|1[18](?!\d)|[aeiou])/i;

/** "an 8", "a 3", "an owl". @param {string} name of a class */
export const withArticle = (name) => `${VOWEL.test(name) ? "an" : "a"} ${name}`;

/** @param {string} text */
const withMinus = (text) => text.replaceAll("-", "−");

/** @type {(value: number, count: number) => string} */
export const significant = (value, count) =>
  evenly(value, (decimals) => value.toExponential(decimals), count - 1);

/**
 * A tie goes to the even digit, as it does in Python; JavaScript alone would go up.
 *
 * @param {number} value
 * @param {(decimals: number) => string} format
 * @param {number} decimals 1 or more
 */
function evenly(value, format, decimals) {
  if (!/5(e|$)/.test(`${value}`)) return format(decimals); // mostly
  const exact = format(100);
  const end = exact.indexOf(".") + 1 + decimals;
  const [kept, rest] = [exact.slice(0, end), exact.slice(end)];
  if (!/[02468]$/.test(kept) || !/^50*(e|$)/.test(rest)) return format(decimals);
  return kept + rest.replace(/^50*/, "");
}

/**
 * A fixed number of decimals, and no minus sign before a zero.
 *
 * @param {number} value
 * @param {number} decimals
 */
export function written(value, decimals) {
  const text = evenly(value, (places) => value.toFixed(places), decimals);
  return Number(text) ? withMinus(text) : (0).toFixed(decimals);
}

/**
 * For prose and tables, as `short` of playground/ui/kit/text.py: as many decimals where that says
 * enough, ∞ and nan too.
 *
 * @param {number} value
 * @param {number} count
 */
export function short(value, count = 4) {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size !== 0 && (size < Number(`1e-${count}`) || size >= 1e6))
    return withMinus(significant(value, count).replace("e+", "e"));
  return withMinus(evenly(value, (places) => value.toFixed(places), count));
}

/**
 * With a true minus sign, and none before a zero; from a million on, where a run diverges, as a power
 * of ten.
 *
 * @param {number} value
 * @param {number} decimals
 */
export function fixed(value, decimals) {
  if (Math.abs(value) >= 1e6) return digits(value, 3);
  const text = value.toFixed(decimals);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

/**
 * A loss with so many decimals; as a power of ten where they are all 0, and from a million on, as
 * `fixed` of playground/lessons/describe.py.
 *
 * @param {number} value
 * @param {number} decimals
 */
export function fixedLoss(value, decimals) {
  const isSmall = value > 0 && value < 0.5 / 10 ** decimals;
  if (!isSmall && !(value >= 1e6 && value < Infinity)) return fixed(value, decimals);
  return withMinus(significant(value, isSmall ? 2 : 4).replace(/(?<=e[-+])(?=\d$)/, "0"));
}
