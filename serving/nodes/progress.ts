/** How far a lane has got on another machine: a note that the log's key signs, over the event that it has come past. */
import type { Position } from '../../schemas/envelope.ts'
import { Refusal } from '../../schemas/kernel/fault.ts'
import type { LeaseRecord, Progress } from '../../streams/log/kurrentdb/lease.ts'
import type { EventLog } from '../../streams/log/port.ts'
import { openCheckpoint, signCheckpoint } from '../../streams/log/seal/checkpoint.ts'
import { noteVerifier } from '../../streams/log/seal/note.ts'
import { sameHash } from '../../streams/log/seal/tree.ts'
import type { LaneName } from '../lanes/names.ts'

/** A note of this origin is no checkpoint: its last line is the leaf hash of the event at the position. */
const originOf = (lane: LaneName): string => `asof.local/log/lane/${lane}`

/** What a lane's machine says of it. */
export async function progressOf(log: EventLog, lane: LaneName, position: Position): Promise<Progress> {
  const { position: head } = await log.head()
  const leaf = await leafAt(log, position)
  if (leaf === null || log.seal === null) return { progress: '', head }
  const { note } = signCheckpoint({ origin: originOf(lane), size: position, root: leaf }, log.seal.signer)
  return { progress: note, head }
}

/** How far a lane has got by what was said of it, where the log's own key signed that for this very log; 0 for anything else. */
export async function positionIn(log: EventLog, lane: LaneName, told: LeaseRecord): Promise<Position> {
  if (log.seal === null || told.progress === '') return 0
  try {
    const { origin, size, root } = openCheckpoint(told.progress, [noteVerifier(log.seal.signer.verifierKey)])
    const leaf = await leafAt(log, size)
    return origin === originOf(lane) && leaf !== null && sameHash(leaf, root) ? size : 0
  } catch (error) {
    if (error instanceof Refusal) return 0
    throw error
  }
}

async function leafAt(log: EventLog, position: Position): Promise<Uint8Array | null> {
  if (position < 1 || position > (await log.head()).position) return null
  for await (const [leaf] of log.leaves(position, position)) return leaf ?? null
  return null
}
