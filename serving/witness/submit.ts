/** Asks a witness to cosign what a log's own key has signed. c2sp.org/tlog-witness, the client's side. */
import { Refusal } from '../../schemas/kernel/fault.ts'
import { writeDurably } from '../../streams/log/files.ts'
import { NOTE_BYTES, ownText } from '../../streams/log/regular.ts'
import { readCheckpoint, type SignedCheckpoint } from '../../streams/log/seal/checkpoint.ts'
import { type NoteVerifier, readNote, signatureLine } from '../../streams/log/seal/note.ts'
import { consistencyProof } from '../../streams/log/seal/proof.ts'
import { nodesOf } from '../../streams/log/seal/tiles.ts'
import { cosignatureVerifier, cosignedAt } from '../../streams/log/witness/cosignature.ts'
import { witnessedPath } from '../../streams/log/witness/kept.ts'
import { writeRequest } from '../../streams/log/witness/request.ts'

export type WitnessAddress = Readonly<{
  url: string
  /** Its public key: `name+id+base64`. */
  key: string
}>

export type Submitted =
  | Readonly<{ kind: 'cosigned'; size: number }>
  /** It did not answer, or not as a witness does. */
  | Readonly<{ kind: 'away'; why: string }>
  /** It does not watch this log, or not under this key. */
  | Readonly<{ kind: 'stranger'; why: string }>
  /** It saw another history of this log than lies here, or a longer one. */
  | Readonly<{ kind: 'contradicts'; why: string }>

const TIMEOUT_MILLIS = 10_000
/** A few signature lines. */
const ANSWER_BYTES = 64 << 10

/** What a witness cosigned last of the log in this folder; 0 where it never did, or the record of it cannot be read: it is asked then. */
export function witnessedSize(seal: string, key: string): number {
  const path = witnessedPath(seal, key)
  try {
    const note = ownText(path, NOTE_BYTES)
    return note === null ? 0 : readCheckpoint(note).size
  } catch (error) {
    if (error instanceof Refusal) return 0
    throw error
  }
}

/**
 * Submits a checkpoint of which the tiles are there, and keeps it with the witness's cosignature beside the seal.
 * @param seal the folder of the log's seal
 */
export async function submit(
  { url, key }: WitnessAddress,
  checkpoint: SignedCheckpoint,
  seal: string,
): Promise<Submitted> {
  const witness = cosignatureVerifier(key)
  let old = Math.min(witnessedSize(seal, key), checkpoint.size)
  for (let attempt = 0; ; attempt++) {
    const answer = await asked(url, await requestFrom(old, checkpoint, seal))
    if ('why' in answer) return { kind: 'away', why: answer.why }
    const { status, text } = answer
    if (status === 200) {
      const note = cosigned(checkpoint.note, text, witness)
      if (note === null) return { kind: 'away', why: `its answer is no cosignature of ${witness.name}` }
      await writeDurably(witnessedPath(seal, key), Buffer.from(note))
      return { kind: 'cosigned', size: checkpoint.size }
    }
    if (status === 409) {
      const seen = /^\d{1,15}\n?$/.test(text) ? Number(text) : null
      if (seen !== null && seen > checkpoint.size)
        return {
          kind: 'contradicts',
          why: `it cosigned ${seen} events of this log, and here are ${checkpoint.size}: it was rolled back, or is written elsewhere`,
        }
      if (seen === null || seen === old || attempt > 0)
        return seen === checkpoint.size
          ? { kind: 'contradicts', why: `it cosigned another root of ${seen} events of this log` }
          : { kind: 'away', why: 'others submit this log at the same time, or it does not say what it saw' }
      old = seen
      continue
    }
    if (status === 422)
      return { kind: 'contradicts', why: `this log does not continue what it cosigned (${toldIn(text)})` }
    if (status === 403 || status === 404) return { kind: 'stranger', why: toldIn(text) }
    return { kind: 'away', why: `it answers ${status}` }
  }
}

/** A sentence of another machine: it is shown, and no longer than one. */
const toldIn = (text: string): string => text.trim().slice(0, 500)

async function requestFrom(old: number, { size, note }: SignedCheckpoint, seal: string): Promise<string> {
  const proof = old === 0 ? [] : await consistencyProof(old, size, nodesOf(seal, size))
  return writeRequest({ old, proof, note })
}

/** The note with the cosignature of this witness, and nothing else that it answers; null where it did not cosign. */
function cosigned(note: string, answer: string, witness: NoteVerifier): string | null {
  try {
    const { text } = readNote(note)
    const { signatures } = readNote(`${text}\n${answer}`)
    for (const { name, id, bytes } of signatures) {
      const line = signatureLine(name, id, bytes)
      if (cosignedAt(`${text}\n${line}`, witness) !== null) return `${note}${line}`
    }
    return null
  } catch {
    return null
  }
}

type Answer = Readonly<{ status: number; text: string }> | Readonly<{ why: string }>

async function asked(url: string, body: string): Promise<Answer> {
  try {
    const reply = await fetch(`${url.replace(/\/$/, '')}/add-checkpoint`, {
      ...{ method: 'POST', body, redirect: 'error', headers: { 'content-type': 'text/plain' } },
      signal: AbortSignal.timeout(TIMEOUT_MILLIS),
    })
    const bytes = await firstBytes(reply, ANSWER_BYTES)
    return bytes === null
      ? { why: 'its answer is too long' }
      : { status: reply.status, text: bytes.toString('utf8') }
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return { why: cause instanceof Error ? cause.message : String(cause) }
  }
}

/** An answer, or null where it has more bytes. */
export async function firstBytes(reply: Response, most: number): Promise<Buffer | null> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of reply.body ?? []) {
    length += part.length
    if (length > most) return null
    parts.push(part)
  }
  return Buffer.concat(parts)
}
