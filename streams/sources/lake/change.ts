/** What one version of a table has beside another: the rows that were added, changed and deleted, as a Parquet file. */
import { existsSync } from 'node:fs'
import { formatMoment } from '../../../schemas/kernel/time.ts'
import { missingColumn } from '../columns.ts'
import type { DuckDBConnection } from '../duckdb.ts'
import { identifier, literal, placeOf } from '../duckdb-text.ts'
import { relation } from '../parquet-columns.ts'
import {
  CHANGE_TYPE,
  type Change,
  type ChangeAsked,
  COMMIT_TIMESTAMP,
  COMMIT_VERSION,
} from './change-terms.ts'
import { overFiles } from './over-files.ts'
import { type LakeColumn, type LakeFile, type LakeVersion, unreadable, unsupported } from './table.ts'

/**
 * Rows are compared in the columns that are read. A row that only moved from file to file is no change.
 * @throws Refusal `lake.*`, `source.missing-column`
 */
export async function writeChange(asked: ChangeAsked, alive: () => void): Promise<Change> {
  const { table, before, after, schema, columns, keys, out } = asked
  const absent = columns.find((name) => schema.every((one) => one.name !== name))
  if (absent !== undefined)
    throw missingColumn(
      table,
      absent,
      schema.map(({ name }) => name),
    )
  const [old, now] = [pathsOf(before), pathsOf(after)]
  const gone = before?.files.filter(({ path }) => !now.has(path)) ?? []
  const came = after.files.filter(({ path }) => !old.has(path))
  const none = { added: 0, changed: 0, deleted: 0 }
  if (gone.length + came.length === 0) return none
  // Whether a key is gone is known by all files, whether it is new by those that changed.
  const reads = [...new Set([...gone, ...(gone.length === 0 ? came : after.files)].map(({ path }) => path))]
  const lost = reads.find((path) => !existsSync(path))
  if (lost !== undefined)
    throw unreadable(table, `version ${after.version} or the one before needs ${lost}, which is not there`)
  return overFiles({ table, reads, writes: [out], alive }, async (connection) => {
    const stored = await storedNames(connection, reads)
    const rowsOf = (files: readonly LakeFile[], wanted: readonly string[]): string => {
      const each = files.map((file) => selectFrom(file, { table, stored, wanted, columns: schema }))
      return each.length === 0 ? `SELECT ${nulls(wanted)} WHERE false` : each.join('\nUNION ALL\n')
    }
    const read = columns.map(identifier).join(', ')
    const same = (one: string, other: string): string =>
      keys
        .map((key) => `${one}.${identifier(key)} IS NOT DISTINCT FROM ${other}.${identifier(key)}`)
        .join(' AND ')
    await connection.run(`CREATE TEMP TABLE came AS ${rowsOf(came, columns)}`)
    await connection.run(`CREATE TEMP TABLE gone AS ${rowsOf(gone, columns)}`)
    await connection.run('CREATE TEMP TABLE won AS SELECT * FROM came EXCEPT ALL SELECT * FROM gone')
    await connection.run('CREATE TEMP TABLE lost AS SELECT * FROM gone EXCEPT ALL SELECT * FROM came')
    const standing = gone.length === 0 ? '' : rowsOf(after.files, keys)
    const deleted =
      standing === ''
        ? 'false'
        : `NOT EXISTS (SELECT 1 FROM (${standing}) AS stands WHERE ${same('lost', 'stands')})`
    await connection.run(`CREATE TEMP TABLE change AS
      SELECT ${read}, CASE WHEN EXISTS (SELECT 1 FROM lost WHERE ${same('lost', 'won')}) THEN 'update_postimage' ELSE 'insert' END AS ${CHANGE_TYPE} FROM won
      UNION ALL SELECT ${read}, 'delete' FROM lost WHERE ${deleted}`)
    const counted = await connection.runAndReadAll(
      `SELECT ${['insert', 'update_postimage', 'delete'].map((what) => `count(*) FILTER (${CHANGE_TYPE} = '${what}')`).join(', ')} FROM change`,
    )
    const [added = 0, changed = 0, taken = 0] = (counted.getRows()[0] ?? []).map(Number)
    if (added + changed + taken === 0) return none
    const about = `${literal(after.version)} AS ${COMMIT_VERSION}, TIMESTAMPTZ ${literal(formatMoment(after.committedAt))} AS ${COMMIT_TIMESTAMP}`
    await connection.run(
      `COPY (SELECT *, ${about} FROM change ORDER BY ALL) TO ${literal(out)} (FORMAT parquet, COMPRESSION zstd)`,
    )
    return { added, changed, deleted: taken }
  })
}

const pathsOf = (version: LakeVersion | null): ReadonlySet<string> =>
  new Set(version?.files.map(({ path }) => path))

const nulls = (names: readonly string[]): string =>
  names.map((name) => `NULL AS ${identifier(name)}`).join(', ')

type Names = ReadonlyMap<string | number, string>

/** What each file calls its columns, by name and by number of field. */
async function storedNames(
  connection: DuckDBConnection,
  paths: readonly string[],
): Promise<ReadonlyMap<string, Names>> {
  const found = new Map<string, Names>()
  for (const path of paths) {
    const result = await connection.runAndReadAll(
      `SELECT name, field_id FROM parquet_schema(${placeOf(path)})`,
    )
    const names = new Map<string | number, string>()
    for (const [name, field] of result.getRows()) {
      names.set(String(name), String(name))
      if (field !== null) names.set(Number(field), String(name))
    }
    found.set(path, names)
  }
  return found
}

function selectFrom(
  { path, partition }: LakeFile,
  of: Readonly<{
    table: string
    stored: ReadonlyMap<string, Names>
    wanted: readonly string[]
    columns: readonly LakeColumn[]
  }>,
): string {
  const names = of.stored.get(path) ?? new Map()
  const cells = of.wanted.map((name) => {
    const column = of.columns.find((one) => one.name === name)
    const as = `AS ${identifier(name)}`
    if (column === undefined) return `NULL ${as}`
    const told = partition[String(column.stored)]
    if (told !== undefined)
      return `${told === null ? 'NULL' : `CAST(${literal(told)} AS ${sqlType(of.table, column)})`} ${as}`
    const own = names.get(column.stored) ?? names.get(name)
    return own === undefined ? `NULL ${as}` : `${identifier(own)} ${as}`
  })
  return `SELECT ${cells.join(', ')} FROM ${relation(path)}`
}

/** A value that the log tells is written as text; types are Delta's. */
const SQL_TYPES: Readonly<Record<string, string>> = {
  string: 'VARCHAR',
  long: 'BIGINT',
  integer: 'INTEGER',
  short: 'SMALLINT',
  byte: 'TINYINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
  date: 'DATE',
  timestamp: 'TIMESTAMPTZ',
  timestamp_ntz: 'TIMESTAMP',
}

function sqlType(table: string, { name, type }: LakeColumn): string {
  const found = SQL_TYPES[type] ?? (/^decimal\(\d+,\d+\)$/.test(type) ? type.toUpperCase() : undefined)
  if (found === undefined)
    throw unsupported(table, `partitions by ${name}, of type ${type}`, 'Partition it by another column.')
  return found
}
