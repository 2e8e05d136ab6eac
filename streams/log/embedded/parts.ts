/**
 * The tables, indexes, triggers and views of a log's database, held to those that this version makes, to the letter. A database may come
 * from anybody, and a view in the place of a table, an expression in an index or a trigger is a program, which nothing ends.
 */
import { DatabaseSync } from 'node:sqlite'
import { arrays } from './rows.ts'
import { SCHEMA } from './schema.ts'

/** A part that is not as this version writes it. */
export type StrangePart = Readonly<{ name: string; problem: string; isMissing: boolean }>

/** People read it; Asof never does. */
const FOR_PEOPLE = 'view log'

export function strangeParts(database: DatabaseSync): readonly StrangePart[] {
  soundParts ??= partsOfSound()
  const [should, is] = [soundParts, partsOf(database)]
  const names = new Set([...should.keys(), ...is.keys()])
  return [...names].flatMap((name): StrangePart[] => {
    if (!is.has(name)) return [{ name, isMissing: true, problem: 'it is missing' }]
    if (is.get(name) === should.get(name)) return []
    const problem = should.has(name)
      ? 'its text is not what this version of Asof writes'
      : 'this version of Asof makes none of this name'
    return [{ name, isMissing: false, problem }]
  })
}

/** The first part that SQLite would run, or read through, and that is none of ours; null where there is none. */
export const foreignPart = (database: DatabaseSync, only = ''): StrangePart | null =>
  strangeParts(database).find(
    ({ name, isMissing }) => !isMissing && name !== FOR_PEOPLE && (only === '' || name.endsWith(` ${only}`)),
  ) ?? null

let soundParts: ReadonlyMap<string, string | null> | null = null

/** The parts of a database that has just been made. */
function partsOfSound(): ReadonlyMap<string, string | null> {
  const sound = new DatabaseSync(':memory:')
  sound.exec(SCHEMA)
  const parts = partsOf(sound)
  sound.close()
  return parts
}

/** More than there are: a database with more is none of ours, and the first of them says so. */
const MOST_PARTS = 100

/** The statement that made each part, by its kind and name. */
function partsOf(database: DatabaseSync): ReadonlyMap<string, string | null> {
  const sql = `SELECT type, name, tbl_name, sql FROM sqlite_schema LIMIT ${MOST_PARTS}`
  const rows = arrays<[type: string, name: string, table: string, sql: string | null]>(database, sql).all()
  return new Map(rows.map(([type, name, table, text]) => [`${type} ${name}`, `${table} ${text}`]))
}
