/** A platform: a log, its chunks, the pipeline that follows it, and the views over it. */
import { Memory } from '../commands/handle.ts'
import { ProjectionRunner } from '../projections/runner.ts'
import { openProjectionStore, type ProjectionStore } from '../projections/store.ts'
import type { Position, Recorded } from '../schemas/envelope.ts'
import type { Clock } from '../schemas/kernel/time.ts'
import { REGISTRY } from '../schemas/registry.ts'
import { openChunkFolder } from '../streams/log/chunks/folder.ts'
import type { ChunkStore } from '../streams/log/chunks.ts'
import { openEmbeddedReader, openSealedLog } from '../streams/log/embedded/open.ts'
import type { EventLog, LogReader } from '../streams/log/port.ts'
import { type Cursor, Pipeline } from '../streams/pipeline.ts'
import { clockTrustedUntil, notBefore, wallClock } from './clock.ts'
import { confirmedCursor, confirmedPosition } from './confirmed.ts'
import { type Folder, folderAt, makeFolders } from './folder.ts'
import { overlay } from './overlay.ts'
import { derivedUpTo } from './replay.ts'
import { sealOptions, verifiersNow } from './sealing.ts'
import { type InTurn, inTurn } from './turn.ts'
import { warn } from './warn.ts'
import { VIEWS, type Wiring, wire } from './wire.ts'

export type Platform = Readonly<{
  folder: Folder
  log: EventLog
  chunks: ChunkStore
  /** What deciders remember of the streams that they decided on. */
  memory: Memory
  /** The moment that decisions are made at: the wall clock's, or that of data played as it arrived. */
  moment: Clock
  folds: Wiring['folds']
  store: Wiring['store']
  models: Wiring['models']
  markets: Wiring['markets']
  /** Follows the log until nothing new follows from it. */
  drain: (onEvent?: (event: Recorded) => void) => Promise<Position>
  /** How far every answer in the log is known to be what follows. */
  confirmed: () => Promise<Position>
  inTurn: InTurn
  views: ProjectionRunner
  close: () => Promise<void>
}>

/**
 * Opens a platform for writing and brings its pipeline up to date.
 * @param options.moment the wall clock unless data are played
 * @throws Refusal `log.second-writer`, `log.newer-version`, and `seal.diverged` for a log that was cut off
 */
export async function openPlatform(options: {
  path: string
  moment?: Clock
  onEvent?: (event: Recorded) => void
}): Promise<Platform> {
  const folder = folderAt(options.path)
  makeFolders(folder)
  const log = await openLog(folder)
  try {
    const parts = {
      folder,
      log,
      chunks: openChunkFolder(folder.chunks),
      states: openProjectionStore(folder.projections, { warn }),
      cursor: confirmedCursor(folder, log),
    }
    if (options.moment !== undefined)
      return await assemble({ ...parts, moment: options.moment }, options.onEvent)
    const moment = notBefore(wallClock, (await log.head()).recordedAt)
    const platform = await assemble({ ...parts, moment }, options.onEvent)
    const drain: Platform['drain'] = (each) =>
      platform.drain((event) => {
        moment.advanceTo(event.recordedAt)
        each?.(event)
      })
    return { ...platform, drain }
  } catch (error) {
    // Whoever is refused leaves the lock to the next.
    await log.close()
    throw error
  }
}

/** Opens a folder's log as its one writer. */
export const openLog = (folder: Folder): Promise<EventLog> =>
  openSealedLog({
    folder: folder.log,
    registry: REGISTRY,
    clock: wallClock,
    clockTrustedUntil: clockTrustedUntil(),
    seal: (reader) => sealOptions(folder, reader),
  })

/** What a platform is put together from: adapters, whatever they keep their bytes in. */
type Parts = Readonly<{
  folder: Folder
  log: EventLog
  chunks: ChunkStore
  states: ProjectionStore
  cursor: Cursor
  moment: Clock
}>

/** Wires a platform, and brings its pipeline up to date. */
export async function assemble(
  { states, cursor, ...parts }: Parts,
  onEvent?: (event: Recorded) => void,
): Promise<Platform> {
  const { log, chunks } = parts
  const { folds, store, models, markets, processors } = wire(chunks)
  const pipeline = new Pipeline({ log, processors, cursor })
  await pipeline.drain(onEvent)
  return {
    ...parts,
    memory: new Memory(),
    folds,
    store,
    models,
    markets,
    drain: (each) => pipeline.drain(each),
    confirmed: async () => pipeline.confirmed,
    inTurn: inTurn(),
    views: new ProjectionRunner({
      log,
      store: states,
      projections: VIEWS,
      confirmed: () => pipeline.confirmed,
    }),
    async close() {
      states.close()
      await log.close()
    },
  }
}

export type Archive = Readonly<{
  folder: Folder
  log: LogReader
  chunks: ChunkStore
  states: ProjectionStore
  /** How far the writer has confirmed answers; where nothing trusted says so, they are derived once more and compared. */
  confirmed: () => Promise<Position>
  close: () => Promise<void>
}>

/** Opens a platform for reading, while its writer runs or not. @throws Refusal `log.missing` */
export function openArchive(path: string): Archive {
  const folder = folderAt(path)
  const log = openEmbeddedReader({ folder: folder.log, registry: REGISTRY })
  const chunks = openChunkFolder(folder.chunks)
  const states = openProjectionStore(folder.projections, { readOnly: true, warn })
  let confirmed: Promise<Position> | null = null
  return {
    folder,
    log,
    chunks,
    states,
    confirmed() {
      confirmed ??= confirmedIn({ folder, log, chunks })
      return confirmed
    },
    async close() {
      states.close()
      await log.close()
    },
  }
}

async function confirmedIn({ folder, log, chunks }: Pick<Archive, 'folder' | 'log' | 'chunks'>) {
  const position = await confirmedPosition(folder, log, await verifiersNow(folder, log))
  if (position !== null || (await log.head()).position === 0) return position ?? 0
  warn('No signed record says how far derived events are confirmed; recomputing them.')
  return derivedUpTo(log, wire(overlay(chunks)).processors)
}
