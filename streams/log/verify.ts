/** Walks the log, its chunks and its seal, and names every damage: any byte that was changed anywhere is found. */
import { setImmediate } from 'node:timers/promises'
import type { Digest } from '../../schemas/kernel/canonical.ts'
import type { ChunkStore } from './chunks.ts'
import { codecOf, type Registry } from './codec.ts'
import type { Proof } from './seal/proof.ts'
import { ChunkWalk } from './verify/chunks.ts'
import { type Damage, type Inspection, UnreadableStorage } from './verify/damage.ts'
import { EventWalk } from './verify/events.ts'
import type { SealFolder } from './verify/notes.ts'
import { SealWalk } from './verify/seal.ts'

export type VerifyOptions = Readonly<{
  inspection: Inspection
  registry: Registry
  chunks: ChunkStore
  /** Null for a log without a seal: then nothing proves that events were not replaced together with their leaves. */
  seal: SealFolder | null
  progress?: (part: 'events' | 'seal' | 'chunks', done: number, of: number) => void
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
  /** The digest of the log's first checkpoint; null where it has none. */
  identity: Digest | null
  /** That the published tree continues the checkpoint that the auditor kept (RFC 6962, 2.1.2), where it was given and does. */
  consistency: Proof | null
}>

const EVENTS_PER_TURN = 2000
/** Behind so many, nobody reads on, and a file that is nothing but damage is not held as text. */
const MOST_DAMAGES = 10_000

export async function verify(options: VerifyOptions): Promise<Verification> {
  const { inspection, registry, chunks, progress = () => undefined } = options
  const walk = new EventWalk(codecOf(registry))
  const chunkWalk = new ChunkWalk()
  const seal = options.seal === null ? null : await SealWalk.open(options.seal)
  const damages: Damage[] = [...inspection.integrity()]
  let turn = 0
  const read = async (): Promise<void> => {
    const total = inspection.eventCount()
    for (const batch of inspection.batches()) {
      chunkWalk.add(batch)
      for (const leaf of walk.add(batch)) await seal?.add(leaf)
      if (walk.damages.length > MOST_DAMAGES)
        throw new UnreadableStorage(
          `it has more than ${MOST_DAMAGES} damages up to here; the rest is not looked at`,
        )
      if (walk.events - turn < EVENTS_PER_TURN) continue
      turn = walk.events
      progress('events', turn, total)
      await setImmediate()
    }
    if (walk.events < total) {
      const problem = `${total - walk.events} events belong to no batch`
      damages.push({ kind: 'storage', place: 'table batch', problem })
    }
  }
  try {
    await read()
  } catch (error) {
    // What can be read ends here; the seal says what else was there.
    if (!(error instanceof UnreadableStorage)) throw error
    damages.push({
      kind: 'storage',
      place: `the database file, after event ${walk.events}`,
      problem: error.message,
    })
  }
  for (const rotation of walk.rotations) seal?.rotate(rotation)
  const consistency = (await seal?.finish((done, of) => progress('seal', done, of))) ?? null
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
    identity: seal?.identity ?? null,
    consistency,
  }
}
