/** Signatures over statements: Ed25519 over the DSSE pre-authentication encoding, so that bytes of one kind of statement
 * can never be taken for another. */
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'

/**
 * DSSE v1 PAE: "DSSEv1" SP length(type) SP type SP length(body) SP body.
 * https://github.com/secure-systems-lab/dsse, protocol.md
 */
export function preAuthEncoding(type: string, body: string): Uint8Array {
  const [typeBytes, bodyBytes] = [Buffer.from(type), Buffer.from(body)]
  const head = Buffer.from(`DSSEv1 ${typeBytes.length} `)
  const middle = Buffer.from(` ${bodyBytes.length} `)
  return Buffer.concat([head, typeBytes, middle, bodyBytes])
}

/** @param privateKey PKCS#8 PEM of an Ed25519 key @returns base64 */
export function signStatement(type: string, body: string, privateKey: string): string {
  return sign(null, preAuthEncoding(type, body), createPrivateKey(privateKey)).toString('base64')
}

/** @param publicKey SPKI DER in base64. False for a signature that does not hold and for a key that is none. */
export function holds(type: string, body: string, signed: { signature: string; publicKey: string }): boolean {
  try {
    const der = Buffer.from(signed.publicKey, 'base64')
    if (isSmallOrder(der)) return false
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
    return verify(null, preAuthEncoding(type, body), key, Buffer.from(signed.signature, 'base64'))
  } catch {
    return false
  }
}

/**
 * The y coordinates of the points of small order, in every spelling, without the sign: https://eprint.iacr.org/2020/1244,
 * table 1. Anybody can sign for such a key, and not every release of OpenSSL refuses it.
 */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
])
const POINT_BYTES = 32

/** @param der SPKI of an Ed25519 key, which ends with its point (RFC 8410, 4) */
function isSmallOrder(der: Buffer): boolean {
  const point = Buffer.from(der.subarray(-POINT_BYTES))
  point[POINT_BYTES - 1] &= 0x7f
  return SMALL_ORDER.has(point.toString('hex'))
}

/** The one text of an Ed25519 public key, however its base64 was written; null for what is none. */
export function canonicalKey(publicKey: string): string | null {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' })
    if (key.asymmetricKeyType !== 'ed25519') return null
    const der = key.export({ format: 'der', type: 'spki' })
    return isSmallOrder(der) ? null : der.toString('base64')
  } catch {
    return null
  }
}

/** The public half of a private key, SPKI DER in base64. */
export function publicKeyOf(privateKey: string): string {
  const key = createPublicKey(createPrivateKey(privateKey))
  return key.export({ format: 'der', type: 'spki' }).toString('base64')
}
