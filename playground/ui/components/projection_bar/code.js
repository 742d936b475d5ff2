// The QR code and short link of what is shown, over the whole screen, for a class to open.

import { element, shape } from "../_kernel/dom.js";

/**
 * What the server answers: the link and its code, or what is wrong.
 *
 * @typedef {object} ShortLink
 * @property {string} link
 * @property {number} size of the code's side in squares, with its white edge
 * @property {string} squares the dark ones as the path of an SVG
 * @property {undefined} [problem]
 *
 * @typedef {ShortLink | { problem: string }} Share
 */

/**
 * @typedef {object} Code
 * @property {HTMLDialogElement} dialog
 * @property {HTMLElement} picture
 * @property {HTMLElement} link
 * @property {object} [asked] the last question; an older one's answer is dropped
 */

/**
 * @param {HTMLElement} parent
 * @returns {Code}
 */
export function createCode(parent) {
  const dialog = element("dialog", "sp-code", parent);
  dialog.setAttribute("aria-label", "Link to exactly this page");
  const picture = element("div", "sp-code-picture", dialog);
  const words = element("div", "sp-code-words", dialog);
  element("p", "sp-code-lead", words, "Open exactly this on your own device:");
  const link = element("p", "sp-code-link", words);
  link.setAttribute("role", "status");
  const close = element("button", "sp-code-close", words, "Close (Esc)");
  close.addEventListener("click", () => dialog.close());
  return { dialog, picture, link };
}

/**
 * Asked for each time: a slider may have been moved since.
 *
 * @param {Code} code
 * @param {string} path where to ask
 */
export async function openCode(code, path) {
  code.picture.replaceChildren();
  delete code.dialog.dataset.state;
  code.link.textContent = "Making the link …";
  if (!code.dialog.open) code.dialog.showModal();
  const asked = {};
  code.asked = asked;
  const answer = await ask(path);
  if (code.asked !== asked) return;
  code.link.textContent = answer.problem ?? "";
  code.dialog.dataset.state = answer.problem === undefined ? "ready" : "problem";
  if (answer.problem !== undefined) return;
  writeLink(code.link, answer.link);
  draw(code.picture, answer);
}

/**
 * A line may end between the server and the code, never within the code.
 *
 * @param {HTMLElement} parent
 * @param {string} link
 */
function writeLink(parent, link) {
  const place = link.lastIndexOf("/s/");
  parent.append(link.slice(0, place));
  element("wbr", "", parent);
  element("span", "sp-code-whole", parent, link.slice(place));
}

/**
 * @param {string} path
 * @returns {Promise<Share>}
 */
async function ask(path) {
  const { origin, pathname, search } = location;
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ origin, path: pathname, query: search }),
    });
    return await answer.json();
  } catch {
    return { problem: "The link could not be made: is the server still running?" };
  }
}

/**
 * Dark on white in either theme, with its white edge: cameras expect it so.
 *
 * @param {HTMLElement} parent
 * @param {ShortLink} code
 */
function draw(parent, { link, size, squares }) {
  const svg = shape("svg", "", parent, {
    viewBox: `0 0 ${size} ${size}`,
    "shape-rendering": "crispEdges",
    role: "img",
    "aria-label": `QR code of ${link}`,
  });
  shape("rect", "", svg, { width: size, height: size, fill: "#fff" });
  shape("path", "", svg, { d: squares, fill: "#000" });
}
