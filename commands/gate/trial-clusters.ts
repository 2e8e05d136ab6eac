/** The trials of a family in clusters of like ones: how many different things were really tried, and what each is worth. */
import { Correlations } from '../../streams/statistics/correlations.ts'
import type { Columns } from '../../streams/statistics/linear.ts'
import { insufficient, lacking, type Measured, measured } from '../../streams/statistics/measured.ts'
import { isDegenerate, sdOf } from '../../streams/statistics/moments.ts'
import { sharpeOf } from '../../streams/statistics/sharpe.ts'
import { type Merge, mergesOf } from './agglomerate.ts'
import { bestCutOf } from './cuts.ts'

export type TrialClusters = Readonly<{
  /** The cluster of each column, from 1; 0 for a trial whose returns do not vary. */
  clusterOf: Uint32Array
  /** Per-period Sharpe ratio of each cluster's inverse-variance portfolio, cluster 1 first. */
  sharpes: Float64Array
  /** Mean silhouette over the deviation of silhouettes, at the cut that was chosen; NaN for a single cluster. */
  quality: number
}>

/** Correlations this near to 1 differ from it by rounding: such trials are one. */
const SAME = 1e-12

/**
 * López de Prado & Lewis (2018), SSRN 3167017: distance √((1 − ρ)/2), the number of clusters by the greatest mean of the
 * silhouettes over their deviation. In place of the paper's k-means, whose answer depends on a seed and on the order of the
 * trials, clusters are merged by average linkage (UPGMA) on that distance itself, and every cut of the tree is compared;
 * the paper's second pass over weak clusters is not made. Of cuts of one quality the one with more clusters is taken: it
 * deflates more. Within a cluster weights are by inverse variance, not by the inverse of the covariance, which for trials
 * that are nearly copies has no inverse worth having.
 *
 * Trials are first put in the order of their returns, so that the order in which they are given changes nothing.
 * @param returns one column per trial, over the same periods
 * @param correlations of trials that were met before, and of these from now on
 */
export function trialClusters(returns: Columns, correlations = new Correlations()): Measured<TrialClusters> {
  for (const column of returns) {
    const lack = lacking(column)
    if (lack !== undefined) return lack
    if (column.length !== returns[0].length) return insufficient('the trials do not cover the same periods')
  }
  const order = [...returns.keys()]
    .filter((trial) => !isDegenerate(returns[trial]))
    .sort((a, b) => byValues(returns[a], returns[b]))
  if (order.length === 0) return insufficient('no trial has returns that vary')
  const columns = order.map((trial) => returns[trial])
  const distances = correlations.matrix(columns).map((row) => row.map(distanceOf))
  const merges = mergesOf(distances)
  const { merges: made, quality } = bestCutOf(distances, merges) ?? {
    merges: merges.length,
    quality: Number.NaN,
  }
  const labels = labelsAfter(merges.slice(0, made), order.length)
  const clusterOf = new Uint32Array(returns.length)
  for (const [place, trial] of order.entries()) clusterOf[trial] = labels[place] + 1
  const clusters = Math.max(...labels) + 1
  const sharpes = Float64Array.from({ length: clusters }, (_, cluster) =>
    sharpeOf(inverseVariance(columns.filter((_, place) => labels[place] === cluster))),
  )
  return measured({ clusterOf, sharpes, quality })
}

const distanceOf = (correlation: number): number =>
  1 - correlation < SAME ? 0 : Math.sqrt((1 - correlation) / 2)

/** By the first value in which they differ. */
function byValues(a: Float64Array, b: Float64Array): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] - b[i]
  return 0
}

/** Clusters from 0, in the order of their first trial. */
function labelsAfter(merges: readonly Merge[], trials: number): Uint32Array {
  const head = Uint32Array.from({ length: trials }, (_, trial) => trial)
  // A merge keeps the name of the cluster that comes first, so that a chain of names ends at its first trial.
  for (const { into, from } of merges) head[from] = into
  const numbers = new Map<number, number>()
  return head.map((_, trial) => {
    let first = trial
    while (head[first] !== first) first = head[first]
    const number = numbers.get(first) ?? numbers.size
    numbers.set(first, number)
    return number
  })
}

function inverseVariance(columns: Columns): Float64Array {
  const weights = columns.map((column) => 1 / sdOf(column) ** 2)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return columns[0].map((_, t) => {
    let sum = 0
    for (const [k, column] of columns.entries()) sum += (weights[k] / total) * column[t]
    return sum
  })
}
