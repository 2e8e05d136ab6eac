/** What a witness makes of a checkpoint, by what it saw last of the same log. c2sp.org/tlog-witness, add-checkpoint. */
import { Refusal } from '../../../schemas/kernel/fault.ts'
import { openCheckpoint, readCheckpoint, type SignedCheckpoint } from '../seal/checkpoint.ts'
import type { NoteVerifier } from '../seal/note.ts'
import { verifyConsistency } from '../seal/proof.ts'
import { EMPTY_ROOT, sameHash } from '../seal/tree.ts'
import type { AddCheckpoint } from './request.ts'

/** A log that a witness watches: its keys, of which the first names it, and the last checkpoint that was cosigned. */
export type Watched = Readonly<{ verifiers: readonly NoteVerifier[]; last: SignedCheckpoint | null }>

export type Judgement =
  /** It continues what was seen: to be kept, and then cosigned. */
  | Readonly<{ kind: 'continues'; checkpoint: SignedCheckpoint }>
  /** The old size is not that of the last one; the client asks again from there. */
  | Readonly<{ kind: 'elsewhere'; size: number }>
  /** The log's own key signed two trees of one size: it shows two histories, whoever sent this. */
  | Readonly<{ kind: 'split'; size: number; problem: string }>
  /**
   * Nothing shows that it continues what was seen: the log shows two histories, or whoever sends its checkpoint made up a proof.
   * `isSuspect` where the tree is one that was not seen.
   */
  | Readonly<{ kind: 'unproved'; isSuspect: boolean; problem: string }>
  | Readonly<{ kind: 'malformed'; problem: string }>

/** The log that a note is of, and that one of its keys signed; what is missing otherwise. */
export function logOf<Log extends Pick<Watched, 'verifiers'>>(
  note: string,
  logs: readonly Log[],
): Readonly<{ log: Log; checkpoint: SignedCheckpoint }> | 'unknown' | 'unsigned' | 'malformed' {
  try {
    const { origin } = readCheckpoint(note)
    const ofOrigin = logs.filter(({ verifiers }) => verifiers.some(({ name }) => name === origin))
    if (ofOrigin.length === 0) return 'unknown'
    for (const log of ofOrigin) {
      const checkpoint = signedBy(note, log.verifiers)
      if (checkpoint !== null) return { log, checkpoint }
    }
    return 'unsigned'
  } catch (error) {
    if (error instanceof Refusal) return 'malformed'
    throw error
  }
}

function signedBy(note: string, verifiers: readonly NoteVerifier[]): SignedCheckpoint | null {
  try {
    return openCheckpoint(note, verifiers)
  } catch (error) {
    if (error instanceof Refusal) return null
    throw error
  }
}

/** @param asked of a checkpoint that a key of this log signed */
export function judge(
  { last }: Pick<Watched, 'last'>,
  { old, proof }: Pick<AddCheckpoint, 'old' | 'proof'>,
  checkpoint: SignedCheckpoint,
): Judgement {
  const { size, root } = checkpoint
  if (old > size)
    return { kind: 'malformed', problem: `old ${old} is more than the ${size} events of the checkpoint` }
  const seen = last?.size ?? 0
  if (old !== seen) return { kind: 'elsewhere', size: seen }
  const split = (problem: string): Judgement => ({ kind: 'split', size: seen, problem })
  const unproved = (isSuspect: boolean, problem: string): Judgement => ({
    ...{ kind: 'unproved', isSuspect, problem },
  })
  if (size === 0 && !sameHash(root, EMPTY_ROOT)) return split('a tree of no events has another root')
  if (last === null || old === 0) {
    return proof.length === 0
      ? { kind: 'continues', checkpoint }
      : unproved(false, 'there is nothing that a proof could begin at, and one was sent')
  }
  if (size === old && !sameHash(root, last.root))
    return split(`of ${size} events it has another root than was cosigned`)
  const claim = { size1: old, size2: size, root1: last.root, root2: root, proof }
  if (verifyConsistency(claim)) return { kind: 'continues', checkpoint }
  return unproved(
    size > old,
    `the proof does not show that its tree of ${size} events continues that of ${old} which was cosigned`,
  )
}
