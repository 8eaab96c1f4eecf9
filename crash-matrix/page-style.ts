/** The look of the page. Light or dark as the reader's system is; colour never says alone what a mark says too. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf7; --card: #ffffff; --ink: #1d2126; --soft: #5d6670; --line: #e3e1da; --hollow: #f0eee8;
  --one: #2f9e73; --two: #7cc7a3; --more: #e0b64a; --failed: #c8323c; --failed-soft: #fbe4e2; --good-soft: #e2f3ea;
  --secretsmanager: #d2691e; --sts: #8250c8; --target: #2f74c0; --step: #7b8794; --accent: #2f74c0;
  --shadow: 0 1px 2px rgb(0 0 0 / 6%), 0 8px 24px rgb(0 0 0 / 5%);
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --card: #1b1f25; --ink: #e8e6e1; --soft: #9aa3ad; --line: #2e343c; --hollow: #22272e;
    --one: #2f9e73; --two: #1f6a50; --more: #b98a24; --failed: #f0525c; --failed-soft: #42201f; --good-soft: #17342a;
    --secretsmanager: #e8935a; --sts: #b08cf0; --target: #6aa9ee; --step: #8a95a1; --accent: #6aa9ee;
    --shadow: 0 1px 2px rgb(0 0 0 / 40%), 0 8px 24px rgb(0 0 0 / 30%);
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", "Liberation Sans", "DejaVu Sans", sans-serif; }
main { max-width: 1560px; margin: 0 auto; padding: 40px 32px 96px; }
h1 { font-size: 34px; line-height: 1.15; letter-spacing: -0.02em; margin: 6px 0 10px; text-wrap: balance; }
h2 { font-size: 19px; letter-spacing: -0.01em; margin: 0; }
p { margin: 0; max-width: 78ch; }
code, .mono { font-family: var(--mono); font-size: 0.88em; }
.brand { color: var(--soft); font-size: 13px; letter-spacing: 0.08em; text-transform: uppercase; }
.early { color: var(--failed); font-size: 16px; }
.lead { color: var(--soft); font-size: 16px; }
.totals { display: flex; flex-wrap: wrap; gap: 12px; margin: 26px 0 0; padding: 0; list-style: none; }
.totals li { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 12px 18px; box-shadow: var(--shadow); min-width: 128px; }
.totals b { display: block; font-size: 26px; line-height: 1.2; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.totals span { color: var(--soft); font-size: 13px; }
.totals .bad b { color: var(--failed); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 14px; box-shadow: var(--shadow); margin-top: 28px; padding: 20px 22px 22px; }
.card > header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 14px; margin-bottom: 14px; }
.card > header p { color: var(--soft); font-size: 14px; }
.verdict { margin-left: auto; font-weight: 600; font-variant-numeric: tabular-nums; color: var(--one); }
.verdict.bad { color: var(--failed); }
.scroll { overflow-x: auto; padding-bottom: 4px; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { font-weight: 500; text-align: left; }
.summary { font-size: 13px; }
.summary tbody td, .summary tbody th { border-top: 1px solid var(--line); padding: 7px 8px; white-space: nowrap; }
.summary td { text-align: center; }
.summary tbody th { padding-right: 22px; }
.summary tbody th a { color: inherit; text-decoration-color: var(--line); text-underline-offset: 3px; }
.summary tbody th small { display: block; color: var(--soft); font-size: 12px; }
.summary .turned { height: 190px; min-width: 46px; text-align: center; vertical-align: bottom; padding: 0 8px 8px; }
.summary .turned span { writing-mode: vertical-rl; transform: rotate(180deg); color: var(--soft); display: inline-block; white-space: nowrap; }
.summary td.all { background: var(--good-soft); }
.summary td.some { background: var(--failed-soft); color: var(--failed); font-weight: 700; }
.summary td.none { color: var(--line); }
.summary td.number { color: var(--soft); text-align: right; }
.grid { border-spacing: 0; margin-right: 64px; }
.grid th.fault { position: sticky; left: 0; z-index: 1; background: var(--card); padding: 0 14px 0 0; font-size: 13px; white-space: nowrap; height: 21px; }
.grid .stepname { font-size: 11px; color: var(--soft); padding: 0 0 6px 5px; border-left: 2px solid var(--line); max-width: 0; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.grid .point { height: 172px; vertical-align: bottom; padding: 0; width: 20px; min-width: 19px; }
.grid .point span { writing-mode: vertical-rl; transform: rotate(180deg); display: block; margin: 0 auto 6px; max-height: 162px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: 11.5px; line-height: 15px; color: var(--soft); }
.grid .point i { display: block; height: 4px; margin: 0 2px 5px; border-radius: 2px; background: var(--step); }
.grid .secretsmanager i { background: var(--secretsmanager); } .grid .sts i { background: var(--sts); } .grid .target i { background: var(--target); }
.grid td { padding: 1px; height: 21px; min-width: 19px; }
.grid td.first, .grid .point.first { border-left: 2px solid var(--line); padding-left: 3px; }
.grid tbody td:empty::after { content: ""; display: block; width: 4px; height: 4px; margin: 0 auto; border-radius: 50%; background: var(--hollow); }
.cell { display: block; width: 100%; height: 18px; margin: 0; padding: 0; border: 0; border-radius: 4px; background: var(--one); cursor: pointer; color: #fff; font: 700 12px/18px var(--mono); }
.cell + .cell { margin-top: 1px; }
.cell.two { background: var(--two); } .cell.more { background: var(--more); }
.cell.failed { background: var(--failed); }
.cell.failed::before { content: "×"; }
.cell:hover, .cell[aria-pressed="true"] { outline: 2px solid var(--ink); outline-offset: 1px; }
.cell:focus-visible { outline: 3px solid var(--accent); outline-offset: 1px; }
body.gaps .cell:not(.failed) { background: color-mix(in oklab, var(--more) calc(var(--gap, 0) * 1%), var(--hollow)); }
.legend { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 20px; color: var(--soft); font-size: 13px; margin-top: 16px; }
.legend span { display: inline-flex; align-items: center; gap: 7px; }
.legend .swatch { width: 18px; height: 18px; border-radius: 4px; display: inline-block; text-align: center; color: #fff; font: 700 12px/18px var(--mono); }
.legend .bar { width: 18px; height: 4px; border-radius: 2px; display: inline-block; }
.switch { margin-left: auto; }
button.plain { font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 4px 12px; cursor: pointer; }
button.plain:hover { border-color: var(--soft); }
.tip { position: fixed; z-index: 20; pointer-events: none; background: var(--ink); color: var(--paper); font-size: 12.5px; line-height: 1.4; padding: 6px 10px; border-radius: 7px; max-width: 380px; }
.story { position: fixed; z-index: 10; inset: 0 0 0 auto; width: min(560px, 100vw); background: var(--card); border-left: 1px solid var(--line); box-shadow: -12px 0 40px rgb(0 0 0 / 18%); padding: 24px 26px 40px; overflow-y: auto; }
.story .close { float: right; }
.story h2 { margin: 2px 0 10px; padding-right: 70px; }
.story dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; margin: 14px 0; font-size: 14px; }
.story dt { color: var(--soft); } .story dd { margin: 0; overflow-wrap: anywhere; }
.story h3 { font-size: 13px; color: var(--soft); font-weight: 500; margin: 20px 0 6px; }
.story ol { margin: 0; padding-left: 2.2em; font: 12.5px/1.55 var(--mono); }
.story li { padding-left: 4px; overflow-wrap: anywhere; } .story li::marker { color: var(--soft); }
.story .finding { background: var(--failed-soft); border-left: 3px solid var(--failed); border-radius: 6px; padding: 8px 12px; margin: 6px 0; font-size: 14px; overflow-wrap: anywhere; }
.story pre { background: var(--hollow); border-radius: 8px; padding: 10px 12px; margin: 0; font: 12.5px/1.5 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; user-select: all; }
.pill { display: inline-block; border-radius: 99px; padding: 2px 12px; font-size: 13px; font-weight: 600; background: var(--good-soft); color: var(--one); }
.pill.failed { background: var(--failed-soft); color: var(--failed); }
footer { color: var(--soft); font-size: 13px; margin-top: 36px; }
@media print { .story, .switch { display: none; } .card { break-inside: avoid; box-shadow: none; } }
`;
