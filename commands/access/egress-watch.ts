/**
 * Whether what a person takes is unlike him and unlike his peers: a pure function of what he and they took, with the numbers that it rests
 * on. The first rung that is reached counts. A rung looks at artifacts, each counted once in its window.
 */
import { momentsOf, riseCusum, surprise } from '../../streams/statistics/negative-binomial.ts'

export const RUNGS = ['canary', 'hard-cap', 'unusual-week', 'exposure', 'slow', 'probing'] as const
export type Rung = (typeof RUNGS)[number]

export type Watched = Readonly<{
  /** Artifacts of the last seven days, this one among them, and of the last ninety. */
  week: number
  quarter: number
  /** What there is to take in all. */
  registry: number
  /** Whole weeks before this one, oldest first, those in which there was an alarm left out; of the person and of each of his peers. */
  own: readonly number[]
  peers: readonly number[]
  /** What each peer took in the last seven days. */
  peersNow: readonly number[]
  /** Attempts of the last hour that were refused, this one among them where it is. */
  refused: number
  isCanary: boolean
}>

export type EgressAlarm = Readonly<{
  rung: Rung
  inputs: readonly Readonly<{ name: string; value: number }>[]
}>

/** No count below it is looked at. */
export const LEAST_ARTIFACTS = 20
export const MOST_A_WEEK = 100
/** −log10 of the chance: once in ten thousand weeks. */
export const MOST_SURPRISE = 4
export const MOST_SHARE = 0.2
export const MOST_REFUSED = 30
/** Weeks of a slow rise are held against the weeks before them. */
export const SLOW_WEEKS = 8
export const SLOW_RATIO = 3
/** The CUSUM at which a rise counts; `test/access/egress-scenarios` measures how seldom it is reached without one. */
export const MOST_CUSUM = 8
/** A person's own mean counts as much as his peers' after so many weeks. */
const PRIOR_WEEKS = 4
/** Below so few weeks of peers there is no norm, and the cap stands alone. */
const LEAST_PEER_WEEKS = 12
/** Nobody's norm is less than one artifact in four weeks: a mean of 0 makes any count infinitely surprising. */
const LEAST_MEAN = 0.25

export function watched(seen: Watched): EgressAlarm | null {
  const { week, quarter, registry, refused, isCanary } = seen
  const alarm = (rung: Rung, values: Readonly<Record<string, number>>): EgressAlarm => ({
    rung,
    inputs: Object.entries(values).map(([name, value]) => ({ name, value })),
  })
  if (isCanary) return alarm('canary', { week })
  if (refused >= MOST_REFUSED) return alarm('probing', { refused, most: MOST_REFUSED })
  if (week > MOST_A_WEEK) return alarm('hard-cap', { week, most: MOST_A_WEEK })
  if (week < LEAST_ARTIFACTS && quarter < LEAST_ARTIFACTS) return null
  const norm = normOf(seen)
  if (norm !== null && week >= LEAST_ARTIFACTS) {
    const score = surprise(week, norm)
    if (score >= MOST_SURPRISE) return alarm('unusual-week', { week, ...norm, score, most: MOST_SURPRISE })
  }
  if (quarter >= LEAST_ARTIFACTS && quarter > MOST_SHARE * registry)
    return alarm('exposure', { quarter, registry, most: MOST_SHARE })
  const before = normOf({ ...seen, own: seen.own.slice(0, -SLOW_WEEKS), peersNow: [] })
  if (before === null) return null
  const cusum = riseCusum([...seen.own.slice(-SLOW_WEEKS), week], before, SLOW_RATIO).at(-1) ?? 0
  return cusum >= MOST_CUSUM ? alarm('slow', { week, ...before, cusum, most: MOST_CUSUM }) : null
}

/**
 * What a week of a person is held against: his own mean shrunk to his peers', who also give the dispersion, and both raised in a week in
 * which most peers take more than they do as a rule (a release). Null where there are too few weeks of peers.
 */
function normOf({ own, peers, peersNow }: Pick<Watched, 'own' | 'peers' | 'peersNow'>) {
  if (peers.length < LEAST_PEER_WEEKS) return null
  const { mean: peerMean, k } = momentsOf(peers)
  const weight = own.length / (own.length + PRIOR_WEEKS)
  const ownMean = own.length === 0 ? 0 : own.reduce((sum, count) => sum + count, 0) / own.length
  const usual = Math.max(weight * ownMean + (1 - weight) * peerMean, LEAST_MEAN)
  const surge = Math.max(1, medianOf(peersNow) / Math.max(peerMean, LEAST_MEAN))
  return { mean: usual * surge, k, peerMean, ownMean, surge }
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length === 0) return 0
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
