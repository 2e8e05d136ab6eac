/** Every session that a model was live is accounted, whenever its data come: what comes late is restated, and limits see it. */
import { describe, expect, test } from 'vitest'
import { drift } from '../../projections/drift/drift.ts'
import { predictions } from '../../projections/prediction/predictions.ts'
import type { CalendarSpec } from '../../schemas/calendar.ts'
import { type EventDefinition, type EventOf, isEvent } from '../../schemas/event.ts'
import { Reduced } from '../../schemas/events/capital.ts'
import { type DatasetSpec, SessionClosed } from '../../schemas/events/data.ts'
import { LossLimitBreached } from '../../schemas/events/drift.ts'
import { Promoted } from '../../schemas/events/model.ts'
import { OutcomeObserved, OutcomesRestated, PredictionMade } from '../../schemas/events/prediction.ts'
import { MICROS_PER_DAY, type Micros } from '../../schemas/kernel/time.ts'
import { ingestRows } from '../../serving/ingest.ts'
import { replay } from '../../serving/replaying/replay.ts'
import { dueSessions } from '../../serving/sessions.ts'
import { wireAll } from '../../serving/wire.ts'
import {
  copyOf,
  eventsOf,
  type MemoryPlatform,
  memoryCursor,
  memoryPlatform,
} from '../support/memory-platform.ts'
import { near } from '../support/near.ts'
import {
  closeDay,
  HISTORY_DAYS,
  judgeOn,
  MODEL,
  promoteRun,
  SMALL_DATASET,
  SMALL_POLICY,
} from '../support/small-platform.ts'
import { closeOf, decidedOf, knownOf, NAMES, pricesOf, tableOf } from '../support/small-world.ts'

const PRICES = pricesOf(460)
const POLICY = { ...SMALL_POLICY, losses: { dayLoss: 0.1, drawdown: 0.9, fractionAfter: 0.25 } }

/** The days of the small world, each a session of an exchange that never rests. */
const CALENDAR: CalendarSpec = {
  calendar: 'ALWAYS',
  zone: 'UTC',
  from: '2001-01-01',
  to: '2003-01-01',
  weekdays: [1, 2, 3, 4, 5, 6, 7],
  hours: [{ from: '2001-01-01', opens: '00:00', closes: '20:00' }],
  holidays: [],
  earlyCloses: [],
  source: 'made up',
}
const DATASETS: Readonly<Record<string, DatasetSpec>> = {
  'with a calendar': { ...SMALL_DATASET, calendar: CALENDAR },
  'without a calendar': SMALL_DATASET,
}

const judged = new Map<DatasetSpec, Promise<MemoryPlatform>>()

/** A model in force, and ten days of its life. */
async function live(dataset: DatasetSpec): Promise<MemoryPlatform> {
  const first = judged.get(dataset) ?? memoryPlatform().then((platform) => judgeOn(platform, POLICY, dataset))
  judged.set(dataset, first)
  const { log, chunks } = await first
  const cursor = memoryCursor((await log.head()).position)
  const platform = await memoryPlatform({ log: await copyOf(log), chunks, cursor })
  platform.moment.advanceTo(closeOf(HISTORY_DAYS))
  await promoteRun(platform, 'small-h3-momentum')
  for (let day = HISTORY_DAYS; day < CRASH; day++) {
    await arrive(platform, `day ${day}`, { days: [day], at: knownOf(day) })
    await closeDay(platform, day)
  }
  return platform
}

const CRASH = HISTORY_DAYS + 10
const sessionOf = (day: number): number => Math.floor(closeOf(day) / MICROS_PER_DAY)

type Told = Readonly<{ days: readonly number[]; at: Micros; names?: readonly string[]; fallen?: string }>

/** Days of some names arrive. @param told.fallen a name that lost 60 % on the day of the crash and had it back on the next */
async function arrive(platform: MemoryPlatform, source: string, { days, at, names = NAMES, fallen }: Told) {
  platform.moment.advanceTo(at)
  const prices = PRICES.map((row, day) =>
    row.map((price, name) => (day === CRASH && NAMES[name] === fallen ? PRICES[day - 1][name] * 0.4 : price)),
  )
  const whole = tableOf(prices, Math.min(...days), Math.max(...days) + 1)
  const kept = [...whole.entity.keys()].filter((row) => names.includes(NAMES[whole.entity[row]]))
  const take = (values: Float64Array) => Float64Array.from(kept, (row) => values[row])
  const rows = {
    ...whole,
    length: kept.length,
    entity: Uint32Array.from(kept, (row) => whole.entity[row]),
    eventTime: take(whole.eventTime),
    // The feed says when it told: none of it was known before.
    knownAt: take(whole.knownAt).map((known) => Math.max(known, at)),
    columns: whole.columns.map(({ name, values }) => ({ name, values: take(values) })),
  }
  await ingestRows(platform, { dataset: 'small', source, rows, actor: 'feed' })
}

