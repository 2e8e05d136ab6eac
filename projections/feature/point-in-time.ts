/**
 * The point-in-time index of a feature set: what was the newest value of an entity, as it was known at a moment? Each
 * entity's rows are folded, in the order in which they became known, into the steps at which the answer changes; one
 * search then answers a read.
 */
import type { Position } from '../../schemas/envelope.ts'
import { assert } from '../../schemas/kernel/assert.ts'
import type { Memory } from '../../schemas/kernel/memory.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { Steps } from './steps.ts'

/**
 * Why there is a value or none. `NOT_FOUND`: nothing was ever told of the entity. `NOT_YET_KNOWN`: all of it became
 * known later. `TOO_OLD`: the newest is further back than the staleness limit. `NULL_AT_SOURCE`: the row is there and
 * the value is missing. There is no producer of withdrawals yet, so no answer says so.
 */
type FeatureStatus = 'PRESENT' | 'NOT_FOUND' | 'NOT_YET_KNOWN' | 'TOO_OLD' | 'NULL_AT_SOURCE'
/** What can be said of a whole row. */
type RowStatus = Exclude<FeatureStatus, 'NULL_AT_SOURCE'>

/** The statuses of rows by the code that a join gives. */
export const ROW_STATUSES = [
  'PRESENT',
  'NOT_FOUND',
  'NOT_YET_KNOWN',
  'TOO_OLD',
] as const satisfies RowStatus[]
const [PRESENT, NOT_FOUND, NOT_YET_KNOWN, TOO_OLD] = [0, 1, 2, 3]

/** One row as it was known. Without one, times are NaN, the position is 0 and values are NaN. */
type PointInTimeAnswer = Readonly<{
  status: RowStatus
  eventTime: Micros
  knownAt: Micros
  /** The log position of the event that told it. */
  position: Position
  /** The value of a feature; NaN unless it may be used. */
  value: (feature: string) => number
  statusOf: (feature: string) => FeatureStatus
}>

/** For each row of a spine, the row of the index (-1 for none that may be used) and the place of its status. */
type Joined = Readonly<{ row: Int32Array; status: Uint8Array }>

type Saved = Readonly<{
  features: readonly string[]
  stalenessMicros: Micros
  values: readonly Float64Array[]
  eventTime: Float64Array
  knownAt: Float64Array
  position: Float64Array
  /** The rows of each entity's steps. */
  steps: ReadonlyMap<string, Int32Array>
}>

export class PointInTime {
  readonly features: readonly string[]
  readonly stalenessMicros: Micros
  readonly #values: number[][]
  readonly #eventTime: number[] = []
  readonly #knownAt: number[] = []
  readonly #position: number[] = []
  readonly #byEntity = new Map<string, Steps>()

  constructor(set: { features: readonly string[]; stalenessMicros: Micros }) {
    this.features = set.features
    this.stalenessMicros = set.stalenessMicros
    this.#values = set.features.map(() => [])
  }

