/** Rows as a source gives them, in file order and unchecked, in columns that grow: no object per row. */
import { assert } from '../../schemas/kernel/assert.ts'
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
  /** A reason's code where the row has already failed; 0 elsewhere. */
  fault = new Uint8Array(0)
  values: Float64Array[]
  readonly entities: string[] = []
  readonly times: Moments
  readonly knowns: Moments
  readonly #declared: boolean

  constructor(shape: { columns: number; declared: boolean; time: TimeReader; known: TimeReader }) {
    this.values = Array.from({ length: shape.columns }, () => new Float64Array(0))
    this.times = new Moments(shape.time)
    this.knowns = new Moments(shape.known)
    this.#declared = shape.declared
  }

  /** Makes room for more rows and moves `length` behind them; the caller fills them in. Answers the first one. */
  extend(rows: number): number {
    const first = this.length
    this.length += rows
    assert(this.length < NONE, 'a file has fewer than 2^32 - 1 rows')
    if (this.length > this.line.length) this.#grow(Math.max(this.length, this.line.length * 2, 4096))
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

/** Every distinct time of a column, read once. */
export class Moments {
  readonly read: ReadTime[] = []
  readonly #codes = new Map<string, number>()
  readonly #reader: TimeReader

  constructor(reader: TimeReader) {
    this.#reader = reader
  }

  codeOf(text: string): number {
    const known = this.#codes.get(text)
    if (known !== undefined) return known
    this.#codes.set(text, this.read.length)
    return this.read.push(this.#reader(text)) - 1
  }
}