async function said<D extends EventDefinition>(platform: MemoryPlatform, definition: D) {
  const events = await eventsOf(platform.log)
  return events.filter((event): event is EventOf<D> => isEvent(definition, event))
}

/** The name that most is held of after the last close, and how much: traded to what was decided a session earlier. */
async function largest(platform: MemoryPlatform): Promise<Readonly<{ name: string; weight: number }>> {
  const decided = (await said(platform, PredictionMade)).at(-2)?.data.rows ?? []
  const [row] = [...decided].sort((a, b) => b.weight - a.weight)
  return { name: row.entity, weight: row.weight }
}

/** What was held through the crash, in a book of the names' own prices: the others' moves beside the fall. */
async function heldMoves(platform: MemoryPlatform, fallen: string): Promise<number> {
  const decided = (await said(platform, PredictionMade)).at(-2)?.data.rows ?? []
  return decided.reduce((sum, { entity, weight }) => {
    const name = NAMES.indexOf(entity)
    const move = entity === fallen ? -0.6 : PRICES[CRASH][name] / PRICES[CRASH - 1][name] - 1
    return sum + weight * move
  }, 0)
}

async function expectSound(platform: MemoryPlatform): Promise<void> {
  const to = (await platform.log.head()).position
  // What came before is shown to be replayed elsewhere.
  const from = (await said(platform, Promoted))[0].position
  const report = await replay(platform.log, wireAll(platform.chunks), { from, to })
  expect(report).toMatchObject({ differences: 0, first: null })
  expect(report.compared[OutcomesRestated.type] ?? 0).toBe((await said(platform, OutcomesRestated)).length)
}

/** Nothing was breached before, and the crash is found on its day, with what was held: capital is cut once. */
async function expectCaught(platform: MemoryPlatform, gross: number): Promise<void> {
  const restated = (await said(platform, OutcomesRestated)).flatMap(({ data }) => data.sessions)
  const crash = restated.filter(({ session }) => session === sessionOf(CRASH))
  expect(crash).toHaveLength(1)
  // Costs are some basis points.
  near(crash[0].net, gross, 5e-4)
  expect(crash[0].net).toBeLessThan(-0.1)
  const breaches = await said(platform, LossLimitBreached)
  expect(breaches.map(({ data }) => data)).toMatchObject([
    { rule: 'day', loss: -crash[0].net, restated: sessionOf(CRASH) },
  ])
  const cuts = (await said(platform, Reduced)).filter(({ data }) => data.cause === 'day')
  expect(cuts.map(({ data }) => data.measurement)).toEqual(breaches.map(({ position }) => position))
  await expectSound(platform)
}

