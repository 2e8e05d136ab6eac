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
    const key = createPublicKey({ key: Buffer.from(signed.publicKey, 'base64'), format: 'der', type: 'spki' })
    return verify(null, preAuthEncoding(type, body), key, Buffer.from(signed.signature, 'base64'))
  } catch {
    return false
  }
}

/** The one text of an Ed25519 public key, however its base64 was written; null for what is none. */
export function canonicalKey(publicKey: string): string | null {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' })
    if (key.asymmetricKeyType !== 'ed25519') return null
    return key.export({ format: 'der', type: 'spki' }).toString('base64')
  } catch {
    return null
  }
}

/** The public half of a private key, SPKI DER in base64. */
export function publicKeyOf(privateKey: string): string {
  const key = createPublicKey(createPrivateKey(privateKey))
  return key.export({ format: 'der', type: 'spki' }).toString('base64')
}
