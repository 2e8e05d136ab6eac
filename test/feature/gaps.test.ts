/** A window has a greatest age: rows that too many sessions lie between are not in one. */
import { describe, expect, test } from 'vitest'
import { sessionOfDate } from '../../schemas/calendar.ts'
import { DatasetDeclared, RowsArrived } from '../../schemas/events/data.ts'
import { type FeatureSetSpec, SetDefined } from '../../schemas/events/feature.ts'
import { parseMoment } from '../../schemas/kernel/time.ts'
import { columnOf, type Rows } from '../../schemas/rows.ts'
import { exchangeSessions, localDays } from '../../streams/calendar/sessions.ts'
import { shippedCalendar } from '../../streams/calendar/shipped.ts'
import { defineSet } from '../../streams/features/definition.ts'
import { featureProcessor } from '../../streams/features/processor.ts'
import { gapRule } from '../../streams/features/runs.ts'
import { readFeatureSet } from '../../streams/features/set-file.ts'
import { openChunkMemory } from '../../streams/log/chunks/memory.ts'
import { getRows, putRows } from '../../streams/log/tables.ts'
import { parseDataset } from '../../streams/sources/dataset-file.ts'
import { Labels } from '../../streams/training/labels.ts'
import { reactionsOf } from '../support/reactions.ts'
import { recorded } from '../support/recorded.ts'
import { COUNTED } from '../support/sessions.ts'

const DATASET = await parseDataset(
  `
dataset: d
layout: long
entityColumn: symbol
timeColumn: date
timeOfDay: "16:00"
timeZone: America/New_York
knownAt: { kind: lag, lagMicros: 300000000 }
columns:
  - { name: close, unit: USD }
`,
  'd.yaml',
)

const setWith = async (maxGap: string): Promise<FeatureSetSpec> =>
  defineSet(
    await readFeatureSet(
      's.yaml',
      `
set: s
version: 1
entity: instrument
dataset: d
staleness: 7d
lag: 0s
${maxGap}
features:
  return_1d: { formula: "close / delay(close, 1) - 1", unit: return }
  ma2: { formula: "ts_mean(close, 2)", unit: USD }
  cross: { formula: "demean(close)", unit: USD }
`,
    ),
    ['close'],
  )

const rowsOf = (closes: readonly [moment: string, close: number][]): Rows => ({
  length: closes.length,
  entities: ['FB'],
  entity: new Uint32Array(closes.length),
  eventTime: Float64Array.from(closes, ([moment]) => parseMoment(moment)),
  knownAt: Float64Array.from(closes, ([moment]) => parseMoment(moment) + 300_000_000),
  columns: [{ name: 'close', values: Float64Array.from(closes, ([, close]) => close) }],
})

/** The values that the processor answers to arrivals of a declared data set. */
async function valuesOf(set: FeatureSetSpec, arrivals: readonly Rows[]): Promise<Rows[]> {
  const chunks = openChunkMemory()
  const features = featureProcessor(chunks)
  const times = { eventTime: 0, knownAt: 0 }
  await reactionsOf(features, recorded(DatasetDeclared.draft(DATASET, times), 1))
  await reactionsOf(features, recorded(SetDefined.draft(set, times), 2))
  const tables: Rows[] = []
  for (const [place, rows] of arrivals.entries()) {
    const counts = { rows: rows.length, rowsQuarantined: 0, knownFrom: 0, knownTo: 0 }
    const admitted = COUNTED
    const data = { dataset: 'd', source: '', sourceHash: '', ...counts, ...admitted }
    const event = recorded(RowsArrived.draft(data, times, [await putRows(chunks, rows)]), 3 + place)
    for (const { events } of await reactionsOf(features, event)) {
      for (const { chunks: refs = [] } of events)
        for (const ref of refs) tables.push(await getRows(chunks, ref))
    }
  }
  return tables
}

const column = (rows: Rows | undefined, name: string): number[] =>
  rows === undefined ? [] : [...(columnOf(rows, name) ?? [])]

// Another share traded as FB until 2003, and Facebook from its listing on: two instruments under one ticker.
const REUSED = rowsOf([
  ['2003-03-27T21:00Z', 32.75],
  ['2003-03-28T21:00Z', 33.2],
  ['2012-05-18T20:00Z', 38.37],
  ['2012-05-21T20:00Z', 34.03],
])

