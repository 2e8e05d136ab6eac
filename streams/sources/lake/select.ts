/** A data file of a table as SQL: its columns under the table's names, without the rows that are deleted. */
import type { DuckDBConnection } from '../duckdb.ts'
import { identifier, literal, placeOf } from '../duckdb-text.ts'
import { ROW, relation } from '../parquet-columns.ts'
import { type LakePlace, unreadable, unsupported } from './place.ts'
import type { LakeColumn, LakeDelete, LakeFile } from './table.ts'

type Names = ReadonlyMap<string | number, string>

/** What each file calls its columns, by name and by number of field. */
export async function storedNames(
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

type Of = Readonly<{
  place: LakePlace
  stored: ReadonlyMap<string, Names>
  wanted: readonly string[]
  columns: readonly LakeColumn[]
}>

/** @throws Refusal `lake.unreadable` for a delete file without the columns that it is to have, `lake.unsupported` */
export function selectFrom(file: LakeFile, of: Of): string {
  const { path, partition, deletes } = file
  const names = of.stored.get(path) ?? new Map()
  const cells = of.wanted.map((name) => {
    const column = of.columns.find((one) => one.name === name)
    const as = `AS ${identifier(name)}`
    if (column === undefined) return `NULL ${as}`
    const told = partition[String(column.stored)]
    if (told !== undefined)
      return `${told === null ? 'NULL' : `CAST(${literal(told)} AS ${sqlType(of.place, column)})`} ${as}`
    const own = names.get(column.stored) ?? names.get(name)
    return own === undefined ? `NULL ${as}` : `${identifier(own)} ${as}`
  })
  const standing = deletes.map((one) => {
    const same = one.kind === 'position' ? samePlace(one, of) : sameValues(one, names, of)
    return `NOT EXISTS (SELECT 1 FROM ${relation(one.path)} AS deleted WHERE ${same})`
  })
  const where = standing.length === 0 ? '' : ` WHERE ${standing.join(' AND ')}`
  return `SELECT ${cells.join(', ')} FROM ${relation(path)} AS data${where}`
}

/** Numbers of the columns of position deletes, which Iceberg reserves. */
const [FILE_PATH, POS] = [2147483546, 2147483545]

function samePlace(one: LakeDelete & { kind: 'position' }, of: Of): string {
  const names = of.stored.get(one.path)
  const [file, place] = [
    names?.get(FILE_PATH) ?? names?.get('file_path'),
    names?.get(POS) ?? names?.get('pos'),
  ]
  if (file === undefined || place === undefined)
    throw unreadable(of.place, `${one.path} deletes rows, and has no file_path or no pos`)
  return `deleted.${identifier(file)} = ${literal(one.of)} AND deleted.${identifier(place)} = data.${ROW}`
}

/** A column that a data file has not is null in each of its rows, and null is null here. */
function sameValues(one: LakeDelete & { kind: 'equality' }, data: Names, of: Of): string {
  const found = one.fields.map((field) => {
    const name = of.columns.find(({ stored }) => stored === field)?.name ?? ''
    const names = of.stored.get(one.path)
    const own = names?.get(field) ?? names?.get(name)
    if (own === undefined)
      throw unreadable(of.place, `${one.path} deletes rows by column ${field}, and does not have it`)
    const there = data.get(field) ?? data.get(name)
    const cell = there === undefined ? 'NULL' : `data.${identifier(there)}`
    return `deleted.${identifier(own)} IS NOT DISTINCT FROM ${cell}`
  })
  return found.join(' AND ')
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

function sqlType(place: LakePlace, { name, type }: LakeColumn): string {
  const found = SQL_TYPES[type] ?? (/^decimal\(\d+,\d+\)$/.test(type) ? type.toUpperCase() : undefined)
  if (found === undefined)
    throw unsupported(place, `partitions by ${name}, of type ${type}`, 'Partition it by another column.')
  return found
}
