// What the scrubber looks like. Heights are fixed: nothing below moves when a value changes.

export const STYLE = `
.sp-scrubber { color: var(--st-text-color); font-size: 16px; line-height: 1.25;
  font-variant-numeric: tabular-nums; }
.sp-scrubber-track { position: relative; height: 40px; padding: 0 14px; cursor: pointer;
  overflow: clip;
  touch-action: pan-y; border-radius: 8px; -webkit-tap-highlight-color: transparent; }
.sp-scrubber-track:focus { outline: none; }
.sp-scrubber-track:focus-visible { outline: 3px solid var(--st-primary-color); }
.sp-scrubber-rail { position: relative; height: 100%; }
.sp-scrubber-line, .sp-scrubber-done { position: absolute; left: 0; top: 17px; width: 100%;
  height: 6px; border-radius: 3px; background: color-mix(in srgb, var(--st-text-color) 22%,
  transparent); }
.sp-scrubber-done { background: var(--st-primary-color); transform-origin: 0 50%; }
.sp-scrubber-stop { position: absolute; top: 29px; width: 2px; height: 5px; margin-left: -1px;
  background: color-mix(in srgb, var(--st-text-color) 62%, transparent); }
.sp-scrubber-stop[data-epoch] { top: 6px; height: 9px;
  background: color-mix(in srgb, var(--st-text-color) 85%, transparent); }
.sp-scrubber-thumb { position: absolute; left: 0; top: 9px; width: 22px; height: 22px;
  margin-left: -11px; border-radius: 50%; background: var(--st-primary-color);
  border: 3px solid var(--st-background-color); box-sizing: border-box;
  box-shadow: 0 0 0 2px var(--st-primary-color); }
.sp-scrubber-place { position: absolute; left: 0; top: 0; width: 100%; height: 100%;
  pointer-events: none; }
.sp-scrubber-foot { display: flex; gap: 12px; align-items: center; min-height: 40px;
  margin-top: 4px; }
.sp-scrubber-foot button { font: inherit; color: inherit; background: transparent;
  cursor: pointer; box-sizing: border-box; height: 40px; min-width: 96px; padding: 0 14px;
  border: 1px solid color-mix(in srgb, var(--st-text-color) 55%, transparent);
  border-radius: 8px; }
.sp-scrubber-foot button:hover { border-color: var(--st-primary-color); }
.sp-scrubber-foot button:focus-visible { outline: 3px solid var(--st-primary-color); }
.sp-scrubber-foot button[aria-pressed="true"] { border-color: var(--st-primary-color);
  box-shadow: inset 0 0 0 1px var(--st-primary-color); font-weight: 600; }
.sp-scrubber-text { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
.sp-scrubber-text b { font-size: 18px; }
@media (max-width: 520px) {
  .sp-scrubber-foot { gap: 8px; }
  .sp-scrubber-foot button { min-width: 0; padding: 0 10px; }
  .sp-scrubber-foot .sp-scrubber-play { width: 92px; }
}`;
