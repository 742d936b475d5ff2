// A component is called when its module and its style sheet are both there.

const PAUSES = [1000, 2000, 4000]; // ms before what has not come is fetched again

/** @type {Map<string, Promise<string>>} */
const sheets = new Map(); // by path below the components' folder

/**
 * Call a component as Streamlit does; `module_loader` in playground/ui/server/assets.py does this.
 * It has its style sheet in hand, so nothing of it is ever seen, or measured, without.
 * Streamlit shows an error for good where this fails, so it is patient.
 *
 * @param {string} component its folder
 * @param {boolean | number} hasSheet of its own
 * @param {object} call what Streamlit gives
 */
export default async function load(component, hasSheet, call) {
  const [module, style] = await Promise.all([
    patiently(() => import(`../${component}/${component}.js`)), // Chromium then fetches it anew
    styleFor(hasSheet ? component : undefined),
  ]);
  return module.default({ ...call, style });
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
function sheet(path) {
  const known = sheets.get(path);
  if (known) return known;
  const loading = patiently(() => fetched(path));
  sheets.set(path, loading);
  loading.catch(() => sheets.delete(path)); // a component that is mounted later fetches it anew
  return loading;
}

/** @param {string} path */
async function fetched(path) {
  const answer = await fetch(new URL(`../${path}`, import.meta.url));
  if (!answer.ok) throw new Error(`Cannot load ${path}`);
  return answer.text();
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
