/**
 * A chunk store that reads from another and writes nothing to it: a replay leaves no trace. What the other one has is not kept twice, as
 * nearly all that a replay makes.
 */
import { sha256 } from '../schemas/kernel/canonical.ts'
import { openChunkMemory } from '../streams/log/chunks/memory.ts'
import type { ChunkStore } from '../streams/log/chunks.ts'

export function overlay(under: ChunkStore): ChunkStore {
  const own = openChunkMemory()
  return {
    async put(bytes, format) {
      const hash = sha256(bytes)
      return (await under.has(hash)) ? hash : own.put(bytes, format)
    },
    sync: async () => undefined,
    get: async (hash) => ((await own.has(hash)) ? own.get(hash) : under.get(hash)),
    has: async (hash) => (await own.has(hash)) || under.has(hash),
    list: () => under.list(),
  }
}
