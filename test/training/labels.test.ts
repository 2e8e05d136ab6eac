/** Labels and frozen sets beside a naive oracle, over facts that arrive late, twice and corrected. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DatasetDeclared, RowsArrived } from '../../schemas/events/data.ts'
import { type LabelSpec, TrainingSetRequested } from '../../schemas/events/experiment.ts'
import { SetDefined } from '../../schemas/events/feature.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { featureHistory } from '../../serving/feature-history.ts'
import { defineSet } from '../../streams/features/definition.ts'
import { featureProcessor } from '../../streams/features/processor.ts'
import { openChunkMemory } from '../../streams/log/chunks/memory.ts'
import { getRows, putRows } from '../../streams/log/tables.ts'
import { CLOSED, PRICED, UNPRICED } from '../../streams/portfolio/marks.ts'
import { freezeProcessor } from '../../streams/training/freeze.ts'
import { Labels } from '../../streams/training/labels.ts'
import { column, LABEL as LABEL_NAME, RETURN, SESSION, STATE } from '../../streams/training/sample.ts'
import { reactionsOf } from '../support/reactions.ts'
import { recorded } from '../support/recorded.ts'
import { CLOSE, COUNTED, longDataset } from '../support/sessions.ts'

/** A close of a day, by its number, and the day in which it became known. */
type Fact = Readonly<{ name: string; time: number; known: number; close: number }>

const facts: fc.Arbitrary<Fact[][]> = fc.array(
  fc.array(
    fc
      .record({
        name: fc.constantFrom('A', 'B'),
        time: fc.integer({ min: 0, max: 7 }),
        lag: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 6 })),
        close: fc.integer({ min: 1, max: 9 }),
      })
      .map(({ name, time, lag, close }) => ({ name, time, known: time + lag, close })),
    { minLength: 1, maxLength: 8 },
  ),
  { minLength: 1, maxLength: 5 },
)

const HOUR = 3_600_000_000
/** Closes at 20:00, known five minutes later on the day that is said, decided at midnight. */
const closeOf = (time: number) => time * MICROS_PER_DAY + 20 * HOUR
const knownOf = (known: number) => closeOf(known) + HOUR / 12
const decidedOf = (time: number) => (time + 1) * MICROS_PER_DAY
const sessionOf = (eventTime: number) => Math.floor(eventTime / MICROS_PER_DAY)
const spineOf = (all: readonly Fact[]) => [...new Set(all.map(({ time }) => time))].sort((a, b) => a - b)

function rowsOf(arrival: readonly Fact[]): Rows {
  const entities = [...new Set(arrival.map(({ name }) => name))].sort()
  return {
    length: arrival.length,
    entities,
    entity: Uint32Array.from(arrival, ({ name }) => entities.indexOf(name)),
    eventTime: Float64Array.from(arrival, ({ time }) => closeOf(time)),
    knownAt: Float64Array.from(arrival, ({ known }) => knownOf(known)),
    columns: [{ name: 'close', values: Float64Array.from(arrival, ({ close }) => close) }],
  }
}

/** An entity's closes by time, as they were known by the end of a day: of one time the newest knowledge, then the last told. */
function historyAt(all: readonly Fact[], name: string, day: number): [time: number, close: number][] {
  const latest = new Map<number, Fact>()
  for (const fact of all) {
    if (fact.name !== name || fact.known > day) continue
    const before = latest.get(fact.time)
    if (before === undefined || fact.known >= before.known) latest.set(fact.time, fact)
  }
  return [...latest.values()].sort((a, b) => a.time - b.time).map(({ time, close }) => [time, close])
}

const LABEL: LabelSpec = { dataset: 'd', formula: 'close / delay(close, 2) - 1', entryRows: 1, exitRows: 3 }

/** The label of a decision by hand: what the third session after it says of the two rows before its own. */
function labelAt(all: readonly Fact[], { name, time }: Pick<Fact, 'name' | 'time'>, day: number): number {
  const spine = spineOf(all)
  const place = spine.indexOf(time)
  const exit = spine[place + 3]
  const history = historyAt(all, name, day)
  const last = history.findIndex(([at]) => at === exit)
  return place < 0 || last < 2 ? Number.NaN : history[last][1] / history[last - 2][1] - 1
}

