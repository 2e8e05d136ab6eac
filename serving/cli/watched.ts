/** Reads a folder within stated bounds: anybody may have made it. What takes too much, or makes no progress, ends by name. */
import { statSync } from 'node:fs'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { fault } from '../../schemas/kernel/fault.ts'
import { CHECKPOINTS } from '../../streams/log/seal/sealer.ts'
import { watched } from '../../streams/watch/watched.ts'
import { folderAt } from '../folder.ts'
import { type Context, faultText } from './context.ts'

/** What reading a folder may take. */
export type Bounds = Readonly<{
  residentBytes: number
  /** Processor time that may pass without progress; twelve times as long by the clock where the process waits. */
  silentMillis: number
}>

/** So much of the machine's memory, or of what its container has, is enough for anybody. */
const SHARE_OF_MACHINE = 0.75
const VERIFY_BYTES = 8 * 2 ** 30
const VERIFY_MILLIS = 60_000
/** SQLite walks a whole file in one call, at some hundred times this speed. */
const VERIFY_MILLIS_PER_KILOBYTE = 0.1
/** An event may be the training of a model, as long as which a lane may be at one event too. */
const READING_MILLIS = 3_600_000

const mostBytes = (): number =>
  SHARE_OF_MACHINE * Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY)

/** Of whatever a command makes of a log. */
export const readingBounds = (): Bounds => ({ residentBytes: mostBytes(), silentMillis: READING_MILLIS })

/** Of verifying: what is walked in one go is the database and the checkpoints. */
export function verifyBounds(path: string): Bounds {
  const { log, seal } = folderAt(path)
  const files = [join(log, 'log.db'), join(log, 'log.db-wal'), join(seal, CHECKPOINTS)]
  const kilobytes = files.map(kilobytesOf).reduce((sum, one) => sum + one, 0)
  return {
    residentBytes: Math.min(VERIFY_BYTES, mostBytes()),
    silentMillis: VERIFY_MILLIS + kilobytes * VERIFY_MILLIS_PER_KILOBYTE,
  }
}

/** What a file takes on the disk: one that only says that it is large has no more time. */
const kilobytesOf = (path: string): number => (statSync(path, { throwIfNoEntry: false })?.blocks ?? 0) / 2

/**
 * Does work that reads the folder, and ends this process, by name, where it takes more than it may.
 * @param work calls `alive` again and again while it goes on
 */
export async function withinBounds<T>(
  { folder, json }: Pick<Context, 'folder' | 'json'>,
  { residentBytes, silentMillis }: Bounds,
  work: (alive: () => void) => Promise<T>,
): Promise<T> {
  const gigabytes = (residentBytes / 2 ** 30).toFixed(1)
  const seconds = Math.ceil(silentMillis / 1000)
  const ended = (why: string) => faultText(fault('folder.reading-ended', { folder, why }), json)
  const watch = watched({
    residentBytes,
    silentMillis,
    says: {
      tooLarge: ended(`it took more than ${gigabytes} GB of memory`),
      tooSilent: ended(
        `it made no progress for ${seconds} seconds of processor time, or twelve times as long in all`,
      ),
    },
  })
  try {
    return await work(watch.alive)
  } finally {
    await watch.close()
  }
}
