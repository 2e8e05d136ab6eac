/** Opens a log in a folder of this machine, for its one writer or for any number of readers. */
import type { Clock } from '../../../schemas/kernel/time.ts'
import { polling } from '../arrivals.ts'
import { codecOf, type Registry } from '../codec.ts'
import { logOver } from '../log.ts'
import type { EventLog, LogReader } from '../port.ts'
import { StoreReader } from '../reader.ts'
import { openForReading, openForWriting } from './database.ts'
import { lockForWriting } from './lock.ts'
import { EmbeddedStore } from './store.ts'

const POLL_MILLIS = 100

/** @throws Refusal `log.second-writer`, `log.newer-version` */
export function openEmbeddedLog(
  options: Readonly<{ folder: string; registry: Registry; clock: Clock }>,
): EventLog {
  const { folder, registry, clock } = options
  const lock = lockForWriting(folder)
  try {
    const store = new EmbeddedStore({ folder, database: openForWriting(folder), release: lock.release })
    return logOver(store, registry, clock)
  } catch (error) {
    lock.release()
    throw error
  }
}

/** For another process than the writer's, while it runs or not. @throws Refusal `log.missing`, `log.newer-version` */
export function openEmbeddedReader(options: Readonly<{ folder: string; registry: Registry }>): LogReader {
  const { folder, registry } = options
  const store = new EmbeddedStore({ folder, database: openForReading(folder), release: () => undefined })
  return new StoreReader(store, codecOf(registry), polling(POLL_MILLIS))
}
