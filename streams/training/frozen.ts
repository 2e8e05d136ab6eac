/** A frozen training set in its chunks: slices of whole sessions, one after another, of a stated size. */
import type { ChunkRef } from '../../schemas/envelope.ts'
import { assert } from '../../schemas/kernel/assert.ts'
import { type Digest, sha256 } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Rows } from '../../schemas/rows.ts'
import type { ChunkStore } from '../log/chunks.ts'
import { CHUNK_BYTES } from '../log/regular.ts'
import { getRows } from '../log/tables.ts'

/** A slice ends with the session that brings it to so many values (32 MiB) or beyond. */
export const SLICE_VALUES = 2 ** 22

export type FrozenSet = readonly ChunkRef[]

/** What a set is known by: the hash of its chunk, or that of the hashes of its slices, a line each. */
export function contentHashOf(set: readonly Pick<ChunkRef, 'hash'>[]): Digest {
  const [only, ...more] = set
  assert(only !== undefined, 'a set has a slice, if only an empty one')
  return more.length === 0 ? only.hash : sha256(set.map(({ hash }) => `${hash}\n`).join(''))
}

/**
 * The whole set: its columns once, and a slice beside them while it is read.
 * @throws Refusal `experiment.set-unreadable` for a set of one chunk that is too large, as earlier versions wrote it; and as
 * the store
 */
export async function readFrozen(chunks: ChunkStore, set: FrozenSet): Promise<Rows> {
  for (const { bytes, hash } of set)
    if (bytes > CHUNK_BYTES) throw refuse('experiment.set-unreadable', { hash, bytes, most: CHUNK_BYTES })
  const [only, ...more] = set
  if (only !== undefined && more.length === 0) return getRows(chunks, only)
  const whole = new Whole(set.reduce((sum, { rows }) => sum + rows, 0))
  for (const slice of set) whole.add(await getRows(chunks, slice))
  return whole.rows()
}

/** Tables with the same columns, one after another; names in order, as of one table. */
class Whole {
  readonly #entity: Uint32Array
  readonly #eventTime: Float64Array
  readonly #knownAt: Float64Array
  readonly #columns = new Map<string, Float64Array>()
  readonly #places = new Map<string, number>()
  #length = 0

  constructor(length: number) {
    this.#entity = new Uint32Array(length)
    this.#eventTime = new Float64Array(length)
    this.#knownAt = new Float64Array(length)
  }

  add(slice: Rows): void {
    const from = this.#length
    const places = slice.entities.map((name) => {
      const place = this.#places.get(name) ?? this.#places.size
      this.#places.set(name, place)
      return place
    })
    for (let row = 0; row < slice.length; row++) this.#entity[from + row] = places[slice.entity[row]]
    this.#eventTime.set(slice.eventTime, from)
    this.#knownAt.set(slice.knownAt, from)
    for (const { name, values } of slice.columns) {
      const column = this.#columns.get(name) ?? new Float64Array(this.#entity.length)
      this.#columns.set(name, column)
      column.set(values, from)
    }
    this.#length += slice.length
  }

  rows(): Rows {
    const names = [...this.#places.keys()]
    const entities = names.toSorted()
    const sorted = new Map(entities.map((name, place) => [name, place]))
    const places = names.map((name) => sorted.get(name) ?? 0)
    return {
      length: this.#length,
      entities,
      entity: this.#entity.map((place) => places[place]),
      eventTime: this.#eventTime,
      knownAt: this.#knownAt,
      columns: [...this.#columns].map(([name, values]) => ({ name, values })),
    }
  }
}
