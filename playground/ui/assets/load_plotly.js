// plotly.js, fetched once for all charts of the page.

// One script tag; a failed one is taken away to be tried anew.
export function loadPlotly(url) {
  window.spPlotly ??= new Promise((resolve, reject) => {
    const script = document.head.appendChild(document.createElement("script"));
    script.addEventListener("load", () => resolve(window.Plotly));
    script.addEventListener("error", () => {
      script.remove();
      delete window.spPlotly;
      reject(new Error(`Cannot load ${url}`));
    });
    script.src = url;
  });
  return window.spPlotly;
}
