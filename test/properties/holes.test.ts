/** Laws of data with holes: whatever is late, lost, corrected, halted, listed or delisted, on two exchanges at once. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Session } from '../../schemas/calendar.ts'
import { SessionClosed } from '../../schemas/events/data.ts'
import { OutcomeObserved, PredictionMade } from '../../schemas/events/prediction.ts'
import { getRows } from '../../streams/log/tables.ts'
import { backtest } from '../../streams/portfolio/backtest.ts'
import { statesOf } from '../../streams/training/held-out.ts'
import { daysBetween, gridOf, panelOf } from '../../streams/training/panel.ts'
import { column, everyRow, RETURN, SESSION, STATE } from '../../streams/training/sample.ts'
import { eventsOf, type MemoryPlatform } from '../support/memory-platform.ts'
import { near } from '../support/near.ts'
import { oracle, type Scores } from './oracle.ts'
import { DAILY, type Delivery, type Script, scriptOf, stagesOf } from './script.ts'
import { frozenSet, play, portfolioOf, readyPlatform, said } from './stage.ts'
import { type Stage, type Story, story, tale } from './story.ts'

const EXACT = 1e-12
const SEED = Number(process.env.SEED ?? 7)

type Played = Readonly<{ platform: MemoryPlatform; stages: readonly Stage[]; script: Script }>

async function played(one: Story, delivery: Delivery = DAILY): Promise<Played> {
  const stages = stagesOf(one)
  const script = scriptOf(one, delivery)
  const platform = await readyPlatform(stages, script)
  await play(platform, script.live)
  return { platform, stages, script }
}

/** Holds a law of stories, and tells the smallest story that breaks it. */
async function holds(law: (one: Story) => Promise<void>, numRuns: number): Promise<void> {
  const checked = await fc.check(fc.asyncProperty(story, law), { numRuns, seed: SEED })
  if (checked.counterexample === null) return
  const [smallest] = checked.counterexample
  throw new Error(`seed ${checked.seed}, path ${checked.counterexamplePath}\n${tale(smallest)}`, {
    cause: checked.errorInstance,
  })
}

async function livesOf({ platform, stages }: Played) {
  const events = await eventsOf(platform.log)
  return stages.map((stage) => {
    const own = { model: stage.dataset }
    const predictions = said(events, PredictionMade).filter(({ data }) => data.model === own.model)
    const outcomes = said(events, OutcomeObserved).filter(({ data }) => data.model === own.model)
    const closed = said(events, SessionClosed).filter(({ data }) => data.dataset === own.model)
    return { stage, predictions, outcomes, closed: closed.map(({ data }) => data.session) }
  })
}

const scoresOf = (predictions: Awaited<ReturnType<typeof livesOf>>[number]['predictions']): Scores =>
  new Map(
    predictions.map(({ data }) => [
      data.session,
      new Map(data.rows.flatMap(({ entity, score }) => (score === null ? [] : [[entity, score] as const]))),
    ]),
  )

test('a backtest, the live books and the oracle agree, and the days are the sessions', async () => {
  let compared = 0
  await holds(
    async (one) => {
      const now = await played(one)
      const { platform, script } = now
      for (const { stage, predictions, outcomes, closed } of await livesOf(now)) {
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

        const offline = await backtested(platform, stage, scores)
        for (const { data } of outcomes) {
          const day = offline.get(data.session)
          if (day === undefined) continue
          compared++
          for (const figure of ['gross', 'net', 'turnover'] as const) near(data[figure], day[figure], EXACT)
        }
      }
    },
    Number(process.env.RUNS ?? 10),
  )
  expect(compared).toBeGreaterThan(60)
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
