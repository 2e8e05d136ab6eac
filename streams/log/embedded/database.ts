/** Opens the SQLite file of a log, for its writer or for a reader, and refuses what it does not understand. */
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { refuse } from '../../../schemas/kernel/fault.ts'
import { pathProblem } from '../regular.ts'
import { foreignPart } from './parts.ts'
import { FORMAT_VERSION, SCHEMA } from './schema.ts'

const FILE = 'log.db'
/** The first checkpoint, kept with the log: whoever takes the seal, or the tables, away leaves it behind. */
export const IDENTITY = 'identity'
/** Names the server's stream that the log is a copy of. */
export const MIRROR = 'mirror'
const BUSY_MILLIS = 10_000
/**
 * Of a row, which is an event: four times the greatest body that HTTP takes. What is greater is neither written nor read, as a row may say
 * that it has a gigabyte.
 */
export const MOST_ROW_BYTES = 16 << 20
/** SQLITE_ERROR (a table is not there), SQLITE_CORRUPT, SQLITE_TOOBIG, SQLITE_NOTADB. */
const UNREADABLE: readonly number[] = [1, 11, 18, 26]

const OPTIONS = { timeout: BUSY_MILLIS, limits: { length: MOST_ROW_BYTES } }

/** SQLITE_FULL, and SQLITE_IOERR_SHMSIZE: no room for the memory that processes share. */
const FULL: readonly number[] = [13, 4874]

export const databasePath = (folder: string): string => join(folder, FILE)

/** Makes the log where there is none. @throws Refusal `log.newer-version`, `log.unreadable`, `log.disk-full` */
export function openForWriting(folder: string): DatabaseSync {
  mkdirSync(folder, { recursive: true })
  assertOwnFiles(folder)
  const database = new DatabaseSync(databasePath(folder), OPTIONS)
  return checked(folder, database, () => {
    const { journal_mode: mode } = database.prepare('PRAGMA journal_mode = WAL').get() ?? {}
    if (mode !== 'wal') throw withoutWal(folder, String(mode))
    // What SQLite takes over from its write-ahead log is as durable as that was (macOS has two kinds of fsync).
    database.exec(
      'PRAGMA synchronous = NORMAL; PRAGMA checkpoint_fullfsync = ON; PRAGMA wal_autocheckpoint = 4000',
    )
    if (tables(database) > 0) return
    if (existsSync(join(folder, IDENTITY))) throw gone(folder)
    database.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT`)
  })
}

const withoutWal = (folder: string, mode: string) =>
  refuse('log.unreadable', {
    folder,
    problem: `SQLite keeps no write-ahead log there, but ${mode}; put the folder on a disk of this machine`,
  })

/** @throws Refusal `log.missing`, `log.newer-version`, `log.unreadable`, `log.disk-full` */
export function openForReading(folder: string): DatabaseSync {
  const wasThere = existsSync(join(folder, IDENTITY))
  const missing = () => (wasThere ? gone(folder) : refuse('log.missing', { folder }))
  if (!existsSync(databasePath(folder))) throw missing()
  assertOwnFiles(folder)
  const database = new DatabaseSync(locationOf(folder), { ...OPTIONS, readOnly: true })
  return checked(folder, database, () => {
    if (tables(database) === 0) throw missing()
  })
}

/**
 * What SQLite would open by its name is a file of the log's own. A rollback journal is none once the log has begun: SQLite
 * would play that of another database into this one.
 */
function assertOwnFiles(folder: string): void {
  const unreadable = (problem: string) => refuse('log.unreadable', { folder, problem })
  for (const ending of ['', '-wal', '-shm', '-journal']) {
    const problem = pathProblem(`${databasePath(folder)}${ending}`)
    if (problem !== null) throw unreadable(`of ${FILE}${ending}, ${problem}`)
  }
  const journal = statSync(`${databasePath(folder)}-journal`, { throwIfNoEntry: false })
  if (journal !== undefined && journal.size > 0 && existsSync(join(folder, IDENTITY)))
    throw unreadable(`${FILE}-journal lies beside it, and a log of Asof has none; move that file away`)
}

const gone = (folder: string) =>
  refuse('log.unreadable', { folder, problem: 'its tables are gone, and it was sealed' })

/**
 * A folder that cannot be written to has no place for the memory that SQLite shares between processes. Where nothing waits
 * in a write-ahead log, the file alone is the log, and is opened as one that nobody changes.
 */
function locationOf(folder: string): string | URL {
  const path = databasePath(folder)
  const wal = `${path}-wal`
  if (isWritable(folder) || (existsSync(wal) && statSync(wal).size > 0)) return path
  const url = pathToFileURL(path)
  url.search = 'immutable=1'
  return url
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

function checked(folder: string, database: DatabaseSync, prepare: () => void): DatabaseSync {
  try {
    prepare()
    // Of a later version the other parts may differ, and how it is told that it is later does not.
    assertOwnParts(folder, database, 'meta')
    checkVersion(folder, database)
    assertOwnParts(folder, database)
    return database
  } catch (error) {
    database.close()
    if (isFull(error)) throw refuse('log.disk-full', { folder })
    const unreadable =
      error instanceof Error && 'errcode' in error && UNREADABLE.includes(Number(error.errcode))
    throw unreadable ? refuse('log.unreadable', { folder, problem: error.message }) : error
  }
}

/** Whether SQLite failed for want of room. */
export const isFull = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && FULL.includes(Number(error.errcode))

const tables = (database: DatabaseSync): number =>
  Number(
    database
      .prepare("SELECT count(*) AS n FROM (SELECT type FROM sqlite_schema LIMIT 1000) WHERE type = 'table'")
      .get()?.n,
  )

/** @throws Refusal `log.unreadable` */
function assertOwnParts(folder: string, database: DatabaseSync, only?: string): void {
  const strange = foreignPart(database, only)
  if (strange === null) return
  throw refuse('log.unreadable', { folder, problem: `the database's ${strange.name}: ${strange.problem}` })
}

function checkVersion(folder: string, database: DatabaseSync): void {
  const found = Number(database.prepare('SELECT format_version AS v FROM meta').get()?.v)
  if (found === FORMAT_VERSION) return
  throw refuse('log.newer-version', { thing: `The log in ${folder}`, found, known: FORMAT_VERSION })
}
