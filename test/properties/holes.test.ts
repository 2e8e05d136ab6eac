/** Laws of data with holes: whatever is late, lost, corrected, halted, listed or delisted, on two exchanges at once. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Session } from '../../schemas/calendar.ts'
import { SessionClosed } from '../../schemas/events/data.ts'
import { DriftMeasured } from '../../schemas/events/drift.ts'
import { Promoted } from '../../schemas/events/model.ts'
import { OutcomeObserved, OutcomesRestated, PredictionMade } from '../../schemas/events/prediction.ts'
import { type Micros, parseMoment } from '../../schemas/kernel/time.ts'
import { replay } from '../../serving/replaying/replay.ts'
import { wireAll } from '../../serving/wire.ts'
import type { EventLog } from '../../streams/log/port.ts'
import { getRows } from '../../streams/log/tables.ts'
import { backtest } from '../../streams/portfolio/backtest.ts'
import { statesOf } from '../../streams/training/held-out.ts'
import { daysBetween, gridOf, panelOf } from '../../streams/training/panel.ts'
import { column, everyRow, RETURN, SESSION, STATE } from '../../streams/training/sample.ts'
import {
  asAppended,
  eventsOf,
  factsOf,
  type MemoryPlatform,
  memoryCursor,
  memoryLog,
  memoryPlatform,
} from '../support/memory-platform.ts'
import { near } from '../support/near.ts'
import { oracle, type Scores } from './oracle.ts'
import { type Act, DAILY, type Delivery, filesOf, type Script, scriptOf, stagesOf } from './script.ts'
import { frozenSet, play, portfolioOf, readyPlatform, said } from './stage.ts'
import { HISTORY, type Stage, type Story, story, type Told, tale } from './story.ts'

const EXACT = 1e-12
const SEED = Number(process.env.SEED ?? 7)
const RUNS = Number(process.env.RUNS ?? 20)
/** Of laws that play a story more than once. */
const SOME = Math.ceil(RUNS / 2)
/** For a machine that is busy. */
const PATIENCE = 120_000 + RUNS * 6000

type Played = Readonly<{ platform: MemoryPlatform; stages: readonly Stage[]; script: Script }>

async function played(one: Story, delivery: Delivery = DAILY): Promise<Played> {
  const stages = stagesOf(one)
  const script = scriptOf(one, delivery)
  const platform = await readyPlatform(stages, script)
  await play(platform, script.live)
  return { platform, stages, script }
}

/** Holds a law of stories and of what is done with them, and tells the smallest story that breaks it. */
async function holdsWith<R extends readonly unknown[]>(
  told: fc.Arbitrary<readonly [Story, ...R]>,
  law: (what: readonly [Story, ...R]) => Promise<void>,
  numRuns = RUNS,
): Promise<void> {
  const checked = await fc.check(fc.asyncProperty(told, law), { numRuns, seed: SEED })
  if (checked.counterexample === null) return
  const [[smallest, ...rest]] = checked.counterexample
  const where = `seed ${checked.seed}, path ${checked.counterexamplePath} ${JSON.stringify(rest)}`
  throw new Error(`${where}\n${tale(smallest)}`, { cause: checked.errorInstance })
}

const holds = (law: (one: Story) => Promise<void>): Promise<void> =>
  holdsWith(fc.tuple(story), ([one]) => law(one))

async function livesOf({ platform, stages }: Played) {
  const events = await eventsOf(platform.log)
  return stages.map((stage) => {
    const own = { model: stage.dataset }
    const predictions = said(events, PredictionMade).filter(({ data }) => data.model === own.model)
    const outcomes = said(events, OutcomeObserved).filter(({ data }) => data.model === own.model)
    const restated = said(events, OutcomesRestated).filter(({ data }) => data.model === own.model)
    const closed = said(events, SessionClosed).filter(({ data }) => data.dataset === own.model)
    return { stage, predictions, outcomes, restated, closed: closed.map(({ data }) => data.session) }
  })
}

