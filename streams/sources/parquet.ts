/** Reads Parquet through DuckDB: names and times become integers in SQL, so that only numbers cross over. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import { cellsFor } from './cells.ts'
import { planColumns, trimmed } from './columns.ts'
import { type DuckDBConnection, textColumn, withDuckDb } from './duckdb.ts'
import { EXACT_BELOW } from './number-text.ts'
import { type Column, columnsOf, ROW, relation } from './parquet-columns.ts'
import { entityCodes } from './parquet-entities.ts'
import { fillLong, fillWide, type ValueColumn } from './parquet-fill.ts'
import { NOT_EXACT } from './rejects.ts'
import type { Room } from './room.ts'
import { type Asked, type Staged, stagingFor, type Wanted } from './staged.ts'
import type { Staging } from './staging.ts'

const LEAST_ROW_BYTES = 21
const BEAT_MILLIS = 250
const WORDS = /^(BOOLEAN|ENUM.*|UUID)$/
const TIMES = /^(DATE|TIMESTAMP.*)$/
const NUMERIC = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*\))$/

/** @throws Refusal `source.*`, `dataset.*`. The line of a reject is a row of the file, from 1. */
export async function readParquet(asked: Asked): Promise<Staged> {
  const hash = createHash('sha256')
  const [rows] = await Promise.all([
    query(asked, (connection) => stage(connection, asked)),
    pipeline(createReadStream(asked.path, { highWaterMark: 1 << 20 }), hash).catch((error: Error) => {
      throw refuse('source.unreadable', { file: asked.path, why: error.message })
    }),
  ])
  const textsOf = (wanted: readonly Wanted[]) =>
    query(asked, (connection) => readTexts(connection, asked.path, wanted))
  return { rows, sourceHash: hash.digest('hex'), blankLines: 0, skippedLines: 0, textsOf }
}

/** Runs queries over the file within the time that its size allows, and says for that long that the work goes on. */
async function query<T>(
  { path, limits, room }: Pick<Asked, 'path' | 'limits' | 'room'>,
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const beat = setInterval(room.alive, BEAT_MILLIS)
  try {
    const megabytes = (await stat(path)).size / 1e6
    const limitMillis = limits.queryMillis + limits.queryMillisPerMegabyte * megabytes
    setTimeout(() => clearInterval(beat), limitMillis).unref()
    return await withDuckDb({ path, limitMillis }, work)
  } catch (error) {
    if (error instanceof Refusal) throw error
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    throw refuse('source.unreadable', { file: path, why })
  } finally {
    clearInterval(beat)
  }
}

/** The text of a time: INT96 is UTC, and a whole number that a double holds is written as one, as in every other format. */
function timeSql({ sql, type, int96 }: Column): string {
  if (int96) return `(${sql}::VARCHAR || 'Z')`
  if (type !== 'DOUBLE' && type !== 'FLOAT') return sql
  return `CASE WHEN ${sql} = trunc(${sql}) THEN TRY_CAST(${sql} AS HUGEINT)::VARCHAR ELSE ${sql}::VARCHAR END`
}

