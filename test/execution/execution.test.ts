/** Fills and positions beside the book: slippage and residuals that were put in by hand come out, whatever else is there. */
import { beforeAll, expect, test } from 'vitest'
import { type EventOf, isEvent } from '../../schemas/event.ts'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { OutcomeObserved, PredictionMade } from '../../schemas/events/prediction.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { declareDataset } from '../../serving/actions.ts'
import { executionOf } from '../../serving/execution/execution.ts'
import { ingestRows } from '../../serving/ingest.ts'
import { breaks, residuals, summaryOf, tradeCosts } from '../../streams/portfolio/execution.ts'
import { eventsOf, type MemoryPlatform } from '../support/memory-platform.ts'
import { PLAIN } from '../support/sessions.ts'
import {
  act,
  HISTORY_DAYS,
  judgedPlatform,
  MODEL,
  playDays,
  promoteRun,
  SMALL_DATASET,
} from '../support/small-platform.ts'
import { closeOf, NAMES, pricesOf } from '../support/small-world.ts'

const DAYS = 8
const EQUITY = 1_000_000
const [SLIPPAGE, FEE, DRAG] = [10e-4, 1e-4, -2e-4]
const PRICES = pricesOf(460)

const specOf = (dataset: string, columns: readonly string[], unit = ''): DatasetSpec => ({
  ...SMALL_DATASET,
  ...PLAIN,
  dataset,
  knownAt: { kind: 'observed', column: '', lagMicros: 0 },
  columns: columns.map((name) => ({ name, unit })),
})

type Row = Readonly<{ entity: string; at: number; values: readonly number[] }>

function tableOf(columns: readonly string[], given: readonly Row[]): Rows {
  const rows = given.toSorted((one, other) => one.at - other.at || (one.entity < other.entity ? -1 : 1))
  const entities = [...new Set(rows.map(({ entity }) => entity))].sort()
  return {
    length: rows.length,
    entities,
    entity: Uint32Array.from(rows, ({ entity }) => entities.indexOf(entity)),
    eventTime: Float64Array.from(rows, ({ at }) => at),
    knownAt: Float64Array.from(rows, ({ at }) => at),
    columns: columns.map((name, c) => ({ name, values: Float64Array.from(rows, ({ values }) => values[c]) })),
  }
}

let platform: MemoryPlatform
let outcomes: readonly EventOf<typeof OutcomeObserved>[]
const [FILLS, POSITIONS] = [
  ['quantity', 'price', 'fee'],
  ['quantity', 'equity'],
]

beforeAll(async () => {
  platform = await judgedPlatform()
  await promoteRun(platform, 'small-h3-momentum')
  await playDays(platform, HISTORY_DAYS, HISTORY_DAYS + DAYS)
  const events = await eventsOf(platform.log)
  outcomes = events.filter((event) => isEvent(OutcomeObserved, event))
  const predictions = new Map(
    events.flatMap((one) => (isEvent(PredictionMade, one) ? [[one.position, one]] : [])),
  )
  const fills: Row[] = []
  const positions: Row[] = []
  const held = new Map<string, number>()
  let equity = EQUITY
  for (const { data } of outcomes) {
    const prediction = predictions.get(data.prediction)
    const day = data.session - Math.floor(closeOf(0) / MICROS_PER_DAY)
    const at = closeOf(day)
    equity *= 1 + data.net * data.capital + DRAG
    for (const { entity, weight } of prediction?.data.rows ?? []) {
      const close = PRICES[day][NAMES.indexOf(entity)]
      const shares = Math.trunc((weight * EQUITY) / close)
      const quantity = shares - (held.get(entity) ?? 0)
      held.set(entity, shares)
      positions.push({ entity: `${MODEL}/${entity}`, at, values: [shares, equity] })
      if (quantity === 0) continue
      const price = close * (1 + Math.sign(quantity) * SLIPPAGE)
      // In two parts, as a market fills an order.
      for (const [part, n] of [
        [quantity - Math.sign(quantity), 1],
        [Math.sign(quantity), 2],
      ])
        if (part !== 0)
          fills.push({
            entity: `${MODEL}/${data.prediction}/${entity}/${n}`,
            at: at - n,
            values: [part, price, Math.abs(part * price) * FEE],
          })
    }
  }
  fills.push({ entity: `${MODEL}/1/A/1`, at: closeOf(HISTORY_DAYS), values: [1, 10, 0] })
  fills.push({ entity: 'other/1/A/1', at: closeOf(HISTORY_DAYS), values: [1, 10, 0] })
  await declareDataset(platform, specOf('oms-fills', FILLS), act('fills'))
  await declareDataset(platform, specOf('oms-positions', POSITIONS), act('positions'))
  await ingestRows(platform, {
    dataset: 'oms-fills',
    source: 'fills',
    rows: tableOf(FILLS, fills),
    actor: 'oms',
  })
  await ingestRows(platform, {
    ...{ dataset: 'oms-positions', source: 'positions', actor: 'oms' },
    rows: tableOf(POSITIONS, positions),
  })
}, 60_000)

