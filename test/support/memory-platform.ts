/** A platform whose log and chunks live in memory, wired as the real one is. */
import { openProjectionStore } from '../../projections/store.ts'
import type { AppendBatch, Recorded, RecordedBatch } from '../../schemas/envelope.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import { PlayedClock } from '../../serving/clock.ts'
import { folderAt } from '../../serving/folder.ts'
import type { LaneName } from '../../serving/lanes/names.ts'
import { assemble, type Platform } from '../../serving/platform.ts'
import type { Cursor } from '../../streams/cursor.ts'
import { openChunkMemory } from '../../streams/log/chunks/memory.ts'
import type { ChunkStore } from '../../streams/log/chunks.ts'
import { openMemoryLog } from '../../streams/log/memory/open.ts'
import type { EventLog } from '../../streams/log/port.ts'

export type MemoryPlatform = Platform & Readonly<{ moment: PlayedClock }>

/** A log whose clock ticks once for each commit. */
export function memoryLog(): EventLog {
  let now = 1_000_000
  return openMemoryLog({ registry: REGISTRY, clock: { nowMicros: () => now++ } })
}

/** A cursor that is kept nowhere but here. */
export function memoryCursor(start = 0): Cursor & { position: number } {
  return {
    position: start,
    load() {
      return this.position
    },
    save(position) {
      this.position = position
    },
  }
}

/** @param parts what there is already: a log that another platform wrote, say */
export async function memoryPlatform(
  parts: Readonly<{
    log?: EventLog
    chunks?: ChunkStore
    /** The live lane's, from where the others begin too; or each lane's own. */
    cursor?: Cursor | ((lane: LaneName) => Cursor)
  }> = {},
): Promise<MemoryPlatform> {
  const { log = memoryLog(), chunks = openChunkMemory(), cursor = memoryCursor() } = parts
  const moment = new PlayedClock(0)
  const places = { folder: folderAt('/nowhere'), states: openProjectionStore(':memory:') }
  const start = typeof cursor === 'function' ? 0 : await cursor.load()
  const cursors =
    typeof cursor === 'function'
      ? cursor
      : (lane: LaneName) => (lane === 'live' ? cursor : memoryCursor(start))
  return { ...(await assemble({ ...places, log, chunks, cursors, moment })), moment }
}

export async function eventsOf(log: EventLog, from = 1): Promise<Recorded[]> {
  const events: Recorded[] = []
  for await (const batch of log.readAll(from)) events.push(...batch)
  return events
}

/** All that the log says, but for when it recorded it. */
export async function factsOf(log: EventLog): Promise<Omit<Recorded, 'recordedAt'>[]> {
  return (await eventsOf(log)).map(({ recordedAt: _, ...event }) => event)
}

/** A new log with the same batches, each as `edit` would have it. Positions stay as they are if lengths do. */
export async function copyOf(
  log: EventLog,
  edit: (batch: RecordedBatch) => Omit<AppendBatch, 'expected'> = asAppended,
): Promise<EventLog> {
  const copy = memoryLog()
  for await (const batch of log.readAll(1)) {
    const edited = edit(batch)
    const appended = await copy.append({ ...edited, expected: await copy.revisionOf(edited.stream) })
    if (!appended.ok) throw new Error(appended.error.fault.message)
  }
  return copy
}

export function asAppended(batch: RecordedBatch): Omit<AppendBatch, 'expected'> {
  const [{ stream, commandId, actor, correlationId, causationId }] = batch
  return { stream, commandId, actor, correlationId, causationId, events: batch }
}
