// The QR code and short link of what is shown, over the whole screen, for a class to open.

import { element, shape } from "./nodes.js";

export function createCode(parent) {
  const dialog = element("dialog", "sp-code", parent);
  dialog.setAttribute("aria-label", "Link to exactly this page");
  const picture = element("div", "sp-code-picture", dialog);
  const words = element("div", "sp-code-words", dialog);
  element("p", "sp-code-lead", words, "Open exactly this on your own device:");
  const link = element("p", "sp-code-link", words);
  link.setAttribute("role", "status");
  const close = element("button", "sp-code-close", words, "Close (Esc)");
  close.type = "button";
  close.addEventListener("click", () => dialog.close());
  return { dialog, picture, link };
}

// Always asked for anew: a slider may have been moved since. `path` is where to ask.
export async function openCode(code, path) {
  code.picture.replaceChildren();
  delete code.dialog.dataset.state;
  code.link.textContent = "Making the link …";
  if (!code.dialog.open) code.dialog.showModal();
  const asked = (code.asked = {});
  const answer = await ask(path);
  if (code.asked !== asked) return;
  code.link.textContent = answer.problem ?? "";
  if (!answer.problem) writeLink(code.link, answer.link);
  code.dialog.dataset.state = answer.problem ? "problem" : "ready";
  if (!answer.problem) draw(code.picture, answer);
}

// A line may end between the server and the code, never within the code.
function writeLink(parent, link) {
  const place = link.lastIndexOf("/s/");
  parent.append(link.slice(0, place));
  element("wbr", "", parent);
  element("span", "sp-code-whole", parent, link.slice(place));
}

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

// Dark on white in either theme, with its white edge: cameras expect it so.
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
