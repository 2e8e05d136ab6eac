/** Artifacts by the SHA-256 of their bytes: written as they come, read as they lie there, never whole in memory. */
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, existsSync, readdirSync, rmSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { refuse } from '../../schemas/kernel/fault.ts'
import { hasCode, isDiskFull, syncFolder } from '../../streams/log/files.ts'

export type Stored = Readonly<{ hash: string; bytes: number }>

export type ArtifactStore = Readonly<{
  /**
   * Stores what comes, durably.
   * @param told how many bytes there are to be; null where nobody said
   * @throws Refusal `tracking.upload-cut`, `tracking.upload-too-large`
   */
  put: (bytes: Readable, file: Readonly<{ path: string; told: number | null }>) => Promise<Stored>
  /** The bytes as they come from the disk, held to their hash: the last of them come once it fits, and the stream fails where it does not. */
  get: (hash: string) => AsyncIterable<Buffer>
}>

/** The greatest file that is taken. */
export const MOST_BYTES = 8 * 2 ** 30

const DRAFT = /^[0-9a-f-]{36}\.new$/

/** The one server of a folder opens it. */
export function artifactStore(folder: string): ArtifactStore {
  // Of uploads that a server did not live to end.
  for (const name of existsSync(folder) ? readdirSync(folder) : [])
    if (DRAFT.test(name)) rmSync(join(folder, name), { force: true })
  const placeOf = (hash: string): string => join(folder, hash.slice(0, 2), hash.slice(2))

  return {
    async put(bytes, { path, told }) {
      if ((await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined)
        await syncFolder(dirname(folder))
      const draft = join(folder, `${randomUUID()}.new`)
      try {
        const stored = await written(draft, bytes, { path, told })
        const place = placeOf(stored.hash)
        const first = await mkdir(dirname(place), { recursive: true, mode: 0o700 })
        // Also over what lies there: it may be damaged.
        await rename(draft, place)
        if (first !== undefined) await syncFolder(folder)
        await syncFolder(dirname(place))
        return stored
      } catch (error) {
        throw isDiskFull(error) ? refuse('chunk.disk-full', { folder }) : error
      } finally {
        await rm(draft, { force: true })
      }
    },
    async *get(hash) {
      const digest = createHash('sha256')
      let last: Buffer | null = null
      for await (const part of createReadStream(placeOf(hash))) {
        digest.update(part)
        if (last !== null) yield last
        last = part
      }
      if (digest.digest('hex') !== hash) throw refuse('tracking.artifact-damaged', { hash })
      if (last !== null) yield last
    },
  }
}

async function written(
  draft: string,
  bytes: Readable,
  { path, told }: Readonly<{ path: string; told: number | null }>,
): Promise<Stored> {
  const digest = createHash('sha256')
  let count = 0
  const file = await open(draft, 'wx', 0o600)
  try {
    for await (const part of bytes as AsyncIterable<Buffer>) {
      count += part.length
      if (count > MOST_BYTES) throw refuse('tracking.upload-too-large', { path, most: MOST_BYTES })
      digest.update(part)
      await file.appendFile(part)
    }
    if (told !== null && count !== told)
      throw refuse('tracking.upload-cut', { path, bytes: count, expected: told })
    await file.sync()
  } catch (error) {
    // Whoever sent it is gone.
    if (hasCode(error, 'ECONNRESET'))
      throw refuse('tracking.upload-cut', { path, bytes: count, expected: told ?? 'some' })
    throw error
  } finally {
    await file.close()
  }
  return { hash: digest.digest('hex'), bytes: count }
}
