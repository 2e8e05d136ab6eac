/** The look of the page: light, dark and on paper. No font, image or script comes from elsewhere. */

export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fff; --raised: #f6f7f9; --ink: #17202b; --soft: #566273; --rule: #d8dde4;
  --net: #1f5fbf; --gross: #8b95a3; --loss: #b8322a; --mark: #a15c00; --pass: #17744a;
  --passed-ground: #e6f4ec; --refused-ground: #fbeae8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #11161d; --raised: #1a212b; --ink: #e6eaf0; --soft: #9aa7b8; --rule: #313b49;
    --net: #6ea8ff; --gross: #8592a4; --loss: #ff7b6f; --mark: #f0ad4e; --pass: #5fd39a;
    --passed-ground: #12301f; --refused-ground: #3a1a18;
  }
}
@media print {
  :root {
    --paper: #fff; --raised: #fff; --ink: #000; --soft: #333; --rule: #bbb;
    --net: #1f5fbf; --gross: #777; --loss: #b8322a; --mark: #8a4f00; --pass: #17744a;
    --passed-ground: #fff; --refused-ground: #fff;
  }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif }
main { max-width: 1144px; margin: 0 auto; padding: 32px 32px 64px }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; letter-spacing: -.01em; overflow-wrap: anywhere }
h2 { font-size: 20px; margin: 0; letter-spacing: -.005em }
h3 { font-size: 15px; margin: 24px 0 4px }
section { margin-top: 44px; padding-top: 20px; border-top: 1px solid var(--rule) }
p { margin: 6px 0 12px; max-width: 96ch }
.eyebrow, .question, .note, small, caption { color: var(--soft) }
.eyebrow { margin: 0 0 6px; font-size: 13px; letter-spacing: .06em; text-transform: uppercase }
.note { font-size: 13px; margin: 4px 0 0 }
.verdict { margin: 20px 0; padding: 16px 20px; border-left: 6px solid; border-radius: 4px }
.verdict b { display: block; font-size: 22px; letter-spacing: .01em }
.verdict p { margin: 2px 0 0; color: var(--ink) }
.verdict.passed { border-color: var(--pass); background: var(--passed-ground) }
.verdict.refused { border-color: var(--loss); background: var(--refused-ground) }
.verdict.passed b, .ok { color: var(--pass) }
.verdict.refused b, .bad { color: var(--loss) }
.ok, .bad { font-weight: 600; white-space: nowrap }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); margin: 16px 0; background: var(--raised); border: 1px solid var(--rule); border-radius: 4px; overflow: hidden }
.tiles div { padding: 10px 14px; box-shadow: 0 0 0 .5px var(--rule) }
dt { font-size: 12.5px; color: var(--soft) }
dd { margin: 0; font-size: 19px; font-weight: 600; font-variant-numeric: tabular-nums }
dd small { display: block; font-size: 12.5px; font-weight: 400 }
.scroll { overflow-x: auto; margin: 12px 0 }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; font-variant-numeric: tabular-nums }
caption { text-align: left; font-size: 13px; padding-bottom: 4px }
th, td { padding: 5px 10px; text-align: right; vertical-align: top; white-space: nowrap; border-bottom: 1px solid var(--rule) }
thead th { color: var(--soft); font-weight: 600; font-size: 12.5px; border-bottom: 1.5px solid var(--soft); vertical-align: bottom; white-space: nowrap }
tbody th, .words { text-align: left; white-space: normal }
tbody th { font-weight: 500 }
.span { white-space: nowrap }
td small, th small { display: block; white-space: normal }
tr.marked > * { background: var(--raised); font-weight: 650; border-bottom-color: var(--soft) }
figure { margin: 20px 0; min-width: 0 }
figcaption { margin-bottom: 6px; font-size: 14px }
.key { color: var(--soft); font-size: 13px; margin-left: 14px; white-space: nowrap }
.key i { display: inline-block; width: 14px; height: 4px; margin-right: 6px; vertical-align: middle; border-radius: 2px }
.net { background: var(--net) } .gross { background: var(--gross) } .loss { background: var(--loss) } .mark { background: var(--mark) }
.key .replayed { height: 10px; border: 1.5px dashed var(--mark) }
.side { display: grid; grid-template-columns: 1fr 1fr; gap: 0 40px }
.side > * { min-width: 0 }
svg.plot { display: block; width: 100%; height: auto; overflow: visible }
svg.plot text { white-space: pre }
details { font-size: 13px; margin-top: 6px }
summary { cursor: pointer; color: var(--soft) }
details .scroll { max-height: 320px; overflow-y: auto }
.absent { padding: 10px 14px; background: var(--raised); border-left: 4px solid var(--rule) }
code { font: 12.5px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere }
nav { font-size: 13px; line-height: 1.9 } nav a { color: var(--net); margin-right: 14px; white-space: nowrap }
@media screen and (max-width: 860px) { .side { grid-template-columns: 1fr } main { padding: 20px 16px 40px }
  figure { overflow-x: auto } svg.plot[width="1080"] { min-width: 760px } tbody th { min-width: 13em } }
@media print {
  @page { margin: 14mm }
  body { font-size: 9pt } table, .note, figcaption { font-size: 8pt } th, td { padding: 2.5px 8px } h2 { font-size: 13pt } dd { font-size: 12pt }
  section { margin-top: 22px; padding-top: 12px } figure { margin: 10px 0 } main { max-width: none; padding: 0 }
  figure, .verdict, .tiles, tr { break-inside: avoid } h2, h3, .question, caption { break-after: avoid }
  nav, details { display: none } .scroll { overflow: visible }
}`
