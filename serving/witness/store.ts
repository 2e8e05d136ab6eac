/** What a witness keeps: of each log the last checkpoint that it cosigned, and what was sent to it that showed another history. */
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { assert } from '../../schemas/kernel/assert.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { writeDurably } from '../../streams/log/files.ts'
import { NOTE_BYTES, ownText } from '../../streams/log/regular.ts'
import { openCheckpoint, type SignedCheckpoint } from '../../streams/log/seal/checkpoint.ts'
import { type NoteVerifier, noteVerifier, readNote, signatureLine } from '../../streams/log/seal/note.ts'

/** A log that is watched, by the keys that may have signed it. */
export type WatchedLog = Readonly<{ id: string; origin: string; verifiers: readonly NoteVerifier[] }>

/** Of each log. Enough to show what happened; more would let it fill the disk. */
const MOST_EVIDENCE = 100

export class WitnessStore {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
    for (const part of ['logs', 'evidence']) mkdirSync(join(folder, part), { recursive: true })
  }

  /** @throws Refusal `witness.record` for a record that none of the log's keys signed: a witness never begins anew by itself */
  last({ id, verifiers }: WatchedLog): SignedCheckpoint | null {
    const path = this.#path(id)
    const note = ownText(path, NOTE_BYTES)
    if (note === null) return null
    try {
      return openCheckpoint(note, verifiers)
    } catch {
      throw refuse('witness.record', { path })
    }
  }

  /** Durable on return. Signatures of others are not kept: whoever sends a checkpoint may add any, of any length. */
  keep({ id, verifiers }: WatchedLog, { note }: SignedCheckpoint): Promise<void> {
    const { text, signatures } = readNote(note)
    const own = signatures.find((of) => verifiers.some((one) => one.name === of.name && one.id.equals(of.id)))
    assert(own !== undefined, 'a key of the log signed it')
    const kept = `${text}\n${signatureLine(own.name, own.id, own.bytes)}`
    return writeDurably(this.#path(id), Buffer.from(kept))
  }

  /** Keeps a request whose checkpoint the log's own key signed, though it contradicts what it signed before. */
  async keepEvidence({ id }: WatchedLog, seconds: number, body: string): Promise<void> {
    const folder = join(this.#folder, 'evidence')
    if (readdirSync(folder).filter((name) => name.startsWith(`${id}-`)).length >= MOST_EVIDENCE) return
    await writeDurably(join(folder, `${id}-${seconds}.txt`), Buffer.from(body))
  }

  #path(id: string): string {
    return join(this.#folder, 'logs', `${id}.checkpoint`)
  }
}

/**
 * @param keys the public keys of one log, the first one first: it names the log for the witness, for good
 * @throws Refusal `seal.malformed`
 */
export function watchedLog(keys: readonly string[]): WatchedLog {
  const verifiers = keys.map(noteVerifier)
  const [{ name, id }] = verifiers
  return { id: id.toString('hex'), origin: name, verifiers }
}
