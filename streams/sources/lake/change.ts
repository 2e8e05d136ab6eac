/** What one version of a table has beside another: the rows that were added, changed and deleted, as a Parquet file. */
import { formatMoment } from '../../../schemas/kernel/time.ts'
import { missingColumn } from '../columns.ts'
import { identifier, literal } from '../duckdb-text.ts'
import {
  CHANGE_TYPE,
  type Change,
  type ChangeAsked,
  COMMIT_TIMESTAMP,
  COMMIT_VERSION,
} from './change-terms.ts'
import { overFiles } from './over-files.ts'
import { type LakeFiles, unreadable } from './place.ts'
import { selectFrom, storedNames } from './select.ts'
import { type LakeFile, pathsOf } from './table.ts'

/**
 * Rows are compared in the columns that are read. A row that only moved from file to file is no change.
 * @throws Refusal `lake.*`, `source.missing-column`
 */
export async function writeChange(asked: ChangeAsked, lake: LakeFiles, alive: () => void): Promise<Change> {
  const { before, after, schema, columns, keys, out } = asked
  const absent = columns.find((name) => schema.every((one) => one.name !== name))
  if (absent !== undefined)
    throw missingColumn(
      lake.name,
      absent,
      schema.map(({ name }) => name),
    )
  // A file of which other rows are deleted than before is another one.
  const [old, now] = [before, after].map((one) => new Set(one?.files.map(readingOf)))
  const gone = before?.files.filter((file) => !now.has(readingOf(file))) ?? []
  const came = after.files.filter((file) => !old.has(readingOf(file)))
  const none = { added: 0, changed: 0, deleted: 0 }
  if (gone.length + came.length === 0) return none
  // Whether a key is gone is known by all files, whether it is new by those that changed.
  const reads = [...new Set(pathsOf([...gone, ...(gone.length === 0 ? came : after.files)]))]
  const lost = await lake.bring(reads)
  if (lost !== null)
    throw unreadable(lake, `version ${after.version} or the one before needs ${lost}, which is not there`)
  return overFiles({ place: lake, reads, writes: [out], alive }, async (connection) => {
    const stored = await storedNames(connection, reads)
    const rowsOf = (files: readonly LakeFile[], wanted: readonly string[]): string => {
      const each = files.map((file) => selectFrom(file, { place: lake, stored, wanted, columns: schema }))
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

const readingOf = ({ path, deletes }: LakeFile): string =>
  JSON.stringify([path, ...deletes.map((one) => one.path).sort()])

const nulls = (names: readonly string[]): string =>
  names.map((name) => `NULL AS ${identifier(name)}`).join(', ')
