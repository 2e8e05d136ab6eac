/**
 * The key that signs artifacts: one of the platform's own, on P-256, which the key of the log endorses. Members sign what they judge (an
 * approval is Ed25519, over DSSE); that a file is the one that the log has is the platform's word, and no person is asked for it.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Digest } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { draftOf } from '../../streams/log/files.ts'
import { KEY_BYTES, readRegular } from '../../streams/log/regular.ts'
import { type NoteSigner, noteVerifier, openNote, signNote } from '../../streams/log/seal/note.ts'

const NAME = 'artifacts.pem'

/** Made if there is none. @throws Refusal `key.malformed` */
export function artifactKey(keys: string): KeyObject {
  const path = join(keys, NAME)
  if (existsSync(path)) return readKey(path)
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const draft = draftOf(path)
  try {
    writeFileSync(draft, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' })
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
  return privateKey
}

function readKey(path: string): KeyObject {
  try {
    const key = createPrivateKey(readRegular(path, KEY_BYTES))
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key
  } catch {
    // What cannot be read as a key is told as such.
  }
  throw refuse('key.malformed', { path })
}

/** Its second line is no number: it is no checkpoint. */
const endorsementText = (log: Digest, publicKey: KeyObject): string =>
  `asof: this key signs artifacts of the log\n${log}\nECDSA P-256 SHA-256\n${spkiOf(publicKey)}\n`

const spkiOf = (key: KeyObject): string => key.export({ type: 'spki', format: 'der' }).toString('base64')

/** A C2SP signed note in which the key of a log says that this key signs its artifacts. */
export const endorsement = (log: Digest, key: KeyObject, signer: NoteSigner): string =>
  signNote(endorsementText(log, createPublicKey(key)), signer)

/** @param verifierKey the log's: `name+id+base64` @throws Refusal of the note, where another key signed it */
export const isEndorsed = (
  note: string,
  { log, publicKey, verifierKey }: Readonly<{ log: Digest; publicKey: KeyObject; verifierKey: string }>,
): boolean => openNote(note, [noteVerifier(verifierKey)]) === endorsementText(log, publicKey)
