/** Every session that a model is live is predicted and accounted once, however its data arrive. */
import { expect, test } from 'vitest'
import type { EventOf } from '../../schemas/event.ts'
import { isEvent } from '../../schemas/event.ts'
import { OutcomeObserved, PredictionMade } from '../../schemas/events/prediction.ts'
import { joinRows, type Rows } from '../../schemas/rows.ts'
import { ingestRows } from '../../serving/ingest.ts'
import { closeAsTimePasses, closeDueSessions } from '../../serving/sessions.ts'
import { eventsOf, type MemoryPlatform } from '../support/memory-platform.ts'
import { closeDay, HISTORY_DAYS, judgedPlatform, promoteRun } from '../support/small-platform.ts'
import { decidedOf, knownOf, NAMES, pricesOf, tableOf } from '../support/small-world.ts'

const PRICES = pricesOf(460)
const DAYS = 12
const LAST = HISTORY_DAYS + DAYS

const arrive = (platform: MemoryPlatform, source: string, rows: Rows) =>
  ingestRows(platform, { dataset: 'small', source, rows, actor: 'feed' })

async function promoted(): Promise<MemoryPlatform> {
  const platform = await judgedPlatform()
  await promoteRun(platform, 'small-h3-momentum')
  return platform
}

async function said(platform: MemoryPlatform) {
  const events = await eventsOf(platform.log)
  return {
    predictions: events.filter((event): event is EventOf<typeof PredictionMade> =>
      isEvent(PredictionMade, event),
    ),
    outcomes: events.filter((event): event is EventOf<typeof OutcomeObserved> =>
      isEvent(OutcomeObserved, event),
    ),
  }
}

/** Each session's account and decision, without when and where they stand in the log. */
async function story(platform: MemoryPlatform) {
  const { predictions, outcomes } = await said(platform)
  return {
    predictions: predictions.map(({ data: { session, rows } }) => ({ session, rows })),
    outcomes: outcomes.map(({ data: { session, net, turnover } }) => ({ session, net, turnover })),
  }
}

async function dayByDay(): Promise<MemoryPlatform> {
  const platform = await promoted()
  for (let day = HISTORY_DAYS; day < LAST; day++) {
    platform.moment.advanceTo(knownOf(day))
    await arrive(platform, `day ${day}`, tableOf(PRICES, day, day + 1))
    await closeDay(platform, day)
  }
  return platform
}

const usual = await story(await dayByDay())

test('days that arrive together are each predicted and accounted, as if they had come one by one', async () => {
  const platform = await promoted()
  platform.moment.advanceTo(decidedOf(LAST))
  await arrive(platform, 'all at once', tableOf(PRICES, HISTORY_DAYS, LAST))
  expect(await story(platform)).toEqual(usual)
  const { predictions, outcomes } = await said(platform)
  // The last could still be traded when it was made; the others are told after the fact, and say so.
  const flags = predictions.map(({ data }) => data.backfilled)
  expect(flags).toEqual(flags.map((_, i) => i < DAYS - 1))
  expect(outcomes.map(({ data }) => data.backfilled)).toEqual(flags.slice(1))
  for (const { knownAt } of predictions) expect(knownAt).toBe(decidedOf(LAST))
})

test('a day that arrives in two files is one day', async () => {
  const platform = await promoted()
  const part = (day: number, keep: (name: string) => boolean): Rows => {
    const rows = tableOf(PRICES, day, day + 1)
    const kept = [...rows.entity.keys()].filter((row) => keep(NAMES[rows.entity[row]]))
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
  for (let day = HISTORY_DAYS; day < LAST; day++) {
    platform.moment.advanceTo(knownOf(day))
    await arrive(
      platform,
      `early ${day}`,
      part(day, (name) => name < 'CAT'),
    )
    await arrive(
      platform,
      `late ${day}`,
      part(day, (name) => name >= 'CAT'),
    )
    await closeDay(platform, day)
  }
  expect(await story(platform)).toEqual(usual)
})

test('what comes after its session was decided is known from then on: nothing that was said changes', async () => {
  const platform = await promoted()
  const day = HISTORY_DAYS
  const rows = joinRows([tableOf(PRICES, day, day + 1), tableOf(PRICES, day + 1, day + 2)])
  const first = { ...rows, length: NAMES.length - 1, entity: rows.entity.subarray(0, NAMES.length - 1) }
  platform.moment.advanceTo(knownOf(day))
  await arrive(platform, 'without FOX', first)
  await closeDay(platform, day)
  const before = await story(platform)
  platform.moment.advanceTo(decidedOf(day) + 1)
  await arrive(platform, 'whole', tableOf(PRICES, day, day + 1))
  await closeDueSessions(platform, 'small', { actor: 'feed' })
  expect(await story(platform)).toEqual(before)
  const set = { name: 'small', version: 1 }
  const at = (moment: number) => platform.store.asOf(set, ['mom_5'], moment)
  const fox = async (moment: number) => (await at(moment)).eventTimes[NAMES.indexOf('FOX')]
  expect(await fox(decidedOf(day))).toBeLessThan(await fox(decidedOf(day) + 1))
})

test('a session is closed in order, once, after its moment, and not before its rows', async () => {
  const platform = await promoted()
  platform.moment.advanceTo(knownOf(HISTORY_DAYS))
  await arrive(platform, 'day', tableOf(PRICES, HISTORY_DAYS, HISTORY_DAYS + 1))
  expect(await closeDueSessions(platform, 'small', { actor: 'feed' })).toBe(0)
  platform.moment.advanceTo(decidedOf(HISTORY_DAYS))
  expect(await closeDueSessions(platform, 'small', { actor: 'feed' })).toBe(1)
  expect(await closeDueSessions(platform, 'small', { actor: 'feed' })).toBe(0)
})

test('a session is closed when its moment comes, whether a file arrives then or not', async () => {
  const platform = await promoted()
  platform.moment.advanceTo(knownOf(HISTORY_DAYS))
  await arrive(platform, 'day', tableOf(PRICES, HISTORY_DAYS, HISTORY_DAYS + 1))
  const predictions = async () => (await said(platform)).predictions.length
  const errors: unknown[] = []
  const stop = closeAsTimePasses(platform, { everyMillis: 1, onError: (error) => errors.push(error) })
  await stop()
  expect(await predictions(), 'not before its moment').toBe(0)
  platform.moment.advanceTo(decidedOf(HISTORY_DAYS))
  const again = closeAsTimePasses(platform, { everyMillis: 1, onError: (error) => errors.push(error) })
  while ((await predictions()) === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  await again()
  expect(await predictions()).toBe(1)
  expect(errors).toEqual([])
})
