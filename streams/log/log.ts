/** Puts a storage, its reader and its writer together to an event log. */
import type { Draft } from '../../schemas/envelope.ts'
import type { Clock, Micros } from '../../schemas/kernel/time.ts'
import { Bell } from './arrivals.ts'
import type { ChunkStore } from './chunks.ts'
import { codecOf, type Registry } from './codec.ts'
import type { EventLog } from './port.ts'
import { StoreReader } from './reader.ts'
import type { LiveSeal } from './seal/live.ts'
import type { LogStore } from './stored.ts'
import { type LogWriter, Writer, type WriterParts } from './writer.ts'

type LogParts = Readonly<{
  registry: Registry
  clock: Clock
  seal?: LiveSeal | null
  /** Where the chunks lie that the events of this log name: they are durable before these are. */
  chunks?: Pick<ChunkStore, 'sync'> | undefined
  clockTrustedUntil?: Micros | undefined
  /** Who appends; the storage itself is what makes events durable unless it is given. */
  writer?: (parts: WriterParts) => LogWriter
}>

export function logOver(store: LogStore, parts: LogParts): EventLog {
  const { registry, clock, seal = null, chunks, clockTrustedUntil } = parts
  const { writer: writerOf = (of) => new Writer(of) } = parts
  const codec = codecOf(registry)
  const isAttestedWithChunks = ({ type, chunks }: Draft): boolean =>
    chunks.length > 0 && registry.get(type)?.saidBy === null
  const bell = new Bell()
  const writer = writerOf({ store, codec, clock, bell, seal, chunks, clockTrustedUntil })
  const reader = new StoreReader(store, codec, { arrivals: bell, end: () => writer.durableTo })
  return {
    seal,
    async append(batch, once) {
      // What a power cut leaves of the log names no chunk that is gone; but for answers, which are derived again, and their chunks with them.
      if (batch.events.some(isAttestedWithChunks)) await chunks?.sync()
      return writer.append(batch, once)
    },
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
