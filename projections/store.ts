/** Keeps projections' states and snapshots in a file. Losing it, or any damage to it, loses no fact. */
import { existsSync, rmSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { Position } from '../schemas/envelope.ts'
import { pathProblem } from '../streams/log/regular.ts'
import type { Key, ProjectionStore, Saved } from './saved.ts'
import { hasOwnParts, loaded, SCHEMA, saveIn, type Tables, tablesOf, VERSION } from './store-tables.ts'

/** Keeps nothing: for what has to follow from the log alone. */
export const NO_STORE: ProjectionStore = {
  latest: () => undefined,
  before: () => undefined,
  save: () => undefined,
  clear: () => undefined,
  close: () => undefined,
}

type StoreOptions = Readonly<{
  readOnly?: boolean
  warn?: (text: string) => void
  /** Known to the owner of the log alone: what was written without it is not believed. Null for a store that anybody may write. */
  secret?: string | null
}>

/** @param path a file, or `:memory:` */
export function openProjectionStore(path: string, options: StoreOptions = {}): ProjectionStore {
  const { readOnly = false, warn = () => undefined, secret = null } = options
  if (readOnly && !existsSync(path)) return NO_STORE
  let tables = openTables(path, { readOnly, secret })
  if (tables === null && !readOnly) {
    warn(`${path} cannot be used and is made anew from the log.`)
    tables = anew(path, secret)
  }
  if (tables === null) {
    warn(`${path} cannot be used: views are folded from the log.`)
    return NO_STORE
  }
  return guarded({ tables, path, warn })
}

/** Throws away what is damaged: the log has all of it. */
function anew(path: string, secret: string | null): Tables | null {
  // A folder in its place is somebody's: it is left, and views are folded from the log.
  if (ENDINGS.some((ending) => existsSync(path + ending) && statSync(path + ending).isDirectory()))
    return null
  for (const ending of ENDINGS) rmSync(`${path}${ending}`, { force: true })
  return openTables(path, { readOnly: false, secret })
}

/** What SQLite would open by its name. */
const ENDINGS = ['', '-wal', '-shm', '-journal']

/** Null for a file that is damaged or of another version, and for what is none. */
function openTables(
  path: string,
  { readOnly, secret }: Required<Pick<StoreOptions, 'readOnly' | 'secret'>>,
): Tables | null {
  if (path !== ':memory:' && ENDINGS.some((ending) => pathProblem(path + ending) !== null)) return null
  const db = tried(() => new DatabaseSync(path, { readOnly }))
  if (db === null) return null
  const tables = tried(() => {
    if (!readOnly) db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    const version = db.prepare('PRAGMA user_version').get()?.user_version
    const isNew = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n === 0
    if (isNew && !readOnly) db.exec(SCHEMA)
    else if (version !== VERSION || !hasOwnParts(db)) return null
    return tablesOf(db, readOnly, secret)
  })
  if (tables === null) db.close()
  return tables
}

type Guarded = { tables: Tables; path: string; warn: (text: string) => void }

/** What goes wrong in the file is told, and costs a fold; where something is to be written, the file is made anew. */
function guarded(of: Guarded): ProjectionStore {
  const { path, warn } = of
  const read = (key: Key, upTo: Position | null): Saved | undefined => {
    const saved = tried(() => ({ found: loaded(of.tables, key, upTo) }))
    if (saved === null)
      warn(`${path} is damaged: what it held is folded again from the log. asof rebuild mends it.`)
    else if (saved.found === null)
      warn(`The stored state of ${key.name} in ${path} is damaged: it is folded again from the log.`)
    return saved?.found ?? undefined
  }
  const write = (work: (tables: Tables, isAnew: boolean) => void): void => {
    if (done(() => work(of.tables, false))) return
    warn(`${path} is damaged and is made anew from the log.`)
    tried(() => of.tables.db.close())
    const tables = anew(path, of.tables.secret)
    if (tables === null) return
    of.tables = tables
    if (!done(() => work(tables, true))) warn(`${path} cannot be written: views are folded from the log.`)
  }
  return {
    latest: (key) => read(key, null),
    before: (key, position) => read(key, position),
    save: (entries) => write((tables, isAnew) => saveIn(tables, entries, isAnew)),
    clear: () => write(({ db }) => db.exec('DELETE FROM latest; DELETE FROM snapshot; DELETE FROM piece')),
    close: () => {
      tried(() => of.tables.db.close())
    },
  }
}

const done = (work: () => void): boolean =>
  tried(() => {
    work()
    return true
  }) ?? false

/** Null where SQLite refuses; a row that is not there is undefined. */
function tried<T>(work: () => T): T | null {
  try {
    return work()
  } catch (error) {
    if (error instanceof Error && 'errcode' in error) return null
    throw error
  }
}
