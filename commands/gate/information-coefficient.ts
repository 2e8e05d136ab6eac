/** How well scores rank what follows: the information coefficient, its decay, and what the quantiles earn and trade. */
import { assert } from '../../schemas/kernel/assert.ts'
import { type CosineTest, cosineTest } from '../../streams/statistics/cosine-test.ts'
import { insufficient, type Measured, MIN_OBSERVATIONS, measured } from '../../streams/statistics/measured.ts'
import { sdOf } from '../../streams/statistics/moments.ts'
import { averageRanks, spearman } from '../../streams/statistics/ranks.ts'

/** One row per date, one place per name; NaN where a name has no score or no return on that date. */
export type Panel = readonly Float64Array[]

const MIN_NAMES = 3

/** Spearman's correlation per date over the names that have both; NaN for fewer than three of them or a constant score. */
export function informationCoefficients(scores: Panel, forward: Panel): Float64Array {
  assert(scores.length === forward.length, 'scores and returns cover the same dates')
  return Float64Array.from(scores, (row, date) => {
    const names = present(row, forward[date])
    if (names.length < MIN_NAMES) return Number.NaN
    return spearman(pick(row, names), pick(forward[date], names))
  })
}

type InformationCoefficient = CosineTest &
  Readonly<{
    horizon: number
    dates: number
    /** Dates without a coefficient. */
    undefinedDates: number
    /** Mean over deviation of the dates, and the share of dates above 0. */
    ratio: number
    hitRate: number
  }>

/**
 * The mean coefficient, with an error that holds where scores persist and labels of `horizon` periods overlap (`cosineTest`).
 * `insufficient` below 30 dates, and below eight horizons.
 */
export function informationCoefficient(
  scores: Panel,
  forward: Panel,
  horizon: number = 1,
): Measured<InformationCoefficient> {
  const all = informationCoefficients(scores, forward)
  const series = all.filter(Number.isFinite)
  if (series.length < MIN_OBSERVATIONS)
    return insufficient(`${series.length} dates have a coefficient, at least ${MIN_OBSERVATIONS} are needed`)
  const test = cosineTest(series, horizon)
  if (test.kind === 'insufficient') return test
  return measured({
    ...test.value,
    horizon,
    dates: series.length,
    undefinedDates: all.length - series.length,
    ratio: test.value.mean / sdOf(series),
    hitRate: series.filter((value) => value > 0).length / series.length,
  })
}

/** The coefficient at each horizon: how long a score keeps its meaning. */
export const informationDecay = (
  scores: Panel,
  horizons: readonly Readonly<{ horizon: number; forward: Panel }>[],
): readonly Measured<InformationCoefficient>[] =>
  horizons.map(({ horizon, forward }) => informationCoefficient(scores, forward, horizon))

/** The quantile of each name, from 0; −1 without a score. Equal scores share a quantile. */
export function quantilesOf(scores: Float64Array, quantiles: number): Int32Array {
  const names = present(scores, scores)
  const ranks = averageRanks(pick(scores, names))
  const placed = new Int32Array(scores.length).fill(-1)
  for (const [i, name] of names.entries())
    placed[name] = Math.min(quantiles - 1, Math.floor(((ranks[i] - 0.5) * quantiles) / names.length))
  return placed
}

type QuantileReturns = Readonly<{
  /** Mean forward return per quantile over the dates on which it has names, lowest scores first; NaN where it never has. */
  means: Float64Array
  /** The highest quantile that has names less the lowest, date by date: its mean, error and t. */
  spread: CosineTest
  dates: number
}>

/**
 * Each date counts alike; one on which all names share a quantile counts for none of them. Scores of few values leave
 * quantiles empty: the three values -1, 0 and 1 fill three at most.
 */
export function quantileReturns(
  scores: Panel,
  forward: Panel,
  { quantiles = 5, horizon = 1 }: Readonly<{ quantiles?: number; horizon?: number }> = {},
): Measured<QuantileReturns> {
  const sums = new Float64Array(quantiles)
  const dates = new Float64Array(quantiles)
  const spreads: number[] = []
  for (const [date, row] of scores.entries()) {
    const both = row.map((score, name) => (Number.isNaN(forward[date][name]) ? Number.NaN : score))
    const means = meansByGroup(quantilesOf(both, quantiles), forward[date], quantiles)
    const filled = [...means.keys()].filter((q) => Number.isFinite(means[q]))
    if (filled.length < 2) continue
    for (const q of filled) {
      sums[q] += means[q]
      dates[q]++
    }
    spreads.push(means[filled[filled.length - 1]] - means[filled[0]])
  }
  if (spreads.length < MIN_OBSERVATIONS)
    return insufficient(
      `${spreads.length} dates fill two quantiles or more, at least ${MIN_OBSERVATIONS} are needed`,
    )
  const spread = cosineTest(Float64Array.from(spreads), horizon)
  if (spread.kind === 'insufficient') return spread
  return measured({
    means: sums.map((sum, q) => sum / dates[q]),
    spread: spread.value,
    dates: spreads.length,
  })
}

/**
 * |Q_t \ Q_{t−p}| / |Q_t|: the share of a quantile's names that were not in it `periods` dates before. NaN for the first
 * dates and for an empty quantile. `lowest` and `highest` are those that have names on the date.
 */
export function quantileTurnover(
  scores: Panel,
  {
    quantile,
    quantiles = 5,
    periods = 1,
  }: Readonly<{ quantile: number | 'lowest' | 'highest'; quantiles?: number; periods?: number }>,
): Float64Array {
  const placed = scores.map((row) => quantilesOf(row, quantiles))
  return Float64Array.from(placed, (now, date) => {
    if (date < periods) return Number.NaN
    const before = placed[date - periods]
    const [own, its] = [placeOf(quantile, now), placeOf(quantile, before)]
    let [members, entered] = [0, 0]
    for (let name = 0; name < now.length; name++)
      if (now[name] === own) {
        members++
        if (before[name] !== its) entered++
      }
    return entered / members
  })
}

/** Of those that have names on a date; −2, where nobody is, for a date without scores. */
function placeOf(quantile: number | 'lowest' | 'highest', placed: Int32Array): number {
  if (typeof quantile === 'number') return quantile
  let found = -2
  for (const place of placed) {
    if (place < 0) continue
    if (found < 0 || (quantile === 'lowest' ? place < found : place > found)) found = place
  }
  return found
}

function present(a: Float64Array, b: Float64Array): number[] {
  const names: number[] = []
  for (let name = 0; name < a.length; name++)
    if (Number.isFinite(a[name]) && Number.isFinite(b[name])) names.push(name)
  return names
}

function pick(row: Float64Array, names: readonly number[]): Float64Array {
  const picked = new Float64Array(names.length)
  for (let i = 0; i < names.length; i++) picked[i] = row[names[i]]
  return picked
}

function meansByGroup(groups: Int32Array, values: Float64Array, count: number): Float64Array {
  const sums = new Float64Array(count)
  const sizes = new Float64Array(count)
  for (const [name, group] of groups.entries())
    if (group >= 0) {
      sums[group] += values[name]
      sizes[group]++
    }
  return sums.map((sum, group) => sum / sizes[group])
}
