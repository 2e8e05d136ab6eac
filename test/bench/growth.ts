/** How cost and memory of the feature path grow with names and with days, beside DuckDB computing the same features of one panel. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { closeAt, createPanelSql, panelSql, SET } from './growth-panel.ts'
import { benchIngest } from './ingest.ts'

const HISTORY_DAYS = 2520
const FIRST_DAYS = 300
/** `DAYS=1500` measures less. */
const LAST_DAYS = Number(process.env.DAYS ?? 3000)

type Backfilled = Readonly<{
  values: number
  seconds: number
  peakMb: number
  keptMb: number
  sums: readonly number[]
}>
type Streamed = Readonly<
  Record<'dayFirstMs' | 'dayLastMs' | 'cpuFirstMs' | 'cpuLastMs' | 'keptFirstMb' | 'keptLastMb', number>
> &
  Readonly<Record<'correctionMs' | 'correctionInDayMs' | 'savedMb' | 'peakMb', number>> &
  Readonly<Record<'correctionCpuMs' | 'correctionInDayCpuMs', number>>

/** So many names each; the environment variable NAMES says others, such as `NAMES=1500,3000`. */
const sizes = (): readonly number[] => (process.env.NAMES ?? '100,500').split(',').map(Number)

/** A set over a history that is there. */
export async function benchBackfill() {
  const rows = []
  for (const names of sizes()) {
    const [ingested] = await benchIngest({ entities: names, days: HISTORY_DAYS, formats: ['parquet'] })
    const { values, seconds, sums, ...memory } = inOwnProcess<Backfilled>('backfill', names, HISTORY_DAYS)
    const peer = await peerBackfill(names)
    rows.push({
      names,
      days: HISTORY_DAYS,
      features: SET.features.length,
      ingestRowsPerSecond: ingested.rowsPerSecond,
      backfillSeconds: seconds,
      valuesPerSecond: values / seconds,
      ...memory,
      duckdbSeconds: peer.seconds,
      timesDuckdb: seconds / peer.seconds,
      greatestDifference: Math.max(...sums.map((sum, f) => Math.abs(sum - peer.sums[f]) / Math.abs(sum))),
    })
  }
  return rows
}

/** Day after day: the median of the last 60 days before each of two, by the clock and by the processor, and what is kept then. */
export function benchGrowth() {
  return sizes().map((names) => {
    const found = inOwnProcess<Streamed>('stream', names, FIRST_DAYS, LAST_DAYS)
    const ratios = {
      cpuRatio: found.cpuLastMs / found.cpuFirstMs,
      keptRatio: found.keptLastMb / found.keptFirstMb,
    }
    return { names, days: `${FIRST_DAYS} and ${LAST_DAYS}`, ...found, ...ratios }
  })
}

function inOwnProcess<T>(...args: readonly (string | number)[]): T {
  const script = join(import.meta.dirname, 'growth-case.ts')
  return JSON.parse(
    execFileSync(process.execPath, ['--expose-gc', script, ...args.map(String)], { encoding: 'utf8' }),
  )
}

/** The same features of the same panel, from a Parquet file to a Parquet file, on one thread. */
async function peerBackfill(names: number): Promise<{ seconds: number; sums: readonly number[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'asof-growth-peer-'))
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  try {
    const [panel, values] = [join(folder, 'panel.parquet'), join(folder, 'values.parquet')]
    await connection.run(`COPY (${createPanelSql(names, HISTORY_DAYS)}) TO '${panel}' (FORMAT parquet)`)
    const started = performance.now()
    await connection.run(`COPY (${panelSql(`'${panel}'`)}) TO '${values}' (FORMAT parquet)`)
    const seconds = (performance.now() - started) / 1000
    const sums = SET.features.map(({ name }) => `sum(${name})`).join(', ')
    const answer = await connection.runAndReadAll(
      `SELECT ${sums} FROM '${values}' WHERE eventTime = ${closeAt(HISTORY_DAYS - 1)}`,
    )
    return { seconds, sums: answer.getRowsJS()[0].map(Number) }
  } finally {
    connection.closeSync()
    instance.closeSync()
    rmSync(folder, { recursive: true, force: true })
  }
}
