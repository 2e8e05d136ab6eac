/**
 * Tables that arrived, remembered for good: references in columns of numbers, 80 bytes each. As objects those of a few hundred thousand
 * arrivals would be most of what a platform holds in memory, and most of what it reads when it is opened.
 */
import type { ChunkRef, Position } from '../../schemas/envelope.ts'
import { assert } from '../../schemas/kernel/assert.ts'
import { grown } from '../../schemas/kernel/grown.ts'
import type { Memory } from '../../schemas/kernel/memory.ts'
import { firstAtLeast } from '../../schemas/kernel/search.ts'
import type { Micros } from '../../schemas/kernel/time.ts'

/** The event times that are wanted: `from` inclusive, `to` exclusive. */
export type Between = Readonly<{
  from: Micros
  to: Micros
  /** Only arrivals of which a row was known by then. */
  knownAtMost?: Micros
}>

/** The tables of one arrival, or of one answer, as far as they are wanted. */
export type Told = Readonly<{ position: Position; knownFrom: Micros; refs: readonly ChunkRef[] }>

/** Tables arrive more or less in the order of their times, so that most blocks of so many hold nothing that is wanted. */
const BLOCK_TABLES = 64
const HASH_BYTES = 32
const ALL: Between = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }

type Saved = Readonly<{
  hash: Uint8Array
  rows: Float64Array
  bytes: Float64Array
  position: Float64Array
  knownFrom: Float64Array
  eventTimeFrom: Float64Array
  eventTimeTo: Float64Array
}>

const emptyColumns = () => ({
  hash: new Uint8Array(),
  rows: new Float64Array(),
  bytes: new Float64Array(),
  position: new Float64Array(),
  knownFrom: new Float64Array(),
  eventTimeFrom: new Float64Array(),
  eventTimeTo: new Float64Array(),
})

export class TableList {
  #length = 0
  #columns: ReturnType<typeof emptyColumns> = emptyColumns()
  /** Of each block the least and the greatest event time. */
  #blocks = { from: new Float64Array(), to: new Float64Array() }

  static from(memory: Memory): TableList {
    const saved = memory as unknown as Saved
    // Memories of before there were lists hold references as objects: whoever has one folds the log instead.
    assert(saved.hash instanceof Uint8Array, 'a memory of tables has columns')
    const list = new TableList()
    list.#columns = { ...saved } as ReturnType<typeof emptyColumns>
    list.#length = saved.rows.length
    for (let table = 0; table < list.#length; table++) list.#span(table)
    return list
  }

  save(): Memory {
    const length = this.#length
    const { hash, ...columns } = this.#columns
    const kept = Object.entries(columns).map(([name, column]) => [name, column.slice(0, length)])
    return { hash: hash.slice(0, length * HASH_BYTES), ...Object.fromEntries(kept) }
  }

  /** How many tables there are. */
  get length(): number {
    return this.#length
  }

  /** @param told.knownFrom the earliest moment at which a row of them became known */
  add({ position, knownFrom, refs }: Told): void {
    for (const ref of refs) {
      assert(ref.format === 'arrow' && ref.hash.length === 2 * HASH_BYTES, 'a table is an Arrow chunk')
      const table = this.#length++
      this.#reserve()
      const columns = this.#columns
      columns.hash.set(Buffer.from(ref.hash, 'hex'), table * HASH_BYTES)
      columns.rows[table] = ref.rows
      columns.bytes[table] = ref.bytes
      columns.position[table] = position
      columns.knownFrom[table] = knownFrom
      columns.eventTimeFrom[table] = ref.eventTimeFrom
      columns.eventTimeTo[table] = ref.eventTimeTo
      this.#span(table)
    }
  }

  /**
   * Arrivals in the order in which they were added, each with its tables that have an event time between two: none without.
   * @param before how many tables are looked at; all unless it is given
   */
  *told(between: Between = ALL, before = this.#length): Generator<Told> {
    const { from, to, knownAtMost = Number.POSITIVE_INFINITY } = between
    const isWanted = (first: Micros, last: Micros): boolean => first < to && last >= from
    let refs: ChunkRef[] = []
    let [position, knownFrom] = [0, 0]
    for (const table of this.#wanted(isWanted, before)) {
      if (this.#columns.knownFrom[table] > knownAtMost) continue
      if (refs.length > 0 && this.#columns.position[table] !== position) {
        yield { position, knownFrom, refs }
        refs = []
      }
      position = this.#columns.position[table]
      knownFrom = this.#columns.knownFrom[table]
      refs.push(this.#ref(table))
    }
    if (refs.length > 0) yield { position, knownFrom, refs }
  }

  /**
   * The tables in which a row may be about one of some times, in the order in which they were added.
   * @param times ascending
   */
  *about(times: ArrayLike<Micros>): Generator<ChunkRef> {
    const isWanted = (first: Micros, last: Micros): boolean => times[firstAtLeast(times, first)] <= last
    for (const table of this.#wanted(isWanted, this.#length)) yield this.#ref(table)
  }

  *#wanted(isWanted: (first: Micros, last: Micros) => boolean, before: number): Generator<number> {
    const { eventTimeFrom, eventTimeTo } = this.#columns
    for (let block = 0; block * BLOCK_TABLES < before; block++) {
      if (!isWanted(this.#blocks.from[block], this.#blocks.to[block])) continue
      const end = Math.min((block + 1) * BLOCK_TABLES, before)
      for (let table = block * BLOCK_TABLES; table < end; table++)
        if (isWanted(eventTimeFrom[table], eventTimeTo[table])) yield table
    }
  }

  #ref(table: number): ChunkRef {
    const { hash, rows, bytes, eventTimeFrom, eventTimeTo } = this.#columns
    const own = hash.subarray(table * HASH_BYTES, (table + 1) * HASH_BYTES)
    return {
      hash: Buffer.from(own.buffer, own.byteOffset, HASH_BYTES).toString('hex'),
      format: 'arrow',
      rows: rows[table],
      bytes: bytes[table],
      eventTimeFrom: eventTimeFrom[table],
      eventTimeTo: eventTimeTo[table],
    }
  }

  #reserve(): void {
    const { hash, rows, bytes, position, knownFrom, eventTimeFrom, eventTimeTo } = this.#columns
    if (this.#length <= rows.length) return
    const larger = grown(rows, this.#length)
    const room = larger.length
    this.#columns = {
      hash: grown(hash, room * HASH_BYTES),
      rows: larger,
      bytes: grown(bytes, room),
      position: grown(position, room),
      knownFrom: grown(knownFrom, room),
      eventTimeFrom: grown(eventTimeFrom, room),
      eventTimeTo: grown(eventTimeTo, room),
    }
  }

  #span(table: number): void {
    const block = Math.floor(table / BLOCK_TABLES)
    const { eventTimeFrom, eventTimeTo } = this.#columns
    const { from, to } = this.#blocks
    if (table % BLOCK_TABLES !== 0) {
      from[block] = Math.min(from[block], eventTimeFrom[table])
      to[block] = Math.max(to[block], eventTimeTo[table])
      return
    }
    this.#blocks = { from: grown(from, block + 1), to: grown(to, block + 1) }
    this.#blocks.from[block] = eventTimeFrom[table]
    this.#blocks.to[block] = eventTimeTo[table]
  }
}
