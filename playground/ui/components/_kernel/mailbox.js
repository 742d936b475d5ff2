// Messages to Python that arrive: each is sent again until it is answered.
//
// A message may be lost on its way, and so may its answer. Python takes each number once (see
// playground/ui/kit/messages.py), so one that is sent again does nothing twice.

const AGAIN = { after: 5000, times: 3 }; // ms without an answer, until it is given up
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
  #send;
  #signal;
  #lost;

  /**
   * @param {(message: Message & { seq: number }) => void} send
   * @param {AbortSignal} signal that ends it
   * @param {() => void} [lost] nobody has answered; what the server shows is what holds
   */
  constructor(send, signal, lost) {
    this.#send = send;
    this.#signal = signal;
    this.#lost = lost;
    signal.addEventListener("abort", () => this.forget());
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
    this.#deliver(this.pending, AGAIN.times);
  }

  /** @param {number} seq of the last message that Python knows of */
  answered(seq) {
    this.seq = Math.max(this.seq, seq); // goes on counting after a remount
    if (this.pending && seq >= this.pending.seq) this.forget();
  }

  forget() {
    clearTimeout(this.#timer);
    this.pending = undefined;
  }

  /**
   * @param {Message & { seq: number }} message
   * @param {number} times that it is still sent again
   */
  #deliver(message, times) {
    clearTimeout(this.#timer);
    this.#send(message);
    this.#timer = setTimeout(() => {
      if (times > 0) {
        this.#deliver(message, times - 1);
        return;
      }
      this.pending = undefined;
      this.#lost?.();
    }, AGAIN.after);
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
    this.#ask();
    this.#timer = setTimeout(() => this.#askNow(Math.min(2 * delay, QUESTION[1])), delay);
  }
}
