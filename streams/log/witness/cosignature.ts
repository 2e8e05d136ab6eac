/** Cosignatures: a witness says that a checkpoint continues all that it saw of a log. c2sp.org/tlog-cosignature@v1, Ed25519. */
import { type KeyObject, sign, verify } from 'node:crypto'
import { Refusal } from '../../../schemas/kernel/fault.ts'
import { type NoteVerifier, publishedKey, readKey, readNote, signatureLine } from '../seal/note.ts'

const COSIGNATURE = 0x04
const TIME_BYTES = 8

/** The first second of the year 10000: nobody can write a later moment down. */
const END_OF_TIME = 253_402_300_800

/** Whether a clock that reads so many seconds since 1970 can date a cosignature. In a cosignature 0 says nothing of when. */
export const isCosignable = (seconds: number): boolean =>
  Number.isInteger(seconds) && seconds > 0 && seconds < END_OF_TIME

export type Cosigner = Readonly<{
  name: string
  verifierKey: string
  /** The signature line over a checkpoint's body. @param seconds since 1970, as `isCosignable` */
  cosign: (body: string, seconds: number) => string
}>

/** @param name by custom a URL without a scheme. A key is used under one name alone: what it signs does not hold the name. */
export function cosigner(name: string, privateKey: KeyObject): Cosigner {
  const { id, verifierKey } = publishedKey(name, privateKey, COSIGNATURE)
  return {
    name,
    verifierKey,
    cosign(body, seconds) {
      const time = Buffer.alloc(TIME_BYTES)
      time.writeBigUInt64BE(BigInt(seconds))
      const signature = sign(null, Buffer.from(signedText(body, String(seconds))), privateKey)
      return signatureLine(name, id, Buffer.concat([time, signature]))
    },
  }
}

/** Verifies a witness's cosignatures, wherever signed notes are. @throws Refusal `seal.malformed` for what is no key of a witness */
export function cosignatureVerifier(verifierKey: string): NoteVerifier {
  const { name, id, publicKey } = readKey(verifierKey, COSIGNATURE, 'the Ed25519 key of a witness')
  return {
    name,
    id,
    verify: (text, bytes) =>
      bytes.length > TIME_BYTES &&
      verify(
        null,
        Buffer.from(signedText(text, secondsIn(bytes).toString())),
        publicKey,
        bytes.subarray(TIME_BYTES),
      ),
  }
}

export function isWitnessKey(verifierKey: string): boolean {
  try {
    return cosignatureVerifier(verifierKey).name !== ''
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

const signedText = (body: string, seconds: string): string => `cosignature/v1\ntime ${seconds}\n${body}`
const secondsIn = (bytes: Uint8Array): bigint => Buffer.from(bytes).readBigUInt64BE(0)

/**
 * When a witness cosigned a note, in seconds since 1970; null where it did not.
 * @throws Refusal `seal.malformed` for what is no note
 */
export function cosignedAt(note: string, witness: NoteVerifier): number | null {
  const { text, signatures } = readNote(note)
  const own = signatures.find(
    ({ name, id, bytes }) => name === witness.name && id.equals(witness.id) && witness.verify(text, bytes),
  )
  return own === undefined ? null : Number(secondsIn(own.bytes))
}
