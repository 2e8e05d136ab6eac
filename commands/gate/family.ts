/** The trials of a family together: how many there were, how they spread, and how many independent ones they are worth. */
import type { Measured } from '../../streams/statistics/measured.ts'
import { sharpeOf } from '../../streams/statistics/sharpe.ts'
import { type EffectiveTrials, effectiveTrials } from './effective-trials.ts'
import type { Days } from './evidence.ts'

/** A trial that was started; without days where it did not finish. */
export type TrialEvidence = Readonly<{ run: string; days: Days | null }>

/** What the trials of a family are together; the same for every candidate of it. */
export type Family = Readonly<{
  started: number
  /** Per-period Sharpe ratios of the finished trials whose returns vary, over the days that all have. */
  sharpes: Float64Array
  finished: number
  commonDays: number
  effective: Measured<EffectiveTrials>
}>

export function familyOf(trials: readonly TrialEvidence[]): Family {
  const returns = commonReturns(trials)
  return {
    started: trials.length,
    sharpes: Float64Array.from(returns, sharpeOf).filter(Number.isFinite),
    finished: returns.length,
    commonDays: returns[0]?.length ?? 0,
    effective: effectiveTrials(returns),
  }
}

/**
 * Net returns of the trials that finished, over the days that all of them have: a comparison across trials needs the same
 * days of each.
 */
export function commonReturns(trials: readonly TrialEvidence[]): readonly Float64Array[] {
  const finished = trials.flatMap(({ days }) => (days === null ? [] : [days]))
  const counts = new Map<number, number>()
  for (const { moments } of finished) {
    for (const moment of moments) counts.set(moment, (counts.get(moment) ?? 0) + 1)
  }
  return finished.map(({ moments, net }) =>
    net.filter((_, day) => counts.get(moments[day]) === finished.length),
  )
}
