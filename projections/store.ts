/** Keeps projections' states and snapshots: a port, and its embedded form. Losing it, or any damage to it, loses no fact. */
import { existsSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { Position } from '../schemas/envelope.ts'
import { type Digest, sha256 } from '../schemas/kernel/canonical.ts'

export type Saved = Readonly<{
  position: Position
  digest: Digest
  state: string
  /** Leaf hash of the event at the position, in hexadecimal digits: the state is of a log that has it there. */
  leaf: string
}>
export type Key = Readonly<{ name: string; version: number }>

export interface ProjectionStore {
  /** What is not sound is not there: a state whose digest does not hold, or that cannot be read. */
  latest(key: Key): Saved | undefined
  /** The snapshot nearest at or before a position. */
  before(key: Key, position: Position): Saved | undefined
  /** Position, digest and state of several projections in one atomic write; with `snapshot`, kept for time travel. */
  save(entries: readonly (Key & Saved & { snapshot: boolean })[]): void
  clear(): void
  close(): void
}

/** Keeps nothing: for what has to follow from the log alone. */
export const NO_STORE: ProjectionStore = {
  latest: () => undefined,
  before: () => undefined,
  save: () => undefined,
  clear: () => undefined,
  close: () => undefined,
}

/** A change of the tables is a new version: what an older one kept is thrown away. */
const VERSION = 2
const COLUMNS =
  'name TEXT NOT NULL, version INTEGER NOT NULL, position INTEGER NOT NULL, digest TEXT NOT NULL, state TEXT NOT NULL, leaf TEXT NOT NULL'
const SCHEMA = `
  CREATE TABLE latest (${COLUMNS}, PRIMARY KEY (name, version)) STRICT;
  CREATE TABLE snapshot (${COLUMNS}, PRIMARY KEY (name, version, position)) STRICT;
  PRAGMA user_version = ${VERSION};`

type StoreOptions = Readonly<{ readOnly?: boolean; warn?: (text: string) => void }>

/** @param path a file, or `:memory:` */
export function openProjectionStore(path: string, options: StoreOptions = {}): ProjectionStore {
  const { readOnly = false, warn = () => undefined } = options
  if (readOnly && !existsSync(path)) return NO_STORE
  let tables = openTables(path, readOnly)
  if (tables === null && !readOnly) {
    warn(`${path} cannot be used and is made anew from the log.`)
    tables = anew(path)
  }
  if (tables === null) {
    warn(`${path} cannot be used: views are folded from the log.`)
    return NO_STORE
  }
  return guarded({ tables, path, warn })
}

/** Throws away what is damaged: the log has all of it. */
function anew(path: string): Tables | null {
  for (const ending of ['', '-wal', '-shm']) rmSync(`${path}${ending}`, { force: true })
  return openTables(path, false)
}

type Tables = ReturnType<typeof prepared>

/** Null for a file that is damaged or of another version. */
function openTables(path: string, readOnly: boolean): Tables | null {
  const db = tried(() => new DatabaseSync(path, { readOnly }))
  if (db === null) return null
  const tables = tried(() => {
    if (!readOnly) db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    const version = db.prepare('PRAGMA user_version').get()?.user_version
    const isNew = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n === 0
    if (isNew && !readOnly) db.exec(SCHEMA)
    else if (version !== VERSION) return null
    return prepared(db, readOnly)
  })
  if (tables === null) db.close()
  return tables
}

function prepared(db: DatabaseSync, readOnly: boolean) {
  const columns = 'position, digest, state, leaf'
  const put = (table: string) => `INSERT OR REPLACE INTO ${table} VALUES (?, ?, ?, ?, ?, ?)`
  return {
    db,
    latest: db.prepare(`SELECT ${columns} FROM latest WHERE name = ? AND version = ?`),
    before: db.prepare(
      `SELECT ${columns} FROM snapshot WHERE name = ? AND version = ? AND position <= ? ORDER BY position DESC LIMIT 1`,
    ),
    putLatest: readOnly ? null : db.prepare(put('latest')),
    putSnapshot: readOnly ? null : db.prepare(put('snapshot')),
  }
}

type Guarded = { tables: Tables; path: string; warn: (text: string) => void }

/** What goes wrong in the file is told, and costs a fold; where something is to be written, the file is made anew. */
function guarded(of: Guarded): ProjectionStore {
  const { path, warn } = of
  const read = (work: (tables: Tables) => unknown): unknown => {
    const row = tried(() => work(of.tables))
    if (row === null)
      warn(`${path} is damaged: what it held is folded again from the log. asof rebuild mends it.`)
    return row
  }
  const write = (work: (tables: Tables) => void): void => {
    if (done(() => work(of.tables))) return
    warn(`${path} is damaged and is made anew from the log.`)
    tried(() => of.tables.db.close())
    const tables = anew(path)
    if (tables === null) return
    of.tables = tables
    work(tables)
  }
  const sound = (key: Key, row: unknown): Saved | undefined => {
    const saved = (row ?? undefined) as Saved | undefined
    if (saved === undefined || sha256(saved.state) === saved.digest) return saved
    warn(`The stored state of ${key.name} in ${path} is damaged: it is folded again from the log.`)
    return undefined
  }
  return {
    latest: (key) =>
      sound(
        key,
        read(({ latest }) => latest.get(key.name, key.version)),
      ),
    before: (key, position) =>
      sound(
        key,
        read(({ before }) => before.get(key.name, key.version, position)),
      ),
    save: (entries) => write((tables) => saveIn(tables, entries)),
    clear: () => write(({ db }) => db.exec('DELETE FROM latest; DELETE FROM snapshot')),
    close: () => {
      tried(() => of.tables.db.close())
    },
  }
}

function saveIn(
  { db, putLatest, putSnapshot }: Tables,
  entries: Parameters<ProjectionStore['save']>[0],
): void {
  db.exec('BEGIN IMMEDIATE')
  try {
    for (const { name, version, position, digest, state, leaf, snapshot } of entries) {
      for (const put of snapshot ? [putLatest, putSnapshot] : [putLatest])
        put?.run(name, version, position, digest, state, leaf)
    }
    db.exec('COMMIT')
  } catch (error) {
    tried(() => db.exec('ROLLBACK'))
    throw error
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
