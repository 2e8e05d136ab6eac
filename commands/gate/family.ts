/**
 * The trials of a family together, under whatever name they were started: how many there were, how they spread, and how many
 * independent ones they are worth.
 */
import type { Position } from '../../schemas/envelope.ts'
import {
  type Insufficient,
  insufficient,
  type Measured,
  MIN_OBSERVATIONS,
} from '../../streams/statistics/measured.ts'
import { sharpeOf } from '../../streams/statistics/sharpe.ts'
import type { Days } from './days.ts'
import { type EffectiveTrials, effectiveTrials } from './effective-trials.ts'
import { adjustedPValues } from './fdr.ts'
import { probabilisticSharpe, trackRecord } from './psr.ts'
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
  /** Why trials cannot be compared where they have too few days in common; null where they have enough. */
  incomparable: Insufficient | null
  /** Per-period Sharpe ratios of the finished trials whose returns vary, over those days. */
  sharpes: Float64Array
  effective: Measured<EffectiveTrials>
  /**
   * Of each trial, the least false discovery rate, under any dependence, at which its ratio over its own days would be a
   * discovery; 1 for one without a ratio.
   */
  adjustedP: Float64Array
  /** The finished trials, in the order of `runs`, by likeness. */
  clusters: Measured<TrialClusters>
}>

export function familyOf(trials: readonly TrialEvidence[]): Family {
  const returns = commonReturns(trials)
  const incomparable = tooFewDays(trials, returns[0]?.length ?? 0)
  return {
    trials,
    runs: trials.filter(({ days }) => days !== null).map(({ run }) => run),
    returns,
    incomparable,
    sharpes: Float64Array.from(returns, sharpeOf).filter(Number.isFinite),
    effective: incomparable ?? effectiveTrials(returns),
    adjustedP: adjustedPValues(Float64Array.from(trials, pValueOf), { dependent: true }),
    clusters: incomparable ?? trialClusters(returns),
  }
}

/**
 * Net returns of the trials that finished, over the days that all of them have: a comparison across trials needs the same
 * days of each.
 */
export function commonReturns(trials: readonly TrialEvidence[]): readonly Float64Array[] {
  const finished = finishedOf(trials).map(({ days }) => days)
  const counts = countsOf(finished)
  return finished.map(({ moments, net }) =>
    net.filter((_, day) => counts.get(moments[day]) === finished.length),
  )
}

/** The chance of a ratio as great as this one where the true one is 0. */
function pValueOf({ days }: TrialEvidence): number {
  const record = days === null ? null : trackRecord(days.net)
  const psr = record?.kind === 'measured' ? probabilisticSharpe(record.value) : null
  return psr?.kind === 'measured' ? 1 - psr.value.probability : 1
}

type Finished = TrialEvidence & Readonly<{ days: Days }>

const finishedOf = (trials: readonly TrialEvidence[]): readonly Finished[] =>
  trials.filter((trial): trial is Finished => trial.days !== null)

/** How many have each day. */
function countsOf(finished: readonly Days[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>()
  for (const { moments } of finished)
    for (const moment of moments) counts.set(moment, (counts.get(moment) ?? 0) + 1)
  return counts
}

/** Names the trial that lacks most of the days which at least half of them have. */
function tooFewDays(trials: readonly TrialEvidence[], common: number): Insufficient | null {
  const finished = finishedOf(trials)
  if (finished.length < 2 || common >= MIN_OBSERVATIONS) return null
  const counts = countsOf(finished.map(({ days }) => days))
  const usual = (moment: number) => 2 * (counts.get(moment) ?? 0) >= finished.length
  const [shortest] = finished
    .map(({ run, days }) => ({ run, days: days.moments.filter(usual).length }))
    .sort((a, b) => a.days - b.days)
  const most = [...counts.keys()].filter(usual).length
  return insufficient(
    `the finished trials have ${common} days in common, at least ${MIN_OBSERVATIONS} are needed, and ${shortest.run} has ${shortest.days} of the ${most} days that most of them have: start those that are to be compared anew, over the same days, in a family without it`,
  )
}
