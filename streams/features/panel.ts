/** The histories of all entities as they are known at one moment, in the order of the entities' names; those of joined data sets come after. */
import type { Memory } from '../../schemas/kernel/memory.ts'
import { type Layout, Series } from './series.ts'

/** The entities, and the fact that each of their rows shows. */
export type SavedPanel = Readonly<{
  names: readonly string[]
  /** For each entity, the place of its data set among the joined ones, from 1; left out where none is joined. */
  sources?: readonly number[]
  facts: readonly Int32Array[]
}>

export class Panel {
  readonly series: Series[] = []
  /** The same in the order in which they were made: a series keeps its place here. */
  readonly byId: Series[] = []
  readonly #byName: readonly Map<string, Series>[]
  readonly #bySource: readonly Series[][]
  readonly #layout: Layout
  /** The latest event time of any row of the set's own data set. */
  lastTime = Number.NEGATIVE_INFINITY

  constructor(layout: Layout) {
    this.#layout = layout
    const sources = Array.from({ length: layout.sources }, (_, source) => source)
    this.#byName = sources.map(() => new Map())
    this.#bySource = sources.map(() => [])
  }

  /** The histories of one data set: 0 for the set's own, then those that are joined. */
  of(source: number): readonly Series[] {
    return this.#bySource[source]
  }

  /** The series of an entity, if it has one. */
  find(entity: string, source = 0): Series | undefined {
    return this.#byName[source].get(entity)
  }

  /** The series of these entities; those that are new are made. */
  seriesOf(entities: readonly string[], source = 0): readonly Series[] {
    const [byName, own] = [this.#byName[source], this.#bySource[source]]
    const before = own.length
    const found = entities.map((name) => {
      const known = byName.get(name)
      if (known !== undefined) return known
      const made = new Series({ name, id: this.byId.length, source }, this.#layout)
      this.series.push(made)
      own.push(made)
      this.byId.push(made)
      byName.set(name, made)
      return made
    })
    if (own.length > before) {
      own.sort((a, b) => (a.name < b.name ? -1 : 1))
      this.series.length = 0
      for (const all of this.#bySource) for (const one of all) one.index = this.series.push(one) - 1
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
    if (this.#bySource.length === 1) return { names, facts }
    return { names, facts, sources: this.series.map(({ source }) => source) }
  }

  /** The entities alone: the facts restore their rows. */
  restore(memory: Memory): void {
    const { names, sources } = memory as unknown as SavedPanel
    for (const source of this.#bySource.keys())
      this.seriesOf(
        names.filter((_, place) => (sources?.[place] ?? 0) === source),
        source,
      )
  }

  findLastTime(): void {
    this.lastTime = this.of(0).reduce((last, series) => Math.max(last, series.lastTime), -Infinity)
  }
}
