/** Fifty strategies of which three have skill (numguard): what the gate's methods say where the truth is known. */
import { describe, expect, test } from 'vitest'
import { deflatedSharpe } from '../../commands/gate/deflated-sharpe.ts'
import { effectiveTrials } from '../../commands/gate/effective-trials.ts'
import { backtestOverfitting } from '../../commands/gate/pbo.ts'
import { trackRecord } from '../../commands/gate/psr.ts'
import { adjustedPValues } from '../../streams/statistics/fdr.ts'
import { sdOf } from '../../streams/statistics/moments.ts'
import { normalCdf, normalQuantile } from '../../streams/statistics/normal.ts'
import { sharpeOf } from '../../streams/statistics/sharpe.ts'
import { names, SKILLED, strategies } from '../support/fifty-strategies.ts'
import { known } from '../support/known.ts'
import { near, nearRelative } from '../support/near.ts'

const sharpes = Float64Array.from(strategies, sharpeOf)
const best = sharpes.indexOf(Math.max(...sharpes))
const tValues = sharpes.map((sharpe) => Math.abs(sharpe) * Math.sqrt(240))
const above = (hurdle: number) => names.filter((_, k) => tValues[k] >= hurdle)

test('240 months of fifty, with those that have skill among them', () => {
  expect(strategies).toHaveLength(50)
  expect(new Set(strategies.map(({ length }) => length))).toEqual(new Set([240]))
  expect(names).toEqual(expect.arrayContaining([...SKILLED]))
})

describe('what numguard publishes of it (README.md, examples/README.md, tests/test_examples.py)', () => {
  test('t from 0.01 to 3.85', () => {
    near(Math.min(...tValues), 0.01, 0.005)
    near(Math.max(...tValues), 3.85, 0.005)
  })

  test('Bonferroni asks for 3.29 and finds one of the three; so does a hurdle of 2.90; 2.35 finds all and no other', () => {
    const bonferroni = normalQuantile(1 - 0.05 / 100)
    near(bonferroni, 3.29, 0.005)
    for (const hurdle of [bonferroni, 3.4, 2.9, 2.85, 2.65, 2.55])
      expect(above(hurdle)).toEqual(['strategy_17'])
    expect(above(2.35)).toEqual(SKILLED)
  })

  test('a false discovery rate of 5 % finds one: there by bootstrap, here by adjusted p-values', () => {
    const pValues = tValues.map((t) => 2 * normalCdf(-t))
    for (const dependent of [false, true]) {
      const adjusted = adjustedPValues(pValues, { dependent })
      expect(names.filter((_, k) => adjusted[k] <= 0.05)).toEqual(['strategy_17'])
    }
  })
})

// numpy and scipy from the definitions; numguard's own deflated_sharpe agrees as far as its quantile goes (1e-9).
test('the best is one with skill, and is refused all the same: .909 is not .95', () => {
  expect(names[best]).toBe('strategy_17')
  nearRelative(sharpes[best], 0.24820310675894422)
  nearRelative(sdOf(sharpes) ** 2, 0.004995180365913172)
  const record = known(trackRecord(strategies[best]))
  nearRelative(record.skew, 0.060268903817479985, 1e-11)
  nearRelative(record.kurtosis, 3.344963946059376)
  const [sample] = known(deflatedSharpe(record, { trials: 50, trialSharpes: sharpes })).deflations
  expect(sample.basis).toBe('sample')
  nearRelative(sample.benchmark, 0.16088134031872164)
  nearRelative(sample.probability, 0.9092097226637832)
  near(sample.benchmark, 0.16088134035185953, 1e-10) // numguard
  near(sample.probability, 0.9092097225809208, 1e-9) // numguard
})

test('how many independent trials the fifty are worth (numpy)', () => {
  const family = known(effectiveTrials(strategies))
  nearRelative(family.meanCorrelation, 0.15188562286246954, 1e-11)
  near(family.implied, 42.5576, 5e-5)
  near(family.effectiveRank ?? 0, 35.4808, 5e-5)
  nearRelative(family.effectiveRank ?? 0, 35.48079009857103, 1e-10)
})

test.each([
  [6, 1 / 20],
  [8, 0.05714285714285714],
  [10, 0.03968253968253968],
  [12, 0.04004329004329004],
])('the choice is not overfit, in %d blocks (numpy)', (blocks, expected) => {
  nearRelative(known(backtestOverfitting(strategies, { blocks })).probability, expected)
})
