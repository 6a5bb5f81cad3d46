// SPDX-License-Identifier: Apache-2.0
#include "html_style.hpp"

namespace slipway::report_render::page {

// Colours are pairs of text and ground with a contrast of at least 4.5:1 in both schemes.
std::string_view style() {
    return R"css(
:root {
  color-scheme: light dark;
  --page: #fff; --raised: #f6f8fa; --text: #1b2027; --quiet: #57606a; --line: #d5dbe1;
  --link: #0a58b0; --mark: #4a6fa5; --plot: #2563b8;
  --green: #11632b; --green-bg: #e3f4e8; --green-bar: #2b8a4b;
  --amber: #744a00; --amber-bg: #fdf1d3; --amber-bar: #c98a0b;
  --red: #a11024; --red-bg: #fdeaea; --red-bar: #cf2f3f;
  --grey: #4b5563; --grey-bg: #eceff3; --grey-bar: #8a94a3;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #0f1318; --raised: #171c23; --text: #e6e9ed; --quiet: #9ba6b2; --line: #2d353f;
    --link: #7db7ff; --mark: #8fb4e8; --plot: #6aa6f8;
    --green: #7bdc9a; --green-bg: #10271a; --green-bar: #3fae68;
    --amber: #f0c36a; --amber-bg: #2b210c; --amber-bar: #d39a2d;
    --red: #ff9d9d; --red-bg: #331518; --red-bar: #ea5f6a;
    --grey: #b6bfca; --grey-bg: #222932; --grey-bar: #6c7785;
  }
}
*, ::before, ::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body {
  margin: 0 auto; padding: 2.5rem clamp(1rem, 4vw, 3rem) 4rem; max-width: 70rem;
  background: var(--page); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: break-word;
}
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px; }
h1, h2, h3 { line-height: 1.25; text-wrap: balance; }
h1 { margin: .15rem 0 0; font-size: clamp(1.5rem, 4vw, 2.1rem); letter-spacing: -.015em; }
h2 { margin: 0 0 1rem; font-size: 1.25rem; letter-spacing: -.01em; }
h3 { margin: 0; font-size: 1rem; overflow-wrap: anywhere; }
p { margin: .5rem 0; max-width: 68ch; }
code {
  font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  background: var(--raised); border-radius: 4px; padding: .1em .3em; overflow-wrap: anywhere;
}
section { margin-top: 3rem; }
.skip, .hidden {
  position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap;
}
.skip:focus {
  width: auto; height: auto; margin: 0; clip-path: none; padding: .5rem 1rem;
  background: var(--page); z-index: 1;
}
.eyebrow {
  margin: 0; color: var(--quiet); font-size: .8125rem; font-weight: 600;
  letter-spacing: .06em; text-transform: uppercase;
}
.facts { display: flex; flex-wrap: wrap; gap: .5rem 2.25rem; margin: 1.1rem 0 0; }
.facts dt, .pairs dt { color: var(--quiet); font-size: .8125rem; }
.facts dd, .pairs dd { margin: 0; overflow-wrap: anywhere; }
.facts dd { font-weight: 550; }
.verdict {
  margin-top: 2rem; padding: 1.5rem clamp(1rem, 3vw, 2rem); border-radius: 10px;
  border: 1px solid var(--edge); border-left-width: 6px; background: var(--ground);
}
.verdict h2 {
  display: flex; gap: .75rem; align-items: center; margin: 0; font-size: 1.6rem;
  color: var(--ink);
}
.verdict .sign {
  flex: none; display: grid; place-items: center; width: 2.1rem; height: 2.1rem;
  border-radius: 50%; background: var(--ink); color: var(--ground); font-size: 1.1rem;
}
.verdict .why { font-size: 1.0625rem; margin: .75rem 0 0; overflow-wrap: anywhere; }
.verdict .now { margin: 1rem 0 0; }
.tally { display: flex; flex-wrap: wrap; gap: .4rem 1.5rem; margin: 1rem 0 0; padding: 0; list-style: none; }
.tally strong { font-size: 1.125rem; }
.passed { --ink: var(--green); --ground: var(--green-bg); --edge: var(--green-bar); }
.warned { --ink: var(--amber); --ground: var(--amber-bg); --edge: var(--amber-bar); }
.failed { --ink: var(--red); --ground: var(--red-bg); --edge: var(--red-bar); }
.unknown { --ink: var(--grey); --ground: var(--grey-bg); --edge: var(--grey-bar); }
.pill {
  display: inline-block; padding: .05rem .55rem; border-radius: 1rem; white-space: nowrap;
  background: var(--ground); color: var(--ink); font-size: .8125rem; font-weight: 600;
}
nav ul {
  display: flex; flex-wrap: wrap; gap: .35rem 1.25rem; margin: 1.5rem 0 0; padding: 0;
  list-style: none; font-size: .9375rem;
}
.card {
  margin: 0 0 1rem; padding: 1rem 1.25rem; border: 1px solid var(--line);
  border-left: 4px solid var(--edge); border-radius: 8px; break-inside: avoid;
}
.card header { display: flex; flex-wrap: wrap; gap: .35rem .75rem; align-items: baseline; }
.card .from { color: var(--quiet); font-size: .875rem; }
.message { margin: .6rem 0 0; white-space: pre-line; overflow-wrap: anywhere; max-width: none; }
.pairs { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; margin: .75rem 0 0; }
.pairs dt { padding-top: .1rem; }
.hint {
  margin: .9rem 0 0; padding: .6rem .9rem; border-radius: 6px; background: var(--raised);
  max-width: none; overflow-wrap: anywhere;
}
.hint code { background: var(--page); }
.note { color: var(--quiet); font-size: .9375rem; }
.timeline { margin: 0; padding: 0; list-style: none; font-size: .9375rem; }
.timeline li {
  display: grid; grid-template-columns: minmax(9rem, 15rem) 1fr 6rem; gap: 0 1rem;
  align-items: center; padding: .3rem 0; border-bottom: 1px solid var(--line);
}
.timeline li.scale { border-bottom-width: 2px; color: var(--quiet); font-size: .8125rem; }
.timeline .scale span:nth-child(2) { display: flex; justify-content: space-between; }
.timeline .took { text-align: right; white-space: nowrap; }
.timeline svg { display: block; width: 100%; height: 1.25rem; overflow: visible; }
.timeline rect { fill: var(--edge); }
.timeline line { stroke: var(--line); }
.deep-1 { padding-left: 1.25rem; } .deep-2 { padding-left: 2.5rem; } .deep-3 { padding-left: 3.75rem; }
details { border: 1px solid var(--line); border-radius: 8px; margin: 0 0 .5rem; }
summary { padding: .65rem 1rem; cursor: pointer; border-radius: 8px; }
summary:hover { background: var(--raised); }
summary .took { float: right; color: var(--quiet); margin-left: 1rem; }
summary .what { color: var(--quiet); }
summary .name { font-weight: 600; margin: 0 .35rem; }
details > .inside { padding: .25rem 1rem 1rem; }
details details { margin: .75rem 0 0; }
.scroll { overflow-x: auto; padding: 1px; }
table { width: 100%; border-collapse: collapse; font-size: .9375rem; }
caption { text-align: left; color: var(--quiet); font-size: .875rem; padding: 0 0 .5rem; }
th, td { padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { color: var(--quiet); font-size: .8125rem; font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 550; }
td.number, th.number { text-align: right; white-space: nowrap; }
td:last-child, th:last-child { padding-right: 0; }
td { overflow-wrap: anywhere; min-width: 5rem; }
.assurance { padding: .75rem 1rem; border-radius: 8px; background: var(--raised); max-width: none; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); gap: 1.25rem; margin: 0 0 1.5rem; }
figure { margin: 0; padding: 1rem; border: 1px solid var(--line); border-radius: 8px; break-inside: avoid; }
figcaption { font-weight: 600; overflow-wrap: anywhere; }
figcaption small { display: block; color: var(--quiet); font-size: .8125rem; font-weight: 400; }
.plot { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0 .6rem; margin-top: .75rem; font-size: .75rem; color: var(--quiet); }
.plot .axis { display: flex; flex-direction: column; justify-content: space-between; text-align: right; line-height: 1; }
.plot svg { display: block; width: 100%; height: 7.5rem; overflow: visible; }
.plot .times { grid-column: 2; display: flex; justify-content: space-between; padding-top: .35rem; }
.plot polyline { fill: none; stroke: var(--plot); stroke-width: 1.75; stroke-linejoin: round; }
.plot line { stroke: var(--line); }
.plot line.event { stroke: var(--mark); stroke-width: 1.5; stroke-dasharray: 4 3; }
.stats { margin: .5rem 0 0; font-size: .8125rem; color: var(--quiet); }
.sum code { white-space: nowrap; }
.inside .facts { gap: .25rem 2rem; margin: .25rem 0 1rem; font-size: .9375rem; }
.inside .facts dd { font-weight: 400; }
.scroll + details { margin-top: 1rem; }
.advice { margin: 0; padding-left: 1.35rem; }
.advice li { margin: 0 0 .6rem; padding-left: .25rem; max-width: 75ch; overflow-wrap: anywhere; }
.signature td { height: 3.25rem; min-width: 7rem; }
footer { margin-top: 4rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: .875rem; }
@media (max-width: 40rem) {
  body { padding-top: 1.25rem; }
  section { margin-top: 2.25rem; }
  .timeline li { grid-template-columns: 1fr max-content; }
  .timeline li > :nth-child(2) { grid-row: 2; grid-column: 1 / -1; }
  .timeline .scale > :first-child, .timeline .scale > :last-child { display: none; }
  .timeline .scale span:nth-child(2) { grid-row: 1; }
  .pairs { grid-template-columns: 1fr; gap: 0; }
  .pairs dd { margin-bottom: .5rem; }
  .card { padding: .85rem 1rem; }
  summary .what { display: block; }
  table { min-width: 36rem; }
  .signature table { min-width: 0; }
}
@media print {
  :root {
    --page: #fff; --raised: #f4f5f7; --text: #000; --quiet: #444; --line: #bbb; --link: #000;
  }
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav, .skip { display: none; }
  section { margin-top: 1.5rem; }
  h2, summary { break-after: avoid; }
  tr, .verdict { break-inside: avoid; }
  .verdict, .pill, .timeline svg, .plot svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .scroll { overflow: visible; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
  #sign-off { break-inside: avoid; }
}
)css";
}

} // namespace slipway::report_render::page
