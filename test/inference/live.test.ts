/** A model that is live earns, day by day and to the last bit, what a backtest over its predictions says. */
import { expect, test } from 'vitest'
import type { Recorded } from '../../schemas/envelope.ts'
import { type EventDefinition, type EventOf, isEvent } from '../../schemas/event.ts'
import { OutcomeObserved, PredictionMade } from '../../schemas/events/prediction.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { ingestRows } from '../../serving/ingest.ts'
import { backtest } from '../../streams/portfolio/backtest.ts'
import { eventsOf, type MemoryPlatform } from '../support/memory-platform.ts'
import { panelWith } from '../support/sessions.ts'
import { closeDay, HISTORY_DAYS, judgedPlatform, promoteRun } from '../support/small-platform.ts'
import { closeOf, decidedOf, knownOf, NAMES, pricesOf, tableOf } from '../support/small-world.ts'

const PRICES = pricesOf(460)
const DAYS = 40
const RUN = 'small-h3-momentum'
const judged = (await judgedPlatform()).folds.experiments.state().runs[RUN].spec

const arrive = (platform: MemoryPlatform, source: string, rows: Rows) =>
  ingestRows(platform, { dataset: 'small', source, rows, actor: 'feed' })

/** A day's local date, as a session. */
const sessionOf = (day: number) => Math.floor(closeOf(day) / MICROS_PER_DAY)

async function arriveAndClose(platform: MemoryPlatform, day: number): Promise<void> {
  await arrive(platform, `day ${day}`, tableOf(PRICES, day, day + 1))
  await closeDay(platform, day)
}

/** The rows of a day, without those of some names. */
function without(rows: Rows, names: readonly string[]): Rows {
  const kept = [...rows.entity.keys()].filter((row) => !names.includes(rows.entities[rows.entity[row]]))
  const take = (values: Float64Array) => Float64Array.from(kept, (row) => values[row])
  return {
    length: kept.length,
    entities: rows.entities,
    entity: Uint32Array.from(kept, (row) => rows.entity[row]),
    eventTime: take(rows.eventTime),
    knownAt: take(rows.knownAt),
    columns: rows.columns.map(({ name, values }) => ({ name, values: take(values) })),
  }
}

const said = <D extends EventDefinition>(events: readonly Recorded[], definition: D): EventOf<D>[] =>
  events.filter((event): event is EventOf<D> => isEvent(definition, event))

/** Day 10 lacks a name; after day 20 a correction of day 15 arrives. */
async function lived(): Promise<readonly Recorded[]> {
  const platform = await judgedPlatform()
  await promoteRun(platform, RUN)
  for (let day = HISTORY_DAYS; day < HISTORY_DAYS + DAYS; day++) {
    platform.moment.advanceTo(knownOf(day))
    const rows = tableOf(PRICES, day, day + 1)
    await arrive(platform, `day ${day}`, day === HISTORY_DAYS + 10 ? without(rows, ['CAT']) : rows)
    await closeDay(platform, day)
    if (day !== HISTORY_DAYS + 20) continue
    const corrected = tableOf(PRICES, day - 5, day - 4)
    const [{ values }] = corrected.columns
    const later = { ...corrected, knownAt: corrected.knownAt.map(() => knownOf(day) + 1) }
    await arrive(platform, 'correction', {
      ...later,
      columns: [{ name: 'close', values: values.map((v) => v * 1.01) }],
    })
  }
  return eventsOf(platform.log)
}

/** The day's return of each name from its last price, NaN where it has no price that day. */
function returnsOf(day: number): Float64Array {
  const missing = (name: string, of: number) => name === 'CAT' && of === HISTORY_DAYS + 10
  return Float64Array.from(NAMES, (name, i) => {
    const before = missing(name, day - 1) ? day - 2 : day - 1
    const base = PRICES[before][i]
    return missing(name, day) ? Number.NaN : (PRICES[day][i] - base) / base
  })
}

test('what is observed live is the backtest of what was predicted', async () => {
  const events = await lived()
  const predictions = said(events, PredictionMade)
  const outcomes = said(events, OutcomeObserved)
  const days = Array.from({ length: DAYS }, (_, i) => HISTORY_DAYS + i)
  // One prediction a day, about that day: a correction of the past makes none.
  expect(predictions.map(({ data }) => data.session)).toEqual(days.map(sessionOf))
  expect(predictions.map(({ knownAt }) => knownAt)).toEqual(days.map(decidedOf))
  const scores = predictions.map(({ data }) =>
    Float64Array.from(NAMES, (name) => data.rows.find(({ entity }) => entity === name)?.score ?? Number.NaN),
  )
  const { portfolio } = judged
  const offline = backtest(panelWith({ scores, returns: days.map(returnsOf) }), portfolio)
  const observed = outcomes.map(({ data: { gross, cost, net, turnover } }) => ({
    gross,
    cost,
    net,
    turnover,
  }))
  // The first day has nothing to trade yet; a backtest counts it as a day of zeros.
  expect(observed).toEqual(offline.slice(1))
  expect(observed.every(({ net }, day) => Object.is(net, offline[day + 1].net))).toBe(true)
  expect(offline.some(({ net }) => net !== 0)).toBe(true)
})

test('each outcome names the prediction whose weights were traded, and the features that were read', async () => {
  const events = await lived()
  const predictions = said(events, PredictionMade)
  const byPosition = new Map(events.map((event) => [event.position, event]))
  for (const [day, outcome] of said(events, OutcomeObserved).entries()) {
    expect(outcome.data.prediction).toBe(predictions[day].position)
    expect(outcome.data.session).toBe(sessionOf(HISTORY_DAYS + day + 1))
  }
  for (const { data, knownAt } of predictions) {
    const features = byPosition.get(data.features)
    expect(features?.type).toBe('data.SessionClosed')
    expect(features?.knownAt).toBe(knownAt)
    expect(byPosition.get(data.promotion)?.type).toBe('model.Promoted')
  }
})

test('a model that is replaced leaves its targets behind: the new one starts flat', async () => {
  const platform = await judgedPlatform()
  await promoteRun(platform, 'small-h1-momentum')
  for (let day = HISTORY_DAYS; day < HISTORY_DAYS + 6; day++) await arriveAndClose(platform, day)
  await promoteRun(platform, RUN)
  await arriveAndClose(platform, HISTORY_DAYS + 6)
  const last = said(await eventsOf(platform.log), PredictionMade).slice(-2)
  expect(last[0].data.artifact).not.toBe(last[1].data.artifact)
  // Held for three days: a third of today's target, and nothing of what the earlier model wanted.
  for (const { target, weight } of last[1].data.rows) expect(weight).toBe(target / 3)
})