const scoresOf = (predictions: Awaited<ReturnType<typeof livesOf>>[number]['predictions']): Scores =>
  new Map(
    predictions.map(({ data }) => [
      data.session,
      new Map(data.rows.flatMap(({ entity, score }) => (score === null ? [] : [[entity, score] as const]))),
    ]),
  )

const CALM = {
  apart: false,
  delistAfter: 2,
  delistingReturn: 0,
  decideAt: '',
  revisions: 'arrival',
  holding: 2,
  momentum: 1,
  features: ['mom', 'sig'],
  mishaps: [],
} as const

const steady = (seed: number) => ({ listed: 0, gone: 99, priced: true, seed })

type Agreed = Readonly<{ compared: number; restated: number }>

/**
 * Live books are the oracle's, as they were observed and as they were restated, and, as far as labels go, the backtest's.
 * @returns how many accounts a backtest has too, and how many were restated
 */
async function agree(one: Story): Promise<Agreed> {
  let compared = 0
  let restatedSessions = 0
  const now = await played(one)
  const { platform, script } = now
  for (const { stage, predictions, outcomes, restated, closed } of await livesOf(now)) {
    const scores = scoresOf(predictions)
    const servedAfter = platform.markets.of(stage.dataset)?.servedAfter ?? 0
    const truth = oracle(stage, [...script.history, ...script.live], servedAfter, scores)
    expect(closed).toEqual(truth.closed)
    expect(closed).toEqual(stage.sessions.between(closed[0], (closed.at(-1) ?? 0) + 1))
    expect(predictions.map(({ data }) => data.session)).toEqual(closed)
    expect(outcomes.map(({ data }) => data.session)).toEqual(closed.slice(1))
    for (const { data } of predictions)
      for (const { entity, weight } of data.rows)
        near(weight, truth.weights.get(data.session)?.get(entity) ?? 0, EXACT)
    for (const [place, { data }] of outcomes.entries())
      for (const figure of ['gross', 'net', 'turnover'] as const)
        near(data[figure], truth.accounts[place][figure], EXACT)
    const known = new Map(outcomes.map(({ data }) => [data.session, data.net]))
    for (const { data } of restated)
      for (const { session, was, net } of data.sessions) {
        expect(was).toBe(known.get(session))
        known.set(session, net)
        restatedSessions++
      }
    for (const { session, net } of truth.hindsight) near(known.get(session) ?? Number.NaN, net, 1e-11)

    const offline = await backtested(platform, stage, scores)
    for (const { data } of outcomes) {
      const day = offline.get(data.session)
      if (day === undefined) continue
      compared++
      for (const figure of ['gross', 'net', 'turnover'] as const) near(data[figure], day[figure], EXACT)
    }
  }
  return { compared, restated: restatedSessions }
}

test(
  'a backtest, the live books and the oracle agree, and the days are the sessions, whenever prices came',
  async () => {
    let [compared, restated] = [0, 0]
    await holds(async (one) => {
      const agreed = await agree(one)
      compared += agreed.compared
      restated += agreed.restated
    })
    expect(compared).toBeGreaterThan(60)
    expect(restated).toBeGreaterThan(15)
  },
  PATIENCE,
)

test('a name that was priced last before ten days of holidays is closed live as in a backtest', async () => {
  const mishaps = [30, 31].map((at) => ({ kind: 'blank', name: 3, at }) as const)
  const exchange = { ...CALM, features: ['sig'], names: [1, 2, 3, 4].map(steady) }
  const tokyo = { ...exchange, mishaps }
  const { compared } = await agree({ from: '2019-05-07', live: 10, newYork: exchange, tokyo })
  expect(compared).toBeGreaterThan(10)
})

