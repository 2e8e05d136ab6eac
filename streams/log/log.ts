/** Puts a storage, its reader and its writer together to an event log. */
import type { Clock, Micros } from '../../schemas/kernel/time.ts'
import { Bell } from './arrivals.ts'
import { codecOf, type Registry } from './codec.ts'
import type { EventLog } from './port.ts'
import { StoreReader } from './reader.ts'
import type { LiveSeal } from './seal/live.ts'
import type { LogStore } from './stored.ts'
import { Writer } from './writer.ts'

type LogParts = Readonly<{
  registry: Registry
  clock: Clock
  seal?: LiveSeal
  clockTrustedUntil?: Micros | undefined
}>

export function logOver(store: LogStore, parts: LogParts): EventLog {
  const { registry, clock, seal = null, clockTrustedUntil } = parts
  const codec = codecOf(registry)
  const bell = new Bell()
  const writer = new Writer({ store, codec, clock, bell, seal, clockTrustedUntil })
  const reader = new StoreReader(store, codec, { arrivals: bell, end: () => writer.durableTo })
  return {
    seal,
    append: (batch, once) => writer.append(batch, once),
    durable: () => writer.durable(),
    get durableTo() {
      return writer.durableTo
    },
    readStream: (stream, from) => reader.readStream(stream, from),
    readAll: (from, filter) => reader.readAll(from, filter),
    subscribe: (from, filter) => reader.subscribe(from, filter),
    leaves: (from, to) => reader.leaves(from, to),
    revisionOf: (stream) => reader.revisionOf(stream),
    positionAt: (cut) => reader.positionAt(cut),
    head: () => reader.head(),
    close: async () => {
      try {
        await writer.close()
      } finally {
        try {
          await seal?.close()
        } finally {
          await reader.close()
        }
      }
    },
  }
}
