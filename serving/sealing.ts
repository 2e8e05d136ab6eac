/** The seal of a platform: its log's Merkle tree, signed with the key of the folder, and the whole verified. */
import { createPrivateKey, randomUUID } from 'node:crypto'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { SealKeyRotated } from '../schemas/events/access.ts'
import type { Digest } from '../schemas/kernel/canonical.ts'
import { Refusal, refuse } from '../schemas/kernel/fault.ts'
import { REGISTRY } from '../schemas/registry.ts'
import { IDENTITY } from '../streams/log/embedded/database.ts'
import { openEmbeddedInspection } from '../streams/log/embedded/inspect.ts'
import { replaceText } from '../streams/log/files.ts'
import type { EventLog, LogReader } from '../streams/log/port.ts'
import { NOTE_BYTES, NOTES_BYTES, ownText } from '../streams/log/regular.ts'
import { type SignedCheckpoint, splitNotes } from '../streams/log/seal/checkpoint.ts'
import { readHead } from '../streams/log/seal/head.ts'
import { KeyChain, rotationsIn, signRotation } from '../streams/log/seal/keys.ts'
import { identityOf, type LiveSeal, type LiveSealOptions } from '../streams/log/seal/live.ts'
import { type NoteSigner, type NoteVerifier, noteSigner, noteVerifier } from '../streams/log/seal/note.ts'
import { CHECKPOINT, CHECKPOINTS } from '../streams/log/seal/sealer.ts'
import type { Damage } from '../streams/log/verify/damage.ts'
import { type Verification, type VerifyOptions, verify } from '../streams/log/verify.ts'
import { type Raises, raisesIn } from '../streams/versions.ts'
import { openChunks } from './chunk-store.ts'
import { cursorWitness } from './confirmed.ts'
import { type Folder, folderAt } from './folder.ts'
import { existingKey, keyOf } from './keys.ts'

export const SEAL_ORIGIN = 'asof.local/log'

/** The public half of the log's key, for whoever verifies: an auditor keeps a copy from elsewhere. */
const verifierKeyPath = (folder: Folder): string => join(folder.seal, 'log.vkey')
const keyPath = (folder: Folder): string => join(folder.keys, 'log.pem')
/** The key that is to seal the log next, until the log says so. */
const NEXT = 'log.next'

const signerFrom = (pem: string): NoteSigner => noteSigner(SEAL_ORIGIN, createPrivateKey(pem))

/** How a platform's log is sealed: by the key in force, which is the folder's own or the one that it was rotated to. */
export async function sealOptions(
  folder: Folder,
  log: LogReader,
): Promise<Omit<LiveSealOptions, 'identityPath'>> {
  const hasKey = existsSync(keyPath(folder))
  const hasVerifier = existsSync(verifierKeyPath(folder))
  // A log that was sealed has its key already: another one could not go on where that left off.
  let signer = signerFrom(hasVerifier ? existingKey(keyPath(folder)) : keyOf(folder.keys, 'log'))
  const chain = new KeyChain(signer.verifierKey, await rotationsIn(log))
  if (chain.current !== signer.verifierKey) signer = takeNext(folder, chain.current)
  if (!hasVerifier) replaceText(verifierKeyPath(folder), `${signer.verifierKey}\n`)
  const earlier = chain.verifiers
  const began = randomUUID()
  return {
    folder: folder.seal,
    origin: SEAL_ORIGIN,
    signer,
    earlier,
    began,
    wasSealed: hasKey || hasVerifier,
  }
}

/** Ends a rotation that was broken off after the log had recorded it. */
function takeNext(folder: Folder, current: string): NoteSigner {
  const path = join(folder.keys, `${NEXT}.pem`)
  const signer = existsSync(path) ? signerFrom(existingKey(path)) : null
  if (signer?.verifierKey !== current)
    throw refuse('key.missing', { path: `${keyPath(folder)} (${current})` })
  renameSync(path, keyPath(folder))
  replaceText(verifierKeyPath(folder), `${current}\n`)
  return signer
}

/** Where rotations stand. */
export const SEAL_STREAM = 'access-seal'

/** From now on a new key seals the log; the old one has signed it, and is gone. @returns the new public key */
export async function rotateSealKey(
  { folder, log }: Readonly<{ folder: Folder; log: EventLog }>,
  act: Readonly<{ actor: string; reason: string; now: number; commandId?: string }>,
): Promise<string> {
  const seal = sealIn(log)
  rmSync(join(folder.keys, `${NEXT}.pem`), { force: true })
  const next = signerFrom(keyOf(folder.keys, NEXT))
  const rotation = signRotation(seal.identity, { from: seal.signer, to: next }, act.reason)
  const { commandId = `rotate:${next.verifierKey}` } = act
  const stream = SEAL_STREAM
  const times = { eventTime: act.now, knownAt: act.now }
  const appended = await log.append({
    stream,
    expected: await log.revisionOf(stream),
    ...{ commandId, actor: act.actor, correlationId: commandId, causationId: null },
    events: [SealKeyRotated.draft(rotation, times)],
  })
  if (!appended.ok) throw refuse(appended.error.fault.code, appended.error.fault.detail)
  seal.signWith(takeNext(folder, next.verifierKey))
  return next.verifierKey
}

function sealIn(log: EventLog): LiveSeal {
  if (log.seal === null)
    throw refuse('seal.missing', { folder: 'memory', problem: 'a log in memory has none' })
  return log.seal
}

