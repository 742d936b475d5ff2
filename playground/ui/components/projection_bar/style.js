// The bar of projection mode, the switch that turns it on, and the QR code. What the mode does
// to a page is in projection.css.

export const STYLE = `
.sp-projection { color: var(--st-text-color); font-family: var(--st-font);
  font-variant-numeric: tabular-nums; line-height: 1.2; }
.sp-projection [hidden] { display: none !important; }
.sp-projection * { box-sizing: border-box; }
.sp-projection button { font: inherit; color: inherit; background: transparent; cursor: pointer;
  border: 1px solid color-mix(in srgb, var(--st-text-color) 55%, transparent);
  border-radius: .5rem; }
.sp-projection button:hover { background: color-mix(in srgb, var(--st-text-color) 10%,
  transparent); }
.sp-projection button:focus-visible { outline: 3px solid var(--st-primary-color);
  outline-offset: 1px; }
.sp-projection button[aria-disabled="true"] { opacity: .4; cursor: default; }
.sp-projection button svg path { fill: none; stroke: currentColor; stroke-width: 2.5;
  stroke-linecap: round; stroke-linejoin: round; }
.sp-projection button svg { width: 24px; height: 24px; flex: none; }

.sp-projection .sp-project { position: fixed; top: 8px; right: 64px; z-index: 999991;
  display: flex; gap: 8px; align-items: center; height: 40px; padding: 0 12px;
  background: var(--st-background-color); font-size: 14px; }
.sp-project svg { width: 20px; height: 20px; }
@media (max-width: 760px) { .sp-projection .sp-project { display: none; } }
@media print { .sp-projection { display: none; } }

.sp-projection-bar { position: fixed; inset: auto 0 0; z-index: 999991; height: 60px;
  display: flex; align-items: center; gap: 10px; padding: 0 16px; font-size: 20px;
  background: var(--st-secondary-background-color);
  border-top: 1px solid var(--st-border-color); }
.sp-projection-bar button { flex: none; height: 48px; min-width: 56px; padding: 0 12px;
  display: flex; align-items: center; justify-content: center; font-weight: 600; }
.sp-projection-text { flex: 1; min-width: 0; display: flex; gap: 14px; justify-content: center;
  white-space: nowrap; }
.sp-projection-title { font-weight: 600; overflow: hidden; text-overflow: ellipsis; }

.sp-code { position: fixed; inset: 0; width: 100vw; height: 100vh; height: 100dvh;
  max-width: none; max-height: none; margin: 0; padding: 24px; border: 0; overflow: auto;
  color: var(--st-text-color); background: var(--st-background-color); }
.sp-code[open] { display: flex; gap: 40px; align-items: center; justify-content: center; }
.sp-code-picture { flex: none; width: min(100dvh - 48px, 58vw); aspect-ratio: 1; }
.sp-code-picture svg { display: block; width: 100%; height: 100%; border-radius: .5rem;
  box-shadow: 0 0 0 1px var(--st-border-color); }
.sp-code[data-state="problem"] .sp-code-picture { display: none; }
.sp-code .sp-code-words { flex: 1 1 0; min-width: 0; max-width: 40rem; }
.sp-code p { margin: 0 0 24px; }
.sp-code .sp-code-lead { font-size: 28px; }
.sp-code .sp-code-link { font-size: 36px; font-weight: 700; line-height: 1.3;
  overflow-wrap: anywhere; }
.sp-code .sp-code-whole { white-space: nowrap; }
.sp-code[data-state="problem"] .sp-code-link { font-size: 28px; font-weight: 400; }
.sp-code[data-state="problem"] .sp-code-lead { display: none; }
.sp-code .sp-code-close { height: 52px; padding: 0 20px; font-size: 22px; }
@media (max-aspect-ratio: 1) {
  .sp-code[open] { flex-direction: column; }
  .sp-code-picture { width: min(100%, 60dvh); }
  .sp-code .sp-code-words { flex: none; width: 100%; }
}`;
