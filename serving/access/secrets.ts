/** Secrets: 256 random bits, told once, kept as SHA-256, compared in a time that tells nothing of them. */
import { hash as digest, randomBytes, timingSafeEqual } from 'node:crypto'

const SECRET_BYTES = 32
const ID_BYTES = 8

/** The id of the one token that stands in no log: that of whoever owns the folder. */
export const OWNER_ID = 'owner'

/** `asof_<id>_<secret>`: found by scanners for leaked secrets, and told from a JWT at a glance. */
const TOKEN = /^asof_(owner|[0-9a-f]{16})_([A-Za-z0-9_-]{43})$/

export const newSecret = (): string => randomBytes(SECRET_BYTES).toString('base64url')
export const newTokenId = (): string => randomBytes(ID_BYTES).toString('hex')
export const tokenText = (id: string, secret: string): string => `asof_${id}_${secret}`

export const isAsofToken = (text: string): boolean => text.startsWith('asof_')

/** Null for what is no token. */
export function partsOf(text: string): Readonly<{ id: string; secret: string }> | null {
  const [, id, secret] = TOKEN.exec(text) ?? []
  return id === undefined || secret === undefined ? null : { id, secret }
}

/** Of the text, not of its bytes: base64 has several texts for the same ones. */
export const hashOf = (secret: string): string => digest('sha256', secret, 'hex')

/** What no secret has: compared with where there is nothing else, so that an unknown id takes as long as a known one. */
const NONE = '0'.repeat(64)

/** Whether a secret has this hash. @param hash null where nothing is known by the id: false, after the same work */
export function matches(secret: string, hash: string | null): boolean {
  const isSame = timingSafeEqual(Buffer.from(hashOf(secret), 'hex'), Buffer.from(hash ?? NONE, 'hex'))
  return hash !== null && isSame
}
