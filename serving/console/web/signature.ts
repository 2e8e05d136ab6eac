/** Signs in the browser, with a key that stays there: Ed25519 by WebCrypto over the DSSE encoding, as the command line does it. */

export type Statement = Readonly<{
  type: string
  body: string
  said: Readonly<Record<string, unknown>>
  words: string
}>

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>

/** DSSE v1, protocol.md: "DSSEv1" SP length(type) SP type SP length(body) SP body, lengths in bytes. */
export function preAuthEncoding(type: string, body: string): Uint8Array<ArrayBuffer> {
  const utf8 = new TextEncoder()
  const [typeBytes, bodyBytes] = [utf8.encode(type), utf8.encode(body)]
  const head = utf8.encode(`DSSEv1 ${typeBytes.length} `)
  const middle = utf8.encode(` ${bodyBytes.length} `)
  const all = [head, typeBytes, middle, bodyBytes]
  const whole = new Uint8Array(all.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of all) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

const PEM = /-----BEGIN PRIVATE KEY-----([\sA-Za-z0-9+/=]+)-----END PRIVATE KEY-----/

/** The key of a PEM file, which cannot be taken out again. @throws Error that says what is wrong with the file */
export async function keyIn(pem: string): Promise<Key> {
  const [, base64] = PEM.exec(pem) ?? []
  if (base64 === undefined)
    throw new Error(
      'This is no private key: choose the PEM file that asof keygen made (PKCS#8, "BEGIN PRIVATE KEY").',
    )
  if (globalThis.crypto.subtle === undefined)
    throw new Error('This browser signs only on a page over TLS or of this machine. Sign with: asof approve')
  try {
    const der = Uint8Array.from(atob(base64.replace(/\s/g, '')), (sign) => sign.charCodeAt(0))
    return await crypto.subtle.importKey('pkcs8', der, { name: 'Ed25519' }, false, ['sign'])
  } catch {
    throw new Error(
      'This file holds no Ed25519 key, or this browser knows no Ed25519. Sign with: asof approve',
    )
  }
}

/** @returns base64 */
export async function signed({ type, body }: Pick<Statement, 'type' | 'body'>, key: Key): Promise<string> {
  const signature = await crypto.subtle.sign({ name: 'Ed25519' }, key, preAuthEncoding(type, body))
  return btoa(String.fromCharCode(...new Uint8Array(signature)))
}

/** SHA-256 in hexadecimal. */
export async function digest(bytes: ArrayBuffer | Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * What is signed says what was asked for, whatever the server hands out.
 * @throws Error that names the field
 */
export function assertSays(
  { type, body }: Statement,
  asked: Readonly<Record<string, unknown>>,
  wanted: string,
): void {
  if (type !== wanted)
    throw new Error(
      `The server handed out ${type} to sign, where ${wanted} was asked for. Nothing was signed.`,
    )
  const found = JSON.parse(body) as Record<string, unknown>
  for (const [key, value] of Object.entries(asked))
    if (found[key] !== value)
      throw new Error(
        `The server handed out a statement whose ${key} is ${String(found[key])}, not ${String(value)}. Nothing was signed.`,
      )
}
