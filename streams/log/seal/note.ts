/** Signed notes: a text, a blank line, signatures. c2sp.org/signed-note@v1.0.0 with Ed25519. */
import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto'
import { refuse } from '../../../schemas/kernel/fault.ts'

const ED25519 = 0x01
const KEY_BYTES = 32
const ID_BYTES = 4
/** What stands before the 32 bytes of a key in DER: RFC 8410, 10.1 and 10.3. */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')
const SIGNATURE = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/
const VERIFIER_KEY = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/

export type NoteSigner = Readonly<{ name: string; verifierKey: string; sign: (text: string) => string }>
export type NoteVerifier = Readonly<{
  name: string
  id: Buffer
  verify: (text: string, signature: Uint8Array) => boolean
}>

/** `name` is that of the key, by custom the log's origin: no spaces, no plus. The private key is Ed25519. */
export function noteSigner(name: string, privateKey: KeyObject): NoteSigner {
  const { id, verifierKey } = publishedKey(name, privateKey, ED25519)
  return {
    name,
    verifierKey,
    sign: (text) => signatureLine(name, id, sign(null, Buffer.from(text), privateKey)),
  }
}

/** Reads a key as it is published: `name+id+base64`. @throws Refusal `seal.malformed` */
export function noteVerifier(verifierKey: string): NoteVerifier {
  const { name, id, publicKey } = readKey(verifierKey, ED25519, 'an Ed25519 verifier key')
  return { name, id, verify: (text, signature) => verify(null, Buffer.from(text), publicKey, signature) }
}

/** The public half of an Ed25519 key as it is published, and its id. @param type of its signatures: 1 for notes, 4 for cosignatures */
export function publishedKey(name: string, privateKey: KeyObject, type: number) {
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(SPKI.length)
  const typed = Buffer.concat([Buffer.of(type), publicKey])
  const id = keyId(name, typed)
  return { id, verifierKey: `${name}+${id.toString('hex')}+${typed.toString('base64')}` }
}

/** @throws Refusal `seal.malformed` for what is no published key of signatures of this type */
export function readKey(verifierKey: string, type: number, what: string) {
  const [, name = '', id = '', base64 = ''] = VERIFIER_KEY.exec(verifierKey) ?? []
  const typed = strictBase64(base64)
  const isKey = typed?.[0] === type && typed.length === 1 + KEY_BYTES
  if (typed === null || !isKey || keyId(name, typed).toString('hex') !== id)
    throw refuse('seal.malformed', { thing: `Key ${verifierKey}`, problem: `it is not ${what}` })
  const key = Buffer.concat([SPKI, typed.subarray(1)])
  return {
    name,
    id: Buffer.from(id, 'hex'),
    publicKey: createPublicKey({ key, format: 'der', type: 'spki' }),
  }
}

export const signatureLine = (name: string, id: Uint8Array, signature: Uint8Array): string =>
  `— ${name} ${Buffer.concat([id, signature]).toString('base64')}\n`

/** A private key from its 32 secret bytes. */
export const privateKeyFrom = (seed: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' })

/** `text` ends in a newline. */
export const signNote = (text: string, signer: NoteSigner): string => `${text}\n${signer.sign(text)}`

/**
 * The text of a note that at least one known key signed. Signatures of unknown keys are passed over, as the
 * specification asks; a wrong one of a known key refuses the note.
 * @throws Refusal `seal.malformed`
 */
export function openNote(note: string, verifiers: readonly NoteVerifier[]): string {
  const { text, signatures } = readNote(note)
  let isSigned = false
  for (const { name, id, bytes } of signatures) {
    const verifier = verifiers.find((of) => of.name === name && of.id.equals(id))
    if (verifier === undefined) continue
    if (!verifier.verify(text, bytes)) throw malformed(`the signature of ${name} is wrong`)
    isSigned = true
  }
  if (!isSigned) throw malformed('no known key signed it')
  return text
}

/** A signature of a note: whose it says it is, by the key's name and id. */
export type NoteSignature = Readonly<{ name: string; id: Buffer; bytes: Buffer }>

/** The parts of a note, whoever signed it. @throws Refusal `seal.malformed` */
export function readNote(note: string): Readonly<{ text: string; signatures: readonly NoteSignature[] }> {
  const end = note.lastIndexOf('\n\n') + 1
  if (end < 2 || !note.endsWith('\n')) throw malformed('it has no text or no signatures')
  const signatures = note
    .slice(end + 1, -1)
    .split('\n')
    .map((line) => {
      const [, name = '', base64 = ''] = SIGNATURE.exec(line) ?? []
      const bytes = strictBase64(base64)
      if (bytes === null || bytes.length <= ID_BYTES) throw malformed('a signature line is not well formed')
      return { name, id: bytes.subarray(0, ID_BYTES), bytes: bytes.subarray(ID_BYTES) }
    })
  return { text: note.slice(0, end), signatures }
}

const malformed = (problem: string) => refuse('seal.malformed', { thing: 'A signed note', problem })

/** Only the one base64 that encodes these bytes: the last digit of another could hide a changed bit. */
export function strictBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : null
}

const keyId = (name: string, typed: Uint8Array): Buffer =>
  hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), typed]), 'buffer').subarray(0, ID_BYTES)
