/** `GET /`: where the platform stands, as a page that brings itself up to date. */
import type { FastifyInstance } from 'fastify'
import type { Recorded } from '../../schemas/envelope.ts'
import { html, type Markup } from '../../schemas/kernel/markup.ts'
import { printable } from '../../schemas/kernel/name.ts'
import { formatMoment } from '../../schemas/kernel/time.ts'
import type { LogReader } from '../../streams/log/port.ts'
import type { Platform } from '../platform.ts'
import { viewNames } from '../views.ts'

type Shown = Pick<Platform, 'lanes' | 'folds' | 'confirmed'> & Readonly<{ log: LogReader }>

const LATEST = 20
const REFRESH_SECONDS = 2

/** Nothing comes from elsewhere, and nothing runs in the browser. */
const SECURITY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

const STYLE = `
:root { color-scheme: light dark }
body { margin: 2rem auto; max-width: 68rem; padding: 0 1.5rem; font: 15px/1.5 system-ui, sans-serif }
h1 { margin: 0 } h2 { margin: 2rem 0 .5rem; font-size: 1.1rem }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: .25rem 1rem .25rem 0; border-bottom: 1px solid #8884; vertical-align: top }
td.number, th.number { text-align: right }
.stopped { color: #b8322a; font-weight: 600 }
`

export function serveHome(server: FastifyInstance, platform: Shown): void {
  const about = 'Where the platform stands, as a page.'
  const notes = { permission: 'read', about, gives: 'text/html' } as const
  server.get('/', { config: { notes } }, async (_, reply) =>
    reply
      .header('content-security-policy', SECURITY)
      .type('text/html; charset=utf-8')
      .send(await homePage(platform)),
  )
}

/** The page; every name on it is text, and nothing else. */
export async function homePage({ log, lanes, folds, confirmed }: Shown): Promise<string> {
  const { position: head } = await log.head()
  const latest: Recorded[] = []
  for await (const batch of log.readAll(Math.max(1, head - LATEST + 1))) latest.push(...batch)
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="${REFRESH_SECONDS}">
<title>Asof</title><style>${STYLE}</style></head>
<body><h1>Asof</h1>
<p>${count(head)} events in the log, confirmed up to ${count(await confirmed())}.</p>
${section(
  'Lanes',
  ['lane', 'position', 'behind', 'state'],
  lanes
    .status()
    .map((lane) => [
      lane.lane,
      lane.position,
      head - lane.position,
      lane.stopped === null ? (lane.position < head ? 'at work' : 'up to date') : stopped(lane.stopped),
    ]),
)}
${section('Data sets', ['data set', 'arrivals', 'rows', 'rejected rows'], datasetRows(folds))}
${section('Trials', ['family', 'started', 'finished', 'failed'], familyRows(folds))}
${section('Models', ['model', 'passed', 'refused', 'in force', 'capital'], modelRows(folds))}
${section(
  'Latest events',
  ['position', 'recorded', 'type', 'stream', 'by'],
  latest
    .reverse()
    .map((event) => [event.position, formatMoment(event.recordedAt), event.type, event.stream, event.actor]),
)}
<h2>Views</h2>
<p>${viewNames().map((name) => html`<a href="/api/v1/views/${name}">${name}</a> `)}
<a href="/openapi.json">openapi.json</a> <a href="/metrics">metrics</a></p>
</body></html>
`
  return page.markup
}

type Cell = string | number | Markup

const datasetRows = ({ datasets }: Shown['folds']): Cell[][] =>
  Object.entries(datasets.state().datasets).map(([name, { arrivals, rows, rowsQuarantined }]) => [
    name,
    arrivals,
    rows,
    rowsQuarantined,
  ])

function familyRows({ experiments }: Shown['folds']): Cell[][] {
  const { families, runs } = experiments.state()
  return Object.entries(families).map(([family, names]) => {
    const having = (wanted: string) => names.filter((name) => runs[name]?.status === wanted).length
    return [family, names.length, having('finished'), having('failed')]
  })
}

const modelRows = ({ registry, capital }: Shown['folds']): Cell[][] =>
  Object.entries(registry.state().models).map(([model, { reports, live }]) => {
    const verdicts = Object.values(reports).map((report) => report.verdict)
    const fraction = capital.state().models[model]?.fraction
    return [
      model,
      verdicts.filter((verdict) => verdict === 'passed').length,
      verdicts.filter((verdict) => verdict !== 'passed').length,
      live?.run ?? '',
      fraction === undefined ? '' : `${Math.round(fraction * 100)} %`,
    ]
  })

const stopped = (reason: string): Markup => html`<span class="stopped">stopped: ${printable(reason)}</span>`

function section(title: string, heads: readonly string[], rows: readonly (readonly Cell[])[]): Markup {
  if (rows.length === 0) return html``
  const isNumber = heads.map((_, at) => rows.every((row) => typeof row[at] === 'number'))
  const head = heads.map((text, at) => html`<th scope="col"${isNumber[at] ? NUMBER : null}>${text}</th>`)
  const body = rows.map(
    (
      row,
    ) => html`<tr>${row.map((cell, at) => html`<td${isNumber[at] ? NUMBER : null}>${cellText(cell)}</td>`)}</tr>
`,
  )
  return html`<h2>${title}</h2>
<table><thead><tr>${head}</tr></thead><tbody>
${body}</tbody></table>`
}

const NUMBER = html` class="number"`

const cellText = (cell: Cell): string | Markup =>
  typeof cell === 'number' ? count(cell) : typeof cell === 'string' ? printable(cell) : cell

const count = (value: number): string => value.toLocaleString('en-US')
