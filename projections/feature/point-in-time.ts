/**
 * The point-in-time index of a feature set: what was the newest value of an entity, as it was known at a moment? Each
 * entity's rows are folded, in the order in which they became known, into the steps at which the answer changes; one
 * search then answers a read.
 */
import type { Position } from '../../schemas/envelope.ts'
import { assert } from '../../schemas/kernel/assert.ts'
import { grown, slid } from '../../schemas/kernel/grown.ts'
import type { Memory } from '../../schemas/kernel/memory.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import type { SavedIndex as Saved } from './saved-index.ts'
import {
  type Joined,
  type JoinedSpine,
  NOT_FOUND,
  NOT_YET_KNOWN,
  type PointInTimeAnswer,
  PRESENT,
  ROW_STATUSES,
  type RowStatus,
  TOO_OLD,
  WITHDRAWN,
} from './status.ts'
import { Steps } from './steps.ts'
import { picked, take } from './taken.ts'

/** A row, from the moment on at which it became known. */
type Told = Readonly<{ eventTime: Micros; knownAt: Micros; position: Position; values: Float64Array }>

export class PointInTime {
  readonly features: readonly string[]
  readonly stalenessMicros: Micros
  #length = 0
  readonly #values: Float64Array[]
  #eventTime: Float64Array = new Float64Array()
  #knownAt: Float64Array = new Float64Array()
  #position: Float64Array = new Float64Array()
  readonly #byEntity = new Map<string, Steps>()
  #entities: readonly string[] | null = null
  #latest: Position = 0
  #floor: Micros = Number.NEGATIVE_INFINITY
  /** From here on it answers every moment; before it, these alone. */
  #full: Micros = Number.NEGATIVE_INFINITY
  #marks = new Float64Array()

  constructor(set: { features: readonly string[]; stalenessMicros: Micros }) {
    this.features = set.features
    this.stalenessMicros = set.stalenessMicros
    this.#values = set.features.map(() => new Float64Array())
  }

  save(): Memory {
    const { features, stalenessMicros } = this
    const length = this.#length
    const steps = [...this.#byEntity].map(([entity, own]): [string, Int32Array] => [entity, own.rows()])
    const anew = [...this.#byEntity].flatMap(([entity, own]): [string, Uint8Array][] => {
      const which = own.anew()
      return which === null ? [] : [[entity, which]]
    })
    return {
      features,
      stalenessMicros,
      floor: this.#floor,
      full: this.#full,
      marks: this.#marks.slice(),
      latest: this.#latest,
      values: this.#values.map((column) => column.slice(0, length)),
      eventTime: this.#eventTime.slice(0, length),
      knownAt: this.#knownAt.slice(0, length),
      position: this.#position.slice(0, length),
      steps: new Map(steps),
      ...(anew.length > 0 && { anew: new Map(anew) }),
    }
  }

  /** It goes on with the columns of the memory, which is nobody else's then: copies would be the most that an opening takes. */
  static from(memory: Memory): PointInTime {
    const saved = memory as unknown as Saved
    assert(saved?.marks !== undefined, 'a memory says from which moment on it answers')
    const index = new PointInTime(saved)
    index.#floor = saved.floor
    index.#full = saved.full
    index.#marks = saved.marks.slice()
    index.#latest = saved.latest
    index.#length = saved.eventTime.length
    index.#eventTime = saved.eventTime
    index.#knownAt = saved.knownAt
    index.#position = saved.position
    for (const [place, column] of saved.values.entries()) index.#values[place] = column
    for (const [entity, rows] of saved.steps)
      index.#byEntity.set(entity, Steps.of(rows, saved, saved.anew?.get(entity)))
    return index
  }

  /** The number of rows that are kept. */
  get length(): number {
    return this.#length
  }

  /** From this moment on it answers every one. */
  get fullFrom(): Micros {
    return this.#full
  }

  /** Whether all is kept that a moment asks for. */
  answers(moment: Micros): boolean {
    return moment >= this.#full || (moment >= this.#floor && this.#marks.includes(moment))
  }

  /** When the row became known behind which so many lie, in the order in which they were told. */
  knownBefore(rows: number): Micros {
    return rows >= this.#length ? Number.NEGATIVE_INFINITY : this.#knownAt[this.#length - 1 - rows]
  }

