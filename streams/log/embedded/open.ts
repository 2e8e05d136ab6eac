/** Opens a log in a folder of this machine, for its one writer or for any number of readers. */
import { join } from 'node:path'
import { refuse } from '../../../schemas/kernel/fault.ts'
import type { Clock, Micros } from '../../../schemas/kernel/time.ts'
import { polling } from '../arrivals.ts'
import type { ChunkStore } from '../chunks.ts'
import { codecOf, type Registry } from '../codec.ts'
import { logOver } from '../log.ts'
import type { EventLog, LogReader } from '../port.ts'
import { StoreReader } from '../reader.ts'
import { NOTE_BYTES, ownText } from '../regular.ts'
import { LiveSeal, type LiveSealOptions } from '../seal/live.ts'
import type { LogStore } from '../stored.ts'
import { IDENTITY, MIRROR, openForReading, openForWriting } from './database.ts'
import { lockForWriting } from './lock.ts'
import { EmbeddedStore } from './store.ts'

const POLL_MILLIS = 100

type EmbeddedOptions = Readonly<{
  folder: string
  registry: Registry
  clock: Clock
  /** Where the chunks lie that events name. */
  chunks?: Pick<ChunkStore, 'sync'>
}>

/** A log that keeps no seal. @throws Refusal `log.second-writer`, `log.newer-version`, `log.unreadable` */
export const openEmbeddedLog = (options: EmbeddedOptions): EventLog =>
  logOver(ownStore(options.folder), options)

type SealedOptions = EmbeddedOptions &
  Readonly<{
    /** The clock is right up to here, whatever the last event says. */
    clockTrustedUntil?: Micros | undefined
    /** Made once the writer has its lock, from what the log says of its keys. */
    seal: (reader: LogReader) => Promise<Omit<LiveSealOptions, 'identityPath'>>
  }>

/**
 * A log whose commits are sealed before they are acknowledged.
 * @throws Refusal as `openEmbeddedLog` and `LiveSeal.open`
 */
export async function openSealedLog(options: SealedOptions): Promise<EventLog> {
  const store = ownStore(options.folder)
  try {
    // Nothing is sealed that a power cut could take away, whoever wrote it.
    await store.sync()
    const reader = new StoreReader(store, codecOf(options.registry), asWritten(store))
    const identityPath = join(options.folder, IDENTITY)
    const seal = await LiveSeal.open({ ...(await options.seal(reader)), identityPath }, store)
    return logOver(store, { ...options, seal })
  } catch (error) {
    store.close()
    throw error
  }
}

/** For whoever cannot know what is durable: it goes on with what is written. */
const asWritten = (store: LogStore) => ({ arrivals: polling(POLL_MILLIS), end: () => store.tail().position })

/** @throws Refusal `log.mirror` for a copy of a log that another server keeps */
function ownStore(folder: string): EmbeddedStore {
  const stream = ownText(join(folder, MIRROR), NOTE_BYTES)
  if (stream !== null) throw refuse('log.mirror', { folder, stream: stream.trim() })
  return storeForWriting(folder)
}

/** The tables in a folder, for their one writer. @throws Refusal `log.second-writer`, `log.newer-version`, `log.unreadable` */
export function storeForWriting(folder: string): EmbeddedStore {
  const lock = lockForWriting(folder)
  try {
    return new EmbeddedStore({ folder, database: openForWriting(folder), release: lock.release })
  } catch (error) {
    lock.release()
    throw error
  }
}

/** The tables in a folder as they lie there, for whoever copies them. @throws Refusal `log.missing`, `log.newer-version` */
export const storeForReading = (folder: string): EmbeddedStore =>
  new EmbeddedStore({ folder, database: openForReading(folder), release: () => undefined })

/** For another process than the writer's, while it runs or not. @throws Refusal `log.missing`, `log.newer-version` */
export function openEmbeddedReader(options: Readonly<{ folder: string; registry: Registry }>): LogReader {
  const { folder, registry } = options
  const store = storeForReading(folder)
  return new StoreReader(store, codecOf(registry), asWritten(store))
}
