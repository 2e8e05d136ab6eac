/** Computes a program in which no entity depends on another, one history after the other. */
import { assert } from '../../schemas/kernel/assert.ts'
import { Lent } from './lent.ts'
import type { Program } from './program.ts'
import type { Series } from './series.ts'
import type { Alone, Node, Range, Wants } from './shape.ts'
import { widen } from './wants.ts'
import { isHeldUpTo, type WindowRead, windowReads } from './window-reads.ts'

type Step = Readonly<{ node: Node; alone: Alone }>

export class AloneProgram {
  readonly #steps: readonly Step[]
  readonly #outputs: readonly number[]
  readonly #wants: Wants
  /** The slots that no window reads: all histories share their arrays. */
  readonly #lent: Lent
  /** The others: those that each history has for itself. */
  readonly #reads: readonly WindowRead[]

  constructor({ nodes, slots, outputs }: Program) {
    this.#steps = nodes.map((node) => {
      assert(node.shape.alone !== null, 'no entity depends on another')
      return { node, alone: node.shape.alone }
    })
    this.#outputs = outputs
    const ranges = (): Int32Array => new Int32Array(slots)
    this.#wants = { from: ranges(), to: ranges(), planFrom: ranges(), planTo: ranges() }
    this.#reads = windowReads(nodes)
    const own = new Set(this.#reads.map(({ slot }) => slot))
    this.#lent = new Lent(nodes.flatMap(({ slot }) => (own.has(slot) ? [] : [slot])))
  }

  /** Whether a program can be computed so. */
  static fits({ nodes, sources }: Program): boolean {
    return sources === 1 && nodes.every(({ shape }) => shape.alone !== null)
  }

  /** Has the outputs stand in the series at the rows `from` to `to` while `read` looks at them. */
  compute(series: Series, { from, to }: Range, read: () => void): void {
    this.#lent.reserve(series.length)
    this.#lent.to(series)
    const run = series.runOf(from)
    if (to <= run.to && isHeldUpTo(series, from, this.#reads)) this.#goOn(series, { from, to }, run.from)
    else this.#demand(series, from, to)
    read()
  }

  /** The usual case: rows that follow on those that are held. */
  #goOn(series: Series, { from, to }: Range, runFrom: number): void {
    for (const { slot } of this.#reads) series.room(slot)
    for (const { node, alone } of this.#steps) alone.fill(node, series, from, to, runFrom)
    for (const { slot } of this.#reads) series.holdFrom(slot, from, to)
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
    this.#lent.forget(series)
  }
}
