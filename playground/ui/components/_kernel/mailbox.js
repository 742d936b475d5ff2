// Messages to Python that arrive: each is sent again until it is answered, and once the page is
// connected again at once (page/reconnect.js).
//
// A message may be lost on its way, and so may its answer. A new session, as after a restart of the
// server, takes none before it has shown its page, so what is sent then is soon sent again. Python
// takes each number once (see playground/ui/kit/messages.py), so one that is sent again does nothing
// twice. It is given up only if Python speaks and does not answer it: while Python is silent, what
// was chosen is kept.

const AGAIN = { after: 5000, times: 3 }; // ms without an answer, until it is given up
export const BACK = 300; // ms, in place of `after`, once the page is connected again; it doubles
const SOON = 1500; // ms without an answer: what Python says then, it says without having heard
const QUESTION = [1500, 30000]; // ms without an answer: at first, and at most (it doubles)

/** @typedef {ReturnType<typeof setTimeout>} Timer */

/**
 * Messages with numbers, of which the newest counts.
 *
 * @template {object} Message
 */
export class Mailbox {
  /** Number of the last message. */
  seq = 0;
  /** @type {(Message & { seq: number }) | undefined} */
  pending; // the last message, until it is answered
  /** @type {Timer | undefined} */
  #timer;
  #pause = AGAIN.after;
  #left = 0; // times that it is still sent again
  #sentAt = 0;
  #isHeard = false; // whether Python has spoken since
  #send;
  #signal;
  #lost;
  #news;

  /**
   * @param {(message: Message & { seq: number }) => void} send
   * @param {AbortSignal} signal that ends it
   * @param {() => void} [lost] it is not answered; what the server shows is what holds
   * @param {import("./news.js").News} [news] of the answers
   */
  constructor(send, signal, lost, news) {
    this.#send = send;
    this.#signal = signal;
    this.#lost = lost;
    this.#news = news;
    signal.addEventListener("abort", () => this.forget());
    window.addEventListener("sp-connected", () => this.#isBack(), { signal });
  }

  /**
   * In place of a message that has not been answered.
   *
   * @param {Message} message
   */
  post(message) {
    if (this.#signal.aborted) return;
    this.seq += 1;
    this.pending = { ...message, seq: this.seq };
    this.#left = AGAIN.times;
    this.#pause = AGAIN.after;
    this.#deliver(this.pending);
    this.#news?.due();
  }

  /** @param {number} seq of the last message that Python knows of */
  answered(seq) {
    this.seq = Math.max(this.seq, seq); // goes on counting after a remount
    const { pending } = this;
    if (!pending) return;
    this.#isHeard = true;
    if (seq >= pending.seq) this.forget();
    else if (Date.now() - this.#sentAt > SOON) this.#sendAgain(pending);
  }

  forget() {
    clearTimeout(this.#timer);
    this.pending = undefined;
    this.#news?.came();
  }

  #isBack() {
    if (!this.pending) return;
    this.#pause = BACK;
    this.#deliver(this.pending);
  }

  /** @param {Message & { seq: number }} message */
  #deliver(message) {
    clearTimeout(this.#timer);
    this.#isHeard = false;
    this.#sentAt = Date.now();
    this.#timer = setTimeout(() => this.#sendAgain(message), this.#pause);
    this.#pause = Math.min(2 * this.#pause, AGAIN.after);
    this.#send(message);
  }

  /** @param {Message & { seq: number }} message */
  #sendAgain(message) {
    if (!this.#isHeard) {
      this.#deliver(message);
    } else if (this.#left > 0) {
      this.#left -= 1;
      this.#deliver(message);
    } else {
      this.forget();
      this.#lost?.();
    }
  }
}

/** What is asked for again and again, ever more rarely, until it is there. */
export class Question {
  /** @type {Timer | undefined} */
  #timer;
  #ask;
  #signal;

  /**
   * @param {() => void} ask
   * @param {AbortSignal} signal that ends it
   */
  constructor(ask, signal) {
    this.#ask = ask;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.stop());
    const again = () => this.#timer !== undefined && this.#askNow(QUESTION[0]);
    window.addEventListener("sp-connected", again, { signal });
  }

  /** Asks now, unless it is being asked. */
  begin() {
    if (this.#timer === undefined && !this.#signal.aborted) this.#askNow(QUESTION[0]);
  }

  /** Asks when nothing has come for a while. */
  beginLater() {
    this.stop();
    if (this.#signal.aborted) return;
    this.#timer = setTimeout(() => this.#askNow(QUESTION[0]), QUESTION[0]);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** @param {number} delay ms until it is asked again */
  #askNow(delay) {
    clearTimeout(this.#timer);
    this.#ask();
    this.#timer = setTimeout(() => this.#askNow(Math.min(2 * delay, QUESTION[1])), delay);
  }
}