const labelsOf = (
  spec: LabelSpec,
  arrivals: readonly (readonly Fact[])[],
  all: readonly Fact[],
  day: number,
) => new Labels(spec, arrivals.map(rowsOf), { knownBefore: decidedOf(day), sessionOf, spine: spineOf(all) })

const decisions = ['A', 'B'].flatMap((name) => Array.from({ length: 8 }, (_, time) => ({ name, time })))

test('a label is what the closes as they were known before the end of the set make of it', () => {
  fc.assert(
    fc.property(facts, fc.integer({ min: 0, max: 13 }), (arrivals, day) => {
      const labels = labelsOf(LABEL, arrivals, arrivals.flat(), day)
      for (const decision of decisions) {
        const expected = labelAt(arrivals.flat(), decision, day)
        expect(labels.of(decision.name, decision.time)?.value ?? Number.NaN).toBe(expected)
      }
    }),
    { numRuns: 200 },
  )
})

test.each([LABEL.formula, 'close', 'demean(close / delay(close, 2) - 1)', 'delay(close, 1)'])(
  '%s never enters before it is known: whoever knew only what its moment says had the same label',
  (formula) => {
    const spec = { ...LABEL, formula }
    fc.assert(
      fc.property(facts, fc.integer({ min: 0, max: 13 }), (arrivals, day) => {
        const all = arrivals.flat()
        const labels = labelsOf(spec, arrivals, all, day)
        for (const { name, time } of decisions) {
          const label = labels.of(name, time)
          if (label === undefined) continue
          expect(label.to).toBeLessThan(decidedOf(day))
          expect(label.from).toBeGreaterThan(time)
          const then = arrivals
            .map((arrival) => arrival.filter(({ known }) => knownOf(known) <= label.to))
            .filter((arrival) => arrival.length > 0)
          expect(labelsOf(spec, then, all, 99).of(name, time)).toEqual(label)
        }
      }),
      { numRuns: 150 },
    )
  },
)

const SET = defineSet({
  set: 'f',
  version: 1,
  entity: 'instrument',
  dataset: 'd',
  features: [
    { name: 'close_now', formula: 'close', unit: '' },
    { name: 'move', formula: 'close / delay(close, 1) - 1', unit: '' },
  ],
  stalenessMicros: 1000 * MICROS_PER_DAY,
  lagMicros: 0,
  maxGapSessions: 0,
})
const DATASET = {
  ...longDataset('d', [{ name: 'close', unit: '' }]),
  prices: { ...CLOSE, delistAfterSessions: 2 },
}

/** Freezes a set of all decisions before a day is over, through the processors that do it live. */
async function frozen(arrivals: readonly (readonly Fact[])[], day: number): Promise<Rows> {
  const chunks = openChunkMemory()
  const store = featureHistory(chunks)
  const features = featureProcessor(chunks)
  const freeze = freezeProcessor({ chunks, features: store })
  let position = 0
  const times = { eventTime: 0, knownAt: 0 }
  await reactionsOf(freeze, recorded(DatasetDeclared.draft(DATASET, times), ++position))
  const defined = recorded(SetDefined.draft(SET, times), ++position)
  await reactionsOf(store, defined)
  await reactionsOf(features, defined)
  for (const arrival of arrivals) {
    const chunk = await putRows(chunks, rowsOf(arrival))
    const bounds = { rows: 1, rowsQuarantined: 0, knownFrom: 0, knownTo: 0, ...COUNTED }
    const data = { dataset: 'd', source: '', sourceHash: '', ...bounds }
    const event = recorded(RowsArrived.draft(data, times, [chunk]), ++position)
    await reactionsOf(freeze, event)
    for (const { events } of await reactionsOf(features, event))
      for (const draft of events) await reactionsOf(store, recorded(draft, ++position))
  }
  const { set: featureSet, version: featureVersion, hash: featureHash } = SET
  const of = { trainingSet: 't', featureSet, featureVersion, featureHash, label: LABEL }
  const spec = { ...of, from: 0, to: decidedOf(day) + 1 }
  const asked = recorded(TrainingSetRequested.draft(spec, times), ++position)
  const [{ events }] = await reactionsOf(freeze, asked)
  return getRows(chunks, events[0].chunks[0])
}

