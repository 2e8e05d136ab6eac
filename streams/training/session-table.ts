/** The table that a training set is: for each session and entity the features as known, the return, and the label. */
import type { Session } from '../../schemas/calendar.ts'
import { MICROS_PER_DAY, type Micros } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import type { FeatureRows } from '../inference/ports.ts'
import { type Marks, type SessionMarks, UNPRICED } from '../portfolio/marks.ts'
import type { Labels } from './labels.ts'
import { RESERVED } from './sample.ts'
import { TableBuilder } from './table-builder.ts'

type Decided = Readonly<{ session: Session; decideAt: Micros }>

type Sources = Readonly<{
  /** Every session from the first price on, in order. */
  spine: readonly Decided[]
  /** Rows are made for sessions from this date on: a moment of UTC, as a date is read. */
  from: Micros
  marks: Marks
  features: readonly string[]
  featuresAt: (moment: Micros) => FeatureRows
  /** NaN for what falls in none, and for NaN. */
  sessionOf: (eventTime: Micros) => Session
  labels: Labels
}>

/** Rows that nothing is trained on. */
type Untrained = Readonly<{ withoutFeature: number; withoutLabel: number }>

/**
 * One row for each session and entity that has features of that session or a price. A feature is NaN where it is missing or of
 * an earlier session; a return where there is none; a label where it is not known. A session in which nothing was told has
 * one row that holds nothing, so that the sessions of the table are all there are.
 *
 * The table runs from the first session in which some row can be trained on to the last one there is: what has no label yet is
 * scored, held and paid all the same. It is empty where nothing can be trained on.
 * @param sliceValues a slice ends with the session that brings it to so many values
 * @returns its slices, at least one, each of which is the caller's until the next; in the end what was counted
 */
export function* sessionTable(sources: Sources, sliceValues: number): Generator<Rows, Untrained> {
  const { features, spine, marks } = sources
  const table = new TableBuilder([...features, ...RESERVED])
  const untrained = { withoutFeature: 0, withoutLabel: 0 }
  let [isBegun, slices] = [false, 0]
  for (const { session, decideAt } of spine) {
    const step = marks.step(session, decideAt)
    if (session * MICROS_PER_DAY < sources.from) continue
    const from = table.length
    for (const { entity, eventTime, values } of linesOf(sources, step, decideAt)) {
      table.add(entity, { eventTime, knownAt: decideAt }, values)
      if (values.slice(0, features.length).some(Number.isNaN)) untrained.withoutFeature++
      else if (Number.isNaN(values[features.length])) untrained.withoutLabel++
      else isBegun = true
    }
    if (table.length === from)
      table.add(marks.entities[0], { eventTime: decideAt, knownAt: decideAt }, nothing(features, session))
    if (!isBegun) table.take()
    if (table.values < sliceValues) continue
    yield table.take()
    slices++
  }
  if (table.length > 0 || slices === 0) yield table.take()
  return untrained
}

type Line = Readonly<{ entity: string; eventTime: Micros; values: readonly number[] }>

function* linesOf(sources: Sources, marks: SessionMarks, decideAt: Micros): Generator<Line> {
  const { features, sessionOf, labels } = sources
  const { session } = marks
  const known = sources.featuresAt(decideAt)
  const places = new Map(known.entities.map((entity, place) => [entity, place]))
  const marked = new Map(sources.marks.entities.map((entity, place) => [entity, place]))
  for (const entity of new Set([...known.entities, ...sources.marks.entities])) {
    const place = places.get(entity)
    const at = place === undefined ? Number.NaN : known.eventTimes[place]
    const isNew = sessionOf(at) === session
    const mark = marked.get(entity) ?? marks.returns.length
    const state = marks.states[mark] ?? UNPRICED
    const earned = marks.returns[mark] ?? Number.NaN
    if (!isNew && state === UNPRICED && Number.isNaN(earned)) continue
    const label = labels.of(entity, session)
    const of = [
      label?.value ?? Number.NaN,
      label?.from ?? Number.NaN,
      label === undefined ? Number.NaN : Math.max(label.to, decideAt),
    ]
    yield {
      entity,
      eventTime: isNew ? at : decideAt,
      values: [
        ...features.map((_, c) => (isNew && place !== undefined ? known.columns[c][place] : Number.NaN)),
        ...of,
        session,
        earned,
        state,
        marks.values[mark] ?? Number.NaN,
      ],
    }
  }
}

const nothing = (features: readonly string[], session: Session): number[] => [
  ...features.map(() => Number.NaN),
  ...[Number.NaN, Number.NaN, Number.NaN, session, Number.NaN, UNPRICED, Number.NaN],
]