async function stage(connection: DuckDBConnection, asked: Asked): Promise<Staging> {
  const { path, file, spec, room } = asked
  const from = relation(path)
  const { names, column } = await columnsOf(connection, path)
  const plan = planColumns(file, names, spec)
  const known = plan.known < 0 ? null : column(plan.known)
  const time = column(plan.time)
  const rows = stagingFor(asked, { time: time.stored, known: known?.stored ?? 'text' })
  // Known from the file's own summary, so that no query goes over more rows than there may be.
  const [total = '0'] = await textColumn(connection, `SELECT count(*) FROM ${from}`)
  room.rows(Number(total), LEAST_ROW_BYTES)
  const coded = (name: string, sql: string) => keyOf(connection, { from, name, sql, room })
  const clock = plan.clock < 0 ? '' : ` || ' ' || (${timeSql(column(plan.clock))})::VARCHAR`
  const entity = spec.layout === 'wide' ? null : entityColumn(plan.entity < 0 ? null : column(plan.entity))
  const keys = {
    time: await coded('time', clock === '' ? timeSql(time) : `((${timeSql(time)})::VARCHAR${clock})`),
    known: known === null ? null : await coded('known', timeSql(known)),
    entity: entity === null ? null : entity.sql === '' ? ONE_NAME : await coded('entity', entity.sql),
  }
  const joined = [keys.time, keys.known, keys.entity].filter((key) => key !== null)
  const cells = cellsFor(spec, rows.texts)
  const values = await valueColumns(connection, from, plan.values.map(column))
  // The last query of this connection: another one would end the stream.
  const chunks = await connection.stream(
    `SELECT ${[`source.${ROW}::UINTEGER`, ...joined.map((key) => key.code), ...values.map(({ sql }) => sql)].join(', ')}
     FROM ${from} AS source ${joined.map((key) => key.join).join(' ')}
     ${spec.layout === 'wide' ? `ORDER BY source.${ROW}` : ''}`,
  )
  const columns = values.map(({ as }, at) => ({ as, numbers: cells[spec.layout === 'wide' ? 0 : at] }))
  const filling = {
    rows,
    columns,
    time: Uint32Array.from(keys.time.texts, (text) => rows.times.codeOf(trimmed(text))),
    known: keys.known && Uint32Array.from(keys.known.texts, (text) => rows.knowns.codeOf(trimmed(text))),
  }
  if (spec.layout === 'wide') await fillWide(chunks, { ...filling, entities: plan.entities })
  else {
    const names = { ofFile: asked.entity, texts: keys.entity?.texts ?? [], type: entity?.type ?? 'other' }
    await fillLong(chunks, { ...filling, total: Number(total), entity: entityCodes(rows, names) })
  }
  return rows
}

/** Bytes cross over as hexadecimal, since DuckDB's own text of them is an escaped one. */
function entityColumn(column: Column | null): Readonly<{ sql: string; type: 'text' | 'bytes' | 'other' }> {
  if (column === null) return { sql: '', type: 'text' }
  if (column.type === 'BLOB') return { sql: `hex(${column.sql})`, type: 'bytes' }
  const isText = /^(VARCHAR|ENUM.*|UUID|U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER)$/.test(column.type)
  return { sql: column.sql, type: isText ? 'text' : 'other' }
}

type Value = Readonly<{ sql: string; as: ValueColumn['as'] }>

/** How each column of values crosses over: numbers as doubles, and as digits where a double would round one of them. */
async function valueColumns(
  connection: DuckDBConnection,
  from: string,
  columns: readonly Column[],
): Promise<readonly Value[]> {
  const limits = columns.map(({ type }) => exactBelow(type))
  const asked = columns.map(({ sql }, at) =>
    limits[at] === null ? 'false' : `coalesce(bool_or(abs(${sql}::DOUBLE) >= ${limits[at]}), false)`,
  )
  const isAsked = limits.some((limit) => limit !== null)
  const [rounds = []] = isAsked
    ? (await connection.runAndReadAll(`SELECT ${asked.join(', ')} FROM ${from} AS source`)).getRows()
    : []
  return columns.map(({ sql, type }, at): Value => {
    if (type === 'VARCHAR') return { sql, as: 'text' }
    if (WORDS.test(type)) return { sql: `${sql}::VARCHAR`, as: 'text' }
    if (TIMES.test(type)) return { sql: `${sql}::VARCHAR`, as: 'time' }
    return rounds[at] === true
      ? { sql: `${sql}::VARCHAR`, as: 'digits' }
      : { sql: valueSql(sql, type), as: 'double' }
  })
}

/** Below which every number of a type is the nearest double when it is cast to one; null where all are. */
function exactBelow(type: string): number | null {
  const [, precision, scale] = /^DECIMAL\((\d+),\s*(\d+)\)$/.exec(type) ?? []
  // A decimal is cast as its digits over a power of ten: both are exact up to 2^53 and 10^22.
  if (Number(scale) > 22) return 0
  if (scale !== undefined) return Number(precision) <= 15 ? null : EXACT_BELOW / 10 ** Number(scale)
  return /^U?(BIG|HUGE)INT$/.test(type) ? EXACT_BELOW : null
}

