/**
 * `node test/attack/mutations.ts [count]`, and the end of `npm run attack`: damaged files of each format, and formulas made of
 * pieces. Each is read or refused. Every format has a process of its own, so that one that falls over is seen, and its memory too;
 * files are read in a further one, whose memory is not counted.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { type DatasetSpec, PLAIN_FORMAT } from '../../schemas/events/data.ts'
import { Refusal } from '../../schemas/kernel/fault.ts'
import { parseFormula } from '../../streams/features/formula/parser.ts'
import { onnxOf } from '../../streams/inference/linear-file.ts'
import { loadPredictor } from '../../streams/inference/onnx.ts'
import { encodeRows } from '../../streams/log/arrow.ts'
import { parseDataset } from '../../streams/sources/dataset-file.ts'
import { readFile } from '../../streams/sources/file.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { printTable } from '../bench/report.ts'
import { longDataset } from '../support/sessions.ts'

const FILES = 2_000
const FORMULAS = 100_000
const SEED = 7

type Uniform = () => number
const below = (uniform: Uniform, bound: number): number => Math.floor(uniform() * bound)

/** Up to four bytes put over, and one time in six the end cut off. */
function damaged(bytes: Uint8Array, uniform: Uniform): Buffer {
  const out = Buffer.from(bytes)
  for (let hits = 1 + below(uniform, 4); hits > 0; hits--)
    out[below(uniform, out.length)] ^= 1 + below(uniform, 255)
  return below(uniform, 6) === 0 ? out.subarray(0, below(uniform, out.length)) : out
}

const SPEC: DatasetSpec = {
  ...longDataset('closes', [{ name: 'close', unit: 'USD' }]),
  ...{ entityColumn: 'entity', timeColumn: 'date', timeOfDay: '16:00', timeZone: 'America/New_York' },
  format: PLAIN_FORMAT,
}
const OWN_CHUNK: DatasetSpec = {
  ...SPEC,
  ...{ timeColumn: 'eventTime', timeOfDay: '', timeZone: '' },
  knownAt: { kind: 'declared', column: 'knownAt', lagMicros: 0 },
}

const lines = (line: (at: number) => string) => Array.from({ length: 40 }, (_, at) => line(at)).join('\n')
const dateOf = (at: number): string => `2008-09-${10 + (at % 20)}`

async function parquet(folder: string): Promise<Buffer> {
  const path = join(folder, 'good.parquet')
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  await connection.run(`COPY (SELECT 'E' || (i % 3) AS entity, DATE '2008-01-01' + i::INTEGER AS date, i * 1.5 AS close
    FROM range(60) t(i)) TO '${path}' (FORMAT parquet)`)
  connection.closeSync()
  return readFileSync(path)
}

function arrow(): Uint8Array {
  const times = Float64Array.from({ length: 60 }, (_, at) => 1_220_000_000_000_000 + at * 86_400_000_000)
  const values = normals(xoshiro128(1), 60)
  const entity = Uint32Array.from(times, (_, at) => at % 3)
  const columns = [{ name: 'close', values }]
  return encodeRows({
    length: 60,
    entities: ['A', 'B', 'C'],
    entity,
    eventTime: times,
    knownAt: times,
    columns,
  })
}

const DECLARATION = `dataset: d
layout: long
entityColumn: e
timeColumn: t
timeOfDay: "16:00"
timeZone: America/New_York
calendar: XNYS
knownAt: { kind: lag, lagMicros: 300000000 }
columns: [{ name: close, unit: USD }]
prices: { column: close, currency: USD }
format: { missing: [-99.99] }
provenance: made up
caveat: none
`
const PIECES = 'a 1 + - * / ( ) , ? : ^ < == rank( delay( ts_mean( ts_corr( zscore( ` . 1e308 -0 close'.split(
  ' ',
)

/** What is done with one mutation; it throws a refusal, or nothing. */
type Attempt = (uniform: Uniform) => Promise<unknown> | unknown

