/** Labels: what a decision should have forecast, and when that became known. */
import type { LabelSpec } from '../../schemas/events/experiment.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { compileSet, defineSet } from '../features/definition.ts'
import { FeatureEngine } from '../features/engine.ts'

/**
 * `from`: the close at which the position is entered. `to`: when the label became known: with its last row, not only with
 * the value at the exit, because a row that is told late moves the exit.
 */
export type Label = Readonly<{ value: number; from: Micros; to: Micros }>

/** An entity's rows in order of event time. */
type History = { eventTimes: number[]; values: number[]; knownAt: number[] }

export class Labels {
  readonly #spec: LabelSpec
  readonly #histories = new Map<string, History>()
  readonly #places = new Map<string, Map<number, number>>()

  /**
   * @param facts the data set's arrivals, in log order
   * @param knownBefore labels that became known at or after this moment do not exist
   */
  constructor(spec: LabelSpec, facts: readonly Rows[], knownBefore: Micros) {
    this.#spec = spec
    const engine = new FeatureEngine(compileSet(labelSet(spec)))
    const latest = new Map<string, Map<number, { value: number; knownAt: number }>>()
    for (const rows of facts) keepLatest(latest, engine.arrive(rows), knownBefore)
    for (const [entity, byTime] of latest) {
      const eventTimes = [...byTime.keys()].sort((a, b) => a - b)
      const cells = eventTimes.map((at) => byTime.get(at) ?? { value: Number.NaN, knownAt: at })
      this.#histories.set(entity, {
        eventTimes,
        values: cells.map((cell) => cell.value),
        knownAt: cells.map((cell) => cell.knownAt),
      })
      this.#places.set(entity, new Map(eventTimes.map((at, place) => [at, place])))
    }
  }

  /** The label of a decision made on an entity's row; undefined where it is not known, or has no value. */
  of(entity: string, eventTime: Micros): Label | undefined {
    const history = this.#histories.get(entity)
    const place = this.#places.get(entity)?.get(eventTime)
    if (history === undefined || place === undefined) return undefined
    const exit = place + this.#spec.exitRows
    if (exit >= history.eventTimes.length || Number.isNaN(history.values[exit])) return undefined
    const from = history.eventTimes[place + this.#spec.entryRows]
    const to = Math.max(...history.knownAt.slice(place, exit + 1))
    return { value: history.values[exit], from, to }
  }
}

/** The label's formula as a feature set of its own, so that it is computed by the one engine. */
const labelSet = ({ dataset, formula }: LabelSpec) =>
  defineSet({
    set: 'label',
    version: 1,
    entity: 'instrument',
    dataset,
    features: [{ name: 'label', formula, unit: '' }],
    stalenessMicros: Number.MAX_SAFE_INTEGER,
    lagMicros: 0,
  })

function keepLatest(
  latest: Map<string, Map<number, { value: number; knownAt: number }>>,
  emitted: Rows,
  knownBefore: Micros,
): void {
  const [{ values }] = emitted.columns
  for (let row = 0; row < emitted.length; row++) {
    const knownAt = emitted.knownAt[row]
    if (knownAt >= knownBefore) continue
    const entity = emitted.entities[emitted.entity[row]]
    const byTime = latest.get(entity) ?? new Map()
    latest.set(entity, byTime)
    const before = byTime.get(emitted.eventTime[row])
    if (before === undefined || knownAt >= before.knownAt) {
      byTime.set(emitted.eventTime[row], { value: values[row], knownAt })
    }
  }
}
