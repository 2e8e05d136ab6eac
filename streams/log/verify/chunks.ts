/** Checks that every chunk an event refers to is there, whole, and of the size that the event says. */
import type { Position } from '../../../schemas/envelope.ts'
import type { Digest } from '../../../schemas/kernel/canonical.ts'
import { Refusal } from '../../../schemas/kernel/fault.ts'
import type { ChunkStore } from '../chunks.ts'
import type { StoredBatch } from '../stored.ts'
import type { Damage } from './damage.ts'

export class ChunkWalk {
  /** For each hash, the first event that refers to it and the sizes that events say it has. */
  readonly #referred = new Map<Digest, { position: Position; bytes: Map<number, Position> }>()

  add(batch: StoredBatch): void {
    for (const { position, chunks } of batch.events) {
      for (const { hash, bytes } of chunks) {
        const known = this.#referred.get(hash)
        if (known === undefined) this.#referred.set(hash, { position, bytes: new Map([[bytes, position]]) })
        else if (!known.bytes.has(bytes)) known.bytes.set(bytes, position)
      }
    }
  }

  /** Each distinct chunk is read once. */
  async check(store: ChunkStore, progress: (done: number, of: number) => void): Promise<readonly Damage[]> {
    const damages: Damage[] = []
    let done = 0
    for (const [hash, { position, bytes }] of this.#referred) {
      try {
        const { length } = await store.get(hash)
        for (const [said, at] of bytes) {
          if (said === length) continue
          const place = `chunk ${hash} of event ${at}, column bytes`
          damages.push({
            kind: 'chunk',
            place,
            problem: `the event says ${said} bytes, the file has ${length}`,
          })
        }
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        damages.push({ kind: 'chunk', place: `chunk ${hash} of event ${position}`, problem: error.message })
      }
      progress(++done, this.#referred.size)
    }
    return damages
  }

  /** Chunks that no event refers to: a put whose append never came. They harm nothing. */
  async orphans(store: ChunkStore): Promise<readonly Digest[]> {
    const found: Digest[] = []
    for await (const hash of store.list()) if (!this.#referred.has(hash)) found.push(hash)
    return found
  }
}
