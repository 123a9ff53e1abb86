/** The style sheet of report.html: screen (light and dark) and A4 print. System fonts only. */
export const REPORT_STYLE = `:root {
  color-scheme: light dark;
  --page: #ffffff; --text: #1c2430; --quiet: #57606c; --edge: #d5dae1; --soft: #f5f7f9; --link: #0b57a4;
  --good: #17663a; --good-soft: #e9f5ee; --bad: #a61b12; --bad-soft: #fdeeec; --warn: #7a4d00; --warn-soft: #fdf4e1;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14181e; --text: #e4e8ee; --quiet: #a4aebb; --edge: #38414d; --soft: #1d232b; --link: #8fc1ff;
    --good: #7bd3a0; --good-soft: #15291e; --bad: #ff9c92; --bad-soft: #341b19; --warn: #f0c069; --warn-soft: #30260f;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 62rem; background: var(--page); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; overflow-wrap: anywhere;
}
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 1.25rem; }
h2 { font-size: 1.25rem; margin: 2.75rem 0 .75rem; padding-bottom: .35rem; border-bottom: 1px solid var(--edge); }
h3 { font-size: 1rem; margin: 1.75rem 0 .5rem; }
p { margin: .5rem 0; max-width: 46rem; }
header p { margin: 0; }
a { color: var(--link); }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: .9em; }
pre { background: var(--soft); border: 1px solid var(--edge); border-radius: 6px; padding: .75rem 1rem; white-space: pre-wrap; }
ul { padding-left: 1.25rem; max-width: 46rem; }
li { margin: .4rem 0; }
.quiet { color: var(--quiet); }
.verdict { border: 1px solid; border-left-width: 6px; border-radius: 6px; padding: 1rem 1.25rem; margin-bottom: 1.25rem; }
.verdict p { margin: .2rem 0; color: var(--text); }
.verdict .title { font-size: 1.375rem; font-weight: 650; line-height: 1.3; color: inherit; }
.verdict .quiet { color: var(--quiet); font-size: .9rem; }
.verdict.good { color: var(--good); background: var(--good-soft); }
.verdict.bad { color: var(--bad); background: var(--bad-soft); }
.verdict.warn { color: var(--warn); background: var(--warn-soft); }
dl { margin: .75rem 0; }
dl > div { display: grid; grid-template-columns: 10.5rem minmax(0, 1fr); gap: 0 1rem; padding: .3rem 0; border-bottom: 1px solid var(--edge); }
dl > div:last-child { border-bottom: 0; }
dt { color: var(--quiet); }
dd { margin: 0; }
.words dt { color: var(--text); font-weight: 600; }
.note { border-left: 4px solid var(--edge); padding: .5rem .9rem; background: var(--soft); border-radius: 0 6px 6px 0; max-width: none; }
.note.bad { border-color: var(--bad); background: var(--bad-soft); }
.note.warn { border-color: var(--warn); background: var(--warn-soft); }
.scroll { overflow-x: auto; margin: 1rem 0; border: 1px solid var(--edge); border-radius: 6px; }
.scroll:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; overflow-wrap: break-word; }
td > *, tbody th > * { display: inline-block; max-width: 22rem; }
caption { text-align: left; font-weight: 600; padding: .6rem .8rem; }
th, td { text-align: left; vertical-align: top; padding: .45rem .8rem; border-top: 1px solid var(--edge); min-width: 5rem; }
thead th { background: var(--soft); color: var(--quiet); font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 500; min-width: 9rem; }
td:last-child { min-width: 12rem; }
.message { white-space: pre-wrap; }
.status { display: inline-block; white-space: nowrap; font-weight: 600; }
.status::before { display: inline-block; width: 1.2em; content: "\\2013"; }
.status.failed { color: var(--bad); } .status.failed::before { content: "\\00d7"; }
.status.warned { color: var(--warn); } .status.warned::before { content: "!"; }
.status.success, .status.reused { color: var(--good); } .status.success::before, .status.reused::before { content: "\\2713\\FE0E"; }
.status.skipped, .status.no-op { color: var(--quiet); }
details { border: 1px solid var(--edge); border-radius: 6px; padding: .6rem .8rem; margin: 1rem 0; }
summary { cursor: pointer; font-weight: 600; }
.columns { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 0 1rem; list-style: none; padding: 0; margin: .75rem 0 0; max-width: none; }
.columns li { margin: .1rem 0; }
.drawing { padding: .75rem; }
.lineage { display: block; font-size: 13px; }
.lineage text { fill: var(--text); }
.lineage .small { font-size: 11px; fill: var(--quiet); }
.lineage .note { font-size: 12px; }
.lineage .box { fill: var(--soft); stroke: var(--quiet); }
.lineage .line { fill: none; stroke: var(--quiet); }
.lineage .edge { fill: none; stroke: var(--quiet); }
.lineage .declared { stroke-dasharray: 5 3; }
.lineage .head { fill: var(--quiet); }
.lineage .failed .box { fill: var(--bad-soft); stroke: var(--bad); stroke-width: 2; }
.lineage .warned .box { fill: var(--warn-soft); stroke: var(--warn); stroke-width: 2; }
.lineage :is(.success, .reused) .box { fill: var(--good-soft); stroke: var(--good); }
.lineage :is(.not-run, .skipped) .box { stroke-dasharray: 4 3; }
.lineage .failed .small { fill: var(--bad); font-weight: 600; }
.lineage .warned .small { fill: var(--warn); font-weight: 600; }
@media (max-width: 36rem) {
  body { padding: 1.25rem 1rem 3rem; }
  dl > div { grid-template-columns: 1fr; }
  td > *, tbody th > * { max-width: 11rem; }
}
@page {
  size: A4; margin: 16mm 14mm 18mm;
  @bottom-left { font: 8pt "Liberation Sans", sans-serif; color: #57606c; }
  @bottom-right { font: 8pt "Liberation Sans", sans-serif; color: #57606c; content: "Page " counter(page) " of " counter(pages); }
}
@media print {
  :root {
    color-scheme: light;
    --page: #ffffff; --text: #000000; --quiet: #444c57; --edge: #b9c0c9; --soft: #f5f7f9; --link: #000000;
    --good: #17663a; --good-soft: #ffffff; --bad: #a61b12; --bad-soft: #ffffff; --warn: #7a4d00; --warn-soft: #ffffff;
  }
  html { font-size: 9.5pt; }
  body { padding: 0; max-width: none; }
  h2, h3, caption, summary { break-after: avoid; }
  tr, .note, .verdict, dl > div, pre { break-inside: avoid; }
  thead { display: table-header-group; }
  .scroll { overflow: visible; border: 0; }
  table { font-size: 8pt; overflow-wrap: anywhere; }
  th, td, tbody th, td:last-child { min-width: 0; padding: .3rem .4rem; }
  details { border: 0; padding: 0; }
  summary { list-style: none; }
  p, ul { max-width: none; }
  #lineage { break-inside: avoid; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
  .drawing { padding: 0; break-inside: avoid; }
  .lineage { width: auto; height: auto; max-width: 100%; max-height: 215mm; }
  a[href]::after { content: " (" attr(href) ")"; }
}
`;