const asked = { model: MODEL, fills: 'oms-fills', positions: 'oms-positions' }

test('what was paid beyond the close comes out to the basis point, beside what the book was charged', async () => {
  const { trades, unused } = await executionOf(platform, asked)
  expect(trades.map(({ from }) => from)).toEqual([...new Set(outcomes.map(({ data }) => data.prediction))])
  for (const [at, trade] of trades.entries()) {
    const { turnover, cost } = outcomes[at].data
    expect(trade.slippageBps).toBeCloseTo(10, 8)
    expect(trade.feesBps).toBeCloseTo(1, 8)
    expect(trade.realizedBps).toBeCloseTo(11, 8)
    expect(trade.modelledBps).toBeCloseTo((cost / turnover) * 1e4, 10)
    // Half of 4 bps of spread and 1 of commission, and what is short beside.
    expect(trade.modelledBps).toBeGreaterThan(2.999)
    expect(trade.unpriced).toBe(0)
  }
  expect(unused).toBe(1)
})

test('what was earned beside the book comes out as its residual, and positions agree with fills', async () => {
  const { sessions, summary, breaks: found } = await executionOf(platform, asked)
  expect(sessions.map(({ session }) => session)).toEqual(outcomes.slice(1).map(({ data }) => data.session))
  for (const { residual } of sessions) expect(residual).toBeCloseTo(DRAG, 12)
  expect(summary.mean).toBeCloseTo(DRAG, 12)
  expect(found).toEqual([])
})

test('a model without predictions, and data sets of other columns, are named', async () => {
  await expect(executionOf(platform, { ...asked, model: 'none' })).rejects.toMatchObject({
    fault: { code: 'execution.unknown-model' },
  })
  await expect(executionOf(platform, { ...asked, fills: 'small' })).rejects.toMatchObject({
    fault: { code: 'execution.columns', detail: { dataset: 'small', column: 'quantity' } },
  })
  await declareDataset(platform, specOf('euro-fills', FILLS, 'EUR'), act('euro-fills'))
  await expect(executionOf(platform, { ...asked, fills: 'euro-fills' })).rejects.toMatchObject({
    fault: { code: 'execution.currency', detail: { column: 'price', found: 'EUR', wanted: 'USD' } },
  })
  await expect(executionOf(platform, { ...asked, fills: 'nothing' })).rejects.toMatchObject({
    fault: { code: 'data.unknown-dataset' },
  })
})

