/** A capped, neutralised book that pays impact: live it holds and pays, to the last bit, what a backtest does. */
import { expect, test } from 'vitest'
import type { Recorded } from '../../schemas/envelope.ts'
import { type EventDefinition, type EventOf, isEvent } from '../../schemas/event.ts'
import type { PortfolioSpec } from '../../schemas/events/experiment.ts'
import { OutcomeObserved, PredictionMade } from '../../schemas/events/prediction.ts'
import { requestValidation, startRun } from '../../serving/actions.ts'
import { backtest, traced } from '../../streams/portfolio/backtest.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { near } from '../support/near.ts'
import { panelWith } from '../support/sessions.ts'
import {
  act,
  HISTORY_DAYS,
  judgedPlatform,
  MODEL,
  playDays,
  promoteRun,
  SMALL_SET,
} from '../support/small-platform.ts'
import { decidedOf, knownOf, NAMES, pricesOf } from '../support/small-world.ts'

const DAYS = 25
const PRICES = pricesOf(460)

const said = <D extends EventDefinition>(events: readonly Recorded[], definition: D): EventOf<D>[] =>
  events.filter((event): event is EventOf<D> => isEvent(definition, event))

const portfolio: PortfolioSpec = {
  construction: 'long-short',
  maxWeight: 0.3,
  neutralise: 'vol_10',
  holdingDays: 3,
  spreadBps: 4,
  commissionBps: 1,
  borrowBps: 50,
  impact: {
    model: 'almgren',
    temporary: 0.142,
    permanent: 0.314,
    outstandingDays: 200,
    capitalUsd: 1e6,
    advUsd: 1e8,
    dailyVolatility: 0.02,
  },
}

test('what is observed live is the backtest of what was predicted and neutralised', async () => {
  const platform = await judgedPlatform()
  const { runs } = platform.folds.experiments.state()
  const spec = { ...runs['small-h3-momentum'].spec, run: 'small-neutral', portfolio }
  await startRun(platform, spec, act('run-neutral'))
  await requestValidation(platform, { model: MODEL, run: spec.run }, act('validate-neutral'))
  await promoteRun(platform, spec.run)
  await playDays(platform, HISTORY_DAYS, HISTORY_DAYS + DAYS)

  const events = await eventsOf(platform.log)
  const predictions = said(events, PredictionMade)
  const days = predictions.map((_, i) => HISTORY_DAYS + i)
  expect(predictions.map(({ knownAt }) => knownAt)).toEqual(days.map(decidedOf))
  const scores = predictions.map(({ data }) =>
    Float64Array.from(data.rows, ({ score }) => score ?? Number.NaN),
  )
  const set = { name: SMALL_SET.set, version: SMALL_SET.version }
  const known = await Promise.all(days.map((day) => platform.store.asOf(set, ['vol_10'], knownOf(day))))
  const neutral = known.map(({ columns }) => columns[0])
  const returns = days.map((day) =>
    Float64Array.from(NAMES, (_, i) => (PRICES[day][i] - PRICES[day - 1][i]) / PRICES[day - 1][i]),
  )
  const panel = panelWith({ scores, returns, neutral })

  const { decided: books } = traced(panel, portfolio)
  for (const [day, { data }] of predictions.entries()) {
    expect(data.rows.map(({ weight }) => weight)).toEqual([...books[day]])
    for (const { target } of data.rows) expect(Math.abs(target)).toBeLessThanOrEqual(0.3)
    near(
      data.rows.reduce((sum, { target }) => sum + target, 0),
      0,
      1e-12,
    )
  }
  const observed = said(events, OutcomeObserved).map(({ data: { gross, cost, net, turnover } }) => ({
    gross,
    cost,
    net,
    turnover,
  }))
  // The first day has nothing to trade yet; a backtest counts it as a day of zeros.
  expect(observed).toEqual(backtest(panel, portfolio).slice(1))
  expect(observed.some(({ net }) => net !== 0)).toBe(true)
})

test('a run whose neutralising column is not in the training set is refused by name', async () => {
  const platform = await judgedPlatform()
  const { spec } = platform.folds.experiments.state().runs['small-h3-momentum']
  const wrong = { ...spec, run: 'wrong', portfolio: { ...portfolio, neutralise: 'beta' } }
  await expect(startRun(platform, wrong, act('wrong'))).rejects.toThrow(/beta/)
})
