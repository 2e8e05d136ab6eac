/** Data sets, their arrivals, and what was set apart. */
import { askPage } from '../api.ts'
import { h } from '../dom.ts'
import { brief, count, printable, short } from '../format.ts'
import { code, empty, facts, link, page, position, section, table, tag, tiles } from '../parts.ts'
import type { Make } from '../view.ts'

export const dataPage: Make = async ({ where, signal }) => {
  const { at, page: found } = await askPage('data', where.at, {}, signal)
  const element = page(
    'Data',
    section(
      'Data sets',
      table({
        caption: 'What has arrived',
        rows: found.datasets,
        empty: empty(
          'No data set yet. Bring one in with',
          h('code', {}, 'asof ingest FILE --dataset DECLARATION'),
        ),
        columns: [
          { head: 'Data set', cell: ({ dataset }) => link(dataset, 'data', dataset) },
          { head: 'Prices', cell: ({ isTraded }) => (isTraded ? 'traded at' : '\u2013') },
          { head: 'Rows', isNumber: true, cell: (one) => count(one.rows) },
          { head: 'Set apart', unit: 'rows', isNumber: true, cell: (one) => count(one.rowsQuarantined) },
          { head: 'Arrivals', isNumber: true, cell: (one) => count(one.arrivals) },
          { head: 'Latest', cell: ({ latest }) => (latest === null ? '\u2013' : printable(latest.source)) },
          { head: 'Known up to', cell: ({ latest }) => brief(latest?.knownTo ?? null) },
          { head: 'Position', isNumber: true, cell: ({ latest }) => position(latest?.position ?? null) },
        ],
      }),
    ),
    section(
      'Quarantine of processors',
      table({
        caption: 'Events that a processor failed at; the rest goes on',
        rows: found.quarantine,
        empty: 'No processor failed at an event.',
        columns: [
          { head: 'Processor', cell: ({ processor }) => processor },
          { head: 'At event', isNumber: true, cell: ({ cause }) => position(cause) },
          { head: 'Why', cell: ({ reason }) => printable(reason) },
          { head: 'State', cell: ({ status }) => tag(status, status === 'waiting' ? 'bad' : 'quiet') },
          {
            head: 'Waived by',
            cell: ({ waived }) =>
              waived === null ? '\u2013' : `${printable(waived.member)}: ${printable(waived.reason)}`,
          },
          { head: 'Position', isNumber: true, cell: (one) => position(one.position) },
        ],
      }),
    ),
  )
  return { element, at }
}

export const datasetPage: Make = async ({ where, signal }) => {
  const [, name = ''] = where.path
  const { at, page: found } = await askPage('dataset', where.at, { name }, signal)
  const { spec, rows, rowsQuarantined, arrivals, reasons, latest } = found
  const { kind, lagMicros, column } = spec.knownAt
  const lag =
    kind === 'lag'
      ? `, ${count(lagMicros / 1_000_000)} s after the event`
      : kind === 'declared'
        ? `, in ${column}`
        : ''
  const element = page(
    printable(name),
    tiles(
      ['Rows', count(rows)],
      ['Set apart', count(rowsQuarantined), 'rows'],
      ['Arrivals', count(arrivals)],
      ['Columns', count(spec.columns.length), spec.layout],
    ),
    section(
      'Declaration',
      facts(
        ['Known at', `${kind}${lag}`],
        [
          'Calendar',
          spec.calendar === null ? 'each local day with rows is a session' : spec.calendar.calendar,
        ],
        [
          'Prices',
          spec.prices === null ? 'nothing is traded at it' : `${spec.prices.column}, ${spec.prices.currency}`,
        ],
        ['Time zone', spec.timeZone],
        ['From', printable(spec.provenance)],
        ['Known to be wrong', printable(spec.caveat)],
      ),
      table({
        caption: 'Columns',
        rows: spec.columns,
        columns: [
          { head: 'Column', cell: (one) => printable(one.name) },
          { head: 'Unit', cell: ({ unit }) => printable(unit) },
        ],
      }),
    ),
    section(
      'Set apart',
      table({
        caption: `Why rows were set apart; asof rejects ${name} shows them`,
        rows: reasons,
        empty: 'No row was set apart.',
        columns: [
          { head: 'Why', cell: ({ reason }) => printable(reason) },
          { head: 'Rows', isNumber: true, cell: (one) => count(one.rows) },
        ],
      }),
    ),
    section(
      'Arrivals',
      table({
        caption: `The latest ${count(latest.length)} of ${count(arrivals)}`,
        rows: latest,
        empty: 'Nothing has arrived yet.',
        columns: [
          { head: 'Source', cell: ({ source }) => printable(source) },
          { head: 'Rows', isNumber: true, cell: (one) => count(one.rows) },
          { head: 'Known up to', cell: ({ knownTo }) => brief(knownTo) },
          {
            head: 'Files',
            unit: 'SHA-256',
            cell: ({ chunks }) => chunks.map(({ hash }) => [code(short(hash)), ' ']),
          },
          { head: 'Position', isNumber: true, cell: (one) => position(one.position) },
        ],
      }),
    ),
  )
  return { element, at }
}
