// The QR code and short link of what is shown, over the whole screen, for a class to open.

const SVG = "http://www.w3.org/2000/svg";

export function createCode(parent) {
  const dialog = parent.appendChild(document.createElement("dialog"));
  dialog.className = "sp-code";
  dialog.setAttribute("aria-label", "Link to exactly this page");
  const picture = add("div", "sp-code-picture", dialog);
  const words = add("div", "sp-code-words", dialog);
  add("p", "sp-code-lead", words).textContent = "Open exactly this on your own device:";
  const link = add("p", "sp-code-link", words);
  link.setAttribute("role", "status");
  const close = add("button", "sp-code-close", words);
  close.type = "button";
  close.textContent = "Close (Esc)";
  close.addEventListener("click", () => dialog.close());
  return { dialog, picture, link };
}

function add(tag, className, parent) {
  const made = parent.appendChild(document.createElement(tag));
  made.className = className;
  return made;
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
  const code = document.createElement("span");
  code.className = "sp-code-whole";
  code.textContent = link.slice(place);
  parent.append(link.slice(0, place), document.createElement("wbr"), code);
}

async function ask(path) {
  const { origin, pathname, search } = location;
  try {
    const answer = await fetch(path, {
      method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ origin, path: pathname, query: search }),
    });
    return await answer.json();
  } catch {
    return { problem: "The link could not be made: is the server still running?" };
  }
}

// Dark on white in either theme, with its white edge: cameras expect it so.
function draw(parent, { link, size, squares }) {
  const svg = parent.appendChild(document.createElementNS(SVG, "svg"));
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `QR code of ${link}`);
  svg.setAttribute("shape-rendering", "crispEdges");
  const page = svg.appendChild(document.createElementNS(SVG, "rect"));
  for (const side of ["width", "height"]) page.setAttribute(side, size);
  page.setAttribute("fill", "#fff");
  const dark = svg.appendChild(document.createElementNS(SVG, "path"));
  dark.setAttribute("d", squares);
  dark.setAttribute("fill", "#000");
}
