/**
 * How fast files become facts: a panel of daily bars, as CSV and as Parquet, ingested into a platform (checked, sorted,
 * as Arrow chunks, hashed, synced, and one event), beside DuckDB reading, sorting and writing the same file.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { ingestFile } from '../../serving/ingest.ts'
import { openPlatform } from '../../serving/platform.ts'
import { PLAIN } from '../support/sessions.ts'

type IngestCase = Readonly<{
  file: string
  megabytes: number
  rows: number
  /** From the file on disk to the durable event. */
  seconds: number
  rowsPerSecond: number
  /** DuckDB reading the same file and writing it, sorted, as Parquet: the nearest it has to the same work. */
  peerSeconds: number
  timesPeer: number
}>

type IngestOptions = Readonly<{
  entities?: number
  days?: number
  /** Open, high, low, close and volume in place of the close alone. */
  bars?: boolean
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
      cases.push(await measure(path, { connection, columns, folder }))
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
  ...PLAIN,
})

async function measure(
  path: string,
  by: Readonly<{ connection: DuckDBConnection; columns: readonly string[]; folder: string }>,
): Promise<IngestCase> {
  const platform = await openPlatform({ path: join(by.folder, `platform-${basename(path)}`) })
  const started = performance.now()
  const { arrival } = await ingestFile(platform, { path, spec: specOf(by.columns), actor: 'bench' })
  const seconds = (performance.now() - started) / 1000
  await platform.close()
  const peerStarted = performance.now()
  await by.connection.run(
    `COPY (SELECT * FROM '${path}' ORDER BY date, entity) TO '${join(by.folder, 'peer.parquet')}' (FORMAT parquet)`,
  )
  const peerSeconds = (performance.now() - peerStarted) / 1000
  return {
    file: arrival.source,
    megabytes: (await stat(path)).size / 1e6,
    rows: arrival.rows,
    seconds,
    rowsPerSecond: arrival.rows / seconds,
    peerSeconds,
    timesPeer: seconds / peerSeconds,
  }
}
