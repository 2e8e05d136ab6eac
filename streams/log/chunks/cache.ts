/**
 * Chunks of another store in a folder of this machine, within a limit. Nothing of it is durable or missed: what is damaged or gone is
 * read from that store again.
 */
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Digest, sha256 } from '../../../schemas/kernel/canonical.ts'
import type { Clock } from '../../../schemas/kernel/time.ts'
import { draftOf } from '../files.ts'
import { stemOf } from './layout.ts'

type CacheOptions = Readonly<{
  folder: string
  /** Each process and thread that adds to the folder may go beyond it by an eighth. */
  mostBytes: number
  clock: Clock
  /** Told once where the folder cannot be written. */
  onProblem?: (problem: string) => void
}>

type File = Readonly<{ path: string; bytes: number; usedMillis: number }>

export class ChunkCache {
  readonly #options: CacheOptions
  /** What was added since the folder was last looked through. */
  #added: number
  /** What was used since then. */
  readonly #used = new Set<Digest>()
  #trimming: Promise<void> | null = null
  #isBroken = false

  constructor(options: CacheOptions) {
    this.#options = options
    // What lies there from before counts too.
    this.#added = options.mostBytes
  }

  has(hash: Digest): Promise<boolean> {
    return Promise.resolve(existsSync(this.#pathOf(hash)))
  }

  /** The bytes, checked; null where they are not here, or are not what they were. */
  async get(hash: Digest): Promise<Uint8Array | null> {
    const path = this.#pathOf(hash)
    const bytes = await readFile(path).catch(() => null)
    if (bytes === null) return null
    if (sha256(bytes) !== hash) {
      await rm(path, { force: true }).catch(() => undefined)
      return null
    }
    if (!this.#used.has(hash)) {
      this.#used.add(hash)
      await this.#touch(path).catch(() => undefined)
    }
    return bytes
  }

  /** It never fails: a folder that cannot be written keeps nothing. */
  async keep(hash: Digest, bytes: Uint8Array): Promise<void> {
    const { mostBytes, onProblem } = this.#options
    if (bytes.length > mostBytes / 8) return
    const path = this.#pathOf(hash)
    const draft = draftOf(path)
    try {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(draft, bytes, { flag: 'wx' })
      await this.#touch(draft)
      await rename(draft, path)
      this.#added += bytes.length
      if (this.#added > mostBytes / 8) await this.#trimmed()
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined)
      if (!this.#isBroken) onProblem?.(error instanceof Error ? error.message : String(error))
      this.#isBroken = true
    }
  }

  async #touch(path: string): Promise<void> {
    const now = this.#options.clock.nowMicros() / 1e6
    await utimes(path, now, now)
  }

  /** One format for all: what it is, is said where it comes from. */
  #pathOf(hash: Digest): string {
    return join(this.#options.folder, stemOf(hash))
  }

  #trimmed(): Promise<void> {
    this.#trimming ??= this.#trim().finally(() => {
      this.#trimming = null
    })
    return this.#trimming
  }

  /** Removes what was not used for longest, until an eighth is free. */
  async #trim(): Promise<void> {
    const { folder, mostBytes } = this.#options
    this.#added = 0
    this.#used.clear()
    const files: File[] = []
    for (const start of await readdir(folder)) {
      for (const name of await readdir(join(folder, start)).catch(() => [])) {
        const path = join(folder, start, name)
        const stats = await stat(path).catch(() => null)
        if (stats?.isFile()) files.push({ path, bytes: stats.size, usedMillis: stats.mtimeMs })
      }
    }
    let total = files.reduce((sum, { bytes }) => sum + bytes, 0)
    if (total <= mostBytes) return
    files.sort((a, b) => a.usedMillis - b.usedMillis)
    for (const { path, bytes } of files) {
      if (total <= mostBytes - mostBytes / 8) return
      await rm(path, { force: true }).catch(() => undefined)
      total -= bytes
    }
  }
}
