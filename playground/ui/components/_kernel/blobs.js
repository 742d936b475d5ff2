// Large constant parts of messages, which come once and are kept.

import { Question } from "./mailbox.js";

/**
 * A large constant part of a message; the bytes, in base64, come with the first that needs it.
 *
 * With a message that the browser has fetched come its own, which nobody else needs.
 *
 * @typedef {{ id: string, bytes?: string, isOwn?: boolean }} Blob
 */

/**
 * What of a view is needed to ask for a blob.
 *
 * @typedef {object} Asker
 * @property {(name: string, value: unknown) => void} trigger
 * @property {AbortSignal} signal
 * @property {Question} [question]
 */

const KEPT = 32; // the server counts on the last 8 of a component

/** @type {Map<string, Uint8Array<ArrayBuffer>>} */
const blobs = new Map(); // id → bytes; for the whole page, over mounts; the last used last

/** @type {WeakMap<Blob, Uint8Array<ArrayBuffer>>} */
const own = new WeakMap();

/**
 * A loop, because `Uint8Array.from` takes ten times as long over a text.
 *
 * @param {string} text base64
 */
export function bytesOf(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = letters.charCodeAt(i);
  return bytes;
}

/**
 * The bytes a message means, which come with the first message that needs them only.
 * If they were lost on the way: undefined, and the server is asked until they are here.
 *
 * @param {Asker} view
 * @param {Blob} blob
 */
export function open(view, blob) {
  const { id, bytes = "", isOwn } = blob;
  if (isOwn) {
    const found = own.get(blob) ?? bytesOf(bytes);
    own.set(blob, found);
    return found;
  }
  const found = blobs.get(id) ?? (bytes ? bytesOf(bytes) : undefined);
  if (found) keep(blobs, id, found, KEPT);
  view.question ??= new Question(() => view.trigger("resend", Date.now()), view.signal);
  if (found) view.question.stop();
  else view.question.begin();
  return found;
}

/**
 * Put it into a map, as the newest in there; if there are more than so many, the oldest goes.
 *
 * @template Value
 * @param {Map<string, Value>} all
 * @param {string} name
 * @param {Value} value
 * @param {number} most
 */
export function keep(all, name, value, most) {
  all.delete(name);
  all.set(name, value);
  const [oldest] = all.keys();
  if (all.size > most) all.delete(oldest);
}
