// What the flow of a digit looks like.

// The ten columns (on a phone: rows) share the sizes of their parts with the labels.
const ROWS = "var(--sp-names, 48px) 60px 84px 20px 64px 20px";
const ROWS_WIDE = "var(--sp-names, 48px) 60px 116px 20px 92px 20px";
const COLUMNS = "50px 40px minmax(0, 1fr) 48px minmax(0, 1fr) 50px";

export const STYLE = `
.sp-flow { container-type: inline-size; font-size: 14px; line-height: 1.35;
  font-variant-numeric: tabular-nums; color: var(--st-text-color); }
.sp-flow .sp-digit { display: block; image-rendering: pixelated; aspect-ratio: 1;
  background: var(--st-background-color); border: 1px solid var(--st-border-color);
  box-sizing: content-box; }
.sp-flow-body { display: grid; gap: 10px 12px; align-items: start;
  grid-template: "x sum" "labels labels" "classes classes" "loss loss" / 1fr 1fr; }
.sp-flow-x { grid-area: x; } .sp-flow-sum { grid-area: sum; }
.sp-flow-x, .sp-flow-sum { display: flex; gap: 8px; }
.sp-flow-x .sp-digit, .sp-flow-sum .sp-digit { width: 84px; height: 84px; flex: none; }
.sp-flow b { font-weight: 650; }
.sp-flow-text span { display: block; }
.sp-flow-labels b::before, .sp-flow-formula::before { content: "→ "; }
.sp-flow-loss { grid-area: loss; display: flex; gap: 4px 12px; align-items: baseline;
  border-top: 2px solid currentColor; padding-top: 4px; min-height: 56px; }
.sp-flow-loss strong { font-size: 40px; line-height: 1.2; font-weight: 700; min-width: 3.2em; }
.sp-flow-loss .sp-flow-verdict { font-size: 16px; font-weight: 650; }
.sp-flow-labels, .sp-flow-class { display: grid; column-gap: 5px;
  grid-template-columns: ${COLUMNS}; }
.sp-flow-labels { grid-area: labels; padding: 0 4px; font-size: 13px; }
.sp-flow-labels > :nth-child(1) { grid-column: 1 / 3; }
.sp-flow-labels > :nth-child(2), .sp-flow-labels > :nth-child(3) { grid-column: span 2; }
.sp-flow-labels span { display: block; }
.sp-flow-key { display: flex !important; align-items: center; gap: 4px; font-size: 12px; }
.sp-flow-key canvas { width: 40px; height: 10px; border: 1px solid var(--st-border-color); }
.sp-flow-classes { grid-area: classes; display: grid; gap: 4px; min-width: 0; }
.sp-flow-class { font: inherit; color: inherit; text-align: center; cursor: pointer; margin: 0;
  min-width: 0; min-height: 44px; padding: 1px 4px; align-items: center; border-radius: 6px;
  background: transparent; border: 2px solid transparent; font-variant-numeric: inherit; }
.sp-flow-class[aria-pressed="true"] { background: var(--st-secondary-background-color); }
.sp-flow-class[data-read] { border: 2px dashed currentColor; }
.sp-flow-class[data-true] { border: 2px solid currentColor; }
.sp-flow-class:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 0; }
.sp-flow-class .sp-digit { width: 38px; height: 38px; }
.sp-flow-name { display: flex; gap: 5px; align-items: center; }
.sp-flow-name b { font-size: 18px; line-height: 1.1; }
.sp-flow-name i { font-style: normal; font-size: 12px; line-height: 1.1; text-align: left; }
.sp-flow-name i span { display: block; }
.sp-flow-bar { position: relative; align-self: stretch; justify-self: stretch; margin: 7px 0;
  background: color-mix(in srgb, currentColor 7%, transparent); }
.sp-flow-bar i { position: absolute; background: var(--sp-class); top: 0; bottom: 0;
  left: calc(var(--from) * 100%); width: max(1px, var(--size) * 100%); }
.sp-flow-signed::after { content: ""; position: absolute; background: currentColor; opacity: .55;
  left: 50%; top: 0; bottom: 0; width: 1px; }
.sp-flow-value { white-space: nowrap; text-align: right; }
.sp-flow-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
@container (min-width: 600px) {
  .sp-flow-body { grid-template: "x x sum" "labels classes classes" ". loss loss"
    / 92px 130px minmax(0, 1fr); }
  .sp-flow-labels { grid-template: ${ROWS} / auto; padding: 2px 0; }
  .sp-flow-labels > :nth-child(1) { grid-area: 2 / 1; }
  .sp-flow-labels > :nth-child(2) { grid-area: 3 / 1 / 5; padding-top: 6px; }
  .sp-flow-labels > :nth-child(3) { grid-area: 5 / 1 / 7; padding-top: 2px; }
  .sp-flow-labels > div + div b::before { content: "↓ "; }
  .sp-flow-classes { grid-template-columns: repeat(10, minmax(0, 1fr)); }
  .sp-flow-class { grid-template: ${ROWS} / minmax(0, 1fr); padding: 0 1px;
    justify-items: center; }
  .sp-flow-name { flex-direction: column; gap: 0; align-self: start; }
  .sp-flow-name i { text-align: center; }
  .sp-flow-class .sp-digit { width: min(56px, 100% - 2px); height: auto; }
  .sp-flow-bar { margin: 2px 18%; }
  .sp-flow-bar i { left: 0; width: auto; right: 0; top: auto;
    bottom: calc(var(--from) * 100%); height: max(1px, var(--size) * 100%); }
  .sp-flow-signed::after { left: -20%; right: -20%; width: auto; bottom: auto; top: 50%;
    height: 1px; }
}
@container (min-width: 940px) {
  .sp-flow-body { grid-template: "x labels classes loss" "sum labels classes loss"
    / 146px 108px minmax(0, 1fr) 164px; }
  .sp-flow-x, .sp-flow-sum { flex-direction: column; gap: 2px; }
  .sp-flow-x .sp-digit, .sp-flow-sum .sp-digit { width: 112px; height: 112px; }
  .sp-flow-text { white-space: nowrap; }
  .sp-flow-labels, .sp-flow-class { grid-template-rows: ${ROWS_WIDE}; }
  .sp-flow-loss { align-self: end; flex-direction: column; align-items: flex-start;
    border-top: 0; border-left: 3px solid currentColor; padding: 4px 0 4px 14px; }
  .sp-flow-loss strong { font-size: 48px; line-height: 1.1; min-width: 0; }
}`;