/** The same scores over a training set that is frozen afterwards: an account for each of its sessions. */
async function backtested(platform: MemoryPlatform, stage: Stage, scores: Scores) {
  await frozenSet(platform, stage, 'after', platform.moment.nowMicros() + 1)
  const [frozen] = (await eventsOf(platform.log)).filter(
    ({ stream, chunks }) => stream === `training-${stage.dataset}-after` && chunks.length > 0,
  )
  const rows = await getRows(platform.chunks, frozen.chunks[0])
  const grid = gridOf(rows, everyRow(rows))
  const sessions: Session[] = [...grid.sessions]
  expect(sessions).toEqual(stage.sessions.between(sessions[0], (sessions.at(-1) ?? 0) + 1))
  const panel = {
    scores: sessions.map((session) =>
      Float64Array.from(rows.entities, (entity) => scores.get(session)?.get(entity) ?? Number.NaN),
    ),
    returns: panelOf(rows, grid, column(rows, RETURN)),
    states: panelOf(rows, grid, column(rows, STATE)).map(statesOf),
    days: daysBetween(grid),
  }
  const days = backtest(panel, portfolioOf(stage))
  expect(column(rows, SESSION).length).toBe(rows.length)
  return new Map(sessions.map((session, place) => [session, days[place]]))
}

/** What was predicted and observed, all of it but for when it was recorded. */
const liveFacts = async (platform: MemoryPlatform) =>
  (await factsOf(platform.log)).filter(
    ({ type }) => type === PredictionMade.type || type === OutcomeObserved.type,
  )

/** What comes in after all was closed: rows that were late, corrections, repetitions, and another name's whole history. */
const afterwards = (stage: Stage, at: Micros): Act[] => {
  const { dataset, told } = stage
  const moved = (row: Told): Told => ({ ...row, close: row.close * 1.5, dividend: 1, split: 2 })
  const another = (row: Told): Told => ({ ...row, name: `${row.name[0]}9` })
  const before = (row: Told): Told => ({ ...row, name: `${row.name[0]}0A`, eventTime: row.eventTime - 1 })
  const files = [
    told.filter((_, place) => place % 3 === 0),
    told.filter((_, place) => place % 5 === 1).map(moved),
    told.filter(({ name }) => name.endsWith('0')).map(another),
    told.filter(({ name }) => name.endsWith('1')).map(before),
  ]
  return [...files.flatMap((rows) => filesOf(stage, at, rows)), { kind: 'close', at, dataset }]
}

test(
  'what becomes known later changes nothing earlier',
  async () => {
    await holds(async (one) => {
      const now = await played(one)
      const { platform, stages } = now
      const lived = await liveFacts(platform)
      const moment = platform.moment.nowMicros()
      const closed = (stage: Stage) => platform.markets.of(stage.dataset)?.closed?.decideAt ?? 0
      const frozen = async (name: string) => {
        const hashes: string[] = []
        for (const stage of stages)
          hashes.push((await frozenSet(platform, stage, name, closed(stage) + 1)).contentHash)
        return hashes
      }
      const before = await frozen('before')
      // The clock stands where the last session was closed.
      for (const stage of stages) await play(platform, afterwards(stage, moment))
      expect(await frozen('after')).toEqual(before)
      expect(await liveFacts(platform)).toEqual(lived)
    })
  },
  PATIENCE,
)

test(
  'a platform that is broken off anywhere goes on as if it had not been, and a replay compares equal',
  async () => {
    const cut = fc.double({ min: 0, max: 1, noNaN: true })
    await holdsWith(
      fc.tuple(story, cut, cut),
      async ([one, where, place]) => {
        const { platform, script } = await played(one)
        const whole = await factsOf(platform.log)
        const { log, chunks } = platform
        const head = whole.length
        const promotedBy = whole.findLast(({ type }) => type === Promoted.type)?.position ?? 0
        const end = Math.floor(promotedBy + where * (head - promotedBy))
        const broken = await copyUpTo(log, end)
        // A cursor is saved where all that follows stands in the log.
        const saved = whole.filter(({ actor, position }) => !actor.startsWith('asof:') && position <= end)
        const start = (saved[Math.floor(place * saved.length)]?.position ?? 1) - 1
        const again = await memoryPlatform({ log: broken, chunks, cursor: memoryCursor(start) })
        again.moment.advanceTo(script.promotedAt)
        await play(again, script.live)
        expect(await factsOf(again.log)).toEqual(whole)
        const from = 1 + Math.floor(place * (head - 1))
        const report = await replay(log, wireAll(chunks), { from, to: head })
        expect(report).toMatchObject({ differences: 0, first: null })
        expect(report.equal).toEqual(report.compared)
      },
      SOME,
    )
  },
  PATIENCE,
)

