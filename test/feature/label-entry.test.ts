/** Labels of rows between two decisions: what is entered lies ahead of the row, where decisions come after the close. */
import { describe, expect, test } from 'vitest'
import type { LabelSpec } from '../../schemas/events/experiment.ts'
import { parseMoment } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { labelColumn } from '../../serving/retrieval/labels.ts'
import { shippedCalendar } from '../../streams/calendar/shipped.ts'
import { CLOSE, longDataset } from '../support/sessions.ts'

/** A week of New York in January 2024, which closes at 21:00 UTC, and the Monday after it. */
const DAYS = ['2024-01-08', '2024-01-09', '2024-01-10', '2024-01-11', '2024-01-12', '2024-01-16']
const CLOSES = DAYS.map((day) => parseMoment(`${day}T21:00Z`))
const PRICES = [100, 110, 132, 165, 330, 231]

const facts: Rows = {
  length: DAYS.length,
  entities: ['ANT'],
  entity: new Uint32Array(DAYS.length),
  eventTime: Float64Array.from(CLOSES),
  knownAt: Float64Array.from(CLOSES, (close) => close + 60e6),
  columns: [{ name: 'close', values: Float64Array.from(PRICES) }],
}

const spec = {
  ...longDataset('prices', [{ name: 'close', unit: 'USD' }]),
  timeZone: 'America/New_York',
  calendar: shippedCalendar('XNYS') ?? null,
  prices: { ...CLOSE, decideAt: '18:00' },
}

/** From the close of the next session to the close of the one behind it, in percent. */
const NEXT: LabelSpec = {
  dataset: 'prices',
  formula: '100 * delta(close, 1) / delay(close, 1)',
  entryRows: 1,
  exitRows: 2,
}

async function labelAt(time: string, label: LabelSpec = NEXT): Promise<readonly (number | string | null)[]> {
  const moment = parseMoment(time)
  const of = await labelColumn(
    label,
    { spec, facts: async () => [facts] },
    { maxGapSessions: 0, knownBefore: Number.POSITIVE_INFINITY },
  )
  const { value, entry } = of.of({
    entities: ['ANT'],
    entity: Uint32Array.of(0),
    moment: Float64Array.of(moment),
  })
  if (Number.isNaN(value[0])) return [null, null]
  expect(entry[0]).toBeGreaterThan(moment)
  return [Math.round(value[0]), DAYS[CLOSES.indexOf(entry[0])]]
}

describe('a label', () => {
  test.each([
    ['at a decision: the next close to the one behind it', '2024-01-08T23:00Z', 20, '2024-01-09'],
    ['in the night and by day: as at the decision before', '2024-01-09T15:00Z', 20, '2024-01-09'],
    ['at the very close: that close is no entry any more', '2024-01-09T21:00Z', 25, '2024-01-10'],
    ['between the close and its decision', '2024-01-09T22:30Z', 25, '2024-01-10'],
    ['at that decision', '2024-01-09T23:00Z', 25, '2024-01-10'],
    ['on a Saturday: from Friday, over the holiday', '2024-01-13T12:00Z', null, null],
    ['before anything was decided, behind the first close', '2024-01-08T22:00Z', 20, '2024-01-09'],
    ['before the first close', '2024-01-08T20:00Z', null, null],
  ])('%s', async (_, time, value, entry) => {
    expect(await labelAt(time)).toEqual([value, entry])
  })

  test('that is entered later than the next session stays with the session that was decided', async () => {
    const later = { ...NEXT, entryRows: 2, exitRows: 3 }
    expect(await labelAt('2024-01-09T22:30Z', later)).toEqual([25, '2024-01-10'])
    expect(await labelAt('2024-01-09T23:00Z', later)).toEqual([100, '2024-01-11'])
  })
})
