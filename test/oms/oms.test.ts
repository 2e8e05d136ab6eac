/** The OMS: it acts on what is in force, refuses what is not with the reason, and halves what it holds after a cut. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Capital, Model, Prediction } from '../../schemas/topics/oms.ts'
import { keptOms } from '../../serving/oms/kept.ts'
import { Oms, type Verdict } from '../../serving/oms/oms.ts'
import { type Account, filled, ordersFor } from '../../serving/oms/orders.ts'

const LOG = 'a'.repeat(64)
const NOW = 1_000_000
const PRICES: Readonly<Record<string, number>> = { ANT: 50, BEE: 100, CAT: 30 }
const envelope = (position: number) => ({ position }) as Prediction['envelope']

const model = (promotion: number, artifact = 'one'): Model =>
  ({ envelope: envelope(promotion), model: 'm', artifact, promotion }) as Model
const capital = (position: number, fraction: number): Capital =>
  ({ envelope: envelope(position), model: 'm', fraction, why: 'reduced' }) as Capital
const prediction = (position: number, otherwise: Partial<Prediction> = {}): Prediction => ({
  ...{ envelope: envelope(position), model: 'm', artifact: 'one', promotion: 10, run: 'r', approvals: [] },
  ...{ dataset: 'd', features: position - 1, featureHash: '', session: position, validUntil: NOW + 1 },
  ...{ backfilled: false, capital: 1, capitalPosition: 11 },
  rows: [
    { instrument: 'ANT', score: 1, target: 0.5, weight: 0.5, scaledWeight: 0.5 },
    { instrument: 'BEE', score: -1, target: -0.5, weight: -0.5, scaledWeight: -0.5 },
  ],
  ...otherwise,
})

const account = () => ({
  equity: 100_000,
  lot: (instrument: string) => (instrument === 'ANT' ? 100 : 1),
  price: (instrument: string) => PRICES[instrument] ?? null,
})
const ORIGIN = { log: LOG, topic: 'predictions.v1', partition: 0 }

let oms: Oms
const take = (message: Prediction, origin = ORIGIN, now = NOW): Verdict =>
  oms.prediction(message, origin, now)
const sharesIn = (verdict: Verdict) =>
  verdict.kind === 'act'
    ? verdict.orders.map(
        ({ side, quantity, instrument, from }) => `${side} ${quantity} ${instrument} @${from}`,
      )
    : verdict

beforeEach(() => {
  oms = new Oms({ log: LOG, account })
  oms.model(model(10), LOG)
  oms.capital(capital(11, 1), LOG, NOW)
})

test('orders are target minus position, in whole lots, with the position that they came from', () => {
  expect(sharesIn(take(prediction(20)))).toEqual(['buy 1000 ANT @20', 'sell 500 BEE @20'])
  const rows = [{ instrument: 'CAT', score: 1, target: 0.1, weight: 0.1, scaledWeight: 0.1 }]
  // 10,000 at 30 are 333.3 shares; what is no longer wanted is given back.
  expect(sharesIn(take(prediction(21, { rows })))).toEqual([
    'sell 1000 ANT @21',
    'buy 500 BEE @21',
    'buy 333 CAT @21',
  ])
  expect(sharesIn(take(prediction(22, { rows })))).toEqual([])
})

test('after a cut what is held is halved at once, and so is what comes next', () => {
  take(prediction(20))
  expect(sharesIn(oms.capital(capital(21, 0.5), LOG, NOW))).toEqual(['sell 500 ANT @21', 'buy 250 BEE @21'])
  expect(sharesIn(take(prediction(22, { capital: 0.5, capitalPosition: 21 })))).toEqual([])
  expect(oms.state.held.m).toEqual({ ANT: 500, BEE: -250 })
})

test('a cut that came before the prediction was read limits it; what is given back does not raise it', () => {
  oms.capital(capital(21, 0.5), LOG, NOW)
  expect(sharesIn(take(prediction(20)))).toEqual(['buy 500 ANT @20', 'sell 250 BEE @20'])
  oms.capital(capital(23, 1), LOG, NOW)
  expect(sharesIn(take(prediction(22, { capital: 0.5, capitalPosition: 21 })))).toEqual([])
})

test('a cut after the close trades nothing: the next prediction does', () => {
  take(prediction(20))
  expect(sharesIn(oms.capital(capital(21, 0.5), LOG, NOW + 1))).toEqual([])
})

describe('it refuses', () => {
  const refused = (verdict: Verdict) => (verdict.kind === 'refuse' ? verdict.why : verdict)

  test('what was seen, or comes out of order', () => {
    take(prediction(20))
    expect(refused(take(prediction(20)))).toBe('repeated')
    expect(refused(take(prediction(19)))).toBe('repeated')
    // Another partition has an order of its own; the session of the model has one too.
    expect(refused(take(prediction(19), { ...ORIGIN, partition: 1 }))).toBe('older-session')
    expect(refused(oms.capital(capital(11, 1), LOG, NOW))).toBe('repeated')
  })

  test('what is stale, or was made too late', () => {
    expect(refused(take(prediction(20), ORIGIN, NOW + 1))).toBe('stale')
    expect(refused(take(prediction(21, { backfilled: true })))).toBe('backfilled')
  })

  test('a model that is not in force, and a file that it does not know', () => {
    expect(refused(take(prediction(20, { artifact: 'other' })))).toBe('unknown-digest')
    oms.model(model(15, 'two'), LOG)
    expect(refused(take(prediction(21)))).toBe('not-in-force')
    expect(refused(take(prediction(22, { promotion: 15, artifact: 'two' })))).toMatchObject({ kind: 'act' })
  })

  test('another log, on each of the topics', () => {
    const other = 'b'.repeat(64)
    expect(refused(take(prediction(20), { ...ORIGIN, log: other }))).toBe('other-log')
    expect(refused(oms.model(model(30, 'two'), other))).toBe('other-log')
    expect(refused(oms.capital(capital(31, 0), other, NOW))).toBe('other-log')
    expect(sharesIn(take(prediction(21)))).toEqual(['buy 1000 ANT @21', 'sell 500 BEE @21'])
  })

  test('what Avro lets through and no order may rest on', () => {
    const [row, other] = prediction(20).rows
    const weighs = (weight: number) => ({ rows: [{ ...row, weight }, other] })
    const broken: readonly Partial<Prediction>[] = [
      ...[weighs(Number.NaN), weighs(Number.POSITIVE_INFINITY), { rows: [row, row] }],
      ...[{ capital: Number.NaN }, { capital: 10 }, { capital: -1 }, { session: Number.NaN }],
      ...[{ model: 'constructor' }, { envelope: envelope(0) }, { envelope: envelope(Number.NaN) }],
    ]
    for (const one of broken) expect([one, refused(take(prediction(20, one)))]).toEqual([one, 'broken'])
    for (const fraction of [Number.NaN, -1, 1.01])
      expect(refused(oms.capital(capital(21, fraction), LOG, NOW))).toBe('broken')
    expect(refused(oms.capital({ ...capital(21, 0), model: 'constructor' }, LOG, NOW))).toBe('broken')
    expect(refused(oms.model(model(Number.NaN), LOG))).toBe('broken')
    // A clock or an end of validity that is none says of nothing that it is in time.
    expect(refused(take(prediction(20), ORIGIN, Number.NaN))).toBe('stale')
    expect(sharesIn(take(prediction(20)))).toEqual(['buy 1000 ANT @20', 'sell 500 BEE @20'])
  })

  test('and nothing that it refused moves what it holds, or stands in the way of what comes next', () => {
    take(prediction(20))
    const before = JSON.stringify(oms.state)
    take(prediction(2 ** 52, { artifact: 'other' }))
    take(prediction(2 ** 52), ORIGIN, NOW + 1)
    expect(JSON.stringify(oms.state)).toBe(before)
    expect(take(prediction(21))).toMatchObject({ kind: 'act' })
  })
})

test('it waits for the model and the capital that a prediction rests on', () => {
  expect(take(prediction(20, { promotion: 15 }))).toEqual({ kind: 'wait', for: 'model', position: 15 })
  expect(take(prediction(20, { capitalPosition: 18 }))).toEqual({
    kind: 'wait',
    for: 'capital',
    position: 18,
  })
  oms.capital(capital(18, 0.5), LOG, NOW)
  expect(sharesIn(take(prediction(20, { capitalPosition: 18, capital: 0.5 })))).toEqual([
    'buy 500 ANT @20',
    'sell 250 BEE @20',
  ])
})

test('it waits for nothing on behalf of what is over: that holds up what comes after it', () => {
  const over = prediction(20, { promotion: 15, capitalPosition: 18 })
  expect(take(over, ORIGIN, NOW + 1)).toEqual({ kind: 'refuse', why: 'stale' })
  expect(sharesIn(take(prediction(21)))).toEqual(['buy 1000 ANT @21', 'sell 500 BEE @21'])
})

test('a name without a price keeps its position, and so does one whose price, lot or equity is no number above 0', () => {
  const rows = [{ instrument: 'ZZZ', score: 1, target: 1, weight: 1, scaledWeight: 1 }]
  expect(sharesIn(take(prediction(20, { rows })))).toEqual([])
  const target = { log: LOG, model: 'm', from: 1, weights: new Map([['ANT', 0.5]]) }
  for (const none of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    for (const wrong of [{ price: () => none }, { lot: () => none }, { equity: none }]) {
      const held = new Map([
        ['ANT', 7],
        ['BEE', 3],
      ])
      // What is no longer wanted is sold: that needs no price.
      expect(ordersFor(target, { ...account(), held, ...wrong })).toMatchObject([{ instrument: 'BEE' }])
    }
})

test('filling the orders leaves the target, whatever was held', () => {
  const shares = fc.integer({ min: -50, max: 50 }).map((lots) => lots * 10)
  const weight = fc.double({ min: -1, max: 1, noNaN: true })
  fc.assert(
    fc.property(
      fc.record({ ANT: shares, BEE: shares }),
      fc.record({ ANT: weight, CAT: weight }),
      (held, weights) => {
        const target = { log: LOG, model: 'm', from: 1, weights: new Map(Object.entries(weights)) }
        const of: Account = { ...account(), lot: () => 10, held: new Map(Object.entries(held)) }
        const after = filled(of.held, ordersFor(target, of))
        expect(ordersFor(target, { ...of, held: after })).toEqual([])
        for (const [instrument, wanted] of Object.entries(weights)) {
          const value = (after.get(instrument) ?? 0) * PRICES[instrument]
          // Cut to whole lots, towards zero.
          expect(Math.abs(value)).toBeLessThanOrEqual(Math.abs(wanted) * 100_000)
          expect(Math.abs(value - wanted * 100_000)).toBeLessThan(10 * PRICES[instrument])
        }
        expect(after.get('BEE') ?? 0).toBe(0)
      },
    ),
  )
})

test('a message whose orders could not be kept is heard again, with the same orders', () => {
  const first = take(prediction(20))
  oms.takeBack()
  expect(oms.state).toEqual({ seen: {}, held: {}, acted: {} })
  expect(take(prediction(20))).toEqual(first)
  const cut = oms.capital(capital(21, 0.5), LOG, NOW)
  oms.takeBack()
  expect(oms.capital(capital(21, 0.5), LOG, NOW)).toEqual(cut)
  expect(oms.state.held.m).toEqual({ ANT: 500, BEE: -250 })
})

test('an order that was sent before the process ended is not sent again', () => {
  const folder = mkdtempSync(join(tmpdir(), 'asof-oms-'))
  const sent: string[] = []
  const kept = keptOms(folder, ({ id }) => sent.push(id))
  const first = take(prediction(20))
  if (first.kind !== 'act') throw new Error('it acts')
  kept.keep(oms.state, first.orders)
  // The state was not kept: the message is heard again.
  const again = keptOms(folder, ({ id }) => sent.push(id))
  expect(again.keep(oms.state, first.orders)).toEqual([])
  expect(sent).toHaveLength(2)
  expect(keptOms(folder, () => undefined).state).toEqual(JSON.parse(JSON.stringify(oms.state)))
  expect(readFileSync(join(folder, 'orders.ndjson'), 'utf8').trim().split('\n')).toHaveLength(2)
  // The process ended within a line: its order was not sent, and the next one has a line of its own.
  appendFileSync(join(folder, 'orders.ndjson'), '{"id":"half of a li')
  const [order] = first.orders
  keptOms(folder, ({ id }) => sent.push(id)).keep(oms.state, [{ ...order, id: 'next' }])
  const last = keptOms(folder, ({ id }) => sent.push(id))
  expect(last.keep(oms.state, [...first.orders, { ...order, id: 'next' }])).toEqual([])
  expect(sent).toHaveLength(3)
  writeFileSync(join(folder, 'oms.json'), '{"seen":{}')
  expect(() => keptOms(folder, () => undefined)).toThrow(/oms\.json is not what an OMS keeps/)
  rmSync(folder, { recursive: true })
})
