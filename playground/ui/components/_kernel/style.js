// The style sheets of components, each fetched once.

/** @type {Map<string, Promise<string>>} */
const sheets = new Map(); // by path below the components' folder

/**
 * What a component looks like: its own sheet after the kernel's. A component is mounted with
 * this in hand (see `module_loader` in playground/ui/server/assets.py), so nothing of it is ever
 * seen, or measured, without.
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
  const fetched = load(path);
  sheets.set(path, fetched);
  fetched.catch(() => sheets.delete(path)); // the next message tries again
  return fetched;
}

/** @param {string} path */
async function load(path) {
  const answer = await fetch(new URL(`../${path}`, import.meta.url));
  if (!answer.ok) throw new Error(`Cannot load ${path}`);
  return answer.text();
}
