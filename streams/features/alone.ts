/**
 * Computes a program in which no entity depends on another, one history after the other. What no window reads lies in arrays that all
 * histories share, and is gone once it was told: so most of a large set stays in the processor's cache, and out of memory.
 */
import { assert } from '../../schemas/kernel/assert.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Program } from './program.ts'
import type { Series } from './series.ts'
import type { Alone, Node, Range, Wants } from './shape.ts'
import { widen } from './wants.ts'

type Step = Readonly<{ node: Node; alone: Alone }>

export class AloneProgram {
  readonly #steps: readonly Step[]
  readonly #outputs: readonly number[]
  readonly #wants: Wants
  /** By slot: the arrays that all histories share, and how many rows they have room for. */
  readonly #shared = new Map<number, Float64Array>()
  #lent: readonly Readonly<{ slot: number; array: Float64Array }>[] = []
  #room = 0
  /** The slots of nodes that each history has for itself: those that windows read. */
  readonly #own: readonly number[]
  /** How far back windows read each of them. */
  readonly #reaches: readonly Readonly<{ rows: number; micros: Micros }>[]

  constructor({ nodes, slots, outputs }: Program) {
    this.#steps = nodes.map((node) => {
      assert(node.shape.alone !== null, 'no entity depends on another')
      return { node, alone: node.shape.alone }
    })
    this.#outputs = outputs
    const ranges = (): Int32Array => new Int32Array(slots)
    this.#wants = { from: ranges(), to: ranges(), planFrom: ranges(), planTo: ranges() }
    const rows = new Map<number, number>()
    const micros = new Map<number, Micros>()
    for (const { shape, numbers, inputs, back } of nodes)
      for (const input of inputs) {
        rows.set(input, Math.max(back, rows.get(input) ?? 0))
        micros.set(input, Math.max(shape.span(numbers), micros.get(input) ?? 0))
      }
    const isRead = (slot: number): boolean => (rows.get(slot) ?? 0) > 0 || (micros.get(slot) ?? 0) > 0
    for (const { slot } of nodes) if (!isRead(slot)) this.#shared.set(slot, new Float64Array())
    this.#own = nodes.flatMap(({ slot }) => (isRead(slot) ? [slot] : []))
    this.#reaches = this.#own.map((slot) => ({ rows: rows.get(slot) ?? 0, micros: micros.get(slot) ?? 0 }))
  }

  /** Whether a program can be computed so. */
  static fits({ nodes, sources }: Program): boolean {
    return sources === 1 && nodes.every(({ shape }) => shape.alone !== null)
  }

  /** Has the outputs stand in the series at the rows `from` to `to` while `read` looks at them. */
  compute(series: Series, { from, to }: Range, read: () => void): void {
    this.#lend(series)
    const run = series.runOf(from)
    if (to <= run.to && this.#holdUpTo(series, from)) this.#goOn(series, { from, to }, run.from)
    else this.#demand(series, from, to)
    read()
  }

  /** Whether all that windows read is held up to a row: then the rows from there on are all that is missing of anything. */
  #holdUpTo(series: Series, row: number): boolean {
    const [own, reaches] = [this.#own, this.#reaches]
    for (let i = 0; i < own.length; i++) {
      const slot = own[i]
      const { rows, micros } = reaches[i]
      const from = series.heldFrom[slot]
      if (series.heldTo[slot] !== row || (from === row && row > 0)) return false
      if (from > 0 && (from > row - rows || (micros > 0 && series.time[from] > series.time[row] - micros)))
        return false
    }
    return true
  }

  /** The usual case: rows that follow on those that are held. */
  #goOn(series: Series, { from, to }: Range, runFrom: number): void {
    for (const slot of this.#own) series.room(slot)
    for (const { node, alone } of this.#steps) alone.fill(node, series, from, to, runFrom)
    for (const slot of this.#own) series.holdFrom(slot, from, to)
  }

  #demand(series: Series, from: number, to: number): void {
    const wants = this.#wants
    wants.from.fill(0)
    wants.to.fill(0)
    wants.planFrom.fill(0)
    wants.planTo.fill(0)
    for (const slot of this.#outputs) widen(wants, slot, from, to)
    const steps = this.#steps
    for (let i = steps.length - 1; i >= 0; i--) steps[i].alone.need(steps[i].node, series, wants)
    for (const { node, alone } of steps) alone.compute(node, series, wants)
    this.#forget(series)
  }

  #lend({ values, length }: Series): void {
    if (length > this.#room) {
      this.#room = 2 * length
      for (const slot of this.#shared.keys()) this.#shared.set(slot, new Float64Array(this.#room))
      this.#lent = Array.from(this.#shared, ([slot, array]) => ({ slot, array }))
    }
    const lent = this.#lent
    for (let i = 0; i < lent.length; i++) {
      const { slot, array } = lent[i]
      if (values[slot] !== array) values[slot] = array
    }
  }

  /** What stands in the shared arrays is not kept. */
  #forget(series: Series): void {
    for (const slot of this.#shared.keys()) {
      series.heldFrom[slot] = 0
      series.heldTo[slot] = 0
    }
  }
}
