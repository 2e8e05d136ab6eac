/** Codes for the names of a Parquet file: what is told as text, as a whole number, or as the bytes of a text. */
import { reasonCode } from './rejects.ts'
import type { Staging } from './staging.ts'

const NOT_A_NAME = reasonCode('entity.not-a-name')
const ENCODING = reasonCode('entity.encoding')

/**
 * From codes of the query, the last of which is that of null, to codes of the staging.
 * @param told `ofFile` is the one name where the file's own tells it; `bytes` are texts in hexadecimal
 */
export function entityCodes(
  { names }: Staging,
  told: Readonly<{ ofFile: string | null; texts: readonly string[]; type: 'text' | 'bytes' | 'other' }>,
): Uint32Array {
  const { ofFile, texts, type } = told
  if (ofFile !== null) return Uint32Array.of(names.codeOf(ofFile))
  return Uint32Array.from(texts, (text, code) => {
    if (code === texts.length - 1) return names.codeOf('')
    if (type === 'other') return names.badOf(NOT_A_NAME)
    const name = type === 'text' ? text : utf8Text(Buffer.from(text, 'hex'))
    return name === null ? names.badOf(ENCODING) : names.codeOf(name)
  })
}

/** The text that bytes are in UTF-8; null where they are none. */
export function utf8Text(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