/** A double that is never null: NaN for what is not there, infinity for what is not finite, minus infinity for no number. */
function valueSql(sql: string, type: string): string {
  if (!NUMERIC.test(type)) return `CASE WHEN ${sql} IS NULL THEN 'nan'::DOUBLE ELSE '-inf'::DOUBLE END`
  const double = `${sql}::DOUBLE`
  return `coalesce(CASE WHEN isinf(${double}) OR ${double} = ${NOT_EXACT} THEN 'inf'::DOUBLE ELSE ${double} END, 'nan'::DOUBLE)`
}

/** A column whose distinct values are counted: `texts[code]`, the last one being that of null. */
type Key = Readonly<{ texts: readonly string[]; code: string; join: string }>

/** Where the file's own name tells the entity, every row is of the first code. */
const ONE_NAME: Key = { texts: [''], code: '0::UINTEGER', join: '' }

async function keyOf(
  connection: DuckDBConnection,
  { from, name, sql, room }: Readonly<{ from: string; name: string; sql: string; room: Room }>,
): Promise<Key> {
  await connection.run(`CREATE TABLE ${name}_codes AS
    SELECT raw, (row_number() OVER () - 1)::UINTEGER AS code
    FROM (SELECT DISTINCT ${sql} AS raw FROM ${from} AS source WHERE ${sql} IS NOT NULL)`)
  const [count = '0'] = await textColumn(connection, `SELECT count(*) FROM ${name}_codes`)
  room.distinct(Number(count))
  const texts = await textColumn(connection, `SELECT raw::VARCHAR FROM ${name}_codes ORDER BY code`)
  return {
    texts: [...texts, ''],
    code: `coalesce(${name}_codes.code, ${texts.length})::UINTEGER`,
    join: `LEFT JOIN ${name}_codes ON ${name}_codes.raw = ${sql}`,
  }
}

async function readTexts(
  connection: DuckDBConnection,
  path: string,
  wanted: readonly Wanted[],
): Promise<readonly string[]> {
  const lines = [...new Set(wanted.map(({ line }) => line))]
  const result = await connection.runAndReadAll(
    `SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ${relation(path)}
     WHERE ${ROW} IN (SELECT unnest([${lines.map((line) => line - 1).join(', ')}])) ORDER BY ${ROW}`,
  )
  const { names } = await columnsOf(connection, path)
  // The number of the row stands behind the file's own columns.
  const cells = new Map(result.getRows().map((row) => [Number(row[names.length]) + 1, row.map(cellText)]))
  return wanted.map(({ line, entity }) => {
    const row = cells.get(line) ?? []
    if (entity !== null) return row[names.findIndex((name) => trimmed(name) === entity)] ?? ''
    return row.slice(0, names.length).join(',')
  })
}

const cellText = (value: unknown): string => (value === null ? '' : String(value))

/** The first rows as texts, and the columns that are stored as times. @throws Refusal `source.unreadable` */
export const sampleParquet = (asked: Pick<Asked, 'path' | 'limits' | 'room'>, most: number) =>
  query(asked, async (connection) => {
    const { names, column } = await columnsOf(connection, asked.path)
    const texts = names.map((_, at) => {
      const { stored, sql } = column(at)
      return stored === 'text' ? `${sql}::VARCHAR` : `(${timeSql(column(at))})::VARCHAR`
    })
    const result = await connection.runAndReadAll(
      `SELECT ${texts.join(', ')} FROM ${relation(asked.path)} AS source ORDER BY ${ROW} LIMIT ${most}`,
    )
    const rows = result.getRows().map((row) => row.map(cellText))
    return { names, rows, timeColumns: names.filter((_, at) => column(at).stored !== 'text') }
  })