const file =
  (name: string, spec: DatasetSpec, make: (folder: string) => Promise<Uint8Array> | Uint8Array) =>
  async (folder: string): Promise<Attempt> => {
    const good = await make(folder)
    const path = join(folder, name)
    return async (uniform) => {
      writeFileSync(path, damaged(good, uniform))
      const limits = { silentMillis: 2_000, stagedBytes: 1e8, queryMillis: 10_000 }
      await readFile(path, { spec, receivedAt: 1.7e15, limits }, async ({ rows }) => {
        for await (const slice of rows) void slice.length
      })
    }
  }

const FORMATS: Readonly<Record<string, (folder: string) => Promise<Attempt> | Attempt>> = {
  CSV: file('x.csv', SPEC, () =>
    Buffer.from(`entity,date,close\n${lines((at) => `E${at % 3},${dateOf(at)},"${at}.5"`)}\n`),
  ),
  NDJSON: file('x.ndjson', SPEC, () =>
    Buffer.from(lines((at) => JSON.stringify({ entity: `E${at % 3}`, date: dateOf(at), close: at }))),
  ),
  Parquet: file('x.parquet', SPEC, parquet),
  Arrow: file('x.arrow', OWN_CHUNK, arrow),
  ONNX: () => {
    const model = { intercept: 0.5, coefficients: Float64Array.of(1, 2, 3) }
    const good = onnxOf(model, ['a', 'b', 'c'])
    const rows = Float64Array.of(1, 2, 3, 4, 5, 6)
    return async (uniform) => (await loadPredictor(damaged(good, uniform))).predict(rows, 3)
  },
  YAML: () => (uniform) => parseDataset(damaged(Buffer.from(DECLARATION), uniform).toString(), 'x.yaml'),
  formula: () => (uniform) => {
    const pieces = Array.from({ length: 1 + below(uniform, 40) }, () => PIECES[below(uniform, PIECES.length)])
    return parseFormula(pieces.join(uniform() < 0.5 ? '' : ' '))
  },
}

type Outcome = Readonly<{
  format: string
  mutations: number
  read: number
  refused: number
  'other errors': number
  'slowest ms': number
  'peak MB': number
  first: string
}>

async function outcomeOf(format: string, mutations: number): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'asof-mutations-'))
  const uniform = xoshiro128(SEED)
  const attempt = await FORMATS[format](folder)
  let [read, refused, others, slowest, first] = [0, 0, 0, 0, '']
  for (let done = 0; done < mutations; done++) {
    const begun = performance.now()
    try {
      await attempt(uniform)
      read++
    } catch (error) {
      if (error instanceof Refusal) refused++
      else {
        others++
        first ||= String(error)
      }
    }
    slowest = Math.max(slowest, performance.now() - begun)
  }
  rmSync(folder, { recursive: true })
  const peak = process.resourceUsage().maxRSS / 1024
  return {
    ...{ format, mutations, read, refused, 'other errors': others },
    ...{ 'slowest ms': Math.round(slowest), 'peak MB': Math.round(peak), first: first.slice(0, 100) },
  }
}

/** Each format in a process of its own. */
export function mutated(count: number = FILES): readonly Outcome[] {
  return Object.keys(FORMATS).map((format) => {
    const mutations = format === 'formula' ? (count * FORMULAS) / FILES : count
    const args = [import.meta.filename, String(mutations), format]
    try {
      return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Outcome
    } catch (error) {
      const none = { read: 0, refused: 0, 'other errors': 1, 'slowest ms': 0, 'peak MB': 0 }
      return { format, mutations, ...none, first: `the process ended: ${String(error).slice(0, 80)}` }
    }
  })
}

if (import.meta.main) {
  const [, , count = String(FILES), format] = process.argv
  if (format !== undefined) process.stdout.write(JSON.stringify(await outcomeOf(format, Number(count))))
  else printTable('damaged files, and formulas made of pieces', mutated(Number(count)))
}
