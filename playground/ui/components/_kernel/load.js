// A component is called when its module and its style sheet are both there.

/** @type {Map<string, Promise<string>>} */
const sheets = new Map(); // by path below the components' folder

/**
 * Call a component as Streamlit does; `module_loader` in playground/ui/server/assets.py does this.
 * It has its style sheet in hand, so nothing of it is ever seen, or measured, without.
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
  const loading = fetched(path);
  sheets.set(path, loading);
  loading.catch(() => sheets.delete(path)); // the next message tries again
  return loading;
}

/** @param {string} path */
async function fetched(path) {
  const answer = await fetch(new URL(`../${path}`, import.meta.url));
  if (!answer.ok) throw new Error(`Cannot load ${path}`);
  return answer.text();
}
