// How the canvas looks. Its own width decides: three columns, two, or all below each other.

export const STYLE = `
.sp-canvas { container-type: inline-size; width: 100%; color: var(--st-text-color);
  font-family: var(--st-font); font-size: 16px; line-height: 1.25;
  font-variant-numeric: tabular-nums; --sp-row: 30px; --sp-head: 92px; }
.sp-canvas * { box-sizing: border-box; }
.sp-canvas-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }

.sp-canvas-tools { display: flex; gap: 6px; height: 44px; margin-bottom: 8px; }
.sp-canvas-tool { flex: 1 1 44px; max-width: 52px; min-width: 40px; padding: 0; cursor: pointer;
  color: inherit; background: transparent; border: 1px solid var(--st-border-color);
  border-radius: .5rem; touch-action: manipulation; }
.sp-canvas-tool svg { display: block; width: 22px; height: 22px; margin: auto; fill: none;
  stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.sp-canvas-tool circle { fill: currentColor; stroke: none; }
.sp-canvas-tool:hover { background: var(--st-secondary-background-color); }
.sp-canvas-tool:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 1px; }
.sp-canvas-tool[aria-pressed="true"] { color: var(--st-background-color);
  background: var(--st-text-color); border-color: var(--st-text-color); }
.sp-canvas-tool[aria-disabled="true"] { opacity: .4; cursor: default; background: transparent; }

.sp-canvas-frame { position: relative; aspect-ratio: 1; overflow: hidden;
  border-radius: .5rem; background: var(--st-secondary-background-color);
  box-shadow: inset 0 0 0 2px var(--st-border-color); }
.sp-canvas-pad { position: absolute; inset: 0; width: 100%; height: 100%; cursor: crosshair;
  touch-action: none; user-select: none; -webkit-user-select: none;
  -webkit-touch-callout: none; -webkit-tap-highlight-color: transparent; outline: none;
  border-radius: .5rem; }
.sp-canvas[data-keys] .sp-canvas-pad { box-shadow: inset 0 0 0 3px var(--st-primary-color); }
.sp-canvas-empty { position: absolute; inset: 0; display: none; align-items: center;
  justify-content: center; font-size: 22px; opacity: .75; pointer-events: none; }
.sp-canvas[data-empty="true"]:not([data-keys]) .sp-canvas-empty { display: flex; }
.sp-canvas-help { position: absolute; inset: auto 8px 8px; padding: 4px 8px; font-size: 14px;
  text-align: center; border-radius: .4rem; pointer-events: none; visibility: hidden;
  background: var(--st-background-color); }
.sp-canvas[data-keys] .sp-canvas-help { visibility: visible; }
.sp-canvas[data-down="true"] .sp-canvas-help { visibility: hidden; }
.sp-canvas-cursor { position: absolute; width: 22px; height: 22px; translate: -50% -50%;
  border: 3px solid var(--st-primary-color); border-radius: 50%; pointer-events: none;
  display: none; box-shadow: 0 0 0 1px var(--st-background-color); }
.sp-canvas[data-keys] .sp-canvas-cursor { display: block; }
.sp-canvas[data-keys][data-down="true"] .sp-canvas-cursor {
  background: var(--st-primary-color); }
.sp-canvas[data-erasing="true"][data-down="true"] .sp-canvas-cursor { display: block;
  background: transparent; width: var(--sp-eraser); height: var(--sp-eraser); }

.sp-canvas-seen { align-self: end; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; font-size: 14px; line-height: 20px; padding-bottom: 8px; }
.sp-canvas-digit { position: relative; aspect-ratio: 1; overflow: hidden; border-radius: .5rem;
  background: var(--st-secondary-background-color);
  box-shadow: inset 0 0 0 2px var(--st-border-color); }
.sp-canvas-digit canvas { display: block; width: 100%; height: 100%;
  image-rendering: pixelated; }

.sp-canvas-top { height: var(--sp-head); overflow: hidden; }
.sp-canvas-name { height: 22px; font-weight: 600; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
.sp-canvas-best { display: flex; gap: .4em; align-items: baseline; height: 66px;
  white-space: nowrap; overflow: hidden; }
.sp-canvas-best > span:first-child { font-size: 60px; line-height: 66px; font-weight: 700;
  overflow: hidden; text-overflow: ellipsis; }
.sp-canvas-best[data-long="true"] > span:first-child { font-size: 32px; }
.sp-canvas-best > span:last-child { font-size: 28px; flex: none; }
.sp-canvas-row { display: grid; align-items: center; column-gap: 8px; height: var(--sp-row);
  grid-template-columns: var(--sp-room) minmax(0, 1fr) 4.4em; padding: 0 6px;
  border-radius: .3rem; }
.sp-canvas-row[data-best] { font-weight: 700; background: var(--st-secondary-background-color); }
.sp-canvas-class { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.sp-canvas-track { height: 60%; border-radius: 3px; overflow: hidden;
  box-shadow: inset 0 0 0 1px var(--st-border-color); }
.sp-canvas-track > span { display: block; height: 100%; transform: scaleX(0);
  transform-origin: left; transition: transform 90ms linear; }
.sp-canvas-value { text-align: right; white-space: nowrap; }
.sp-canvas-line { min-height: 2.5em; padding-top: 8px; }
.sp-canvas-others { display: grid; gap: 12px;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 220px), 1fr)); }
.sp-canvas-card { --sp-row: 22px; font-size: 14px; padding: 10px; border-radius: .5rem;
  border: 1px solid var(--st-border-color); min-width: 0; }
.sp-canvas-card .sp-canvas-best { height: 40px; }
.sp-canvas-card .sp-canvas-best > span:first-child { font-size: 32px; line-height: 40px; }
.sp-canvas-card .sp-canvas-best[data-long="true"] > span:first-child,
.sp-canvas-card .sp-canvas-best > span:last-child { font-size: 18px; }

.sp-canvas-body { display: grid; column-gap: 20px; grid-template-columns: 96px minmax(0, 1fr);
  grid-template-areas: "digit top" "tools tools" "pad pad" "bars bars" "line line"
    "others others"; }
.sp-canvas-tools { grid-area: tools; }
.sp-canvas-frame { grid-area: pad; }
.sp-canvas-seen { grid-area: seen; }
.sp-canvas-digit { grid-area: digit; align-self: start; }
.sp-canvas-top { grid-area: top; }
.sp-canvas-bars { grid-area: bars; }
.sp-canvas-line { grid-area: line; }
.sp-canvas-others { grid-area: others; }
@container (max-width: 619px) { /* the answer above the hand that draws */
  .sp-canvas-seen { display: none; }
  .sp-canvas-digit { margin-bottom: 8px; }
  .sp-canvas-bars { padding-top: 8px; --sp-row: 26px; }
}
@container (min-width: 620px) {
  .sp-canvas-body { grid-template-rows: auto 100px 1fr;
    grid-template-columns: minmax(0, 380px) 92px minmax(0, 1fr);
    grid-template-areas: "tools seen seen" "pad digit top" "pad bars bars"
      "line line line" "others others others"; }
  .sp-canvas-frame { align-self: start; }
}
@container (min-width: 980px) {
  .sp-canvas-body { column-gap: 24px; grid-template-rows: auto 48px 1fr;
    grid-template-columns: minmax(0, 380px) minmax(0, 380px) minmax(240px, 1fr);
    grid-template-areas: "tools seen top" "pad digit top" "pad digit bars"
      "line line line" "others others others"; }
  .sp-canvas-bars { --sp-row: 33px; }
}
@media (prefers-reduced-motion: reduce) {
  .sp-canvas-track > span { transition: none; }
}`;
