/** The histories of all entities as they are known at one moment, in the order of the entities' names. */
import type { Memory } from '../../schemas/kernel/memory.ts'
import { type Layout, Series } from './series.ts'

/** The entities, and the fact that each of their rows shows. */
export type SavedPanel = Readonly<{
  names: readonly string[]
  facts: readonly Int32Array[]
  /** The facts that took a row back, where there is one. */
  gone?: readonly Int32Array[]
}>

export class Panel {
  readonly series: Series[] = []
  /** The same in the order in which they were made: a series keeps its place here. */
  readonly byId: Series[] = []
  readonly #byName = new Map<string, Series>()
  readonly #layout: Layout
  /** The latest event time of any row. */
  lastTime = Number.NEGATIVE_INFINITY

  constructor(layout: Layout) {
    this.#layout = layout
  }

  /** The series of an entity, if it has one. */
  find(entity: string): Series | undefined {
    return this.#byName.get(entity)
  }

  /** The series of these entities; those that are new are made. */
  seriesOf(entities: readonly string[]): readonly Series[] {
    const before = this.series.length
    const found = entities.map((name) => {
      const known = this.#byName.get(name)
      if (known !== undefined) return known
      const made = new Series(name, this.byId.length, this.#layout)
      this.series.push(made)
      this.byId.push(made)
      this.#byName.set(name, made)
      return made
    })
    if (this.series.length > before) {
      this.series.sort((a, b) => (a.name < b.name ? -1 : 1))
      for (const [index, series] of this.series.entries()) series.index = index
    }
    return found
  }

  /** Computed values of these series from an event time on hold no longer. */
  forgetFrom(time: number, series: Iterable<Series>): void {
    for (const one of series) one.forgetFrom(time)
  }

  save(): Memory {
    const names = this.series.map(({ name }) => name)
    const facts = this.series.map(({ fact, length }) => fact.slice(0, length))
    if (this.series.every(({ gone }) => gone.size === 0)) return { names, facts }
    return { names, facts, gone: this.series.map(({ gone }) => Int32Array.from(gone.values())) }
  }

  /** The entities alone: the facts restore their rows. */
  restore(memory: Memory): void {
    this.seriesOf((memory as unknown as SavedPanel).names)
  }

  findLastTime(): void {
    this.lastTime = this.series.reduce((last, series) => Math.max(last, series.lastTime), -Infinity)
  }
}
