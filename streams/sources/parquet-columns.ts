/** The columns of a Parquet file as the file itself has them: neither its path nor DuckDB's settings add, rename or fill one. */
import { refuse } from '../../schemas/kernel/fault.ts'
import type { DuckDBConnection } from './duckdb.ts'
import { identifier, placeOf } from './duckdb-text.ts'
import type { Stored } from './staged.ts'

/** The number of a row within the file, from 0: the last column of `relation`. */
export const ROW = 'file_row_number'

/** Everything that DuckDB could take from the path, or guess, is off; a folder named `close=7` fills no column. */
const OPTIONS = Object.entries({
  hive_partitioning: false,
  union_by_name: false,
  filename: false,
  binary_as_string: false,
  [ROW]: true,
})
  .map(([option, on]) => `${option} = ${on}`)
  .join(', ')

export const relation = (path: string): string => `read_parquet(${placeOf(path)}, ${OPTIONS})`

/** A column by its place in the file: how it is named in SQL, and its type there. */
export type Column = Readonly<{ sql: string; type: string; stored: Stored; int96: boolean }>

/** @throws Refusal `source.unreadable` */
export async function columnsOf(
  connection: DuckDBConnection,
  path: string,
): Promise<Readonly<{ names: readonly string[]; column: (at: number) => Column }>> {
  const described = await connection.runAndReadAll(
    `DESCRIBE SELECT * EXCLUDE (${ROW}) FROM ${relation(path)}`,
  )
  const [sqlNames = [], types = []] = described.getColumns().map((column) => column.map(String))
  const told = await topLevel(connection, path)
  if (told.length !== sqlNames.length)
    throw refuse('source.unreadable', { file: path, why: 'its schema does not name its columns' })
  const column = (at: number): Column => {
    const type = types[at] ?? ''
    const int96 = told[at]?.type === 'INT96'
    // INT96 has no zone in the file, and is UTC by its definition.
    const zoned = type.endsWith('WITH TIME ZONE') || int96
    const stored =
      type === 'DATE' || zoned ? 'time' : type.startsWith('TIMESTAMP') ? 'time-without-zone' : 'text'
    return { sql: `source.${identifier(sqlNames[at] ?? '')}`, type, stored, int96 }
  }
  return { names: told.map(({ name }) => name), column }
}

type Told = Readonly<{ name: string; type: string }>

/** DuckDB gives a name that is there twice, or in other case, a number; the file's own schema has it as it is. */
async function topLevel(connection: DuckDBConnection, path: string): Promise<readonly Told[]> {
  const schema = await connection.runAndReadAll(
    `SELECT name, type, coalesce(num_children, 0) FROM parquet_schema(${placeOf(path)})`,
  )
  const parts = schema.getRows().map(([name, type, children]) => ({
    told: { name: String(name), type: String(type) },
    children: Number(children),
  }))
  const found: Told[] = []
  let inside = 0
  // The first part is the table itself; what is within a column is passed over.
  for (const { told, children } of parts.slice(1)) {
    if (inside === 0) found.push(told)
    else inside--
    inside += children
  }
  return found
}
