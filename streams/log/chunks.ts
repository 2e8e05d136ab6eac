/** The chunk store: files named by the SHA-256 of their bytes. The log holds the hash, a researcher opens the file. */
import type { ChunkRef } from '../../schemas/envelope.ts'
import type { Digest } from '../../schemas/kernel/canonical.ts'

export interface ChunkStore {
  /** Stores bytes, durable once `sync` says so; bytes that are there already are not written again. */
  put(bytes: Uint8Array, format: ChunkRef['format']): Promise<Digest>
  /** Makes durable all that was put here before. @throws Refusal `chunk.disk-full` */
  sync(): Promise<void>
  /**
   * The bytes of a chunk, checked against their hash.
   * @throws Refusal `chunk.missing`, `chunk.damaged`
   */
  get(hash: Digest): Promise<Uint8Array>
  /** Whether a chunk is there, whatever became of its bytes. */
  has(hash: Digest): Promise<boolean>
  /** Every hash in the store, in order. */
  list(): AsyncIterable<Digest>
}
