/** Opens a log that lives as long as its process: for tests and trials. */
import type { Clock } from '../../../schemas/kernel/time.ts'
import type { Registry } from '../codec.ts'
import { logOver } from '../log.ts'
import type { EventLog } from '../port.ts'
import { MemoryStore } from './store.ts'

export const openMemoryLog = (options: Readonly<{ registry: Registry; clock: Clock }>): EventLog =>
  logOver(new MemoryStore(), options)
