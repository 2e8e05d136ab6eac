/** Rows as a source gives them, in file order, in columns that grow: no object per row. Bad ones are kept up to a limit. */
import type { Judge } from './judge.ts'
import { Names } from './names.ts'
import { REASONS } from './rejects.ts'
import { BEAT_ROWS, type Room } from './room.ts'
import { Texts } from './texts.ts'
import type { ReadTime, TimeReader } from './time-text.ts'

/** The code of an entity or a known time that is not there. */
export const NONE = 0xffff_ffff

type Growing = Float64Array | Uint32Array | Uint8Array

/** Staged rows. `entity`, `time` and `known` are codes into dictionaries, which are in order of first sight. */
export class Staging {
  length = 0
  line = new Uint32Array(0)
  entity = new Uint32Array(0)
  time = new Uint32Array(0)
  /** Empty unless the file declares when a row became known. */
  known = new Uint32Array(0)
  /** A reason's code where the row has failed; 0 elsewhere. */
  fault = new Uint8Array(0)
  values: Float64Array[]
  /** For each column what its cells say that no double holds: see cells.ts. */
  readonly texts: readonly Texts[]
  /** Bad rows beyond those that are kept, by the code of their reason. */
  readonly passedOver = new Float64Array(REASONS.length)
  readonly names: Names
  readonly times: Moments
  readonly knowns: Moments
  readonly #declared: boolean
  readonly #judge: Judge
  readonly room: Room
  #rejected = 0

  constructor(shape: {
    columns: number
    declared: boolean
    time: TimeReader
    known: TimeReader
    judge: Judge
    room: Room
  }) {
    this.values = Array.from({ length: shape.columns }, () => new Float64Array(0))
    this.texts = this.values.map(() => new Texts(shape.room))
    this.names = new Names(shape.room)
    this.times = new Moments(shape.time, shape.room)
    this.knowns = new Moments(shape.known, shape.room)
    this.#declared = shape.declared
    this.#judge = shape.judge
    this.room = shape.room
  }

  /**
   * Makes room for more rows and moves `length` behind them; the caller fills them in and settles them. Answers the
   * first one.
   * @throws Refusal `source.too-large`
   */
  extend(rows: number): number {
    const first = this.length
    this.length += rows
    if (this.length > this.line.length) {
      const bytesEach = (this.#declared ? 17 : 13) + 8 * this.values.length
      const most = this.room.rows(this.length, bytesEach)
      this.#grow(Math.min(most, Math.max(this.length, this.line.length * 2, 4096)))
    }
    return first
  }

  /** Adds one row that has a line, an entity and perhaps a fault; its times and values are still to be set. */
  add(line: number, entity: number, fault: number): number {
    const at = this.extend(1)
    this.line[at] = line
    this.entity[at] = entity
    this.fault[at] = fault
    return at
  }

  /** Adds a row that has failed already. */
  reject(line: number, fault: number): void {
    this.settle(this.add(line, NONE, fault))
  }

  /** Judges the row that was added last; a bad one beyond the limit is counted and forgotten. */
  settle(at: number): void {
    const fault = this.fault[at] || this.#judge(this, at)
    this.fault[at] = fault
    if (fault !== 0 && ++this.#rejected > this.room.rejectsKept) {
      this.passedOver[fault]++
      this.length = at
    }
  }

  /** Judges all rows from a place on, in order. */
  settleFrom(first: number): void {
    const end = this.length
    let kept = first
    for (let at = first; at < end; at++) {
      if (at % BEAT_ROWS === 0) this.room.alive()
      const fault = this.fault[at] || this.#judge(this, at)
      if (fault !== 0 && ++this.#rejected > this.room.rejectsKept) this.passedOver[fault]++
      else {
        if (kept < at) this.#move(at, kept)
        this.fault[kept++] = fault
      }
    }
    // What is behind is written over, so it must not look as if it had failed.
    this.fault.fill(0, kept, end)
    this.length = kept
  }

  #move(from: number, to: number): void {
    this.line[to] = this.line[from]
    this.entity[to] = this.entity[from]
    this.time[to] = this.time[from]
    if (this.#declared) this.known[to] = this.known[from]
    for (const column of this.values) column[to] = column[from]
  }

  #grow(capacity: number): void {
    const grown = <T extends Growing>(old: T, fresh: T): T => {
      fresh.set(old)
      return fresh
    }
    this.line = grown(this.line, new Uint32Array(capacity))
    this.entity = grown(this.entity, new Uint32Array(capacity))
    this.time = grown(this.time, new Uint32Array(capacity))
    if (this.#declared) this.known = grown(this.known, new Uint32Array(capacity))
    this.fault = grown(this.fault, new Uint8Array(capacity))
    this.values = this.values.map((column) => grown(column, new Float64Array(capacity)))
  }
}

/** Every distinct time of a column, read once. Texts that are none share one code for each reason. */
export class Moments {
  readonly read: ReadTime[] = []
  readonly #codes = new Map<string, number>()
  readonly #failures = new Map<number, number>()
  readonly #reader: TimeReader
  readonly #room: Room

  constructor(reader: TimeReader, room: Room) {
    this.#reader = reader
    this.#room = room
  }

  codeOf(text: string): number {
    const known = this.#codes.get(text)
    if (known !== undefined) return known
    const read = this.#reader(text)
    if (read.fault !== 0) {
      const code = this.#failures.get(read.fault) ?? this.read.push(read) - 1
      this.#failures.set(read.fault, code)
      return code
    }
    this.#room.distinct(this.read.length)
    this.#codes.set(text, this.read.length)
    return this.read.push(read) - 1
  }

  hasFailed(code: number): boolean {
    return (this.read[code]?.fault ?? 0) !== 0
  }
}
