/**
 * What a lane's thread is at, in memory that its platform reads too: a thread that hangs, or has ended, can be asked nothing. It is written before
 * each event that a processor takes in, and costs no message.
 */
import type { Position } from '../../schemas/envelope.ts'

/** A processor, the event that it takes in, and where in the log it was told of it. */
export type Task = Readonly<{ processor: string; cause: Position; at: Position }>

const [COUNT, LENGTH, CAUSE, AT, WORDS] = [0, 1, 2, 4, 6]
const NAME_BYTES = 64

export class Whereabouts {
  readonly memory: SharedArrayBuffer
  readonly #words: Int32Array
  readonly #positions: Float64Array
  readonly #name: Uint8Array

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(WORDS * 4 + NAME_BYTES)) {
    this.memory = memory
    this.#words = new Int32Array(memory, 0, WORDS)
    this.#positions = new Float64Array(memory, 0, WORDS / 2)
    this.#name = new Uint8Array(memory, WORDS * 4)
  }

  begin({ processor, cause, at }: Task): void {
    const name = Buffer.from(processor)
    this.#name.set(name)
    this.#positions[CAUSE / 2] = cause
    this.#positions[AT / 2] = at
    Atomics.store(this.#words, LENGTH, name.length)
    Atomics.add(this.#words, COUNT, 1)
  }

  end(): void {
    Atomics.store(this.#words, LENGTH, 0)
    Atomics.add(this.#words, COUNT, 1)
  }

  /** Another number with each step. */
  get count(): number {
    return Atomics.load(this.#words, COUNT)
  }

  /** Where in the log it was last told of an event. */
  get reached(): Position {
    return this.#positions[AT / 2]
  }

  /** Null between two events. */
  get task(): Task | null {
    const length = Atomics.load(this.#words, LENGTH)
    if (length === 0) return null
    const processor = Buffer.from(this.#name.slice(0, length)).toString()
    return { processor, cause: this.#positions[CAUSE / 2], at: this.#positions[AT / 2] }
  }
}