test('a fill is one fill: sent again at another time, corrected, on two venues at once, or taken back', async () => {
  const [first, last] = [outcomes[0].data, platform.log]
  const latest = (await eventsOf(last)).findLast((event) => isEvent(PredictionMade, event))
  const columns = [...FILLS, 'venue']
  const spec = specOf('venue-fills', columns)
  await declareDataset(platform, { ...spec, rows: { ...spec.rows, key: ['venue'] } }, act('venue-fills'))
  const at = closeOf(first.session - Math.floor(closeOf(0) / MICROS_PER_DAY))
  const [one, two] = [`${MODEL}/${first.prediction}/A/1`, `${MODEL}/${first.prediction}/A/2`]
  const newest = `${MODEL}/${latest?.position}/A/1`
  const arrive = (source: string, given: readonly Row[], more: Partial<Rows> = {}) =>
    ingestRows(platform, {
      ...{ dataset: 'venue-fills', source, actor: 'oms' },
      rows: { ...tableOf(columns, given), ...more },
    })
  await arrive('first', [
    ...[1, 2].map((venue) => ({ entity: one, at, values: [10, 20, 0, venue] })),
    { entity: two, at, values: [5, 20, 0, 1] },
    // Of a prediction that no outcome has followed yet.
    { entity: newest, at, values: [1, 20, 0, 1] },
  ])
  const quantities = async () => {
    const { trades, unused } = await executionOf(platform, { ...asked, fills: 'venue-fills' })
    return [trades.map(({ fills, traded }) => [fills, traded]), unused]
  }
  expect(await quantities()).toEqual([[[3, 500]], 0])
  await arrive('again', [{ entity: one, at: at + 1_000, values: [10, 20, 0, 1] }])
  expect(await quantities()).toEqual([[[3, 500]], 0])
  await arrive('corrected', [{ entity: one, at: at + 1_000, values: [8, 20, 0, 1] }])
  expect(await quantities()).toEqual([[[3, 460]], 0])
  await arrive('busted', [{ entity: two, at, values: [5, 20, 0, 1] }], { withdrawn: Uint8Array.of(1) })
  expect(await quantities()).toEqual([[[2, 360]], 0])
})

test('selling below the close costs as buying above it, and a name without a close counts for fees alone', () => {
  const fill = (instrument: string, quantity: number, price: number, fee = 0) => ({
    ...{ from: 1, instrument, quantity, price, fee, at: 0 },
  })
  const book = { prediction: 1, session: 5, turnover: 0.5, cost: 0.001, net: 0, capital: 1 }
  const closes = (_: number, name: string) => (name === 'X' ? null : 100)
  const [one] = tradeCosts([fill('A', 10, 101), fill('B', -10, 99), fill('X', 1, 50, 1)], [book], closes)
  // 10 and 10 of 2,000; 1 of 2,050.
  expect(one).toMatchObject({ slippageBps: 100, modelledBps: 20, unpriced: 1, fills: 3 })
  expect(one.feesBps).toBeCloseTo(1e4 / (1_010 + 990 + 50), 10)
  expect(tradeCosts([fill('X', 1, 50)], [book], closes)[0]).toMatchObject({
    slippageBps: null,
    realizedBps: null,
  })
  expect(tradeCosts([{ ...fill('A', 1, 1), from: 9 }], [book], closes)).toEqual([])
})

test('residuals need a statement before and after one session of the book; their summary is that of a sample', () => {
  const book = (session: number, net: number) => ({
    prediction: 1,
    session,
    turnover: 0,
    cost: 0,
    net,
    capital: 0.5,
  })
  const at = (session: number, equity: number) => ({ session, equity, held: new Map<string, number>() })
  const found = residuals(
    [at(1, 100), at(2, 103), at(4, 103), at(5, 102)],
    [1, 2, 3, 4, 5].map((s) => book(s, 0.02)),
  )
  expect(found.map(({ session }) => session)).toEqual([2, 5])
  expect(found[0].residual).toBeCloseTo(0.02, 12)
  expect(residuals([at(1, 0), at(2, 5)], [book(2, 0)])).toEqual([])
  const of = [0.01, 0.03, 0.05].map((residual) => ({ session: 1, realized: 0, predicted: 0, residual }))
  expect(summaryOf(of)).toMatchObject({ sessions: 3, mean: 0.03 })
  expect(summaryOf(of).deviation).toBeCloseTo(0.02, 12)
  expect(summaryOf(of).t).toBeCloseTo(0.03 / (0.02 / Math.sqrt(3)), 10)
  expect(summaryOf([])).toEqual({ sessions: 0, mean: null, deviation: null, t: null })
})

test('a position that changed without a fill is named', () => {
  const held = (session: number, a: number) => ({ session, equity: 1, held: new Map([['A', a]]) })
  const fill = { from: 1, instrument: 'A', quantity: 5, price: 1, fee: 0, at: 2 }
  expect(breaks([held(1, 0), held(2, 5), held(3, 10)], [fill], (at) => at)).toEqual([
    { session: 3, instrument: 'A', filled: 0, changed: 5 },
  ])
})
