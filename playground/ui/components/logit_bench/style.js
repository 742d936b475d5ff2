// How the bench looks. Its own width decides: one line a class, or two on a phone.

const WIDE = "(min-width: 560px)";

export const STYLE = `
.sp-bench { container-type: inline-size; position: relative; width: 100%; line-height: 1.2;
  color: var(--st-text-color); font-family: var(--st-font); font-variant-numeric: tabular-nums;
  --sp-error: #b3261e; --sp-faint: rgba(128, 128, 128, .28); }
.sp-bench.sp-bench-dark { --sp-error: #ff9d94; }
.sp-bench * { box-sizing: border-box; }
.sp-bench-table, .sp-bench-foot { font-size: 14px; --sp-row: 36px; --sp-class-room: 26px;
  --sp-value-room: 76px; --sp-end-room: 0px; }
.sp-bench-targeted .sp-bench-table { --sp-class-room: 48px; }
.sp-bench-resizable .sp-bench-table { --sp-end-room: 32px; }
.sp-bench-row { display: grid; column-gap: 6px; align-items: center; border-radius: .4rem;
  grid-template-columns: var(--sp-class-room) minmax(0, 1fr) var(--sp-value-room)
    var(--sp-end-room); }
.sp-bench-row[data-true="true"] { background: var(--st-secondary-background-color); }
.sp-bench-cells { display: grid; grid-column: 1 / -1; grid-row: 2; column-gap: 6px;
  grid-template-columns: repeat(var(--sp-columns), minmax(0, 1fr)); padding: 0 4px 6px; }
.sp-bench-end { grid-column: -2; grid-row: 1; }
.sp-bench-heads { height: 24px; font-size: .93em; font-weight: 600; white-space: nowrap; }
.sp-bench-heads .sp-bench-class { font-weight: 400; font-size: .85em; }
.sp-bench-heads .sp-bench-head { display: none; }
.sp-bench-heads sup, .sp-bench-label sup { font-size: .72em; line-height: 0; margin-left: 1px; }
.sp-bench-value { text-align: right; padding-right: 9px; color: var(--sp-logit); }
.sp-bench-axis { display: flex; justify-content: space-between; font-weight: 400;
  font-size: .85em; padding: 0 11px; }
.sp-bench-axis span { display: flex; justify-content: center; width: 0; }
.sp-bench-scaled { --sp-tone: var(--sp-scaled); }
.sp-bench-shifted { --sp-tone: var(--sp-shifted); }
.sp-bench-exponential { --sp-tone: var(--sp-exponential); }
.sp-bench-probability { --sp-tone: var(--sp-probability); }
.sp-bench-loss { --sp-tone: var(--sp-loss); }
.sp-bench-gradient { --sp-tone: var(--sp-gradient); }
.sp-bench-head, .sp-bench-label { color: var(--sp-tone); }
.sp-bench-head { text-align: right; }

.sp-bench-choice { display: flex; align-items: center; gap: 4px; height: var(--sp-row); }
label.sp-bench-choice { cursor: pointer; }
.sp-bench-choice input { margin: 0; width: 18px; height: 18px; cursor: pointer;
  accent-color: var(--st-primary-color); }
.sp-bench-swatch { width: 22px; height: 22px; border-radius: .3rem; background: var(--sp-class);
  font-weight: 600; font-size: 14px; line-height: 22px; text-align: center; }

.sp-bench-track { height: var(--sp-row); padding: 0 11px; cursor: pointer; touch-action: none;
  overflow: clip; border-radius: .4rem; user-select: none; -webkit-user-select: none; }
.sp-bench-track:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: -2px; }
.sp-bench-rail { position: relative; height: 100%; }
.sp-bench-rail::before { content: ""; position: absolute; inset: 50% 0 auto; height: 14px;
  margin-top: -7px; border-radius: 3px; background: var(--sp-faint); }
.sp-bench-rail .sp-bench-bar { position: absolute; left: 0; top: 50%; height: 14px;
  margin-top: -7px; background: var(--sp-class, var(--st-primary-color)); }
.sp-bench-bar { width: 100%; transform-origin: left; will-change: transform; }
.sp-bench-zero, .sp-bench-thumb { position: absolute; inset: 0; pointer-events: none; }
.sp-bench-zero::before { content: ""; position: absolute; left: -.5px; top: 50%; width: 1px;
  height: 22px; margin-top: -11px; background: var(--st-text-color); opacity: .55; }
.sp-bench-thumb::before { content: ""; position: absolute; left: -10px; top: 50%; width: 20px;
  height: 20px; margin-top: -10px; border-radius: 50%; background: var(--st-background-color);
  border: 4px solid var(--sp-class, var(--st-primary-color));
  box-shadow: 0 0 0 1px var(--st-text-color); }

.sp-bench-field { position: relative; }
.sp-bench-field input { width: 100%; height: 30px; padding: 0 8px; font: inherit; font-size: 16px;
  text-align: right; color: inherit; background: var(--st-background-color);
  border: 1px solid rgba(128, 128, 128, .9); border-radius: .4rem; }
.sp-bench-field input:focus-visible { outline: 2px solid var(--st-primary-color);
  outline-offset: -1px; }
.sp-bench-field input[aria-invalid] { border-color: var(--sp-error);
  box-shadow: 0 0 0 1px var(--sp-error); }
.sp-bench-alert { position: absolute; right: 0; top: calc(100% + 2px); z-index: 5;
  width: max-content; max-width: min(17rem, 80cqi); padding: 5px 8px; font-size: 14px;
  line-height: 1.3; color: var(--sp-error); background: var(--st-background-color);
  border: 1px solid var(--sp-error); border-radius: .4rem; pointer-events: none; }
.sp-bench-alert:empty { display: none; }

.sp-bench-cell { display: flex; flex-direction: column; min-width: 0; text-align: right;
  white-space: nowrap; }
.sp-bench-label { display: block; height: 16px; font-size: 12px; }
.sp-bench-number { display: block; height: 18px; line-height: 18px; }
.sp-bench-room { display: block; height: 5px; background: var(--sp-faint); border-radius: 2px;
  overflow: hidden; }
.sp-bench-room .sp-bench-bar { display: block; height: 100%; background: var(--sp-tone); }
.sp-bench-word { height: 14px; font-size: 12px; line-height: 14px; order: 1; }
.sp-bench-scaled .sp-bench-room, .sp-bench-gradient .sp-bench-room {
  background: linear-gradient(90deg, var(--sp-faint) calc(50% - .5px), var(--st-text-color) 0
    calc(50% + .5px), var(--sp-faint) 0); }
[data-true="true"] .sp-bench-loss .sp-bench-number { font-weight: 700; color: var(--sp-loss); }
.sp-bench-sums { min-height: 24px; border-top: 1px solid var(--st-border-color);
  border-radius: 0; padding-top: 3px; }
.sp-bench-sums .sp-bench-class { font-weight: 600; padding-left: 6px; }
.sp-bench-sums .sp-bench-class, .sp-bench-sums .sp-bench-cells { grid-row: 1; grid-column: 1; }
.sp-bench-sums .sp-bench-cells { grid-column-end: -1; padding-bottom: 0; }
.sp-bench-sums .sp-bench-remark { grid-row: 2; grid-column: 1 / 3; padding-left: 6px; }
.sp-bench-sums .sp-bench-value { grid-row: 2; grid-column: 3; }
.sp-bench-sums .sp-bench-cell:has(.sp-bench-number:empty) { visibility: hidden; }

.sp-bench-remove, .sp-bench-add { font: inherit; color: inherit; background: transparent;
  cursor: pointer; border: 1px solid transparent; border-radius: .4rem; }
.sp-bench-remove { width: 100%; height: 30px; padding: 0; font-size: 20px; line-height: 1; }
.sp-bench-add { height: 32px; padding: 0 12px; border-color: rgba(128, 128, 128, .9);
  white-space: nowrap; }
.sp-bench button:hover { background: var(--st-secondary-background-color); }
.sp-bench button[aria-disabled="true"] { opacity: .5; cursor: not-allowed; background: none; }
.sp-bench button:focus-visible { outline: 2px solid var(--st-primary-color); }
.sp-bench-foot { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center;
  padding-top: 4px; border-top: 1px solid var(--st-border-color); }
.sp-bench-foot[hidden] { display: none; }
.sp-bench-temperature { display: grid; flex: 1 1 300px; align-items: center; column-gap: 6px;
  grid-template-columns: auto minmax(0, 1fr) var(--sp-value-room); }
.sp-bench-result { display: flex; flex-wrap: wrap; gap: 0 1.25rem; align-items: center;
  min-height: 44px; padding: 4px 0 0; font-size: 15px; line-height: 1.35; }
.sp-bench-prediction { font-weight: 600; }
.sp-bench-loss-line { font-size: 24px; font-weight: 700; white-space: nowrap; }
.sp-bench-formula, .sp-bench-loss-value { color: var(--sp-loss); }
.sp-bench-loss-line sub { font-size: .65em; line-height: 0; }

.sp-bench-dense .sp-bench-cells { column-gap: 4px; padding: 0 0 6px; font-size: 12px; }
.sp-bench-dense .sp-bench-label { font-size: 11px; word-spacing: -1px; }

@container ${WIDE} {
  .sp-bench-table, .sp-bench-foot { --sp-value-room: 66px; --sp-end-room: 0px; }
  .sp-bench-resizable .sp-bench-table { --sp-end-room: 26px; }
  .sp-bench-row { height: var(--sp-row); grid-template-columns: var(--sp-class-room)
    minmax(72px, 2fr) var(--sp-value-room) repeat(var(--sp-columns), minmax(0, 1fr))
    var(--sp-end-room); }
  .sp-bench-heads { height: 24px; }
  .sp-bench-heads .sp-bench-head { display: block; }
  .sp-bench-dense .sp-bench-cells, .sp-bench-cells { display: contents; font-size: inherit; }
  .sp-bench-end { grid-column: auto; grid-row: auto; }
  .sp-bench-label { display: none; }
  .sp-bench-type .sp-bench-alert { left: 0; right: auto; }
  .sp-bench-field input { font-size: inherit; padding: 0 6px; }
  .sp-bench-gradient .sp-bench-number { height: 15px; line-height: 15px; }
  .sp-bench-word { order: 0; height: 13px; line-height: 12px; }
  .sp-bench-sums .sp-bench-class { grid-row: auto; grid-column: auto; }
  .sp-bench-sums { height: 25px; padding-top: 0; }
  .sp-bench-sums .sp-bench-remark, .sp-bench-sums .sp-bench-value { grid-row: auto;
    grid-column: auto; white-space: nowrap; }
}
@container ${WIDE} and (max-width: 680px) {
  .sp-bench-dense .sp-bench-table { font-size: 12.5px; --sp-value-room: 60px; }
  .sp-bench-dense .sp-bench-row { column-gap: 4px; grid-template-columns: var(--sp-class-room)
    minmax(72px, 1.6fr) var(--sp-value-room) repeat(var(--sp-columns), minmax(0, 1fr))
    var(--sp-end-room); }
}
@container (min-width: 760px) {
  .sp-bench-table, .sp-bench-foot { font-size: 16px; --sp-value-room: 78px; }
  .sp-bench-result { font-size: 17px; }
}
@container (min-width: 1000px) {
  .sp-bench-table, .sp-bench-foot { font-size: 18px; --sp-row: 42px; --sp-value-room: 92px; }
  .sp-bench-number { height: 22px; line-height: 22px; }
  .sp-bench-result { font-size: 19px; }
  .sp-bench-prediction { font-weight: 600; }
.sp-bench-loss-line { font-size: 30px; }
}
@media (pointer: coarse) {
  .sp-bench-table, .sp-bench-foot { --sp-row: 40px; }
  .sp-bench-field input, .sp-bench-remove, .sp-bench-add { height: 40px; }
  .sp-bench-resizable .sp-bench-table { --sp-end-room: 40px; }
}`;
