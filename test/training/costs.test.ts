/** What training costs is told when it was paid for, whatever came of it; and who has spent what he may begins nothing more. */
import { expect, test } from 'vitest'
import { accountsOf, costs } from '../../projections/experiment/costs.ts'
import { foldTo } from '../../projections/runner.ts'
import { NO_STORE } from '../../projections/store.ts'
import { WorkMetered } from '../../schemas/events/trainer.ts'
import { trainingConfig } from '../../serving/trainers/config.ts'
import type { Pool } from '../../serving/trainers/pools.ts'
import type { Made } from '../../serving/trainers/port.ts'
import { siteOfPools } from '../../serving/trainers/site.ts'
import { runTrial } from '../../serving/trainers/trial.ts'
import { begun, CONFIG, executorOf, FAILED, ridgeOn, specOf } from '../support/admitted-trainer.ts'
import { act } from '../support/small-platform.ts'

const LOST: Made = { ...FAILED, seconds: 1_800, failure: 'its machine was taken away', isLost: true }

/** Each job takes an hour; the first is lost once, after half of one. */
function spot(): Pool {
  let jobs = 0
  const executor = executorOf((job) => (jobs++ === 0 ? LOST : { ...ridgeOn(job), seconds: 3_600 }))
  return {
    name: 'spot',
    executor: { ...executor, atOnce: 4 },
    price: { cpus: 4, gpus: 0.5, dollarsPerHour: 0.9, onDemandDollarsPerHour: 3 },
  }
}

const budgets = (limits: object) =>
  trainingConfig.parse({
    environments: CONFIG.environments,
    budgets: { alpha: { members: ['ann'], ...limits } },
  })

const ann = { ...act('run'), actor: 'ann' }

test('hours, lost ones, and dollars are accounted by family and pool, beside what machines by the hour would have cost', async () => {
  const platform = await begun()
  const spec = specOf(platform, 'mine-1')
  await runTrial(platform, spec, { ...ann, site: siteOfPools(budgets({}), [spot()]) })
  const { state } = await foldTo(platform.log, NO_STORE, costs, {})
  const [work] = Object.values(state.work)
  const { jobs } = work
  // A model of all rows and one of each fold.
  expect(jobs).toBe(platform.folds.experiments.state().runs[spec.run].folds.length + 1)
  expect(work).toMatchObject({ team: 'alpha', pool: 'spot', tries: jobs + 1, lostSeconds: 1_800 })
  const [account, ...others] = accountsOf(state)
  expect(others).toEqual([])
  expect(account).toMatchObject({ family: spec.family, pool: 'spot', jobs, lostHours: 0.5 })
  expect(account.hours).toBeCloseTo(jobs + 0.5, 12)
  expect(account.gpuHours).toBeCloseTo((jobs + 0.5) / 2, 12)
  expect(account.dollars).toBeCloseTo((jobs + 0.5) * 0.9, 12)
  expect(account.onDemandDollars).toBeCloseTo(jobs * 3, 12)
  // Four machines from the first job's beginning to the last one's end.
  const kept = (work.to - work.from) / 3.6e9
  expect(account.aroundTheClockDollars).toBeCloseTo(kept * 4 * 3, 12)
})

test('a run that failed has cost what it has cost', async () => {
  const platform = await begun()
  const pool = { ...spot(), executor: executorOf(() => ({ ...FAILED, seconds: 7_200 })) }
  await runTrial(platform, specOf(platform, 'mine-1'), { ...ann, site: siteOfPools(budgets({}), [pool]) })
  const spent = platform.folds.spending.state().teams.alpha
  expect(Object.values(spent).map(({ dollars }) => dollars)).toEqual([expect.closeTo(1.8 * 2, 12)])
})

test.each([
  [
    'dollars',
    { dollars: 1 },
    /The team alpha has spent \$\d+\.\d\d of the \$1\.00 that it has for \d{4}-\d\d/,
  ],
  ['GPU hours', { gpuHours: 0.25 }, /has spent \d+\.\d\d GPU hours of the 0\.25/],
])('a team that has spent its %s begins nothing more, and another does', async (_, limits, why) => {
  const platform = await begun()
  // The account is in the month of the platform's own clock, and the market of this test has another.
  const site = siteOfPools(budgets(limits), [spot()])
  await runTrial(platform, specOf(platform, 'mine-1'), { ...ann, site })
  const { position } = await platform.log.head()
  const [month] = Object.keys(platform.folds.spending.state().teams.alpha)
  const later = { ...platform, moment: { nowMicros: () => Date.parse(`${month}-28T00:00:00Z`) * 1_000 } }
  const again = { ...specOf(platform, 'mine-1'), run: 'small-again' }
  await expect(runTrial(later, again, { ...ann, commandId: 'again', site })).rejects.toThrow(why)
  expect((await platform.log.head()).position).toBe(position)
  await runTrial(later, again, { ...ann, actor: 'bob', commandId: 'again', site })
  const paid = []
  for await (const batch of platform.log.readAll(1, { types: [WorkMetered.type] })) paid.push(...batch)
  expect(paid.map(({ data }) => (data as { team: string | null }).team)).toEqual(['alpha', null])
})

test('a route says which pool the jobs of a trainer go to, and the first pool takes the rest', () => {
  const named = (name: string): Pool => ({ ...spot(), name })
  const pools = { reserved: { kind: 'local' }, spot: { kind: 'local' }, burst: { kind: 'local' } }
  const routes = [
    { trainer: 'lightgbm-2', pool: 'burst' },
    { trainer: 'lightgbm-*', pool: 'spot' },
  ]
  const config = trainingConfig.parse({ pools, routes })
  const site = siteOfPools(config, ['reserved', 'spot', 'burst'].map(named))
  const went = ['lightgbm-1', 'lightgbm-2', 'lightgbm', 'forest-1'].map((name) => site.poolFor(name).name)
  expect(went).toEqual(['spot', 'burst', 'reserved', 'reserved'])
})
