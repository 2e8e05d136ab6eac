/** The deflated Sharpe ratio: is the best of N trials better than the best of N worthless ones would be? */
import { assert } from '../../schemas/kernel/assert.ts'
import { expectedMaximum, type MaximumMethod } from '../../streams/statistics/expected-maximum.ts'
import { insufficient, type Measured, measured } from '../../streams/statistics/measured.ts'
import { sdOf } from '../../streams/statistics/moments.ts'
import { type PsrForm, probabilisticSharpe, type TrackRecord } from './psr.ts'

export type DeflatedOptions = Readonly<{
  /** How many trials were ever started, from the log: the researcher cannot pass fewer. */
  trials: number
  /** Per-period ratios of the trials that have one, over one length of history. */
  trialSharpes: Float64Array
  /** The mean correlation among trials: it sets a floor under the variance across them. */
  meanCorrelation?: number
  /** Independent trials that the raw ones are worth. Used with the null variance only, never with the raw trials'. */
  effectiveTrials?: number
  /** Per-period ratios of clusters of trials, one each: their number and their variance belong together. */
  clusterSharpes?: Float64Array
  /** How many different things were tried: clusters, and each trial that is in none. Used with the null variance only. */
  clusters?: number
  form?: PsrForm
  method?: MaximumMethod
}>

/**
 * One deflation. `sample`: raw N, variance across trials (n − 1 below). `floored`: raw N, at least (1 − ρ̄)/(T − 1).
 * `clustered`: the number of clusters of trials, the variance across those clusters (López de Prado & Lewis 2018).
 * `null-effective`: effective N with the variance 1/(T − 1) of a worthless trial. `null-clusters`: the number of clusters with
 * that variance, which skill among the trials does not widen. `null`: raw N with that variance.
 */
export type Deflation = Readonly<{
  basis: 'sample' | 'floored' | 'clustered' | 'null-effective' | 'null-clusters' | 'null'
  trials: number
  variance: number
  /** The ratio that the best of N worthless trials is expected to show, per period. */
  benchmark: number
  probability: number
  judged: boolean
}>

type DeflatedSharpe = Readonly<{
  form: PsrForm
  /** The judged deflation with the smallest probability. */
  judged: Deflation
  deflations: readonly Deflation[]
  /** Against zero, without deflation. */
  undeflated: number
  /** True where the trials do not differ, so that their variance says nothing. */
  identicalTrials: boolean
}>

/**
 * Bailey & López de Prado (2014): PSR against √V E[max_N]. Correlated trials shrink both the variance across trials and the
 * effective number; taking both relieves twice, so each deflation takes one. The raw `null` is judged only where no
 * effective number is given; it is reported always, and so is `null-clusters`.
 */
export function deflatedSharpe(record: TrackRecord, options: DeflatedOptions): Measured<DeflatedSharpe> {
  const {
    trials,
    trialSharpes,
    meanCorrelation,
    effectiveTrials,
    clusterSharpes,
    clusters,
    form = '2012',
    method,
  } = options
  assert(Number.isInteger(trials) && trials >= 1, 'a record is itself a trial')
  assert(trials >= trialSharpes.length, 'there are at least as many trials as ratios of trials')
  if (!trialSharpes.every(Number.isFinite) || !(clusterSharpes ?? trialSharpes).every(Number.isFinite))
    return insufficient('a trial has no Sharpe ratio: leave it out, count it')
  const undeflated = probabilisticSharpe(record, { form })
  if (undeflated.kind === 'insufficient') return undeflated
  const nullVariance = 1 / (record.n - 1)
  const sample = trialSharpes.length < 2 ? undefined : sdOf(trialSharpes) ** 2
  const bases: Pick<Deflation, 'basis' | 'trials' | 'variance' | 'judged'>[] = []
  if (sample !== undefined) bases.push({ basis: 'sample', trials, variance: sample, judged: true })
  if (sample !== undefined && meanCorrelation !== undefined) {
    const floor = Math.max(0, 1 - meanCorrelation) * nullVariance
    bases.push({ basis: 'floored', trials, variance: Math.max(sample, floor), judged: true })
  }
  if (clusterSharpes !== undefined && clusterSharpes.length > 1) {
    const [trials, variance] = [clusterSharpes.length, sdOf(clusterSharpes) ** 2]
    bases.push({ basis: 'clustered', trials, variance, judged: true })
  }
  if (effectiveTrials !== undefined)
    bases.push({ basis: 'null-effective', trials: effectiveTrials, variance: nullVariance, judged: true })
  if (clusters !== undefined)
    bases.push({ basis: 'null-clusters', trials: clusters, variance: nullVariance, judged: false })
  bases.push({ basis: 'null', trials, variance: nullVariance, judged: effectiveTrials === undefined })

  const deflations: Deflation[] = []
  for (const base of bases) {
    const benchmark = Math.sqrt(base.variance) * expectedMaximum(base.trials, method)
    const psr = probabilisticSharpe(record, { form, benchmark, trials: base.trials })
    if (psr.kind === 'insufficient') return psr
    deflations.push({ ...base, benchmark, probability: psr.value.probability })
  }
  const judged = deflations
    .filter((deflation) => deflation.judged)
    .reduce((least, next) => (next.probability < least.probability ? next : least))
  return measured({
    form,
    judged,
    deflations,
    undeflated: undeflated.value.probability,
    identicalTrials: trials > 1 && sample === 0,
  })
}
