/** Walks the log, its chunks and its seal, and names every damage: any byte that was changed anywhere is found. */
import { setImmediate } from 'node:timers/promises'
import type { Digest } from '../../schemas/kernel/canonical.ts'
import type { ChunkStore } from './chunks.ts'
import { codecOf, type Registry } from './codec.ts'
import { ChunkWalk } from './verify/chunks.ts'
import type { Damage, Inspection } from './verify/damage.ts'
import { EventWalk } from './verify/events.ts'
import { type SealFolder, SealWalk } from './verify/seal.ts'

export type VerifyOptions = Readonly<{
  inspection: Inspection
  registry: Registry
  chunks: ChunkStore
  /** Null for a log without a seal: then nothing proves that events were not replaced together with their leaves. */
  seal: SealFolder | null
  progress?: (part: 'events' | 'chunks', done: number, of: number) => void
}>

export type Verification = Readonly<{
  damages: readonly Damage[]
  events: number
  /** Signed checkpoints that were compared, and how many events the last one seals. */
  checkpoints: number
  eventsSealed: number
  /** Durable, and not sealed yet. */
  eventsNotSealed: number
  /** Chunks that no event refers to. No damage: a put whose append never came. */
  orphans: readonly Digest[]
}>

const EVENTS_PER_TURN = 2000

export async function verify(options: VerifyOptions): Promise<Verification> {
  const { inspection, registry, chunks, progress = () => undefined } = options
  const damages: Damage[] = inspection
    .integrity()
    .map((problem) => ({ kind: 'storage', place: 'the database file', problem }))
  const walk = new EventWalk(codecOf(registry))
  const chunkWalk = new ChunkWalk()
  const seal = options.seal === null ? null : await SealWalk.open(options.seal)
  const total = inspection.eventCount()
  let turn = 0
  for (const batch of inspection.batches()) {
    chunkWalk.add(batch)
    for (const leaf of walk.add(batch)) await seal?.add(leaf)
    if (walk.events - turn < EVENTS_PER_TURN) continue
    turn = walk.events
    progress('events', turn, total)
    await setImmediate()
  }
  await seal?.finish()
  if (walk.events < total) {
    const problem = `${total - walk.events} events belong to no batch`
    damages.push({ kind: 'storage', place: 'table batch', problem })
  }
  damages.push(...walk.damages, ...(seal?.damages ?? []))
  damages.push(...(await chunkWalk.check(chunks, (done, of) => progress('chunks', done, of))))
  const eventsSealed = seal?.sealed ?? 0
  return {
    damages,
    events: walk.events,
    checkpoints: seal?.checkpoints ?? 0,
    eventsSealed,
    eventsNotSealed: Math.max(walk.events - eventsSealed, 0),
    orphans: await chunkWalk.orphans(chunks),
  }
}
