/** How cost and memory of the feature path grow with names and with days, beside DuckDB computing the same features of one panel. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { closeAt, createPanelSql, panelSql, SET, WIDE_SET, WINDOWS } from './growth-panel.ts'
import { benchIngest } from './ingest.ts'
import { findPeers } from './peers.ts'

const HISTORY_DAYS = 2520
const FIRST_DAYS = 300
/** `DAYS=1500` measures less. */
const LAST_DAYS = Number(process.env.DAYS ?? 3000)

type Backfilled = Readonly<{
  values: number
  seconds: number
  cpuSeconds: number
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
    const own = inOwnProcess<Backfilled>('backfill', names, HISTORY_DAYS)
    rows.push({
      ...measuredBackfill(names, HISTORY_DAYS, own),
      ingestRowsPerSecond: ingested.rowsPerSecond,
      ...(await peerBackfill(names, HISTORY_DAYS, own)),
    })
  }
  return rows
}

/** A hundred features, beside Polars: of 500 names x 504 days unless the environment variables NAMES and DAYS say others. */
export async function benchWide() {
  const [names, days] = [Number(process.env.NAMES ?? 500), Number(process.env.DAYS ?? 504)]
  process.env.FEATURES = String(WIDE_SET.features.length)
  const own = inOwnProcess<Backfilled>('backfill', names, days)
  const peer = await inPanel(names, days, (panel, folder) => polarsBackfill(panel, folder, days, own))
  return [{ ...measuredBackfill(names, days, own), ...peer }]
}

const measuredBackfill = (names: number, days: number, own: Backfilled) => {
  const { values, seconds, sums, ...memory } = own
  const valuesPerCpuSecond = values / memory.cpuSeconds
  return { names, days, features: sums.length, backfillSeconds: seconds, valuesPerCpuSecond, ...memory }
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

/** A model in force: its drift is measured every fifth day. */
export const benchDrift = () =>
  sizes().map((names) => ({
    names,
    features: SET.features.length,
    ...inOwnProcessOf<Readonly<Record<string, number>>>('drift-case.ts', names),
  }))

const inOwnProcess = <T>(...args: readonly (string | number)[]): T =>
  inOwnProcessOf('growth-case.ts', ...args)

function inOwnProcessOf<T>(file: string, ...args: readonly (string | number)[]): T {
  const script = join(import.meta.dirname, file)
  return JSON.parse(
    execFileSync(process.execPath, ['--expose-gc', script, ...args.map(String)], { encoding: 'utf8' }),
  )
}

/** The same features of the same panel, from a Parquet file to a file, on one thread: in DuckDB, and in Polars where there is a Python. */
const peerBackfill = (names: number, days: number, own: Backfilled) =>
  inPanel(names, days, async (panel, folder, connection) => {
    const values = join(folder, 'values.parquet')
    const [started, used] = [performance.now(), process.cpuUsage()]
    await connection.run(`COPY (${panelSql(`'${panel}'`)}) TO '${values}' (FORMAT parquet)`)
    const duckdbSeconds = (performance.now() - started) / 1000
    const { user, system } = process.cpuUsage(used)
    const duckdbCpuSeconds = (user + system) / 1e6
    const wanted = SET.features.map(({ name }) => `sum(${name})`).join(', ')
    const last = `eventTime = ${closeAt(days - 1)}`
    const answer = await connection.runAndReadAll(`SELECT ${wanted} FROM '${values}' WHERE ${last}`)
    const duckdb = {
      duckdbSeconds,
      duckdbCpuSeconds,
      timesDuckdbCpu: own.cpuSeconds / duckdbCpuSeconds,
      duckdbDifference: differenceOf(own.sums, answer.getRowsJS()[0].map(Number)),
    }
    return { ...duckdb, ...polarsBackfill(panel, folder, days, own) }
  })

type Polars = Readonly<{ seconds: number; cpuSeconds: number; sums: readonly number[] }>

function polarsBackfill(panel: string, folder: string, days: number, own: Backfilled) {
  const peers = findPeers()
  if (typeof peers === 'string') {
    console.log(`\nSKIPPED: Polars: ${peers}`)
    return {}
  }
  const args = [panel, join(folder, 'values.arrow'), own.sums.length, closeAt(days - 1), ...WINDOWS]
  const polars = peers.ask('growth_polars.py', args) as unknown as Polars
  return {
    polarsSeconds: polars.seconds,
    polarsCpuSeconds: polars.cpuSeconds,
    timesPolarsCpu: own.cpuSeconds / polars.cpuSeconds,
    polarsDifference: differenceOf(own.sums, polars.sums),
  }
}

const differenceOf = (own: readonly number[], peer: readonly number[]): number =>
  Math.max(...own.map((sum, f) => Math.abs(sum - peer[f]) / Math.max(1e-3, Math.abs(sum))))

/** A panel in a Parquet file, for as long as the work takes. */
async function inPanel<T>(
  names: number,
  days: number,
  work: (panel: string, folder: string, connection: DuckDBConnection) => T | Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'asof-growth-peer-'))
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  try {
    const panel = join(folder, 'panel.parquet')
    await connection.run(`COPY (${createPanelSql(names, days)}) TO '${panel}' (FORMAT parquet)`)
    return await work(panel, folder, connection)
  } finally {
    connection.closeSync()
    instance.closeSync()
    rmSync(folder, { recursive: true, force: true })
  }
}
