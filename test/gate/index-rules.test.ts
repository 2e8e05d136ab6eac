/** Nine moving-average rules on the index: the whole chain of methods on real prices, against numpy to eleven digits. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { deflatedSharpe } from '../../commands/gate/deflated-sharpe.ts'
import { drawdowns, maxDrawdown } from '../../commands/gate/drawdown.ts'
import { effectiveTrials } from '../../commands/gate/effective-trials.ts'
import { backtestOverfitting } from '../../commands/gate/pbo.ts'
import { probabilisticSharpe, trackRecord } from '../../commands/gate/psr.ts'
import { optimalBlockLength } from '../../streams/statistics/block-length.ts'
import { ksTest } from '../../streams/statistics/ks.ts'
import { meanOf, sdOf } from '../../streams/statistics/moments.ts'
import { meanTest } from '../../streams/statistics/newey-west.ts'
import { correlation } from '../../streams/statistics/ranks.ts'
import { annualise, autocorrelations, loEta, sharpeOf } from '../../streams/statistics/sharpe.ts'
import { known } from '../support/known.ts'
import { near, nearRelative } from '../support/near.ts'
import { bestRuleNet, RULES_FROM, rules, spx } from '../support/spx.ts'

const digits = 1e-11
const { dates, returns } = spx

test('the file is the one that the figures are of', () => {
  const file = new URL('../../node_modules/vega-datasets/data/sp500-2000.csv', import.meta.url)
  const digest = createHash('sha256').update(readFileSync(file)).digest('hex')
  expect(digest).toBe('9409e9342d0657c747324e4cfabce8a8c7f663bc485b95a3378f36b0a160f8c8')
})

test('the index itself', () => {
  const record = known(trackRecord(returns))
  expect(record.n).toBe(5104)
  nearRelative(meanOf(returns), 0.00021202104530069663, digits)
  nearRelative(sdOf(returns), 0.012530423486564834, digits)
  nearRelative(record.sharpe, 0.01692050117284754, digits)
  nearRelative(annualise(record.sharpe), 0.26860462897158793, digits)
  nearRelative(record.skew, -0.12262930675083869, digits)
  nearRelative(record.kurtosis, 14.017114991667233, digits)
  const psr = known(probabilisticSharpe(record))
  nearRelative(psr.probability, 0.8862661754366312, digits)
  nearRelative(psr.minTrackRecord ?? 0, 9479.331321954569, digits)
  nearRelative(maxDrawdown(returns), -0.5677538775030552, digits)
  const below = drawdowns(returns)
  const low = below.indexOf(Math.min(...below))
  expect([dates[below.lastIndexOf(0, low)], dates[low]]).toEqual(['2007-10-09', '2009-03-09'])
  const blocks = optimalBlockLength(returns)
  nearRelative(blocks.stationary, 7.512688364575294, digits)
  nearRelative(blocks.circular, 8.599881370794037, digits)
  expect(blocks.lags).toBe(4)
  nearRelative(meanTest(returns).t, 1.4086438105875023, digits)
  expect(meanTest(returns).lags).toBe(9)
  near(meanTest(returns, 0).t, 1.2089576951, 6e-11)
  const year = (prefix: string) => returns.filter((_, i) => dates[i].startsWith(prefix))
  expect([year('2019').length, year('2020').length]).toEqual([252, 74])
  const ks = known(ksTest(year('2019'), year('2020')))
  nearRelative(ks.statistic, 0.24335049335049336, digits)
  nearRelative(ks.pValue, 0.001788294669164551, digits)
})

test('a month of days is worth more than √21 where returns revert (Lo 2002)', () => {
  nearRelative(loEta(autocorrelations(returns, 20), 21), 5.423644357798066, digits)
  // With each lag's pairs correlated by themselves (numpy.corrcoef) it is 5.4251.
  const pairs = Float64Array.from({ length: 20 }, (_, k) =>
    correlation(returns.subarray(k + 1), returns.subarray(0, returns.length - k - 1)),
  )
  nearRelative(loEta(pairs, 21), 5.425090023764994, digits)
  expect(pairs[0]).toBeCloseTo(-0.1152, 4)
})

const best = rules[2]
const sharpes = Float64Array.from(rules, sharpeOf)

test('the rules', () => {
  const published = [0.280059, 0.351125, 0.509333, 0.250563, 0.434533, 0.497279, 0.296543, 0.342296, 0.43858]
  for (const [k, expected] of published.entries()) expect(annualise(sharpes[k])).toBeCloseTo(expected, 6)
  expect(best).toHaveLength(4905)
  expect(dates[RULES_FROM - 1]).toBe('2000-10-17')
})

test('the best of nine passes alone, and fails once the other eight are counted', () => {
  const record = known(trackRecord(best))
  nearRelative(record.sharpe, 0.03208499290903834, digits)
  nearRelative(record.skew, -0.5899678686626808, digits)
  nearRelative(record.kurtosis, 8.590030974765707, digits)
  nearRelative(sdOf(sharpes) ** 2, 3.6114315690394446e-5, digits)
  const family = known(effectiveTrials(rules))
  nearRelative(family.meanCorrelation, 0.7728931456170963, digits)
  nearRelative(family.implied, 2.81685, 1e-5)
  nearRelative(family.effectiveRank ?? 0, 2.27772, 1e-5)

  const alone = known(deflatedSharpe(record, { trials: 9, trialSharpes: sharpes }))
  nearRelative(alone.undeflated, 0.9869179407384712, digits)
  const [sample, raw] = alone.deflations
  nearRelative(sample.benchmark, 0.009139145062221937, digits)
  nearRelative(sample.probability, 0.944121516471264, digits)
  nearRelative(raw.probability, 0.7638134683590638, digits)
  expect(alone.judged).toBe(raw)

  const { meanCorrelation, effective: effectiveTrialCount } = family
  const related = { meanCorrelation, effectiveTrials: effectiveTrialCount }
  const judged = known(deflatedSharpe(record, { trials: 9, trialSharpes: sharpes, ...related })).judged
  expect(judged.probability).toBeLessThan(0.95)
})

test.each([
  [8, 0.6428571428571429],
  [10, 0.6190476190476191],
  [16, 0.6198912198912199],
])('overfitting among the rules, %d blocks', (blocks, expected) => {
  const pbo = known(backtestOverfitting(rules, { blocks }))
  nearRelative(pbo.probability, expected, digits)
  if (blocks !== 16) return
  expect(pbo.lossProbability).toBeCloseTo(0.0328, 4)
  expect(pbo.degradation.slope).toBeCloseTo(-0.8911, 4)
})

test.each([
  [0, 0.5093334723275177],
  [5, 0.49600620953422164],
  [10, 0.4826495045342505],
  [25, 0.44242827256587525],
])('the best rule at %d basis points a trade', (bps, expected) => {
  const net = bestRuleNet(bps)
  nearRelative(annualise(sharpeOf(net)), expected, digits)
  if (bps > 0) expect(net.filter((value, day) => value !== best[day])).toHaveLength(54)
})
