/** Snapshots that are kept as bytes in memory, one for each moment at which a lane is at rest. */
import type { Position } from '../../schemas/envelope.ts'
import { type Memory, memoryBytes, memoryFrom } from '../../schemas/kernel/memory.ts'
import type { LaneName } from '../../serving/lanes/names.ts'
import type { Processor } from '../../streams/processor.ts'
import type { Snapshot, SnapshotStore } from '../../streams/snapshot.ts'

export type MemorySnapshots = SnapshotStore &
  Readonly<{
    /** By position. */
    bytes: Map<Position, Buffer>
    /** Positions that were given to somebody. */
    used: Position[]
    passedOver: string[]
  }>

/** @param every events after which one is taken; each moment of rest unless it is given */
export function memorySnapshots(bytes = new Map<Position, Buffer>(), every = 1): MemorySnapshots {
  const [used, passedOver]: [Position[], string[]] = [[], []]
  const bad = new Set<Position>()
  return {
    due: { events: every, eventsAtStop: every },
    bytes,
    used,
    passedOver,
    async *whole(atMost) {
      for (const position of [...bytes.keys()].sort((a, b) => b - a)) {
        const kept = bytes.get(position)
        if (position > atMost || bad.has(position) || kept === undefined) continue
        used.push(position)
        yield memoryFrom(kept) as unknown as Snapshot
      }
    },
    keep(position, make) {
      bytes.set(position, memoryBytes({ ...make(), position } as unknown as Memory))
    },
    passOver(position, why) {
      bad.add(position)
      passedOver.push(why)
    },
    async kept() {},
  }
}

/** One for each lane. */
export function laneSnapshots(): Readonly<Record<LaneName, MemorySnapshots>> {
  return { live: memorySnapshots(), research: memorySnapshots(), gate: memorySnapshots() }
}

/** What each processor knows, as bytes. */
export const savedBy = (processors: readonly Processor[]): ReadonlyMap<string, Buffer> =>
  new Map(processors.map((one) => [one.name, memoryBytes(one.save?.() ?? null)]))
