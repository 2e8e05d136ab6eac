/** The trials of a family, under whatever name they were started, together: how many there were, how they spread, and how many independent ones they are worth. */
import type { Position } from '../../schemas/envelope.ts'
import type { Measured } from '../../streams/statistics/measured.ts'
import { sharpeOf } from '../../streams/statistics/sharpe.ts'
import type { Days } from './days.ts'
import { type EffectiveTrials, effectiveTrials } from './effective-trials.ts'
import { type TrialClusters, trialClusters } from './trial-clusters.ts'

/** A trial that was started; without days where it did not finish. */
export type TrialEvidence = Readonly<{
  run: string
  /** The one that it was started in, which may be another one than the candidate's. */
  family: string
  status: 'running' | 'finished' | 'failed'
  started: Position
  days: Days | null
}>

/** What the trials of a family are together; the same for every candidate of it. */
export type Family = Readonly<{
  trials: readonly TrialEvidence[]
  /** The runs that finished, and the net returns of each over the days that all of them have. */
  runs: readonly string[]
  returns: readonly Float64Array[]
  /** Per-period Sharpe ratios of the finished trials whose returns vary, over those days. */
  sharpes: Float64Array
  effective: Measured<EffectiveTrials>
  /** The finished trials, in the order of `runs`, by likeness. */
  clusters: Measured<TrialClusters>
}>

export function familyOf(trials: readonly TrialEvidence[]): Family {
  const returns = commonReturns(trials)
  return {
    trials,
    runs: trials.filter(({ days }) => days !== null).map(({ run }) => run),
    returns,
    sharpes: Float64Array.from(returns, sharpeOf).filter(Number.isFinite),
    effective: effectiveTrials(returns),
    clusters: trialClusters(returns),
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