  save(): Memory {
    const steps = [...this.#byEntity].map(([entity, own]): [string, Int32Array] => [entity, own.rows()])
    return {
      features: this.features,
      stalenessMicros: this.stalenessMicros,
      values: this.#values.map((column) => new Float64Array(column)),
      eventTime: new Float64Array(this.#eventTime),
      knownAt: new Float64Array(this.#knownAt),
      position: new Float64Array(this.#position),
      steps: new Map(steps),
    }
  }

  static from(memory: Memory): PointInTime {
    const { values, eventTime, knownAt, position, steps, ...set } = memory as unknown as Saved
    const index = new PointInTime(set)
    for (let row = 0; row < eventTime.length; row++) {
      index.#eventTime.push(eventTime[row])
      index.#knownAt.push(knownAt[row])
      index.#position.push(position[row])
    }
    for (const [place, column] of values.entries()) for (const one of column) index.#values[place].push(one)
    for (const [entity, rows] of steps) index.#byEntity.set(entity, Steps.of(rows, { eventTime, knownAt }))
    return index
  }

  /** The number of rows that were added. */
  get length(): number {
    return this.#eventTime.length
  }

  /** Every entity that was told of, in code-unit order. */
  entities(): readonly string[] {
    return [...this.#byEntity.keys()].sort()
  }

  /** Adds the rows of one event. Events are added in the order of their positions. */
  add(rows: Rows, position: Position): void {
    assert(position >= (this.#position.at(-1) ?? 0), 'events are added in the order of the log')
    const sources = this.features.map((name) => rows.columns.find((column) => column.name === name)?.values)
    assert(!sources.includes(undefined), `rows at position ${position} have the columns of the set`)
    const steps = rows.entities.map((name) => this.#byEntity.get(name))
    for (let row = 0; row < rows.length; row++) {
      const entity = rows.entity[row]
      const own = steps[entity] ?? new Steps()
      if (steps[entity] === undefined) this.#byEntity.set(rows.entities[entity], own)
      steps[entity] = own
      own.add({ eventTime: rows.eventTime[row], knownAt: rows.knownAt[row], row: this.length })
      this.#eventTime.push(rows.eventTime[row])
      this.#knownAt.push(rows.knownAt[row])
      this.#position.push(position)
    }
    for (const [place, source] of sources.entries()) {
      for (const value of source ?? []) this.#values[place].push(value)
    }
  }

  /**
   * The value with the greatest event time among what was known at a moment, inclusive; of one event time the newest
   * knowledge, of one knowledge time the greatest log position.
   */
  asOf(entity: string, moment: Micros): PointInTimeAnswer {
    const steps = this.#byEntity.get(entity)
    const found = steps === undefined ? -1 : steps.rowAt(moment)
    return this.#answer(found, this.#statusOf(steps, found, moment))
  }

  /**
   * Answers `asOf` for every row of a spine, sorted or not: `entity[i]` is a place in `entities`. It is faster when an
   * entity's moments ascend.
   */
  join(spine: { entities: readonly string[]; entity: ArrayLike<number>; moment: ArrayLike<Micros> }): Joined {
    const { entities, entity, moment } = spine
    const steps = entities.map((name) => this.#byEntity.get(name))
    const row = new Int32Array(entity.length)
    const status = new Uint8Array(entity.length)
    for (let i = 0; i < row.length; i++) {
      const own = steps[entity[i]]
      const found = own === undefined ? -1 : own.rowAt(moment[i])
      status[i] = this.#statusOf(own, found, moment[i])
      row[i] = status[i] === PRESENT ? found : -1
    }
    return { row, status }
  }

  /** A feature's values for joined rows; NaN where there is none. */
  gather(feature: string, rows: Int32Array): Float64Array {
    return picked(this.#column(feature), rows)
  }

  /** When joined rows are about and when they became known; NaN where there is none. */
  times(rows: Int32Array): { eventTime: Float64Array; knownAt: Float64Array } {
    return { eventTime: picked(this.#eventTime, rows), knownAt: picked(this.#knownAt, rows) }
  }

  #column(feature: string): readonly number[] {
    const column = this.#values[this.features.indexOf(feature)]
    assert(column !== undefined, `${feature} is one of the set's features`)
    return column
  }

  #statusOf(steps: Steps | undefined, row: number, moment: Micros): number {
    if (steps === undefined) return NOT_FOUND
    if (row < 0) return NOT_YET_KNOWN
    return moment - this.#eventTime[row] <= this.stalenessMicros ? PRESENT : TOO_OLD
  }

  #answer(row: number, code: number): PointInTimeAnswer {
    const status: RowStatus = ROW_STATUSES[code]
    const value = (feature: string): number => (code === PRESENT ? this.#column(feature)[row] : Number.NaN)
    return {
      status,
      eventTime: row < 0 ? Number.NaN : this.#eventTime[row],
      knownAt: row < 0 ? Number.NaN : this.#knownAt[row],
      position: row < 0 ? 0 : this.#position[row],
      value,
      statusOf: (feature) => (code === PRESENT && Number.isNaN(value(feature)) ? 'NULL_AT_SOURCE' : status),
    }
  }
}

function picked(values: readonly number[], rows: Int32Array): Float64Array {
  const out = new Float64Array(rows.length)
  for (let i = 0; i < rows.length; i++) out[i] = rows[i] < 0 ? Number.NaN : values[rows[i]]
  return out
}
