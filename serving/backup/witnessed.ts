/** What witnesses cosigned of a log, asked of themselves, or as a backup has it. */
import { Refusal } from '../../schemas/kernel/fault.ts'
import type { Backup } from '../../streams/log/backup/manifest.ts'
import { openCheckpoint, type SignedCheckpoint } from '../../streams/log/seal/checkpoint.ts'
import type { NoteVerifier } from '../../streams/log/seal/note.ts'
import { cosignatureVerifier, cosignedAt } from '../../streams/log/witness/cosignature.ts'
import type { WitnessAddress } from '../witness/submit.ts'

export type Witnessed = Readonly<{
  key: string
  /** Of the greatest checkpoint that this witness cosigned, and that the backup reaches. */
  checkpoint: SignedCheckpoint
  /** Whether it comes from the witness, and not from the backup. */
  isAsked: boolean
  /** How many events the witness has seen; more than the backup has where it is older. */
  seen: number
}>

const TIMEOUT_MILLIS = 10_000
const NOTE = /(?:[^\n]+\n)+\n(?:— [^\n]+\n)+/g

/**
 * Of each witness the greatest checkpoint up to the backup's size: its own, where it answers and is no further on, or the backup's copy.
 * @param verifiers keys that may have sealed the log
 */
export async function witnessedOf(
  { manifest, checkpoint: { size } }: Backup,
  {
    witnesses,
    verifiers,
  }: Readonly<{ witnesses: readonly WitnessAddress[]; verifiers: readonly NoteVerifier[] }>,
): Promise<readonly Witnessed[]> {
  const all = await Promise.all(
    witnesses.map(async ({ url, key }): Promise<readonly Witnessed[]> => {
      const cosigned = (text: string) => cosignedIn(text, { key, verifiers })
      const told = cosigned(await toldAt(url))
      const kept = manifest.witnessed.flatMap(({ note }) => cosigned(note))
      const seen = Math.max(0, ...[...told, ...kept].map((one) => one.size))
      const best = [
        ...told.map((checkpoint) => ({ checkpoint, isAsked: true })),
        ...kept.map((checkpoint) => ({ checkpoint, isAsked: false })),
      ]
        .filter(({ checkpoint }) => checkpoint.size <= size)
        .sort((one, other) => other.checkpoint.size - one.checkpoint.size)
      const [first] = best
      return first === undefined ? [] : [{ key, seen, ...first }]
    }),
  )
  return all.flat()
}

/** Checkpoints of the log, each with the cosignature of the witness. */
function cosignedIn(
  text: string,
  { key, verifiers }: Readonly<{ key: string; verifiers: readonly NoteVerifier[] }>,
): readonly SignedCheckpoint[] {
  const witness = cosignatureVerifier(key)
  return (text.match(NOTE) ?? []).flatMap((note) => {
    try {
      return cosignedAt(note, witness) === null ? [] : [openCheckpoint(note, verifiers)]
    } catch (error) {
      // It may be of another log that this witness watches.
      if (error instanceof Refusal) return []
      throw error
    }
  })
}

/** What a witness gives; nothing where it does not answer: then the backup's copy is compared, and that is said. */
async function toldAt(url: string): Promise<string> {
  try {
    const reply = await fetch(`${url.replace(/\/$/, '')}/checkpoints`, {
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MILLIS),
    })
    return reply.ok ? await reply.text() : ''
  } catch {
    return ''
  }
}
