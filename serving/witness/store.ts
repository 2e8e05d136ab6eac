/** What a witness keeps: of each log the last checkpoint that it cosigned, and what was sent to it that showed another history. */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { assert } from '../../schemas/kernel/assert.ts'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { writeDurably } from '../../streams/log/files.ts'
import { NOTE_BYTES, ownText } from '../../streams/log/regular.ts'
import { openCheckpoint, type SignedCheckpoint } from '../../streams/log/seal/checkpoint.ts'
import { type NoteVerifier, noteVerifier, readNote, signatureLine } from '../../streams/log/seal/note.ts'

/** A log that is watched, by the keys that may have signed it. */
export type WatchedLog = Readonly<{ id: string; origin: string; verifiers: readonly NoteVerifier[] }>

/** Of each log and kind. Enough to show what happened; more would let it fill the disk. */
const MOST_EVIDENCE = 100

/** `split` proves by itself that a log has two histories. `unproved` is a checkpoint of the log, and anybody can send one with a made-up proof. */
export type Evidence = 'split' | 'unproved'

export class WitnessStore {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
    for (const part of ['logs', 'evidence']) mkdirSync(join(folder, part), { recursive: true })
  }

  /**
   * The record of a log lies under the number of one of its keys, whichever was named first at the time.
   * @throws Refusal `witness.record` for a record that none of the log's keys signed, and for two: a witness never begins anew by itself
   */
  last(log: WatchedLog): SignedCheckpoint | null {
    const path = this.#path(log)
    const note = ownText(path, NOTE_BYTES)
    if (note === null) return null
    try {
      return openCheckpoint(note, log.verifiers)
    } catch {
      throw refuse('witness.record', { path })
    }
  }

  /** Durable on return. Signatures of others are not kept: whoever sends a checkpoint may add any, of any length. */
  keep(log: WatchedLog, { note }: SignedCheckpoint): Promise<void> {
    const { text, signatures } = readNote(note)
    const own = signatures.find((of) =>
      log.verifiers.some((one) => one.name === of.name && one.id.equals(of.id)),
    )
    assert(own !== undefined, 'a key of the log signed it')
    const kept = `${text}\n${signatureLine(own.name, own.id, own.bytes)}`
    return writeDurably(this.#path(log), Buffer.from(kept))
  }

  /**
   * Keeps a request whose checkpoint the log's own key signed, though it contradicts what it signed before, or does not show that it does not.
   * One for each checkpoint, and those of a kind that anybody can send take no place of the other. The newest stay.
   * @returns whether it is the first of its checkpoint
   */
  async keepEvidence(
    { id }: WatchedLog,
    { kind, seconds, text, body }: Readonly<{ kind: Evidence; seconds: number; text: string; body: string }>,
  ): Promise<boolean> {
    const folder = join(this.#folder, 'evidence')
    const of = `-${sha256(text).slice(0, 16)}.txt`
    const kept = readdirSync(folder)
      .filter((name) => name.startsWith(`${id}-${kind}-`))
      .sort()
    if (kept.some((name) => name.endsWith(of))) return false
    if (kept.length >= MOST_EVIDENCE) rmSync(join(folder, kept[0]))
    await writeDurably(
      join(folder, `${id}-${kind}-${String(seconds).padStart(12, '0')}${of}`),
      Buffer.from(body),
    )
    return true
  }

  #path({ verifiers }: WatchedLog): string {
    const folder = join(this.#folder, 'logs')
    const paths = verifiers.map(({ id }) => join(folder, `${id.toString('hex')}.checkpoint`))
    const [path = paths[0], another] = paths.filter((one) => existsSync(one))
    if (another !== undefined) throw refuse('witness.record', { path: another })
    return path
  }
}

/**
 * @param keys the public keys of one log, in any order
 * @throws Refusal `seal.malformed`
 */
export function watchedLog(keys: readonly string[]): WatchedLog {
  const verifiers = keys.map(noteVerifier)
  const [{ name, id }] = verifiers
  return { id: id.toString('hex'), origin: name, verifiers }
}

/** @throws Refusal `witness.one-key` where a key is given for two logs: each would have a record of its own, and could be cosigned by it */
export function assertApart(logs: readonly WatchedLog[]): void {
  const seen = new Set<string>()
  for (const { verifiers } of logs) {
    const numbers = new Set(verifiers.map(({ id }) => id.toString('hex')))
    for (const number of numbers) {
      if (seen.has(number)) throw refuse('witness.one-key', { key: number })
      seen.add(number)
    }
  }
}
