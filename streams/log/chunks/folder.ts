/** Chunks as files of a folder: `ab/cdef….arrow`, written whole or not at all, found by the hash of their bytes. */
import { readFileSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChunkRef } from '../../../schemas/envelope.ts'
import { type Digest, sha256 } from '../../../schemas/kernel/canonical.ts'
import { Refusal, refuse } from '../../../schemas/kernel/fault.ts'
import type { ChunkStore } from '../chunks.ts'
import { isDiskFull, isMissing, makeFolder } from '../files.ts'
import { CHUNK_BYTES, ownBytes } from '../regular.ts'
import { UnsyncedFiles } from '../unsynced.ts'
import { FORMATS, hashOf, pathOf } from './layout.ts'

export function openChunkFolder(folder: string): ChunkStore {
  const files = new UnsyncedFiles()
  const named = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      throw isDiskFull(error) ? refuse('chunk.disk-full', { folder }) : error
    }
  }
  let own = idOf(folder)
  // An event that names a chunk would stand in the folder that was moved, and the chunk where that was.
  const inPlace = async (): Promise<void> => {
    if (own === null) {
      await named(makeFolder(folder))
      own = idOf(folder)
    } else if (idOf(folder) !== own)
      throw refuse('folder.gone', { path: folder, problem: 'it was there before' })
  }
  const fileOf = (hash: Digest, format: ChunkRef['format']) => join(folder, pathOf(hash, format))

  return {
    put: async (bytes, format) => {
      await inPlace()
      const hash = sha256(bytes)
      const path = fileOf(hash, format)
      // Whoever wrote it may not have made it durable yet.
      await named(isThere(path, hash, bytes.length) ? files.take(path) : files.write(path, bytes))
      return hash
    },
    async sync() {
      try {
        await named(files.sync())
      } catch (error) {
        if (error instanceof Refusal) throw error
        throw refuse('log.failed', {
          folder,
          problem: error instanceof Error ? error.message : String(error),
        })
      }
    },
    get: async (hash) => {
      for (const format of FORMATS) {
        const path = fileOf(hash, format)
        const bytes = ownBytes(path, CHUNK_BYTES)
        if (bytes === null) continue
        if (sha256(bytes) !== hash) throw refuse('chunk.damaged', { hash, path })
        return bytes
      }
      throw refuse('chunk.missing', { hash, path: fileOf(hash, 'arrow') })
    },
    has: async (hash) =>
      FORMATS.some((format) => statSync(fileOf(hash, format), { throwIfNoEntry: false })?.isFile() === true),
    async *list() {
      for (const start of (await namesIn(folder)).sort()) {
        if (!/^[0-9a-f]{2}$/.test(start)) continue
        const hashes = new Set<Digest>()
        for (const name of await namesIn(join(folder, start))) {
          const hash = hashOf(`${start}/${name}`)
          if (hash !== null) hashes.add(hash)
        }
        yield* [...hashes].sort()
      }
    },
  }
}

/** The folder as the system knows it; null where there is none yet. */
function idOf(folder: string): string | null {
  const stats = statSync(folder, { bigint: true, throwIfNoEntry: false })
  return stats === undefined ? null : `${stats.dev}:${stats.ino}`
}

/** None of what is not there, or is a file where a folder should be. */
const namesIn = (folder: string): Promise<string[]> =>
  readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })

/** Whether a chunk is there as it was written; anything else in its place is written over. */
function isThere(path: string, hash: Digest, bytes: number): boolean {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats?.isFile() === true && stats.size === bytes && sha256(readFileSync(path)) === hash
}
