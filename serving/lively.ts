/** A log and chunks of which each batch and each chunk that is read is told as progress. */
import type { ChunkStore } from '../streams/log/chunks.ts'
import type { LogReader } from '../streams/log/port.ts'

export function livelyLog(log: LogReader, alive: () => void): LogReader {
  async function* told<T>(items: AsyncIterable<T>): AsyncIterable<T> {
    for await (const item of items) {
      alive()
      yield item
    }
  }
  return {
    readStream: (...asked) => told(log.readStream(...asked)),
    readAll: (...asked) => told(log.readAll(...asked)),
    subscribe: (...asked) => told(log.subscribe(...asked)),
    leaves: (...asked) => told(log.leaves(...asked)),
    revisionOf: (stream) => log.revisionOf(stream),
    positionAt: (cut) => log.positionAt(cut),
    head: () => log.head(),
    close: () => log.close(),
  }
}

export const livelyChunks = (chunks: ChunkStore, alive: () => void): ChunkStore => ({
  put: (...asked) => chunks.put(...asked),
  sync: () => chunks.sync(),
  async get(hash) {
    alive()
    const bytes = await chunks.get(hash)
    alive()
    return bytes
  },
  has: (hash) => chunks.has(hash),
  list: () => chunks.list(),
})
