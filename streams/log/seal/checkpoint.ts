/** Checkpoints: the size and root of the tree, signed. c2sp.org/tlog-checkpoint@v1.0.0. */
import { refuse } from '../../../schemas/kernel/fault.ts'
import { type NoteSigner, type NoteVerifier, openNote, signNote, strictBase64 } from './note.ts'
import { HASH_BYTES } from './tree.ts'

export type Checkpoint = Readonly<{
  origin: string
  size: number
  root: Uint8Array
  /** What tells a log's first checkpoint from every other log's, in an extension line; absent from all later ones. */
  began?: string
}>
/** A checkpoint with the note that it was signed in. */
export type SignedCheckpoint = Checkpoint & Readonly<{ note: string }>

const BODY = /^([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n(?:began ([0-9a-f-]{36})\n)?$/
const NOTES = /(?:[^\n]+\n)+\n(?:— [^\n]+\n)+/gy

export function signCheckpoint(checkpoint: Checkpoint, signer: NoteSigner): SignedCheckpoint {
  const { origin, size, root, began } = checkpoint
  const extension = began === undefined ? '' : `began ${began}\n`
  const note = signNote(`${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n${extension}`, signer)
  return { ...checkpoint, note }
}

/** @throws Refusal `seal.malformed`; also for extension lines that this log does not write */
export const openCheckpoint = (note: string, verifiers: readonly NoteVerifier[]): SignedCheckpoint =>
  checkpointOf(openNote(note, verifiers), note)

/** What a note says, whoever signed it: for a reader who learns only later which keys count. @throws Refusal `seal.malformed` */
export const readCheckpoint = (note: string): SignedCheckpoint =>
  checkpointOf(note.slice(0, note.lastIndexOf('\n\n') + 1), note)

function checkpointOf(text: string, note: string): SignedCheckpoint {
  const [, origin = '', size = '', base64 = '', began] = BODY.exec(text) ?? []
  const root = strictBase64(base64)
  if (root === null || root.length !== HASH_BYTES) {
    throw refuse('seal.malformed', {
      thing: 'A checkpoint',
      problem: 'it is not an origin, a size and a root',
    })
  }
  return { origin, size: Number(size), root, note, ...(began !== undefined && { began }) }
}

/** Notes that stand one after the other in a file, and what follows the last whole one. */
export function splitNotes(text: string): Readonly<{ notes: readonly string[]; rest: string }> {
  const notes = text.match(NOTES) ?? []
  return { notes, rest: text.slice(notes.join('').length) }
}