  /** The latest moment at which a kept row became known. */
  get latestKnown(): Micros {
    return this.#knownAt.subarray(0, this.#length).reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  }

  /** The position of the newest event that was added; 0 where there is none. */
  get latest(): Position {
    return this.#latest
  }

  /** The rows of an entity that count at a moment or from a later one on, in the order in which they come to count. */
  told(entity: string, moment: Micros): readonly Told[] {
    const rows = this.#byEntity.get(entity)?.rowsFrom(moment) ?? []
    return Array.from(rows, (row) => ({
      eventTime: this.#eventTime[row],
      knownAt: this.#knownAt[row],
      position: this.#position[row],
      values: Float64Array.from(this.#values, (column) => column[row]),
    }))
  }

  /** Every entity that was told of, in code-unit order. */
  entities(): readonly string[] {
    this.#entities ??= [...this.#byEntity.keys()].sort()
    return this.#entities
  }

  /** Adds the rows of one event. Events are added in the order of their positions. */
  add(rows: Rows, position: Position): void {
    assert(position >= this.#latest, 'events are added in the order of the log')
    const sources = this.features.map((name) => rows.columns.find((column) => column.name === name)?.values)
    assert(!sources.includes(undefined), `rows at position ${position} have the columns of the set`)
    this.#latest = position
    this.#reserve(this.#length + rows.length)
    const steps = rows.entities.map((name) => this.#byEntity.get(name))
    const from = this.#length
    const news = new Uint32Array(rows.length)
    for (let row = 0; row < rows.length; row++) {
      const entity = rows.entity[row]
      const own = steps[entity] ?? this.#stepsFor(rows.entities[entity])
      steps[entity] = own
      const at = this.#length
      const [eventTime, knownAt] = [rows.eventTime[row], rows.knownAt[row]]
      const isGone = rows.withdrawn?.[row] === 1
      const told = { eventTime, knownAt, row: at }
      if (isGone ? !own.withdraw(told) : !own.add(told)) continue
      news[this.#length++ - from] = row
    }
    this.#position.fill(position, from, this.#length)
    const taken = news.subarray(0, this.#length - from)
    take(rows.eventTime, taken, this.#eventTime.subarray(from))
    take(rows.knownAt, taken, this.#knownAt.subarray(from))
    // Of a row that is gone there is nothing that could be too old, or fresh.
    for (const [at, row] of taken.entries())
      if (rows.withdrawn?.[row] === 1) this.#eventTime[from + at] = Number.NEGATIVE_INFINITY
    for (const [place, source] of sources.entries())
      if (source !== undefined) take(source, taken, this.#values[place].subarray(from))
  }

  /** Lets go all that only an earlier moment would ask for. Every entity stays known. */
  keepFrom(moment: Micros): void {
    this.#floor = Math.max(this.#floor, moment)
    this.#full = Math.max(this.#full, this.#floor)
    this.#marks = this.#marks.filter((mark) => mark >= this.#floor)
    for (const steps of this.#byEntity.values()) steps.keepFrom(this.#floor)
    this.#keepShown()
  }

  /** Lets go what only moments before one ask for that are none of these. */
  thin(moment: Micros, marks: readonly Micros[]): void {
    const before = this.#full
    this.#full = Math.max(this.#full, moment)
    const more = marks.filter((mark) => mark >= before && mark < this.#full)
    this.#marks = Float64Array.from(new Set([...this.#marks, ...more])).sort()
    for (const steps of this.#byEntity.values()) steps.thin(this.#full, this.#marks)
    this.#keepShown()
  }

  /** The rows that a step shows, under new numbers. All columns are copied, so it waits until an eighth of them can go. */
  #keepShown(): void {
    let shown = 0
    for (const steps of this.#byEntity.values()) shown += steps.length
    if (shown * 8 > this.#length * 7) return
    const place = new Int32Array(this.#length).fill(-1)
    for (const steps of this.#byEntity.values()) for (const row of steps.rows()) place[row] = 0
    const rows = Uint32Array.from(place.keys()).filter((row) => place[row] === 0)
    for (const [to, row] of rows.entries()) place[row] = to
    for (const steps of this.#byEntity.values()) steps.renumber(place)
    const kept = <T extends Float64Array>(column: T): T => {
      for (let i = 0; i < rows.length; i++) column[i] = column[rows[i]]
      return slid(column, 0, rows.length)
    }
    this.#eventTime = kept(this.#eventTime)
    this.#knownAt = kept(this.#knownAt)
    this.#position = kept(this.#position)
    for (const [at, column] of this.#values.entries()) this.#values[at] = kept(column)
    this.#length = rows.length
  }

  #stepsFor(entity: string): Steps {
    const steps = this.#byEntity.get(entity) ?? new Steps()
    if (!this.#byEntity.has(entity)) this.#entities = null
    this.#byEntity.set(entity, steps)
    return steps
  }

  #reserve(length: number): void {
    this.#eventTime = grown(this.#eventTime, length)
    this.#knownAt = grown(this.#knownAt, length)
    this.#position = grown(this.#position, length)
    for (const [place, column] of this.#values.entries()) this.#values[place] = grown(column, length)
  }

  /**
   * The value with the greatest event time among what was known at a moment, inclusive; of one event time the newest
   * knowledge, of one knowledge time the greatest log position. Only for a moment that it answers.
   */
  asOf(entity: string, moment: Micros): PointInTimeAnswer {
    assert(this.answers(moment), 'a moment is asked for of which all is kept')
    const steps = this.#byEntity.get(entity)
    const found = steps === undefined ? -1 : steps.rowAt(moment)
    return this.#answer(found, this.#statusOf(steps, found, moment))
  }

  /**
   * Answers `asOf` for every row of a spine, sorted or not: `entity[i]` is a place in `entities`. It is faster when an
   * entity's moments ascend. `knownBy` hides what became known after it; how old a row is is counted to its own moment all the same.
   */
  join(spine: JoinedSpine): Joined {
    const { entities, entity, moment, knownBy = Number.POSITIVE_INFINITY } = spine
    const steps = entities.map((name) => this.#byEntity.get(name))
    const row = new Int32Array(entity.length)
    const status = new Uint8Array(entity.length)
    for (let i = 0; i < row.length; i++) {
      const at = Math.min(moment[i], knownBy)
      assert(at >= this.#full || this.answers(at), 'a moment is asked for of which all is kept')
      const own = steps[entity[i]]
      const found = own === undefined ? -1 : own.rowAt(at)
      status[i] = this.#statusOf(own, found, moment[i])
      row[i] = status[i] === PRESENT ? found : -1
    }
    return { row, status }
  }

  /** A feature's values for joined rows; NaN where there is none. */
  gather(feature: string, rows: Int32Array): Float64Array {
    return picked(this.#column(feature), rows)
  }

  /** When joined rows are about, when they became known, and which events told them; NaN where there is none. */
  times(rows: Int32Array): { eventTime: Float64Array; knownAt: Float64Array; position: Float64Array } {
    const [eventTime, knownAt, position] = [this.#eventTime, this.#knownAt, this.#position]
    return {
      eventTime: picked(eventTime, rows),
      knownAt: picked(knownAt, rows),
      position: picked(position, rows),
    }
  }

  #column(feature: string): Float64Array {
    const column = this.#values[this.features.indexOf(feature)]
    assert(column !== undefined, `${feature} is one of the set's features`)
    return column
  }

  #statusOf(steps: Steps | undefined, row: number, moment: Micros): number {
    if (steps === undefined) return NOT_FOUND
    if (row < 0) return NOT_YET_KNOWN
    if (this.#eventTime[row] === Number.NEGATIVE_INFINITY) return WITHDRAWN
    return moment - this.#eventTime[row] <= this.stalenessMicros ? PRESENT : TOO_OLD
  }

  #answer(row: number, code: number): PointInTimeAnswer {
    const status: RowStatus = ROW_STATUSES[code]
    const value = (feature: string): number => (code === PRESENT ? this.#column(feature)[row] : Number.NaN)
    return {
      status,
      eventTime: row < 0 || code === WITHDRAWN ? Number.NaN : this.#eventTime[row],
      knownAt: row < 0 ? Number.NaN : this.#knownAt[row],
      position: row < 0 ? 0 : this.#position[row],
      value,
      statusOf: (feature) => (code === PRESENT && Number.isNaN(value(feature)) ? 'NULL_AT_SOURCE' : status),
    }
  }
}
