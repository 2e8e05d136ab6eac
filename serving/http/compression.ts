/** Bodies that come and go compressed, within the bound on what they are once they are whole. */
import { deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib'
import { refuse } from '../../schemas/kernel/fault.ts'
import { BODY_BYTES } from '../named.ts'

/** Less is sent as it is. */
const WORTH_BYTES = 1_024

/** @throws Refusal `request.too-large`, `request.malformed` */
export function unpacked(body: Buffer, encoding: string | undefined): Buffer {
  if (encoding === undefined || encoding === 'identity') return body
  if (encoding !== 'gzip' && encoding !== 'deflate')
    throw refuse('request.malformed', {
      problem: `its Content-Encoding is ${encoding}; send gzip, deflate or none`,
    })
  try {
    const unpack = encoding === 'gzip' ? gunzipSync : inflateSync
    return unpack(body, { maxOutputLength: BODY_BYTES })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'ERR_BUFFER_TOO_LARGE') throw refuse('request.too-large', { bytes: BODY_BYTES })
    throw refuse('request.malformed', { problem: `its body is no ${encoding}` })
  }
}

/** @param accepts the header Accept-Encoding */
export function packed(
  body: Buffer,
  accepts: string | undefined,
): Readonly<{ body: Buffer; encoding: 'gzip' | 'deflate' | null }> {
  const accepted = (accepts ?? '').split(',').map((one) => one.trim())
  if (body.length < WORTH_BYTES) return { body, encoding: null }
  if (accepted.includes('gzip')) return { body: gzipSync(body), encoding: 'gzip' }
  if (accepted.includes('deflate')) return { body: deflateSync(body), encoding: 'deflate' }
  return { body, encoding: null }
}
