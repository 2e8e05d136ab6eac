/**
 * The trials that count for a candidate together, under whatever name they were started: how many there were, how they
 * spread, and how many independent ones they are worth.
 */
import type { Position } from '../../schemas/envelope.ts'
import type { Relation } from '../../schemas/relation.ts'
import { adjustedPValues } from '../../streams/statistics/fdr.ts'
import {
  type Insufficient,
  insufficient,
  type Measured,
  MIN_OBSERVATIONS,
} from '../../streams/statistics/measured.ts'
import { Comparison } from './compared.ts'
import type { Days } from './days.ts'
import { type EffectiveTrials, effectiveTrials } from './effective-trials.ts'
import { type TrialClusters, trialClusters } from './trial-clusters.ts'

/** A trial that was started; without days where it did not finish. */
export type TrialEvidence = Readonly<{
  run: string
  /** The one that it was started in, which may be another one than the candidate's. */
  family: string
  /** Why it counts; the family unless given. */
  relation?: Relation
  status: 'running' | 'finished' | 'failed'
  started: Position
  days: Days | null
}>

/** What the trials are together, over the candidate's sessions; the same for every candidate that has those sessions. */
export type Family = Readonly<{
  trials: readonly TrialEvidence[]
  /**
   * The runs that finished, and the net returns of each over the candidate's sessions. On a session that a trial was not
   * held out on it held nothing, and earned 0: so its t-statistic is that of the sessions which it shares, no trial shortens
   * the record of another, and none drops out by covering other sessions.
   */
  runs: readonly string[]
  returns: readonly Float64Array[]
  /** How many of the candidate's sessions each of `runs` was held out on. */
  shared: readonly number[]
  /** Why trials cannot be compared with the candidate at all; null where they can. */
  incomparable: Insufficient | null
  /** Per-period Sharpe ratios, over the shared sessions, of the trials that share enough and whose returns vary. */
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

/**
 * @param candidate whose sessions the others are compared on; those of the trial with the most days unless given
 * @param comparison over those sessions, with trials that were met before: what comes out has the same bits with it
 */
export function familyOf(
  trials: readonly TrialEvidence[],
  candidate: Days | null = longest(trials),
  comparison: Comparison = new Comparison(candidate?.sessions ?? new Float64Array()),
): Family {
  const finished = trials.flatMap(({ run, days }) => (days === null ? [] : [{ run, ...comparison.of(days) }]))
  const returns = finished.map((one) => one.returns)
  const incomparable = problemOf(candidate, comparison.sessions.length)
  return {
    trials,
    runs: finished.map(({ run }) => run),
    returns,
    shared: finished.map(({ shared }) => shared),
    incomparable,
    sharpes: Float64Array.from(finished, ({ sharpe }) => sharpe).filter(Number.isFinite),
    effective: incomparable ?? effectiveTrials(returns, comparison.correlations),
    adjustedP: adjustedPValues(
      Float64Array.from(trials, ({ days }) => (days === null ? 1 : comparison.of(days).pValue)),
      { dependent: true },
    ),
    clusters: incomparable ?? trialClusters(returns, comparison.correlations),
  }
}

function longest(trials: readonly TrialEvidence[]): Days | null {
  const [first = null, ...others] = trials.flatMap(({ days }) => days ?? [])
  return others.reduce((most, days) => (most && most.net.length >= days.net.length ? most : days), first)
}

/** The candidate's own record must be whole: nothing is filled in for it. */
function problemOf(candidate: Days | null, sessions: number): Insufficient | null {
  if (candidate === null) return insufficient('no trial has finished')
  const lack = candidate.net.filter((value) => !Number.isFinite(value)).length
  if (lack > 0) return insufficient(`the candidate has no return on ${lack} of its days`)
  if (sessions >= MIN_OBSERVATIONS) return null
  return insufficient(`the candidate has ${sessions} sessions, at least ${MIN_OBSERVATIONS} are needed`)
}
