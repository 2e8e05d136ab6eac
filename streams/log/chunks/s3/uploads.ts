/** Chunks on their way into a bucket: several at a time, tried again while the bucket is away, and waited for together. */
import type { ChunkRef } from '../../../../schemas/envelope.ts'
import type { Digest } from '../../../../schemas/kernel/canonical.ts'
import { isAway } from './client.ts'
import { type Patience, patiently } from './patience.ts'

const AT_ONCE = 8
/** Whoever puts more than this waits until some of it has arrived. */
const MOST_BYTES = 64 << 20

type Write = (hash: Digest, format: ChunkRef['format'], bytes: Uint8Array) => Promise<void>
type Upload = {
  readonly bytes: Uint8Array
  readonly format: ChunkRef['format']
  attempt: Promise<unknown> | null
}

export class Uploads {
  readonly #write: Write
  readonly #patience: Patience
  readonly #pending = new Map<Digest, Upload>()
  readonly #queue: (() => void)[] = []
  #running = 0
  #bytes = 0

  constructor(write: Write, patience: Patience) {
    this.#write = write
    this.#patience = patience
  }

  /** The bytes of what has not arrived yet. */
  pending(hash: Digest): Uint8Array | undefined {
    return this.#pending.get(hash)?.bytes
  }

  /** Takes bytes that nobody changes any more. */
  async put(hash: Digest, format: ChunkRef['format'], bytes: Uint8Array): Promise<void> {
    if (this.#pending.has(hash)) return
    const upload: Upload = { bytes, format, attempt: null }
    this.#pending.set(hash, upload)
    this.#bytes += bytes.length
    this.#try(hash, upload).catch(() => undefined)
    if (this.#bytes > MOST_BYTES) await this.sync()
  }

  /** Resolves once all that was put before has arrived. What has not is tried again by the next one. */
  async sync(): Promise<void> {
    const wanted = [...this.#pending]
    await patiently(this.#patience, async () => {
      const tried = await Promise.all(wanted.map(([hash, upload]) => this.#try(hash, upload)))
      const problems = tried.filter((problem) => problem !== null)
      // What waiting does not mend is said first.
      if (problems.length > 0) throw problems.find((problem) => !isAway(problem)) ?? problems[0]
    })
  }

  /** The attempt that is under way, or a new one; null once the chunk has arrived, and what it failed with else. */
  #try(hash: Digest, upload: Upload): Promise<unknown> {
    if (this.#pending.get(hash) !== upload) return Promise.resolve(null)
    upload.attempt ??= this.#inTurn(() => this.#write(hash, upload.format, upload.bytes)).then(
      () => {
        this.#pending.delete(hash)
        this.#bytes -= upload.bytes.length
        return null
      },
      (error: unknown) => {
        upload.attempt = null
        return error ?? new Error('an upload failed')
      },
    )
    return upload.attempt
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    if (this.#running >= AT_ONCE) await new Promise<void>((resolve) => this.#queue.push(resolve))
    else this.#running++
    try {
      await work()
    } finally {
      const next = this.#queue.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }
}
