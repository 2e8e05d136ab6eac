/** No run is judged by its own ruler: what it pays is the worse of its own word and the policy's, item by item. */
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { GateReport } from '../../commands/gate/report-form.ts'
import { costsUnder, raisedItems } from '../../commands/gate/yardstick.ts'
import { ADDED_IN_2, type Yardstick } from '../../schemas/events/approval.ts'
import type { ImpactSpec, PortfolioSpec, RunSpec } from '../../schemas/events/experiment.ts'
import { canonicalJson } from '../../schemas/kernel/canonical.ts'
import { policyBody } from '../../schemas/policy.ts'
import { logIdentity, requestValidation, setPolicy, startRun } from '../../serving/actions.ts'
import { impactOf, impactTerms } from '../../streams/portfolio/impact.ts'
import { runSpec } from '../support/gate.ts'
import { signedPolicy } from '../support/keys.ts'
import type { MemoryPlatform } from '../support/memory-platform.ts'
import { act, judgedPlatform, MODEL, reportOn, runOf, SMALL_POLICY } from '../support/small-platform.ts'

const bps = fc.double({ min: 0, max: 100, noNaN: true })
const positive = fc.double({ min: 0.01, max: 1e9, noNaN: true })
const impact: fc.Arbitrary<ImpactSpec> = fc.record({
  model: fc.constantFrom('square-root', 'almgren'),
  temporary: fc.double({ min: 0, max: 3, noNaN: true }),
  permanent: fc.double({ min: 0, max: 3, noNaN: true }),
  outstandingDays: fc.double({ min: 1, max: 1000, noNaN: true }),
  capitalUsd: positive,
  advUsd: positive,
  dailyVolatility: fc.double({ min: 0.001, max: 0.2, noNaN: true }),
})
const costs = fc.record({ spreadBps: bps, commissionBps: bps, borrowBps: bps, impact: fc.option(impact) })

const portfolioWith = (own: Yardstick): PortfolioSpec => ({ ...runSpec('r', ['x']).portfolio, ...own })
/** What a trade of a twentieth of capital pays for moving the price. */
const moved = (spec: ImpactSpec | null): number => (spec === null ? 0 : impactOf(0.05, impactTerms(spec)))

test('nobody pays less than the policy says, nor than he said himself, and who pays enough is left as he is', () => {
  fc.assert(
    fc.property(costs, costs, (own, yardstick) => {
      const portfolio = portfolioWith(own)
      const judged = costsUnder({ yardstick }, portfolio)
      for (const name of ['spreadBps', 'commissionBps', 'borrowBps'] as const)
        expect(judged[name]).toBe(Math.max(own[name], yardstick[name]))
      expect(moved(judged.impact)).toBeGreaterThanOrEqual(moved(yardstick.impact))
      if (own.impact?.model === yardstick.impact?.model || yardstick.impact === null)
        expect(moved(judged.impact)).toBeGreaterThanOrEqual(moved(own.impact))
      expect(judged === portfolio).toBe(raisedItems(portfolio, judged).length === 0)
      expect(costsUnder({ yardstick }, judged)).toBe(judged)
      expect(costsUnder({ yardstick: null }, portfolio)).toBe(portfolio)
    }),
  )
})

let platform: MemoryPlatform
beforeEach(async () => {
  platform = await judgedPlatform()
}, 60_000)
afterEach(() => platform.close())

const YARDSTICK: Yardstick = {
  spreadBps: 12,
  commissionBps: 0.5,
  borrowBps: 90,
  impact: {
    model: 'square-root',
    temporary: 1,
    permanent: 0,
    outstandingDays: 200,
    capitalUsd: 1e7,
    advUsd: 1e8,
    dailyVolatility: 0.02,
  },
}

async function reportedOn(run: string, commandId: string): Promise<GateReport> {
  await requestValidation(platform, { model: MODEL, run }, act(commandId))
  return JSON.parse(Buffer.from(await platform.chunks.get(reportOn(platform, run).report)).toString())
}

test('a book is traded again at the costs of the policy: as if the run had stated them, day by day, and in every section', async () => {
  const cheap = 'small-h3-momentum'
  const { spec } = platform.folds.experiments.state().runs[cheap]
  const dear: RunSpec = {
    ...runOf('momentum', 3, spec.trainingSetHash),
    run: 'dear',
    portfolio: { ...spec.portfolio, spreadBps: 12, borrowBps: 90, impact: YARDSTICK.impact },
  }
  await startRun(platform, dear, act('dear'))
  const own = await reportedOn(cheap, 'own')
  expect(own.costs.raised).toEqual([])
  const policy = { ...SMALL_POLICY, version: 2, yardstick: YARDSTICK }
  await setPolicy(
    platform,
    signedPolicy(policy, SMALL_POLICY, undefined, logIdentity(platform)),
    act('p2', 'bob'),
  )
  // The same file has the latest report alone: the one on the run that is judged is read before the next.
  const stated = await reportedOn('dear', 'stated')
  const raised = await reportedOn(cheap, 'raised')
  const impactNames = Object.keys(YARDSTICK.impact ?? {}).map((name) => `impact.${name}`)
  expect([...raised.costs.raised].sort()).toEqual(['spreadBps', 'borrowBps', ...impactNames].sort())
  expect(raised.costs.judged).toEqual(stated.costs.judged)
  expect(raised.series).toEqual(stated.series)
  for (const section of ['performance', 'crossValidation', 'capacity', 'deflation', 'overfitting'] as const)
    expect([section, raised.sections[section]]).toEqual([section, stated.sections[section]])
  const sum = ({ series }: GateReport) => series.cost.reduce<number>((total, cost) => total + (cost ?? 0), 0)
  expect(sum(raised)).toBeGreaterThan(1.5 * sum(own))
  // Every trial of the ledger pays as much: none of them looks better for having stated less.
  const sharpeOf = ({ ledger }: GateReport, run: string) =>
    ledger.trials.find((trial) => trial.run === run)?.sharpeAnnual ?? Number.NaN
  expect(sharpeOf(raised, cheap)).toBe(sharpeOf(raised, 'dear'))
  expect(sharpeOf(raised, 'small-h1-noise')).toBeLessThan(sharpeOf(own, 'small-h1-noise'))
})

test('what was signed before there were yardsticks, holdouts and ladders is the same policy still', () => {
  const { yardstick: _, holdout: __, losses: ___, ladder, ...before } = SMALL_POLICY
  const { volatility: ____, ...validation } = before.validation
  expect(policyBody({ ...before, ...ADDED_IN_2, ladder }, null, null)).toBe(
    canonicalJson({ policy: { ...before, validation }, replaces: null }),
  )
  const kept = policyBody({ ...SMALL_POLICY, yardstick: YARDSTICK, holdout: { from: 1 } }, null, null)
  expect(JSON.parse(kept)).toMatchObject({ policy: { yardstick: YARDSTICK, holdout: { from: 1 } } })
})
