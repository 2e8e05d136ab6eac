/** A platform: a log, its chunks, the pipeline that follows it, and the views over it. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Memory } from '../commands/handle.ts'
import { ProjectionRunner } from '../projections/runner.ts'
import { openProjectionStore, type ProjectionStore } from '../projections/store.ts'
import type { Position, Recorded } from '../schemas/envelope.ts'
import type { Clock } from '../schemas/kernel/time.ts'
import { REGISTRY } from '../schemas/registry.ts'
import { openChunkFolder } from '../streams/log/chunks/folder.ts'
import type { ChunkStore } from '../streams/log/chunks.ts'
import { openEmbeddedLog, openEmbeddedReader } from '../streams/log/embedded/open.ts'
import type { EventLog, LogReader } from '../streams/log/port.ts'
import { type Cursor, Pipeline } from '../streams/pipeline.ts'
import { wallClock } from './clock.ts'
import { type Folder, folderAt, makeFolders } from './folder.ts'
import { holdToSeal } from './sealing.ts'
import { type InTurn, inTurn } from './turn.ts'
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
  const log = openEmbeddedLog({ folder: folder.log, registry: REGISTRY, clock: wallClock })
  try {
    await holdToSeal({ folder, log })
    const parts = {
      folder,
      log,
      chunks: openChunkFolder(folder.chunks),
      states: openProjectionStore(folder.projections),
      cursor: cursorIn(folder),
      moment: options.moment ?? wallClock,
    }
    return await assemble(parts, options.onEvent)
  } catch (error) {
    // Whoever is refused leaves the lock to the next.
    await log.close()
    throw error
  }
}

/** What a platform is put together from: adapters, whatever they keep their bytes in. */
export type Parts = Readonly<{
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
    inTurn: inTurn(),
    views: new ProjectionRunner({ log, store: states, projections: VIEWS }),
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
  close: () => Promise<void>
}>

/** Opens a platform for reading, while its writer runs or not. @throws Refusal `log.missing` */
export function openArchive(path: string): Archive {
  const folder = folderAt(path)
  const log = openEmbeddedReader({ folder: folder.log, registry: REGISTRY })
  const states = openProjectionStore(existsSync(folder.projections) ? folder.projections : ':memory:', {
    readOnly: existsSync(folder.projections),
  })
  return {
    folder,
    log,
    chunks: openChunkFolder(folder.chunks),
    states,
    async close() {
      states.close()
      await log.close()
    },
  }
}

/** The pipeline's place, in a file of its own; a lost one only means work done twice. */
function cursorIn(folder: Folder): Cursor {
  const path = join(folder.root, 'pipeline.position')
  return {
    load: () => (existsSync(path) ? Number.parseInt(readFileSync(path, 'utf8'), 10) || 0 : 0),
    save(position) {
      writeFileSync(`${path}.new`, String(position))
      renameSync(`${path}.new`, path)
    },
  }
}
