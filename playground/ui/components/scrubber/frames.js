// What a scrubber shows of each moment, fetched ahead: what is wanted first, then the moments around
// it, the nearest first, as many as there is room for.

const AT_ONCE = 2; // on their way
const AGAIN = 10_000; // ms until what could not be fetched is asked for again, if it is wanted
const MOST_BYTES = 24 * 2 ** 20;

/**
 * @template Content
 */
export class Frames {
  /** @type {Map<number, Content>} */
  #kept = new Map(); // by index
  /** @type {Set<number>} */
  #coming = new Set();
  /** @type {Set<number>} */
  #refused = new Set(); // what could not be fetched lately: there is none, or no network
  /** @type {Set<number>} */
  #passing = new Set(); // what is kept of these is only good until something better is made
  #largest = 0; // bytes of one
  #wanted = 0;
  #isOver = false;
  #url;
  #steps;
  #read;
  #arrived;

  /**
   * @param {string} url to which "/" and a step are added
   * @param {number[]} steps ascending
   * @param {(bytes: ArrayBuffer, url: string) => Content} read
   * @param {() => void} arrived called when there is one more, or when there will be none
   */
  constructor(url, steps, read, arrived) {
    this.#url = url;
    this.#steps = steps;
    this.#read = read;
    this.#arrived = arrived;
  }

  /** What is on its way is dropped, and nothing else is fetched. */
  stop() {
    this.#isOver = true;
  }

  /** @param {number} index of the moment that is wanted now; fetching begins with it */
  want(index) {
    this.#wanted = index;
    const near = this.#near();
    for (const kept of this.#kept.keys()) if (!near.includes(kept)) this.#kept.delete(kept);
    const missing = near.filter(
      (one) => !this.#kept.has(one) && !this.#coming.has(one) && !this.#refused.has(one),
    );
    for (const one of missing.slice(0, AT_ONCE - this.#coming.size)) this.#fetch(one);
  }

  /**
   * The nearest to what is wanted that is here, and what it shows.
   *
   * @returns {[index: number, content: Content] | undefined}
   */
  get nearest() {
    const [index] = [...this.#kept.keys()].sort((a, b) => this.#distance(a) - this.#distance(b));
    const content = this.#kept.get(index);
    return content === undefined ? undefined : [index, content];
  }

  /** What was only good for a while is fetched again when it is wanted. */
  forgetPassing() {
    for (const one of this.#passing) this.#kept.delete(one);
    this.#passing.clear();
  }

  /** @param {number} index */
  isRefused = (index) => this.#refused.has(index);

  /** @param {number} index */
  #distance = (index) => Math.abs(index - this.#wanted);

  /** The moments for which there is room; until it is known how large one is, the wanted one. */
  #near() {
    const room = this.#largest ? Math.max(3, Math.floor(MOST_BYTES / this.#largest)) : 1;
    return [...this.#steps.keys()]
      .sort((a, b) => this.#distance(a) - this.#distance(b))
      .slice(0, room);
  }

  /** @param {number} index */
  async #fetch(index) {
    this.#coming.add(index);
    try {
      const url = `${this.#url}/${this.#steps[index]}`;
      const answer = await fetch(url);
      if (!answer.ok) throw new Error(`No moment at ${url}: ${answer.status}`);
      const bytes = await answer.arrayBuffer();
      this.#largest = Math.max(this.#largest, bytes.byteLength);
      this.#kept.set(index, this.#read(bytes, url));
      if (answer.headers.get("Cache-Control") === "no-store") this.#passing.add(index);
    } catch {
      this.#refused.add(index);
      setTimeout(() => this.#refused.delete(index), AGAIN);
    }
    this.#coming.delete(index);
    if (this.#isOver) return;
    this.want(this.#wanted);
    this.#arrived();
  }
}
