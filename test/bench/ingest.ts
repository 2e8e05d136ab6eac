/**
 * How fast files become rows: a panel of daily bars, as CSV and as Parquet, beside what DuckDB takes to sum a column of
 * the same file.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { parseMoment } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { readFile } from '../../streams/sources/file.ts'

export type IngestCase = Readonly<{
  file: string
  megabytes: number
  rows: number
  /** Until all slices were made, and each given to the sink. */
  seconds: number
  rowsPerSecond: number
  /** The part of `seconds` that the sink took. */
  sinkSeconds: number
  /** DuckDB's own `SELECT sum` over the same file, in the same run. */
  peerSeconds: number
  timesPeer: number
}>

export type IngestOptions = Readonly<{
  entities?: number
  days?: number
  /** Open, high, low, close and volume in place of the close alone. */
  bars?: boolean
  /** What is done with each slice, for example an Arrow chunk and an event. */
  sink?: (rows: Rows) => Promise<void>
  formats?: readonly ('csv' | 'parquet')[]
}>

const BAR = ['open', 'high', 'low', 'close', 'volume'] as const

/** Writes the panel into a temporary folder, reads it, and answers one case per format. */
export async function benchIngest(options: IngestOptions = {}): Promise<readonly IngestCase[]> {
  const { entities = 3000, days = 2520, bars = false, formats = ['parquet', 'csv'] } = options
  const columns = bars ? BAR : (['close'] as const)
  const folder = mkdtempSync(join(tmpdir(), 'asof-bench-'))
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' })
  const connection = await instance.connect()
  try {
    await connection.run(panelSql({ entities, days, columns }))
    const cases: IngestCase[] = []
    for (const format of formats) {
      const path = join(folder, `panel.${format}`)
      await connection.run(`COPY panel TO '${path}' (FORMAT ${format})`)
      cases.push(await measure(path, { connection, columns, sink: options.sink ?? (async () => {}) }))
      rmSync(path)
    }
    return cases
  } finally {
    connection.closeSync()
    instance.closeSync()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Day by day, as vendors ship it; the numbers are a function of entity and day alone. */
const panelSql = (size: Readonly<{ entities: number; days: number; columns: readonly string[] }>): string => `
  CREATE OR REPLACE TABLE panel AS
  SELECT 'E' || lpad(e::VARCHAR, 5, '0') AS entity, (DATE '2010-01-01' + d::INTEGER) AS date,
    ${size.columns.map((name, at) => `round(100 + ${at} + 50 * sin(e * 0.37 + d * 0.011) + (e * 7919 + d * 104729) % 1000 / 100.0, 4) AS ${name}`).join(', ')}
  FROM range(${size.days}) day(d), range(${size.entities}) entity(e) ORDER BY d, e`

const specOf = (columns: readonly string[]): DatasetSpec => ({
  dataset: 'bench',
  layout: 'long',
  entityColumn: 'entity',
  timeColumn: 'date',
  timeOfDay: '16:00',
  timeZone: 'America/New_York',
  knownAt: { kind: 'lag', column: '', lagMicros: 300_000_000 },
  columns: columns.map((name) => ({ name, unit: '' })),
  provenance: '',
  caveat: '',
})

async function measure(
  path: string,
  by: Readonly<{
    connection: DuckDBConnection
    columns: readonly string[]
    sink: (rows: Rows) => Promise<void>
  }>,
): Promise<IngestCase> {
  const started = performance.now()
  const arrival = await readFile(path, specOf(by.columns), { receivedAt: parseMoment('2030-01-01') })
  let sinkMillis = 0
  for (const rows of arrival.rows) {
    const given = performance.now()
    await by.sink(rows)
    sinkMillis += performance.now() - given
  }
  const seconds = (performance.now() - started) / 1000
  const peerStarted = performance.now()
  await by.connection.runAndReadAll(`SELECT sum(${by.columns.at(-1)}) FROM '${path}'`)
  const peerSeconds = (performance.now() - peerStarted) / 1000
  return {
    file: arrival.source,
    megabytes: (await stat(path)).size / 1e6,
    rows: arrival.rowCount,
    seconds,
    rowsPerSecond: arrival.rowCount / seconds,
    sinkSeconds: sinkMillis / 1000,
    peerSeconds,
    timesPeer: seconds / peerSeconds,
  }
}
