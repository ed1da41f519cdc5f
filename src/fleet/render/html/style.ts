/** Style sheet of the report: light or dark by the reader's setting. Colours only repeat what the text says. */

/** CSS. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --back: #ffffff; --panel: #f6f7f9; --line: #d8dce2; --text: #1c2128; --faint: #59636e;
  --full: #1a7f37; --strong: #0a66c2; --partial: #b07800; --insufficient: #c8202c; --unknown: #7d4fc4;
  --good-back: #dcf3e1; --bad-back: #fde4e3; --link: #0a58ca;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #0f1318; --panel: #171c23; --line: #2f3742; --text: #e4e8ee; --faint: #99a4b1;
    --full: #43b864; --strong: #58a6ff; --partial: #e0a526; --insufficient: #ff6b63; --unknown: #b794f6;
    --good-back: #12351d; --bad-back: #4a1818; --link: #79b8ff;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 32px 24px 48px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 12px; }
h2 { font-size: 19px; margin: 40px 0 12px; padding-bottom: 6px; border-bottom: 1px solid var(--line); }
h3 { font-size: 15px; margin: 0; font-weight: 600; }
small { font-size: 12.5px; color: var(--faint); }
code { font: 13.5px ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", monospace; }
a { color: var(--link); }
time, .number { font-variant-numeric: tabular-nums; white-space: nowrap; }
.verdict { margin: 0 0 20px; padding: 10px 14px; border-left: 5px solid; background: var(--panel); font-weight: 600; }
.verdict.full { border-color: var(--full); }
.verdict.insufficient { border-color: var(--insufficient); }
.verdict.unknown { border-color: var(--unknown); }
.bands th, .bands td { white-space: nowrap; }
.facts { display: flex; flex-wrap: wrap; gap: 8px 36px; margin: 0; }
.facts dt { font-size: 12.5px; color: var(--faint); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.bar { display: block; width: 100%; height: 26px; border-radius: 4px; margin-bottom: 14px; background: var(--panel); }
rect.full { fill: var(--full); } rect.strong { fill: var(--strong); } rect.partial { fill: var(--partial); }
rect.insufficient { fill: var(--insufficient); } rect.unknown { fill: var(--unknown); }
.dot { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 8px; }
.dot.full { background: var(--full); } .dot.strong { background: var(--strong); }
.dot.partial { background: var(--partial); } .dot.insufficient { background: var(--insufficient); }
.dot.unknown { background: var(--unknown); }
table { border-collapse: collapse; }
th { text-align: left; font-weight: 600; }
th, td { padding: 5px 18px 5px 0; vertical-align: top; }
thead th { font-size: 12.5px; font-weight: 400; color: var(--faint); }
tbody tr { border-top: 1px solid var(--line); }
th.number, td.number { text-align: right; }
.check { padding: 12px 16px; margin-bottom: 10px; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; }
.worth { color: var(--faint); font-weight: 400; font-size: 13px; }
.tag { display: inline-block; padding: 0 8px; border-radius: 10px; font-size: 12.5px; font-weight: 600; }
.tag.good { background: var(--good-back); color: var(--full); }
.tag.bad { background: var(--bad-back); color: var(--insufficient); }
.proves { margin: 2px 0 0; color: var(--faint); font-size: 13.5px; }
.passing { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 4px 24px; margin: 8px 0 0; align-items: baseline; }
.passing dd { margin: 0; }
.reasons { list-style: none; margin: 8px 0 0; padding: 0; }
.reasons summary { cursor: pointer; overflow-wrap: anywhere; }
.where { color: var(--faint); font-size: 13px; margin-left: 6px; }
.names { margin: 4px 0 10px 18px; font-size: 13px; }
.names a { display: inline-block; margin-right: 10px; }
.row { display: grid; grid-template-columns: minmax(0, 4fr) minmax(0, 3fr) minmax(0, 2fr) minmax(0, 1.4fr); gap: 14px; align-items: baseline; padding: 6px 10px; }
.row > span { overflow-wrap: anywhere; }
.row.head { font-size: 12.5px; color: var(--faint); }
.name { font-weight: 600; }
.wrapper { border-top: 1px solid var(--line); scroll-margin-top: 12px; }
.wrapper > summary { cursor: pointer; list-style: none; }
.wrapper > summary::-webkit-details-marker { display: none; }
.wrapper > summary > .name::before { content: "\\25b8"; display: inline-block; width: 1.1em; color: var(--faint); font-weight: 400; }
.wrapper[open] > summary > .name::before { content: "\\25be"; }
.wrapper > summary:hover, .wrapper[open] > summary { background: var(--panel); }
.wrapper:target > summary { outline: 2px solid var(--strong); outline-offset: -2px; }
.wrapper .facts { padding: 10px; background: var(--panel); font-size: 13.5px; }
.error { margin: 0; padding: 6px 10px 14px; }
.scroll { overflow-x: auto; padding: 0 10px; background: var(--panel); }
.evidence { width: 100%; font-size: 13.5px; }
.evidence td.good { color: var(--full); font-weight: 600; }
.evidence td.bad { color: var(--insufficient); font-weight: 600; }
.source { color: var(--faint); max-width: 260px; overflow-wrap: anywhere; }
footer { margin-top: 44px; padding-top: 12px; border-top: 1px solid var(--line); color: var(--faint); font-size: 13px; }
@media (max-width: 720px) { main { padding: 20px 14px 32px; } th, td { padding-right: 12px; } .bands { width: 100%; font-size: 13.5px; } .bands th, .bands td { padding-right: 8px; } .bands tr > :last-child { padding-right: 0; } .passing { grid-template-columns: minmax(0, 1fr); } .row { grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); } .row.head { display: none; } }
@media (max-width: 720px) {
  .evidence, .evidence tbody { display: block; }
  .evidence thead { display: none; }
  .evidence tr { display: grid; grid-template-columns: 1fr auto auto; gap: 1px 14px; padding: 7px 0; }
  .evidence tr > * { padding: 0; min-width: 0; overflow-wrap: anywhere; }
  .evidence tr > :nth-child(n + 4) { grid-column: 1 / -1; }
  .evidence .time { color: var(--faint); }
  .source { max-width: none; }
}
@media (max-width: 390px) { .bands th, .bands td { padding-right: 4px; } .bands tr > :last-child { display: none; } }
@media print {
  main { max-width: none; padding: 0; }
  .check, .wrapper { break-inside: avoid; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
}
`;
