/** What lies in a seal's folder, read without trust: every note that was ever signed, and which tiles there are. */
import { existsSync, readdirSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import { Refusal } from '../../../schemas/kernel/fault.ts'
import { isMissing } from '../files.ts'
import { NOTE_BYTES, NOTES_BYTES, ownText } from '../regular.ts'
import { readCheckpoint, type SignedCheckpoint, splitNotes } from '../seal/checkpoint.ts'
import { HEAD, readHead } from '../seal/head.ts'
import { CHECKPOINT, CHECKPOINTS } from '../seal/sealer.ts'
import { witnessedFolder } from '../witness/kept.ts'
import type { Damage } from './damage.ts'

export type SealFolder = Readonly<{
  folder: string
  /** The public key of the log, as the auditor has it or as it lies there; null where there is none. */
  verifierKey: string | null
  /** The file beside the log that holds its first checkpoint. */
  identityPath: string
  /** A checkpoint that an auditor kept elsewhere. */
  auditors?: string
  /** Public keys of witnesses, each of which must have cosigned a checkpoint of this log. */
  witnesses?: readonly string[]
}>

/** A checkpoint with the place where it was found; `kept` where it is among all that were published. */
export type FoundNote = Readonly<{ place: string; checkpoint: SignedCheckpoint; kept: boolean }>

export type Notes = Readonly<{
  /** The log's own, the first one first. */
  own: readonly FoundNote[]
  /** The last one that has tiles. */
  published: FoundNote | null
  auditors: FoundNote | null
  /** Those that witnesses cosigned, as the folder keeps them. */
  witnessed: readonly FoundNote[]
  damages: readonly Damage[]
}>

const IDENTITY = 'file identity, beside the database'

export async function readNotes({ folder, identityPath, auditors }: SealFolder): Promise<Notes> {
  const damages: Damage[] = []
  const report = (place: string, problem: string) => damages.push({ kind: 'checkpoint', place, problem })
  const found = (place: string, note: string, kept = false): FoundNote[] => {
    try {
      const checkpoint = readCheckpoint(note)
      return [{ place: `${place}, of ${checkpoint.size} events`, checkpoint, kept }]
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      report(place, error.message)
      return []
    }
  }
  const textAt = (place: string, path: string, mostBytes: number): string | null => {
    try {
      return ownText(path, mostBytes)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      report(place, error.message)
      return null
    }
  }
  const published = textAt(`file ${CHECKPOINT}`, join(folder, CHECKPOINT), NOTE_BYTES)
  const kept = textAt(`file ${CHECKPOINTS}`, join(folder, CHECKPOINTS), NOTES_BYTES)
  const { notes, rest } = splitNotes(kept ?? '')
  if (rest !== '') report(`file ${CHECKPOINTS}, end`, 'what follows the last whole note is not one')
  // Killed between the two, a writer leaves the one before the last.
  const isPublished = published !== null && (published === notes.at(-1) || published === notes.at(-2))
  if (notes.length + (published ?? '').length > 0 && !isPublished)
    report(`file ${CHECKPOINT}`, `it is not the latest note of the file ${CHECKPOINTS}`)
  const own = notes.flatMap((note, index) => found(`file ${CHECKPOINTS}, note ${index + 1}`, note, true))
  const witnessed = witnessedFiles(folder).flatMap((path) => {
    const place = `file ${basename(dirname(path))}/${basename(path)}`
    const note = textAt(place, path, NOTE_BYTES)
    return note === null ? [] : found(place, note)
  })
  const head = headIn(folder, report)
  const identity = textAt(IDENTITY, identityPath, NOTE_BYTES)
  if (identity !== null && identity !== notes[0])
    report(IDENTITY, 'the seal does not begin with the checkpoint that the log began with: it was made anew')
  if (head === null && identity !== null) report(`file ${HEAD}`, 'it is missing')
  if (head !== null && identity === null) report(IDENTITY, 'it is missing')
  return {
    own: head === null ? own : [...own, ...found(`file ${HEAD}`, head)],
    published: own.at(-1) ?? null,
    auditors: auditors === undefined ? null : (found('the checkpoint that you kept', auditors)[0] ?? null),
    witnessed,
    damages,
  }
}

/** A writer may be writing it over: it is read once more before it is called damaged. */
function headIn(folder: string, report: (place: string, problem: string) => void): string | null {
  for (let attempt = 0; ; attempt++) {
    try {
      const note = readHead(folder)
      if (note !== null) readCheckpoint(note)
      return note
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      if (attempt < 2) continue
      report(`file ${HEAD}`, error.message)
      return null
    }
  }
}

/** The checkpoints that witnesses cosigned, in the order of their names. */
function witnessedFiles(seal: string): readonly string[] {
  const folder = witnessedFolder(seal)
  if (!existsSync(folder)) return []
  const names = readdirSync(folder).filter((name) => name.endsWith('.checkpoint'))
  return names.sort().map((name) => join(folder, name))
}

/** The tile files of a seal, with `/`. */
export async function tileFiles(folder: string): Promise<readonly string[]> {
  const listing = readdir(join(folder, 'tile'), { recursive: true, withFileTypes: true })
  const entries = await listing.catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.tmp'))
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .split(sep)
        .join('/'),
    )
}
