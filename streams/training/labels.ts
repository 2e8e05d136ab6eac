/** Labels: what a session's decision should have forecast, and when that became known. */
import type { Session } from '../../schemas/calendar.ts'
import type { LabelSpec } from '../../schemas/events/experiment.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { localDays, type Sessions } from '../calendar/sessions.ts'
import { compileSet, defineSet } from '../features/definition.ts'
import { FeatureEngine } from '../features/engine.ts'

/**
 * `from`: the session at whose close the position is entered. `to`: when the label became known: with its last row, not
 * only with the value at the exit, because a row that is told late changes it.
 */
type Label = Readonly<{ value: number; from: Session; to: Micros }>

/** Of one entity the last row of each session, by the session's place in the spine; NaN where it has none. */
type Cells = Readonly<{ eventTime: Float64Array; value: Float64Array; knownAt: Float64Array }>

const noCells = (sessions: number): Cells => ({
  eventTime: new Float64Array(sessions).fill(Number.NaN),
  value: new Float64Array(sessions).fill(Number.NaN),
  knownAt: new Float64Array(sessions).fill(Number.NaN),
})

type LabelOptions = Readonly<{
  /** Labels that became known at or after this moment do not exist. */
  knownBefore: Micros
  sessionOf: (eventTime: Micros) => Session
  /** Every session, ascending: entry and exit are counted along it. */
  spine: readonly Session[]
  /** How far apart the rows of a label's window may be, as for the features beside it; without it, as far as they are. */
  gaps?: Readonly<{ maxGapSessions: number; sessions: Pick<Sessions, 'find' | 'count'> }>
}>

export class Labels {
  readonly #spec: LabelSpec
  readonly #spine: readonly Session[]
  readonly #places: ReadonlyMap<Session, number>
  readonly #cells = new Map<string, Cells>()

  /** @param facts the data set's arrivals, in log order */
  constructor(spec: LabelSpec, facts: readonly Rows[], options: LabelOptions) {
    this.#spec = spec
    this.#spine = options.spine
    this.#places = new Map(options.spine.map((session, place) => [session, place]))
    const { maxGapSessions, sessions } = options.gaps ?? { maxGapSessions: 0, sessions: localDays('UTC') }
    const engine = new FeatureEngine(compileSet(labelSet(spec, maxGapSessions)), sessions)
    for (const rows of facts) this.#keepLatest(engine.arrive(rows), options)
  }

  /** The label of a decision; undefined where it is not known, or has no value. */
  of(entity: string, session: Session): Label | undefined {
    const cells = this.#cells.get(entity)
    const place = this.#places.get(session)
    if (cells === undefined || place === undefined) return undefined
    const exit = place + this.#spec.exitRows
    let to = cells.knownAt[exit]
    if (to === undefined || Number.isNaN(to) || Number.isNaN(cells.value[exit])) return undefined
    for (let between = place; between < exit; between++) {
      const knownAt = cells.knownAt[between]
      if (knownAt > to) to = knownAt
    }
    return { value: cells.value[exit], from: this.#spine[place + this.#spec.entryRows], to }
  }

  #keepLatest(emitted: Rows, { knownBefore, sessionOf }: LabelOptions): void {
    const [{ values }] = emitted.columns
    for (let row = 0; row < emitted.length; row++) {
      const knownAt = emitted.knownAt[row]
      if (knownAt >= knownBefore) continue
      const eventTime = emitted.eventTime[row]
      const place = this.#places.get(sessionOf(eventTime))
      if (place === undefined) continue
      const entity = emitted.entities[emitted.entity[row]]
      const cells = this.#cells.get(entity) ?? noCells(this.#spine.length)
      this.#cells.set(entity, cells)
      const before = cells.eventTime[place]
      const isNews =
        Number.isNaN(before) ||
        eventTime > before ||
        (eventTime === before && knownAt >= cells.knownAt[place])
      if (!isNews) continue
      cells.eventTime[place] = eventTime
      cells.value[place] = values[row]
      cells.knownAt[place] = knownAt
    }
  }
}

/** The label's formula as a feature set of its own, so that it is computed by the one engine. */
const labelSet = ({ dataset, formula }: LabelSpec, maxGapSessions: number) =>
  defineSet({
    set: 'label',
    version: 1,
    entity: 'instrument',
    dataset,
    features: [{ name: 'label', formula, unit: '' }],
    stalenessMicros: Number.MAX_SAFE_INTEGER,
    lagMicros: 0,
    maxGapSessions,
  })
