/** One writer per log: an exclusive lock that the operating system frees when its process ends, however it ends. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { refuse } from '../../../schemas/kernel/fault.ts'

const SQLITE_BUSY = 5

type WriterLock = Readonly<{ release: () => void }>

/**
 * Locks a small file beside the log and not the log itself, so that readers are never in the way.
 * @throws Refusal `log.second-writer`
 */
export function lockForWriting(folder: string): WriterLock {
  mkdirSync(folder, { recursive: true })
  const database = new DatabaseSync(join(folder, 'writer.lock'), { timeout: 0 })
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) {
      throw refuse('log.second-writer', { folder })
    }
    throw error
  }
  return { release: () => database.close() }
}
