/** An archive: what is read of a platform's folder, while its writer runs or not. */
import type { ProjectionStore } from '../projections/saved.ts'
import type { Position } from '../schemas/envelope.ts'
import { REGISTRY } from '../schemas/registry.ts'
import type { ChunkStore } from '../streams/log/chunks.ts'
import { openEmbeddedReader } from '../streams/log/embedded/open.ts'
import type { LogReader } from '../streams/log/port.ts'
import { openChunks } from './chunk-store.ts'
import { confirmedPosition } from './confirmed.ts'
import { type Folder, folderAt } from './folder.ts'
import { livelyChunks, livelyLog } from './lively.ts'
import { raisesNow, verifiersNow } from './sealing.ts'
import { openViewStore } from './view-store.ts'
import { warn } from './warn.ts'

export type Archive = Readonly<{
  folder: Folder
  log: LogReader
  chunks: ChunkStore
  states: ProjectionStore
  /** How far the writer has confirmed answers; where nothing trusted says so, they are derived once more and compared. */
  confirmed: () => Promise<Position>
  close: () => Promise<void>
}>

/**
 * Opens a platform for reading, while its writer runs or not.
 * @param alive is called for each batch and each chunk that is read
 * @throws Refusal `log.missing`
 */
export function openArchive(path: string, alive: () => void = () => {}): Archive {
  const folder = folderAt(path)
  const log = livelyLog(openEmbeddedReader({ folder: folder.log, registry: REGISTRY }), alive)
  const chunks = livelyChunks(openChunks(folder), alive)
  const states = openViewStore(folder, { readOnly: true })
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
  const position = await confirmedPosition({ folder, lane: 'live' }, log, await verifiersNow(folder, log))
  if (position !== null || (await log.head()).position === 0) return position ?? 0
  warn('No signed record says how far derived events are confirmed; recomputing them.')
  // What makes answers again is loaded where it is needed: hardly any command needs it.
  const [{ derivedUpTo }, { overlay }, { wireAll }] = await Promise.all([
    import('./replaying/replay.ts'),
    import('./overlay.ts'),
    import('./wire.ts'),
  ])
  return derivedUpTo(log, wireAll(overlay(chunks)), await raisesNow(folder, log))
}
