/** Where a chunk lies in a folder or a bucket: `ab/cdef….arrow`, by the SHA-256 of its bytes. */
import type { ChunkRef } from '../../../schemas/envelope.ts'
import type { Digest } from '../../../schemas/kernel/canonical.ts'

export const FORMATS: readonly ChunkRef['format'][] = ['arrow', 'onnx', 'json', 'html', 'file']

const PATH = /^([0-9a-f]{2})\/([0-9a-f]{62})\.(.+)$/

/** With a forward slash, whatever the system. */
export const pathOf = (hash: Digest, format: ChunkRef['format']): string => `${stemOf(hash)}.${format}`

/** What the path of a chunk begins with, whatever its format. */
export const stemOf = (hash: Digest): string => `${hash.slice(0, 2)}/${hash.slice(2)}`

/** The chunk that a path is of; null for what is none. */
export function chunkIn(path: string): Readonly<{ hash: Digest; format: ChunkRef['format'] }> | null {
  const [, start = '', rest = '', name = ''] = PATH.exec(path) ?? []
  const format = FORMATS.find((one) => one === name)
  return format === undefined ? null : { hash: start + rest, format }
}

export const hashOf = (path: string): Digest | null => chunkIn(path)?.hash ?? null
