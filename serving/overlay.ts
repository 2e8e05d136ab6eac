/** A chunk store that reads from another and keeps what is put to itself: a replay leaves no trace. */
import type { Digest } from '../schemas/kernel/canonical.ts'
import { openChunkMemory } from '../streams/log/chunks/memory.ts'
import type { ChunkStore } from '../streams/log/chunks.ts'

export function overlay(under: ChunkStore): ChunkStore {
  const own = openChunkMemory()
  const kept = new Set<Digest>()
  return {
    async put(bytes, format) {
      const hash = await own.put(bytes, format)
      kept.add(hash)
      return hash
    },
    get: (hash) => (kept.has(hash) ? own.get(hash) : under.get(hash)),
    list: () => under.list(),
  }
}