test('a name that is first seen live stops no monitor', async () => {
  const names = [steady(1), steady(2), steady(3), { ...steady(4), listed: HISTORY + 5 }]
  const exchange = { ...CALM, names }
  const now = await played({ from: '2019-04-24', live: 40, newYork: exchange, tokyo: exchange })
  const events = await eventsOf(now.platform.log)
  // Once the window is full, each fifth session.
  expect(said(events, DriftMeasured).map(({ data }) => data.model)).toEqual(['xnys', 'xtks', 'xnys', 'xtks'])
  expect(said(events, OutcomeObserved)).toHaveLength(78)
})

test('a row that the calendar does not cover is refused, and nothing stops', async () => {
  const exchange = { ...CALM, names: [steady(1), steady(2), steady(3)] }
  const calm = { from: '2019-04-24', live: 3, newYork: exchange, tokyo: exchange }
  const now = await played(calm)
  const { platform, stages } = now
  const lived = await liveFacts(platform)
  // The last date that both cover is a session of New York's, and has none after it.
  for (const stage of stages)
    for (const date of ['1980-01-04T06:00Z', '2027-12-30T06:00Z', '2027-12-31T20:00Z', '2031-01-06T06:00Z']) {
      const eventTime = parseMoment(date)
      if (stage.dataset === 'xnys' && date.startsWith('2027-12-30')) continue
      const row = { ...stage.told[0], eventTime, knownAt: eventTime }
      await expect(play(platform, filesOf(stage, 0, [row, stage.told[0]]))).rejects.toThrow(
        /covers the dates/,
      )
    }
  expect(await liveFacts(platform)).toEqual(lived)
  const goneOn = scriptOf({ ...calm, live: 5 }, DAILY)
  await play(platform, goneOn.live)
  expect((await livesOf(now)).map(({ closed }) => closed.length)).toEqual([5, 5])
})

/** The log up to a position, in whole batches. */
async function copyUpTo(log: EventLog, end: number): Promise<EventLog> {
  const copy = memoryLog()
  for await (const batch of log.readAll(1)) {
    if ((batch.at(-1)?.position ?? 0) > end) break
    await copy.append({ ...asAppended(batch), expected: await copy.revisionOf(batch[0].stream) })
  }
  return copy
}

/** The same scores bit for bit; sums are taken in the order in which names came up, and rounding follows it. */
async function expectSame(delivered: Played, daily: Played): Promise<void> {
  const lives = await livesOf(daily)
  for (const [place, life] of (await livesOf(delivered)).entries()) {
    const { predictions, outcomes } = lives[place]
    const scored = (one: typeof predictions) =>
      one.map(({ data: { session, rows } }) => [session, ...rows.map(({ entity, score }) => [entity, score])])
    expect(scored(life.predictions)).toEqual(scored(predictions))
    for (const [day, { data }] of life.predictions.entries())
      for (const [row, { weight }] of data.rows.entries())
        near(weight, predictions[day].data.rows[row].weight, EXACT)
    expect(life.outcomes.map(({ data }) => data.session)).toEqual(outcomes.map(({ data }) => data.session))
    for (const [day, { data }] of life.outcomes.entries())
      for (const figure of ['gross', 'cost', 'net', 'turnover'] as const)
        near(data[figure], outcomes[day].data[figure], EXACT)
  }
}

test(
  'it does not matter in which files facts arrive',
  async () => {
    const every = fc.integer({ min: 2, max: 5 })
    await holdsWith(
      fc.tuple(story, every),
      async ([one, together]) => {
        // A correction counts from when the vendor says, or else from its arrival, and that is the delivery.
        const declared = {
          ...one,
          newYork: { ...one.newYork, revisions: 'declared' as const },
          tokyo: { ...one.tokyo, revisions: 'declared' as const },
        }
        const daily = await played(declared)
        await expectSame(await played(declared, { parts: 3, every: 1 }), daily)
        await expectSame(await played(declared, { parts: 1, every: together }), daily)
      },
      SOME,
    )
  },
  PATIENCE,
)
