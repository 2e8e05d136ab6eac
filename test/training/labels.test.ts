/** Labels and frozen sets beside a naive oracle, over facts that arrive late, twice and corrected. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RowsArrived } from '../../schemas/events/data.ts'
import { type LabelSpec, TrainingSetRequested } from '../../schemas/events/experiment.ts'
import { SetDefined } from '../../schemas/events/feature.ts'
import { columnOf, type Rows } from '../../schemas/rows.ts'
import { featureStore } from '../../serving/feature-store.ts'
import { defineSet } from '../../streams/features/definition.ts'
import { featureProcessor } from '../../streams/features/processor.ts'
import { openChunkMemory } from '../../streams/log/chunks/memory.ts'
import { getRows, putRows } from '../../streams/log/tables.ts'
import { freezeProcessor } from '../../streams/training/freeze.ts'
import { Labels } from '../../streams/training/labels.ts'
import { recorded } from '../support/recorded.ts'

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

function rowsOf(arrival: readonly Fact[]): Rows {
  const entities = [...new Set(arrival.map(({ name }) => name))].sort()
  return {
    length: arrival.length,
    entities,
    entity: Uint32Array.from(arrival, ({ name }) => entities.indexOf(name)),
    eventTime: Float64Array.from(arrival, ({ time }) => time),
    knownAt: Float64Array.from(arrival, ({ known }) => known),
    columns: [{ name: 'close', values: Float64Array.from(arrival, ({ close }) => close) }],
  }
}

/** An entity's closes by time, as they were known at a moment: of one time the newest knowledge, then the last told. */
function historyAt(all: readonly Fact[], name: string, moment: number): [time: number, close: number][] {
  const latest = new Map<number, Fact>()
  for (const fact of all) {
    if (fact.name !== name || fact.known > moment) continue
    const before = latest.get(fact.time)
    if (before === undefined || fact.known >= before.known) latest.set(fact.time, fact)
  }
  return [...latest.values()].sort((a, b) => a.time - b.time).map(({ time, close }) => [time, close])
}

const LABEL: LabelSpec = { dataset: 'd', formula: 'close / delay(close, 2) - 1', entryRows: 1, exitRows: 3 }

/** The label of a decision by hand: the return from the first row after it to the third. */
function labelAt(all: readonly Fact[], decision: Pick<Fact, 'name' | 'time'>, moment: number): number {
  const history = historyAt(all, decision.name, moment)
  const place = history.findIndex(([time]) => time === decision.time)
  const [entry, exit] = [history[place + 1], history[place + 3]]
  return place < 0 || exit === undefined ? Number.NaN : exit[1] / entry[1] - 1
}

const decisions = ['A', 'B'].flatMap((name) => Array.from({ length: 8 }, (_, time) => ({ name, time })))

test('a label is what the closes as they were known before the end of the set make of it', () => {
  fc.assert(
    fc.property(facts, fc.integer({ min: 1, max: 14 }), (arrivals, before) => {
      const labels = new Labels(LABEL, arrivals.map(rowsOf), before)
      for (const decision of decisions) {
        const expected = labelAt(arrivals.flat(), decision, before - 1)
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
      fc.property(facts, fc.integer({ min: 1, max: 14 }), (arrivals, before) => {
        const labels = new Labels(spec, arrivals.map(rowsOf), before)
        for (const { name, time } of decisions) {
          const label = labels.of(name, time)
          if (label === undefined) continue
          expect(label.to).toBeLessThan(before)
          expect(label.from).toBeGreaterThan(time)
          const then = arrivals
            .map((arrival) => arrival.filter(({ known }) => known <= label.to))
            .filter((arrival) => arrival.length > 0)
          expect(new Labels(spec, then.map(rowsOf), Number.MAX_SAFE_INTEGER).of(name, time)).toEqual(label)
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
    { name: 'return_1d', formula: 'close / delay(close, 1) - 1', unit: '' },
  ],
  stalenessMicros: 1000,
  lagMicros: 0,
  maxGapSessions: 0,
})

/** Freezes a set of all decisions before a moment, through the processors that do it live. */
async function frozen(arrivals: readonly (readonly Fact[])[], to: number): Promise<Rows> {
  const chunks = openChunkMemory()
  const store = featureStore(chunks)
  const features = featureProcessor(chunks)
  const freeze = freezeProcessor({ chunks, features: store })
  let position = 0
  const times = { eventTime: 0, knownAt: 0 }
  const defined = recorded(SetDefined.draft(SET, times), ++position)
  await store.react(defined)
  await features.react(defined)
  for (const arrival of arrivals) {
    const chunk = await putRows(chunks, rowsOf(arrival))
    const data = {
      dataset: 'd',
      source: '',
      sourceHash: '',
      rows: 1,
      rowsQuarantined: 0,
      knownFrom: 0,
      knownTo: 0,
    }
    const event = recorded(RowsArrived.draft(data, times, [chunk]), ++position)
    await freeze.react(event)
    for (const { events } of await features.react(event))
      for (const draft of events) await store.react(recorded(draft, ++position))
  }
  const { set: featureSet, version: featureVersion, hash: featureHash } = SET
  const spec = { trainingSet: 't', featureSet, featureVersion, featureHash, label: LABEL, from: 0, to }
  const asked = recorded(TrainingSetRequested.draft(spec, times), ++position)
  const [{ events }] = await freeze.react(asked)
  return getRows(chunks, events[0].chunks[0])
}

/** Each moment at which a later row of a name became known, with what was then known and what came of it. */
function frozenByHand(all: readonly Fact[], to: number): string[] {
  const lines: string[] = []
  for (const name of ['A', 'B']) {
    let newest = Number.NEGATIVE_INFINITY
    for (let moment = 0; moment < to; moment++) {
      const history = historyAt(all, name, moment)
      const [time, close] = history.at(-1) ?? [Number.NEGATIVE_INFINITY, 0]
      if (time <= newest) continue
      newest = time
      const before = history.at(-2)
      const label = labelAt(all, { name, time }, to - 1)
      if (before === undefined || Number.isNaN(label)) continue
      lines.push([name, moment, time, close, close / before[1] - 1, label].join(' '))
    }
  }
  return lines.sort()
}

test('a frozen set holds each decision as it could have been made, beside what came of it', () =>
  fc.assert(
    fc.asyncProperty(facts, fc.integer({ min: 4, max: 14 }), async (arrivals, to) => {
      const rows = await frozen(arrivals, to)
      const columns = ['close_now', 'return_1d', 'label'].map((name) => columnOf(rows, name))
      const lines = Array.from({ length: rows.length }, (_, row) =>
        [
          rows.entities[rows.entity[row]],
          rows.knownAt[row],
          rows.eventTime[row],
          ...columns.map((values) => values?.[row]),
        ].join(' '),
      )
      expect(lines.sort()).toEqual(frozenByHand(arrivals.flat(), to))
    }),
    { numRuns: 100 },
  ))
