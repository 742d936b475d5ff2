// A component is called when its module and its style sheet are both there.

const PAUSES = [1000, 2000, 4000]; // ms before a sheet that has not come is fetched again

/** @type {Map<string, Promise<string>>} */
const sheets = new Map(); // by path below the components' folder

/**
 * Call a component as Streamlit does; `module_loader` in playground/ui/server/assets.py does this.
 * It has its style sheet in hand, so nothing of it is ever seen, or measured, without.
 * Streamlit shows an error for good where this fails. A module is not imported again: browsers
 * may keep a failed import as failed, by its URL.
 *
 * @param {string} component its folder
 * @param {boolean | number} hasSheet of its own
 * @param {object} call what Streamlit gives
 */
export default async function load(component, hasSheet, call) {
  const [module, style] = await Promise.all([
    import(`../${component}/${component}.js`),
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
  const loading = fetched(path, PAUSES);
  sheets.set(path, loading);
  loading.catch(() => sheets.delete(path)); // a component that is mounted later fetches it anew
  return loading;
}

/**
 * @param {string} path
 * @param {number[]} pauses before each further try
 * @returns {Promise<string>}
 */
async function fetched(path, [pause, ...more]) {
  try {
    const answer = await fetch(new URL(`../${path}`, import.meta.url));
    if (!answer.ok) throw new Error(`Cannot load ${path}`);
    return await answer.text();
  } catch (error) {
    if (pause === undefined) throw error;
  }
  await new Promise((resolve) => setTimeout(resolve, pause));
  return fetched(path, more);
}
