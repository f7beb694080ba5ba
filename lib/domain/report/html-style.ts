/** The report's whole style: system fonts only, so that the file refers to nothing outside itself. */
export const STYLE = `
:root { color-scheme: light dark; --paper: #fff; --card: #f6f7f9; --ink: #1b1f24; --faint: #5d6673; --line: #d9dde3;
  --good: #2f7d4f; --bad: #b3261e; --phase: #2f6db5; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171b; --card: #1d2127; --ink: #e7eaee; --faint: #9aa4b1;
  --line: #343a43; --good: #5fbf86; --bad: #ff8a80; --phase: #7ab2f2; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.2rem; margin: 0; } h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
.faint { color: var(--faint); fill: var(--faint); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 1rem 0; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .8rem; }
.tile b { display: block; font-size: 1.25rem; font-variant-numeric: tabular-nums; }
.tile span { color: var(--faint); font-size: .85rem; }
.passed { color: var(--good); } .missed { color: var(--bad); }
section { border-top: 1px solid var(--line); margin-top: 2rem; padding-top: 1.2rem; }
header.scenario { display: flex; flex-wrap: wrap; gap: .2rem 1rem; align-items: baseline; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .92rem; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number, th.number { text-align: right; white-space: nowrap; }
.scroll { overflow-x: auto; } .scroll td, .scroll th { min-width: 6rem; overflow-wrap: break-word; }
a { color: var(--phase); }
svg { width: 100%; height: auto; display: block; font-size: 13px; }
svg .label, svg .value { fill: var(--ink); } svg .grid { stroke: var(--line); }
svg .phase { fill: var(--phase); } svg .bad { fill: var(--bad); } svg .good { fill: var(--good); opacity: .75; }
svg .failed { fill: var(--bad); fill-opacity: .3; stroke: var(--bad); } svg .marker { stroke: var(--ink); stroke-dasharray: 3 3; }
@media print { :root { --paper: #fff; --card: #fff; --ink: #000; --faint: #444; --line: #bbb; --good: #1e6b3c; --bad: #a01812;
  --phase: #1f5596; } body { max-width: none; padding: 0; font-size: 11pt; } svg, .tile, tr { break-inside: avoid; }
  section { break-before: page; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
`;
