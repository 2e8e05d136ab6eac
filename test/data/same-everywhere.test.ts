/** The law of formats: one table, whatever it is written in, gives the same rows, and the same rejects for the same reasons. */
import { DuckDBInstance } from '@duckdb/node-api'
import {
  Binary,
  Float64,
  makeData,
  Table,
  TimestampMicrosecond,
  tableToIPC,
  Utf8,
  Vector,
  vectorFromArray,
} from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DatasetSpec, PLAIN_FORMAT } from '../../schemas/events/data.ts'
import { type Arrived, arrive, longSpec, temporaryFolder } from './files.ts'

const folder = temporaryFolder()
type Cells = Readonly<{ entity: string; date: string; close: string }>

const spec: DatasetSpec = { ...longSpec, format: { ...PLAIN_FORMAT, missing: ['-99.99', 'NA'] } }

// What each format can hold: no quotes or line ends, which are the business of CSV alone.
const entity = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('A', 'BRK.B', 'Nestl\u00e9', '7203', 'NA', 'null') },
  fc.constantFrom(
    '',
    ' A ',
    'A\u200b',
    'A\u00a0',
    'A\u0000B',
    'Nestle\u0301',
    '\u3164',
    'A\ufe0f',
    '\u2800',
    'constructor',
  ),
  fc.constantFrom('A\u034f', '\u115f', '\u0301A', 'A B', 'A\ufffd', '\ue000', 'a\u202eb'),
)
const date = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 10, max: 28 }).map((day) => `2008-09-${day}`) },
  fc.constantFrom(
    '',
    'never',
    '2008-09-15 00:00:00',
    '2008-09-15T04:00:00Z',
    '2008-09-15 20:00:00+00',
    '2099-01-01',
  ),
  fc.constantFrom(
    '2008-09-15 09:30:00',
    '1020-01-03',
    '2008-02-30',
    '2008-09-15 00:00:00.0000001',
    '20080915',
  ),
)
const close = fc.oneof(
  { weight: 4, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map(String) },
  fc.constantFrom(
    '',
    'null',
    'NaN',
    'NA',
    '-99.99',
    '-99.990',
    'inf',
    'x',
    '1,5',
    ' 5 ',
    '1e999',
    '.',
    '0x1F',
  ),
  fc.constantFrom(
    '9007199254740992',
    '9007199254740993',
    '-9007199254740993.0',
    '1e23',
    '-1.7976931348623157e308',
  ),
)
const table = fc.array(fc.record({ entity, date, close }), { minLength: 60, maxLength: 120 })

async function parquet(files: Readonly<Record<string, string>>): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' })
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
  for (const [name, sql] of Object.entries(files)) {
    await connection.run(`COPY (${sql}) TO '${folder.path(name)}' (FORMAT parquet)`)
  }
  connection.closeSync()
  instance.closeSync()
}

const texts = (rows: readonly Cells[], key: keyof Cells) => rows.map((row) => row[key])
const sqlText = (text: string): string => `decode(from_hex('${Buffer.from(text).toString('hex')}'))`

/** The same table five times over. Files count lines from 1, and CSV has its header before the first row. */
async function written(
  rows: readonly Cells[],
): Promise<readonly (readonly [name: string, header: number])[]> {
  const cells = rows.map((row) => [row.entity, row.date, row.close])
  const quoted = cells.map((row) => row.map((cell) => `"${cell}"`).join(','))
  folder.write('t.csv', `entity,date,close\n${quoted.join('\n')}\n`)
  folder.write('t.ndjson', rows.map((row) => JSON.stringify(row)).join('\n'))
  const values = cells.map((row) => `(${row.map(sqlText).join(',')})`).join(',')
  const named = `SELECT * FROM (VALUES ${values}) t(entity, date, close)`
  const bytes = `SELECT encode(entity) AS entity, date, close FROM (${named})`
  await parquet({ 't.parquet': named, 'bytes.parquet': bytes })
  const vector = (key: keyof Cells) => vectorFromArray(texts(rows, key), new Utf8())
  const columns = { date: vector('date'), close: vector('close') }
  folder.write('t.arrow', tableToIPC(new Table({ entity: vector('entity'), ...columns }), 'file'))
  const names = vectorFromArray(
    texts(rows, 'entity').map((name) => Buffer.from(name)),
    new Binary(),
  )
  folder.write('bytes.arrow', tableToIPC(new Table({ entity: names, ...columns }), 'stream'))
  return [
    ['t.csv', 1],
    ['t.ndjson', 0],
    ['t.parquet', 0],
    ['bytes.parquet', 0],
    ['t.arrow', 0],
    ['bytes.arrow', 0],
  ]
}

