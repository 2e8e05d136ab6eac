/** A factor is compared with the book in its own unit and over its own periods, by session. */
import { expect, test } from 'vitest'
import type { GivenData } from '../../commands/gate/evidence.ts'
import { factorLoadings } from '../../commands/gate/sections/factors.ts'
import { MICROS_PER_DAY, type Micros, parseMoment } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { exchangeSessions } from '../../streams/calendar/sessions.ts'
import { shippedCalendar } from '../../streams/calendar/shipped.ts'
import { normals, xoshiro128 } from '../../streams/statistics/random.ts'
import { known } from '../support/known.ts'
import { near } from '../support/near.ts'
import { daysAt, longDataset } from '../support/sessions.ts'

const calendar = shippedCalendar('XNYS') ?? null
if (calendar === null) throw new Error('XNYS ships')
const sessions = exchangeSessions(calendar)
const spine = sessions.between(14_610, 17_532) // 2010 to 2017
const market = normals(xoshiro128(4), spine.length).map((value) => value / 100)
const own = normals(xoshiro128(5), spine.length).map((value) => value / 1000)
const net = market.map((value, k) => 0.5 * value + own[k])
const days = daysAt(
  Float64Array.from(spine, (session) => session * MICROS_PER_DAY),
  { net },
)

function given(
  at: readonly Micros[],
  values: Float64Array,
  { unit = 'return', lagMicros = 0 }: Readonly<{ unit?: string; lagMicros?: number }> = {},
): GivenData {
  const eventTime = Float64Array.from(at)
  const rows: Rows = {
    length: values.length,
    entities: ['market'],
    entity: new Uint32Array(values.length),
    eventTime,
    knownAt: eventTime.map((moment) => moment + lagMicros),
    columns: [{ name: 'return', values }],
  }
  const spec = { ...longDataset('f', [{ name: 'return', unit }]), calendar }
  return { dataset: 'f', spec, arrivals: [rows], asOf: parseMoment('2030-01-01') }
}

const closes = spine.map((session) => sessions.closes(session))
const betaOn = (data: GivenData) => known(factorLoadings(days, data)).loadings[0].beta

test('closes that are known after five minutes and after four hours are of one session, and give one beta', () => {
  const soon = betaOn(given(closes, market, { lagMicros: 300_000_000 }))
  near(soon, 0.5, 0.01)
  expect(betaOn(given(closes, market, { lagMicros: 4 * 3_600_000_000 }))).toBe(soon)
})

test('percent and fractions give one beta; percent that is called a fraction, and an unknown unit, are refused', () => {
  const fraction = betaOn(given(closes, market))
  const percent = market.map((value) => 100 * value)
  near(betaOn(given(closes, percent, { unit: 'percent' })), fraction, 1e-12)
  for (const unit of ['return', 'points'])
    expect(factorLoadings(days, given(closes, percent, { unit }))).toMatchObject({
      kind: 'insufficient',
      reason: expect.stringContaining('eclare return, percent or bps'),
    })
})

test("a monthly factor is compared with the book's months, never with single days", () => {
  const months = new Map<string, { last: number; wealth: number }>()
  for (const [k, session] of spine.entries()) {
    const month = new Date(session * 86_400_000).toISOString().slice(0, 7)
    const wealth = (months.get(month)?.wealth ?? 1) * (1 + market[k])
    months.set(month, { last: k, wealth })
  }
  const ends = [...months.values()]
  const monthly = given(
    ends.map(({ last }) => closes[last]),
    Float64Array.from(ends, ({ wealth }) => wealth - 1),
  )
  const found = known(factorLoadings(days, monthly))
  expect(found.days).toBe(ends.length - 1)
  expect(found.periodsPerYear).toBe(12)
  near(found.loadings[0].beta, 0.5, 0.03)
})