describe.each(Object.entries(DATASETS))('%s', (_, dataset) => {
  test('a crash that came late, and its rebound on time, is a day that breaches', async () => {
    const platform = await live(dataset)
    const { name } = await largest(platform)
    const gross = await heldMoves(platform, name)
    const others = NAMES.filter((one) => one !== name)
    await arrive(platform, 'others', { days: [CRASH], at: knownOf(CRASH), names: others })
    await closeDay(platform, CRASH)
    expect(await said(platform, LossLimitBreached)).toEqual([])
    await arrive(platform, 'late', { days: [CRASH], at: decidedOf(CRASH) + 1, names: [name], fallen: name })
    await arrive(platform, 'rebound', { days: [CRASH + 1], at: knownOf(CRASH + 1) })
    await closeDay(platform, CRASH + 1)
    await expectCaught(platform, gross)
    const [found] = await said(platform, OutcomesRestated)
    expect(found.data.session).toBe(sessionOf(CRASH + 1))
    await arrive(platform, 'next', { days: [CRASH + 2], at: knownOf(CRASH + 2) })
    await closeDay(platform, CRASH + 2)
    // It is said once, and found once.
    await expectCaught(platform, gross)

    await platform.views.catchUp()
    const view = platform.views.now(predictions).models[MODEL]
    const observed = (await said(platform, OutcomeObserved)).map(({ data }) => data)
    expect(view.days.map(({ net }) => net)).toEqual(observed.map(({ net }) => net))
    expect(view.restated.map(({ session }) => session).slice(0, 2)).toEqual([CRASH, CRASH + 1].map(sessionOf))
    for (const { session, was, learnedIn } of view.restated) {
      expect(was).toBe(observed.find((one) => one.session === session)?.net)
      expect(learnedIn).toBeGreaterThan(sessionOf(CRASH))
    }
    expect(platform.views.now(drift).models[MODEL].lossBreaches).toMatchObject([
      { rule: 'day', restated: sessionOf(CRASH), day: found.eventTime },
    ])
  })

  test('a crash that is told together with its rebound is a day that breaches', async () => {
    const platform = await live(dataset)
    const { name } = await largest(platform)
    const gross = await heldMoves(platform, name)
    await arrive(platform, 'both', { days: [CRASH, CRASH + 1], at: knownOf(CRASH + 1), fallen: name })
    await closeDay(platform, CRASH + 1)
    await expectCaught(platform, gross)
  })

  test('a session of which nothing had come when a later one was closed is accounted when it comes', async () => {
    const platform = await live(dataset)
    const { name } = await largest(platform)
    const gross = await heldMoves(platform, name)
    await arrive(platform, 'rebound', { days: [CRASH + 1], at: knownOf(CRASH + 1) })
    await closeDay(platform, CRASH + 1)
    await arrive(platform, 'crash', { days: [CRASH], at: decidedOf(CRASH + 1) + 1, fallen: name })
    expect(dueSessions(platform, 'small')).toEqual([])
    await arrive(platform, 'next', { days: [CRASH + 2], at: knownOf(CRASH + 2) })
    await closeDay(platform, CRASH + 2)
    await expectCaught(platform, gross)
    const [{ data }] = await said(platform, OutcomesRestated)
    const wasAccounted = dataset.calendar !== null
    const before = (await said(platform, OutcomeObserved)).find(
      (one) => one.data.session === sessionOf(CRASH),
    )
    expect(before !== undefined).toBe(wasAccounted)
    expect(data.sessions[0]).toMatchObject({ session: sessionOf(CRASH), was: before?.data.net ?? null })
    // Each session from the first account on is known, and once.
    await platform.views.catchUp()
    const view = platform.views.now(predictions).models[MODEL]
    const sessions = new Set([
      ...view.days.map(({ day }) => Math.floor(day / MICROS_PER_DAY)),
      ...view.restated.map(({ session }) => session),
    ])
    expect(sessions.size).toBe(12)
  })

  test('days that come in time restate nothing', async () => {
    const platform = await live(dataset)
    expect(await said(platform, OutcomesRestated)).toEqual([])
    await expectSound(platform)
  })
})

test('a log of before restates nothing and replays as it was; what it hid comes to light with the next session', async () => {
  const platform = await live(SMALL_DATASET)
  const { name } = await largest(platform)
  const gross = await heldMoves(platform, name)
  await arrive(platform, 'others', {
    days: [CRASH],
    at: knownOf(CRASH),
    names: NAMES.filter((one) => one !== name),
  })
  await closeAsBefore(platform, CRASH)
  await arrive(platform, 'late', { days: [CRASH], at: decidedOf(CRASH) + 1, names: [name], fallen: name })
  await arrive(platform, 'rebound', { days: [CRASH + 1], at: knownOf(CRASH + 1) })
  await closeAsBefore(platform, CRASH + 1)
  expect(await said(platform, OutcomesRestated)).toEqual([])
  await expectSound(platform)
  const { position } = await platform.log.head()
  const { log, chunks } = platform
  for (const cursor of [memoryCursor(0), memoryCursor(position)]) {
    const opened = await memoryPlatform({ log: await copyOf(log), chunks, cursor })
    expect((await opened.log.head()).position).toBe(position)
    opened.moment.advanceTo(decidedOf(CRASH + 1))
    await arrive(opened, 'next', { days: [CRASH + 2], at: knownOf(CRASH + 2) })
    await closeDay(opened, CRASH + 2)
    await expectCaught(opened, gross)
  }
})

/** A session is closed as version 1 of the event closed it. */
async function closeAsBefore(platform: MemoryPlatform, day: number): Promise<void> {
  platform.moment.advanceTo(decidedOf(day))
  const session = sessionOf(day)
  const data = {
    dataset: 'small',
    session,
    previous: session - 1,
    decideAt: decidedOf(day),
    tradeAt: decidedOf(day + 1),
    restates: false,
  }
  const stream = 'data-small'
  const events = [SessionClosed.draft(data, { eventTime: decidedOf(day), knownAt: decidedOf(day) })]
  const given = { commandId: `close:small:${session}`, actor: 'feed', correlationId: 'c', causationId: null }
  await platform.log.append({ stream, expected: await platform.log.revisionOf(stream), events, ...given })
  await platform.drain()
}