describe('a ticker that is used again after nine years', () => {
  test('has no return over them, and goes on after them', async () => {
    const [values] = await valuesOf(await setWith(''), [REUSED])
    expect(column(values, 'return_1d')).toEqual([Number.NaN, 33.2 / 32.75 - 1, Number.NaN, 34.03 / 38.37 - 1])
    expect(column(values, 'ma2')).toEqual([Number.NaN, (32.75 + 33.2) / 2, Number.NaN, (38.37 + 34.03) / 2])
    // What looks at one moment only is there.
    expect(column(values, 'cross')).toEqual([0, 0, 0, 0])
  })

  test('has one where the set sets no limit, as every set did before there was one', async () => {
    const [values] = await valuesOf(await setWith('maxGap: none'), [REUSED])
    expect(column(values, 'return_1d')[2]).toBe(38.37 / 33.2 - 1)
  })

  test('and rows that arrive in between join it again', async () => {
    const steps: [string, number][] = []
    for (let day = sessionOfDate('2003-06-20'); day < sessionOfDate('2012-05-18'); day += 84)
      steps.push([new Date(day * 86_400_000 + 72_000_000).toISOString(), 35])
    const late = rowsOf(steps)
    const [, joined] = await valuesOf(await setWith(''), [
      REUSED,
      { ...late, knownAt: late.knownAt.fill(parseMoment('2013-01-01')) },
    ])
    expect(column(joined, 'return_1d').at(-1)).toBe(38.37 / 35 - 1)
    expect(column(joined, 'return_1d').some(Number.isNaN)).toBe(false)
  })
})

test('a label reaches no further than the features beside it', () => {
  const sessions = localDays('America/New_York')
  const spine = [...REUSED.eventTime].map(sessions.of)
  const spec = { dataset: 'd', formula: 'close / delay(close, 1) - 1', entryRows: 1, exitRows: 2 }
  const options = { knownBefore: Number.MAX_SAFE_INTEGER, sessionOf: sessions.of, spine }
  const within = (maxGapSessions: number) =>
    new Labels(spec, [REUSED], { ...options, gaps: { maxGapSessions, sessions } })
  expect(within(90).of('FB', spine[0])).toBeUndefined()
  expect(within(0).of('FB', spine[0])?.value).toBe(38.37 / 33.2 - 1)
  // Bought and sold after the gap.
  expect(within(90).of('FB', spine[1])?.value).toBe(34.03 / 38.37 - 1)
})

describe('too far apart', () => {
  const at = (date: string): number => parseMoment(`${date}T21:00Z`)
  const nyse = shippedCalendar('XNYS')
  if (nyse === undefined) throw new Error('XNYS does not ship')

  // 90 dates after 2024-01-02 is 2024-04-01; the 90th session of NYSE after it is 2024-05-10, the next one 2024-05-13
  // (exchange_calendars 4.13.2, sessions_in_range).
  test.each([
    ['local days', localDays('America/New_York'), '2024-04-01', '2024-04-02'],
    ['sessions of NYSE', exchangeSessions(nyse), '2024-05-10', '2024-05-13'],
  ])('counts %s: 90 are near, 91 are not', (_, sessions, near, far) => {
    const isGap = gapRule(90, sessions)
    expect(isGap?.(at('2024-01-02'), at(near))).toBe(false)
    expect(isGap?.(at('2024-01-02'), at(far))).toBe(true)
  })

  test('counts no day on which the exchange was closed', () => {
    const [before, after] = [at('2001-09-10'), at('2001-09-17')]
    expect(gapRule(1, exchangeSessions(nyse))?.(before, after)).toBe(false)
    expect(gapRule(6, localDays('America/New_York'))?.(before, after)).toBe(true)
  })
})

test('beyond the calendar, where another data set may have rows, each date counts', () => {
  const spec = shippedCalendar('XTKS')
  const isGap = spec === undefined ? null : gapRule(10, exchangeSessions(spec))
  const isApart = (earlier: string, later: string) => isGap?.(parseMoment(earlier), parseMoment(later))
  expect(isApart('1985-06-03T06:00Z', '1985-06-12T06:00Z')).toBe(false)
  expect(isApart('1985-06-03T06:00Z', '1985-06-14T06:00Z')).toBe(true)
  expect(isApart('1996-12-30T06:00Z', '1997-01-07T06:00Z')).toBe(false)
  expect(isApart('1985-06-03T06:00Z', '2019-05-07T06:00Z')).toBe(true)
})