const toldBy = (arrival: Arrived, header: number) => ({
  rows: arrival.rows,
  rejects: arrival.rejects.map(({ line, reason, why }) => [line - header, reason, why]),
  reasons: arrival.reasons,
  duplicateRows: arrival.duplicateRows,
})

describe('the same table of texts', () => {
  it('gives the same rows and the same rejects in every format', async () => {
    await fc.assert(
      fc.asyncProperty(table, async (rows) => {
        const files = await written(rows)
        const [expected, ...others] = await Promise.all(
          files.map(async ([name, header]) => toldBy(await arrive(folder.path(name), spec), header)),
        )
        for (const [at, other] of others.entries()) expect(other, files[at + 1]?.[0]).toEqual(expected)
      }),
      { numRuns: 2 },
    )
  })
})

describe('the same table of moments', () => {
  // Typed columns beside their texts: midnights with and without a zone, moments, and what no moment here reaches.
  const MOMENTS = [
    '2022-01-03 05:00:00',
    '2022-01-03 00:00:00',
    '2022-07-05 04:00:00',
    '2022-07-05 14:30:00.123456',
    '1020-01-03 01:00:00',
  ]
  const rows = MOMENTS.map((at, row) => ({ entity: `E${row}`, at, close: row }))
  const values = rows.map(({ entity, at, close }) => `('${entity}', '${at}', ${close}::DOUBLE)`).join(',')
  const micros = rows.map(
    ({ at }) =>
      BigInt(Date.parse(`${at.slice(0, 19).replace(' ', 'T')}Z`)) * 1000n + (at.includes('.') ? 123456n : 0n),
  )

  const arrow = (zone: string | null) => {
    const type = new TimestampMicrosecond(zone)
    const data = BigInt64Array.from(micros)
    const at = new Vector([makeData({ type, length: data.length, nullCount: 0, data })])
    return tableToIPC(
      new Table({
        entity: vectorFromArray(
          rows.map((row) => row.entity),
          new Utf8(),
        ),
        at,
        close: vectorFromArray(
          rows.map((row) => row.close),
          new Float64(),
        ),
      }),
      'file',
    )
  }

  it.each([
    ['with a zone, beside a time of day', 'Z', '16:00', 'America/New_York'],
    ['with a zone', 'Z', '', 'America/New_York'],
    ['without a zone, beside a time of day', '', '16:00', 'America/New_York'],
    ['without a zone', '', '', 'America/New_York'],
  ])('%s gives the same', async (_, zone, timeOfDay, timeZone) => {
    const moments: DatasetSpec = { ...longSpec, timeColumn: 'at', timeOfDay, timeZone }
    const named = `(VALUES ${values}) t(entity, "at", close)`
    const type = zone === '' ? '"at"::TIMESTAMP' : `("at" || 'Z')::TIMESTAMPTZ`
    await parquet({ 'm.parquet': `SELECT entity, ${type} AS "at", close FROM ${named}` })
    folder.write('m.arrow', arrow(zone === '' ? null : 'UTC'))
    folder.write(
      'm.csv',
      `entity,at,close\n${rows.map((row) => `${row.entity},${row.at}${zone},${row.close}\n`).join('')}`,
    )
    const lines = rows.map((row) => JSON.stringify({ ...row, at: `${row.at}${zone}` }))
    folder.write('m.ndjson', lines.join('\n'))
    const expected = toldBy(await arrive(folder.path('m.csv'), moments), 1)
    expect(expected.rejects.length).toBeGreaterThan(0)
    expect(expected.rows.length).toBeGreaterThan(0)
    for (const name of ['m.ndjson', 'm.parquet', 'm.arrow']) {
      expect(toldBy(await arrive(folder.path(name), moments), 0), name).toEqual(expected)
    }
  })
})
