/** What a server holds while a large file comes through it: `asof up` and `asof ingest` as processes, and the memory of each. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import { runningServer } from '../../serving/running.ts'

const MAIN = fileURLToPath(new URL('../../serving/cli/main.ts', import.meta.url))
const COLUMNS = 30
const ROWS_PER_DAY = 3000
const EVERY_MILLIS = 100

/** About so many megabytes of numbers that do not compress; the environment variable MEGABYTES says others. */
const wanted = (): number => Number(process.env.MEGABYTES ?? 2000)

export async function benchUpload() {
  const folder = mkdtempSync(join(tmpdir(), 'asof-upload-'))
  const data = join(folder, 'data')
  try {
    const file = join(folder, 'wide.parquet')
    const rows = await writeFile(file)
    const spec = join(folder, 'wide.yaml')
    writeFileSync(spec, declaration())
    const server = spawn(process.execPath, [MAIN, 'up', '-C', data, '--port', '0'], {
      stdio: 'ignore',
    })
    while ((await runningServer(data)) === null) await setTimeout(EVERY_MILLIS)
    await setTimeout(1000)
    const pid = server.pid ?? 0
    const baseMb = residentOf(pid)
    const begun = performance.now()
    const usedBefore = processorSeconds(pid)
    const client = spawn(process.execPath, [MAIN, 'ingest', file, '--dataset', spec, '-C', data], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const peaks = { server: baseMb, client: 0, readers: 0 }
    let code: number | null = null
    client.once('exit', (ended) => {
      code = ended ?? 1
    })
    while (code === null) {
      await setTimeout(EVERY_MILLIS)
      peaks.server = Math.max(peaks.server, residentOf(pid))
      peaks.client = Math.max(peaks.client, residentOf(client.pid ?? 0))
      peaks.readers = Math.max(peaks.readers, ...childrenOf(pid).map(residentOf), 0)
    }
    if (code !== 0) throw new Error(`asof ingest ended with ${code}`)
    const seconds = (performance.now() - begun) / 1000
    const serverCpuSeconds = processorSeconds(pid) - usedBefore
    server.kill('SIGTERM')
    await once(server, 'exit')
    return [
      {
        megabytes: statSync(file).size / 1e6,
        rows,
        columns: COLUMNS,
        seconds,
        serverCpuSeconds,
        serverBeforeMb: baseMb,
        serverMoreMb: peaks.server - baseMb,
        clientMb: peaks.client,
        readingProcessMb: peaks.readers,
      },
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function writeFile(path: string): Promise<number> {
  const rows = Math.floor((wanted() * 1e6) / (8 * COLUMNS))
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: '2GB' })
  const connection = await instance.connect()
  try {
    const columns = Array.from({ length: COLUMNS }, (_, i) => `random() AS c${i}`).join(', ')
    await connection.run('SELECT setseed(0.5)')
    await connection.run(`COPY (
      SELECT 'E' || lpad((i % ${ROWS_PER_DAY})::VARCHAR, 5, '0') AS entity,
        (DATE '1990-01-01' + (i // ${ROWS_PER_DAY})::INTEGER) AS date, ${columns}
      FROM range(${rows}) r(i)) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 122880)`)
    return rows
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

const declaration = (): string => `dataset: wide
layout: long
entityColumn: entity
timeColumn: date
timeOfDay: "16:00"
timeZone: UTC
knownAt: { kind: lag, lagMicros: 300000000 }
columns:
${Array.from({ length: COLUMNS }, (_, i) => `  - { name: c${i}, unit: "" }`).join('\n')}
`

/** Megabytes of a process that lie in memory; 0 for one that has ended. */
function residentOf(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1e3
  } catch {
    return 0
  }
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    )
  } catch {
    return []
  }
}

const TICKS_PER_SECOND = 100

function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}
