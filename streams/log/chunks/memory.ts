/** A chunk store that lives as long as its process: for tests and trials. */
import { type Digest, sha256 } from '../../../schemas/kernel/canonical.ts'
import { refuse } from '../../../schemas/kernel/fault.ts'
import type { ChunkStore } from '../chunks.ts'

export function openChunkMemory(): ChunkStore {
  const chunks = new Map<Digest, Uint8Array>()
  return {
    put: async (bytes) => {
      const hash = sha256(bytes)
      if (!chunks.has(hash)) chunks.set(hash, bytes.slice())
      return hash
    },
    sync: async () => undefined,
    get: async (hash) => {
      const bytes = chunks.get(hash)
      if (bytes === undefined) throw refuse('chunk.missing', { hash, path: 'memory' })
      return bytes
    },
    has: async (hash) => chunks.has(hash),
    async *list() {
      yield* [...chunks.keys()].sort()
    },
  }
}