export const damageText = (damages: number): string =>
  damages === 0 ? 'no damage' : damages === 1 ? '1 damage' : `${damages} damages`

/** Publishes the tiles of everything that is sealed, with the checkpoint over them. */
export const seal = ({ log }: Readonly<{ log: EventLog }>): Promise<SignedCheckpoint> => sealIn(log).publish()

/** The checkpoint to keep: of the last commit, as a note. @throws Refusal `seal.missing` */
export function checkpointIn(folder: Folder): Readonly<{ note: string; log: Digest }> {
  const note = readHead(folder.seal) ?? ownText(join(folder.seal, CHECKPOINT), NOTE_BYTES)
  const log = identityIn(folder)
  if (note === null || log === null)
    throw refuse('seal.missing', { folder: folder.log, problem: 'it has no checkpoint' })
  return { note, log }
}

/**
 * What names a log for good, whatever is appended to it: the digest of its first checkpoint. Policies, approvals, reviews,
 * openings and rotations are signed over it, and so count in this log alone. Null for a folder whose log was never opened.
 */
export function identityIn(folder: Folder): Digest | null {
  const [first = null] = splitNotes(ownText(join(folder.seal, CHECKPOINTS), NOTES_BYTES) ?? '').notes
  return first === null ? null : identityOf(first)
}

/** The public key that a folder says its log has. @throws Refusal `file.unsound` */
export const ownVerifierKey = (folder: Folder): string | null =>
  ownText(verifierKeyPath(folder), NOTE_BYTES)?.trim() ?? null

/** The log's key, for whoever speaks for the platform. @throws Refusal `key.missing`, `key.malformed` */
export const ownNoteSigner = (folder: Folder): NoteSigner => signerFrom(existingKey(keyPath(folder)))

function isVerifierKey(key: string): boolean {
  try {
    return noteVerifier(key).name !== ''
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

/** Keys that may sign for a log now, as a reader of the folder knows them. */
export async function verifiersNow(folder: Folder, log: LogReader): Promise<readonly NoteVerifier[]> {
  const own = ownVerifierKey(folder)
  if (own === null || !isVerifierKey(own)) return []
  return new KeyChain(own, await rotationsIn(log)).verifiersOf(Number.POSITIVE_INFINITY)
}

/** What the log says of versions, as far as its own key signed it. */
export async function raisesNow(folder: Folder, log: LogReader): Promise<Raises> {
  const own = ownVerifierKey(folder)
  return raisesIn(log, own !== null && isVerifierKey(own) ? own : null)
}

/** No key can be read of what is no file, and of an empty text neither. */
function verifierKeyOrUnsound(folder: Folder): string | null {
  try {
    return ownVerifierKey(folder)
  } catch (error) {
    if (error instanceof Refusal) return ''
    throw error
  }
}

type VerifyFolder = Readonly<{
  /** The log's public key as the auditor has it; the folder's own copy unless given. */
  verifierKey?: string
  /** A checkpoint that the auditor kept: the text of a note. */
  checkpoint?: string
  /** Public keys of witnesses that must have cosigned it. */
  witnesses?: readonly string[]
  progress?: NonNullable<VerifyOptions['progress']>
}>

/** What keeps this folder from being written to, though nothing in its log is damaged: a copy for an auditor has no key. */
function keyNotes(folder: Folder, own: string | null): readonly string[] {
  const path = keyPath(folder)
  const note = (what: string) => [
    `${path} ${what}: the log can be read and verified, and nothing can be written to it. Restore its own key from a copy`,
  ]
  if (own === null) return []
  if (!existsSync(path)) return note('is not here')
  try {
    const { verifierKey } = signerFrom(existingKey(path))
    return verifierKey === own ? [] : note(`is the key of another log, ${verifierKey}, and not of ${own}`)
  } catch (error) {
    return note(`cannot be used (${error instanceof Error ? error.message : String(error)})`)
  }
}

/** Walks log, chunks and tree; on the folder or on a copy, with nothing but what lies in it. */
export async function verifyFolder(
  path: string,
  options: VerifyFolder,
): Promise<Verification & { verifierKey: string | null; notes: readonly string[] }> {
  const folder = folderAt(path)
  const own = verifierKeyOrUnsound(folder)
  const isDamaged = own !== null && !isVerifierKey(own)
  const verifierKey = options.verifierKey ?? (isDamaged ? null : own)
  const cursor = cursorWitness(folder, own === null || isDamaged ? [] : [noteVerifier(own)])
  const inspection = openEmbeddedInspection(folder.log)
  try {
    const verification = await verify({
      inspection,
      registry: REGISTRY,
      // What the bucket has is verified, not what this machine kept of it.
      chunks: openChunks(folder, false),
      seal: {
        folder: folder.seal,
        verifierKey,
        identityPath: join(folder.log, IDENTITY),
        ...(options.checkpoint !== undefined && { auditors: options.checkpoint }),
        ...(options.witnesses && { witnesses: options.witnesses }),
      },
      ...(options.progress && { progress: options.progress }),
    })
    const key: Damage = { kind: 'checkpoint', place: 'file log.vkey', problem: 'it is no public key' }
    const damages = [...verification.damages, ...(isDamaged ? [key] : []), ...cursor(verification.events)]
    return { ...verification, damages, verifierKey, notes: keyNotes(folder, isDamaged ? null : own) }
  } finally {
    inspection.close()
  }
}
