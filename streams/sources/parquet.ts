/** Reads Parquet through DuckDB: names and times become integers in SQL, so that only numbers cross over. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import { planColumns, trimmed } from './columns.ts'
import { type DuckDBConnection, identifier, literal, textColumn, withDuckDb } from './duckdb.ts'
import { fillLong, fillWide } from './parquet-fill.ts'
import { valueSql } from './parquet-values.ts'
import { type Staged, stagingFor, type Wanted } from './staged.ts'
import { NONE, type Staging } from './staging.ts'

const ROW = 'file_row_number'

/** @throws Refusal `source.*`, `dataset.time-zone`. The line of a reject is a row of the file, from 1. */
export async function readParquet(path: string, spec: DatasetSpec): Promise<Staged> {
  const rows = stagingFor(spec)
  const hash = createHash('sha256')
  await readable(path, () =>
    Promise.all([
      pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash),
      withDuckDb((connection) => stage(connection, { path, spec, rows })),
    ]),
  )
  return { rows, sourceHash: hash.digest('hex'), blankLines: 0, textsOf: (wanted) => textsOf(path, wanted) }
}

async function readable<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Refusal) throw error
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    throw refuse('source.unreadable', { file: path, why })
  }
}

/** The file as a relation; brackets keep `*`, `?` and `[` in its name from being a pattern. */
const relation = (path: string): string =>
  `read_parquet(${literal(path.replace(/[*?[]/g, '[$&]'))}, ${ROW} = true)`

type Task = Readonly<{ path: string; spec: DatasetSpec; rows: Staging }>

async function stage(connection: DuckDBConnection, { path, spec, rows }: Task): Promise<void> {
  const from = relation(path)
  const described = await connection.runAndReadAll(`DESCRIBE SELECT * EXCLUDE (${ROW}) FROM ${from}`)
  const [names = [], types = []] = described.getColumns().map((column) => column.map(String))
  const plan = planColumns(basename(path), names, spec)
  const column = (at: number): Described => ({ sql: identifier(names[at] ?? ''), type: types[at] ?? '' })
  const time = await keyOf(connection, from, { name: 'time', ...column(plan.time) })
  const known =
    plan.known < 0 ? null : await keyOf(connection, from, { name: 'known', ...column(plan.known) })
  const entity =
    plan.entity < 0 ? null : await keyOf(connection, from, { name: 'entity', ...column(plan.entity) })
  const keys = [time, known, entity].filter((key) => key !== null)
  const values = plan.values.map((at) => valueSql(`source.${column(at).sql}`, column(at).type))
  const [total = '0'] = await textColumn(connection, `SELECT count(*) FROM ${from}`)
  // The last query of this connection: another one would end the stream.
  const chunks = await connection.stream(
    `SELECT ${[`source.${ROW}::UINTEGER`, ...keys.map((key) => key.code), ...values].join(', ')}
     FROM ${from} AS source ${keys.map((key) => key.join).join(' ')}
     ${spec.layout === 'wide' ? `ORDER BY source.${ROW}` : ''}`,
  )
  const withoutZone = (at: number) =>
    spec.timeZone === '' && /^TIMESTAMP(_\w+)?$/.test(types[at] ?? '') ? 'Z' : ''
  const filling = {
    rows,
    time: Uint32Array.from(time.texts, (text) =>
      rows.times.codeOf(zoned(trimmed(text), withoutZone(plan.time))),
    ),
    known:
      known === null
        ? null
        : Uint32Array.from(known.texts, (text) =>
            rows.knowns.codeOf(zoned(trimmed(text), withoutZone(plan.known))),
          ),
  }
  if (entity === null) return fillWide(chunks, { ...filling, entities: plan.entities })
  return fillLong(chunks, { ...filling, total: Number(total), entity: entityCodes(rows, entity.texts) })
}

/** A timestamp that Parquet stores without a zone is UTC unless the data set declares its zone. */
const zoned = (text: string, zone: string): string => (text === '' ? '' : text + zone)

type Described = Readonly<{ sql: string; type: string }>

/** A column whose distinct values are counted: `texts[code]`, the last one being that of null. */
type Key = Readonly<{ texts: readonly string[]; code: string; join: string }>

async function keyOf(
  connection: DuckDBConnection,
  from: string,
  { name, sql }: Described & Readonly<{ name: string }>,
): Promise<Key> {
  await connection.run(`CREATE TABLE ${name}_codes AS
    SELECT raw, (row_number() OVER () - 1)::UINTEGER AS code
    FROM (SELECT DISTINCT ${sql} AS raw FROM ${from} WHERE ${sql} IS NOT NULL)`)
  const texts = await textColumn(connection, `SELECT raw::VARCHAR FROM ${name}_codes ORDER BY code`)
  return {
    texts: [...texts, ''],
    code: `coalesce(${name}_codes.code, ${texts.length})::UINTEGER`,
    join: `LEFT JOIN ${name}_codes ON ${name}_codes.raw = source.${sql}`,
  }
}

function entityCodes(rows: Staging, texts: readonly string[]): Uint32Array {
  const codes = new Map<string, number>()
  return Uint32Array.from(texts, (text) => {
    const name = trimmed(text)
    if (name === '') return NONE
    const code = codes.get(name) ?? rows.entities.push(name) - 1
    codes.set(name, code)
    return code
  })
}

async function textsOf(path: string, wanted: readonly Wanted[]): Promise<readonly string[]> {
  const lines = [...new Set(wanted.map(({ line }) => line))]
  return readable(path, () =>
    withDuckDb(async (connection) => {
      const result = await connection.runAndReadAll(
        `SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ${relation(path)}
         WHERE ${ROW} IN (SELECT unnest([${lines.map((line) => line - 1).join(', ')}])) ORDER BY ${ROW}`,
      )
      const names = result.columnNames()
      const cells = new Map(
        result.getRows().map((row) => [Number(row[names.indexOf(ROW)]) + 1, row.map(cellText)]),
      )
      return wanted.map(({ line, entity }) => {
        const row = cells.get(line) ?? []
        if (entity !== null) return row[names.indexOf(entity)] ?? ''
        return row.filter((_, at) => names[at] !== ROW).join(',')
      })
    }),
  )
}

const cellText = (value: unknown): string => (value === null ? '' : String(value))
