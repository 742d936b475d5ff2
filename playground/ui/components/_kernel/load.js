// A component is called when its module and its style sheet are both there.

import { findServerAtOnce } from "./page/reconnect.js";
import { surviveTranslation } from "./page/translation.js";

const PAUSES = [1000, 2000, 4000]; // ms before what has not come is fetched again

/** @type {Map<string, Promise<any>>} */
const coming = new Map(); // by path below the components' folder: what has come, or will

/**
 * Call a component as Streamlit does; `module_loader` in playground/ui/server/assets.py does this.
 * It has its style sheet in hand, so nothing of it is ever seen, or measured, without.
 * Streamlit shows an error for good where this fails, so it is patient.
 *
 * @param {string} component its folder
 * @param {boolean | number} hasSheet of its own
 * @param {{ data?: object[] }} given what Streamlit gives, with the message in a list
 */
export default async function load(component, hasSheet, given) {
  surviveTranslation(); // here, because each page has a component, and before it is there
  findServerAtOnce();
  const [{ default: call }, style] = await Promise.all([
    module(`${component}/${component}.js`),
    styleFor(hasSheet ? component : undefined),
  ]);
  return call({ ...given, data: given.data?.[0], style });
}

/**
 * What a component looks like: its own sheet after the kernel's.
 *
 * @param {string} [component] its folder, if it has a sheet
 */
export async function styleFor(component) {
  const paths = ["_kernel/kernel.css", ...(component ? [`${component}/${component}.css`] : [])];
  return (await Promise.all(paths.map(sheet))).join("\n");
}

/** @param {string} path */
const module = (path) => once(path, () => import(`../${path}`)); // Chromium fetches a lost one anew

/** @type {(path: string) => Promise<string>} */
const sheet = (path) =>
  once(path, async () => {
    const answer = await fetch(new URL(`../${path}`, import.meta.url));
    if (!answer.ok) throw new Error(`Cannot load ${path}`);
    return answer.text();
  });

/**
 * All who wait for it get it in the order in which they came: no message overtakes another.
 *
 * @template Got
 * @param {string} path
 * @param {() => Promise<Got>} get
 * @returns {Promise<Got>}
 */
function once(path, get) {
  const known = coming.get(path);
  if (known) return known;
  const loading = patiently(get);
  coming.set(path, loading);
  loading.catch(() => coming.delete(path)); // a component that is mounted later gets it anew
  return loading;
}

/**
 * What a function gets, if need be at a later try.
 *
 * @template Got
 * @param {() => Promise<Got>} get
 * @param {number[]} pauses before each further try
 * @returns {Promise<Got>}
 */
async function patiently(get, [pause, ...more] = PAUSES) {
  try {
    return await get();
  } catch (error) {
    if (pause === undefined) throw error;
  }
  await new Promise((resolve) => setTimeout(resolve, pause));
  return patiently(get, more);
}
