/** Opens the SQLite file of a log, for its writer or for a reader, and refuses what it does not understand. */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { refuse } from '../../../schemas/kernel/fault.ts'
import { FORMAT_VERSION, SCHEMA } from './schema.ts'

const FILE = 'log.db'
const BUSY_MILLIS = 10_000

export const databasePath = (folder: string): string => join(folder, FILE)

/** Makes the log where there is none. @throws Refusal `log.newer-version` */
export function openForWriting(folder: string): DatabaseSync {
  mkdirSync(folder, { recursive: true })
  const database = new DatabaseSync(databasePath(folder), { timeout: BUSY_MILLIS })
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000')
    if (tables(database) === 0) database.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT`)
    checkVersion(folder, database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** @throws Refusal `log.missing`, `log.newer-version` */
export function openForReading(folder: string): DatabaseSync {
  if (!existsSync(databasePath(folder))) throw refuse('log.missing', { folder })
  const database = new DatabaseSync(databasePath(folder), { readOnly: true, timeout: BUSY_MILLIS })
  try {
    if (tables(database) === 0) throw refuse('log.missing', { folder })
    checkVersion(folder, database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

const tables = (database: DatabaseSync): number =>
  Number(database.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE type = 'table'").get()?.n)

function checkVersion(folder: string, database: DatabaseSync): void {
  const found = Number(database.prepare('SELECT format_version AS v FROM meta').get()?.v)
  if (found === FORMAT_VERSION) return
  throw refuse('log.newer-version', { thing: `The log in ${folder}`, found, known: FORMAT_VERSION })
}