type Line = Readonly<{ key: string; features: number[]; label: number; earned: number; state: number }>

/**
 * Each session and name by hand: what was known at midnight, the move of the newest known close since the midnight before, and
 * after two sessions without a close the end of the position.
 */
function frozenByHand(all: readonly Fact[], day: number): Line[] {
  const lines: Line[] = []
  const spine = spineOf(all).filter((time) => time <= day)
  for (const name of ['A', 'B']) {
    let closedIn = Number.NEGATIVE_INFINITY
    let [mark, markedAt] = [Number.NaN, Number.NEGATIVE_INFINITY]
    for (const time of spine) {
      const isOver = (since: number): boolean => spine.filter((at) => at > since && at <= time).length >= 2
      const history = historyAt(all, name, time).filter(([at]) => at <= time)
      const newest = history.at(-1)
      const isNew = newest?.[0] === time
      const before = history.at(-2)
      const told = all.some(
        (fact) =>
          fact.name === name &&
          fact.known <= time &&
          fact.time === newest?.[0] &&
          (time === spine[0] || fact.known > spine[spine.indexOf(time) - 1]),
      )
      const isHeld = !Number.isNaN(mark)
      const hasNews =
        newest !== undefined &&
        told &&
        (isHeld ? newest[0] >= markedAt : newest[0] > Math.max(markedAt, closedIn) && !isOver(newest[0]))
      let earned = hasNews ? (newest[1] - mark) / mark : Number.NaN
      if (hasNews) [markedAt, mark] = newest
      let state = isNew ? PRICED : UNPRICED
      if (!isNew && !Number.isNaN(mark) && isOver(markedAt)) {
        state = CLOSED
        earned = Number.isNaN(earned) ? 0 : earned
        ;[mark, closedIn] = [Number.NaN, time]
      }
      if (!isNew && state === UNPRICED && Number.isNaN(earned)) continue
      const move = isNew && before !== undefined ? newest[1] / before[1] - 1 : Number.NaN
      const features = [isNew ? newest[1] : Number.NaN, move]
      lines.push({
        key: `${time} ${name}`,
        features,
        label: labelAt(all, { name, time }, day),
        earned,
        state,
      })
    }
  }
  return lines
}

test('a frozen set holds each session as it could have been decided, what it earned, and what came of it', () =>
  fc.assert(
    fc.asyncProperty(facts, fc.integer({ min: 4, max: 13 }), async (arrivals, day) => {
      const rows = await frozen(arrivals, day)
      const names = ['close_now', 'move', LABEL_NAME, RETURN, STATE, SESSION]
      const [close, move, label, earned, state, session] = names.map((name) => column(rows, name))
      const made = Array.from({ length: rows.length }, (_, row): Line => {
        expect(rows.knownAt[row]).toBe(decidedOf(session[row]))
        const key = `${session[row]} ${rows.entities[rows.entity[row]]}`
        return {
          key,
          features: [close[row], move[row]],
          label: label[row],
          earned: earned[row],
          state: state[row],
        }
      })
      const byKey = (a: Line, b: Line) => (a.key < b.key ? -1 : 1)
      const hand = frozenByHand(arrivals.flat(), day)
      const trained = hand.filter(({ features, label: of }) => ![...features, of].some(Number.isNaN))
      const sessions = trained.map(({ key }) => Number(key.split(' ')[0]))
      // From the first session that trains something on, label or not.
      const from = Math.min(...sessions)
      const inside = hand.filter(({ key }) => Number(key.split(' ')[0]) >= from)
      // A session in which nothing was told has a row that holds nothing.
      const told = made.filter(
        ({ features, earned: of, state: s }) => s !== UNPRICED || ![...features, of].every(Number.isNaN),
      )
      expect(told.sort(byKey)).toEqual(inside.sort(byKey))
      const inSpine = spineOf(arrivals.flat()).filter((at) => at >= from && at <= day)
      expect([...new Set(session)].sort((a, b) => a - b)).toEqual(inSpine)
    }),
    { numRuns: 150 },
  ))
