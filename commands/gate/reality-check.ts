/** Is the best of many strategies better than a benchmark, once all that were tried are counted? By bootstrap. */
import { optimalBlockLength } from '../../streams/statistics/block-length.ts'
import { type Blocks, stationaryBlocks } from '../../streams/statistics/bootstrap.ts'
import type { Columns } from '../../streams/statistics/linear.ts'
import { insufficient, lacking, type Measured, measured } from '../../streams/statistics/measured.ts'
import { isDegenerate, meanOf } from '../../streams/statistics/moments.ts'
import type { Uniform } from '../../streams/statistics/random.ts'

type RealityCheckOptions = Readonly<{
  uniform: Uniform
  draws?: number
  /** The greatest of the strategies' automatic lengths unless said otherwise. */
  blockLength?: number
}>

type RealityCheck = Readonly<{
  /** The strategy with the greatest mean, and the one with the greatest studentised mean. */
  best: number
  bestStudentised: number
  /** White (2000): the greatest √T d̄, and its p-value. */
  white: Readonly<{ statistic: number; pValue: number }>
  /** Hansen (2005): the greatest √T d̄/ω, at least 0, and p-values with three recentrings. `consistent` is the one to use. */
  superior: Readonly<{ statistic: number; lower: number; consistent: number; upper: number }>
  strategies: number
  /** Strategies whose mean has no error, because they do not vary. */
  excluded: number
  draws: number
  blockLength: number
}>

/**
 * Tests that no strategy has a positive mean.
 * @param excess one column per strategy: its returns less the benchmark's, over the same periods
 */
export function realityCheck(excess: Columns, options: RealityCheckOptions): Measured<RealityCheck> {
  const { uniform, draws = 2000 } = options
  if (excess.length === 0) return insufficient('there is no strategy')
  for (const column of excess) {
    const lack = lacking(column)
    if (lack !== undefined) return lack
    if (column.length !== excess[0].length)
      return insufficient('the strategies do not cover the same periods')
  }
  const moving = [...excess.keys()].filter((k) => !isDegenerate(excess[k]))
  const blockLength =
    options.blockLength ?? Math.max(1, ...moving.map((k) => optimalBlockLength(excess[k]).stationary))
  const errorOf = (k: number): number => Math.sqrt(bootstrapVariance(excess[k], 1 / blockLength))
  const withErrors = moving.map((k) => ({ k, error: errorOf(k) })).filter(({ error }) => error > 0)
  if (withErrors.length === 0) return insufficient('no strategy has returns that vary')
  const places = withErrors.map(({ k }) => k)
  const errors = Float64Array.from(withErrors, ({ error }) => error)
  const columns = places.map((k) => excess[k])
  const n = columns[0].length
  const root = Math.sqrt(n)
  const means = Float64Array.from(columns, meanOf)
  const ratios = means.map((mean, k) => (root * mean) / errors[k])
  const statistic = Math.max(0, ...ratios)
  const plain = root * Math.max(...means)
  // Strategies so bad that they cannot be the best do not widen the consistent null (Hansen 2005, equation 10).
  const hopeless = -Math.sqrt(2 * Math.log(Math.log(n)))
  const recentring = [
    means.map((mean) => Math.max(0, mean)),
    means.map((mean, k) => (ratios[k] >= hopeless ? mean : 0)),
    means,
  ]
  const above = [0, 0, 0, 0]
  const draw = stationaryBlocks({ uniform, from: n, rows: n, meanLength: blockLength })
  const meansOver = meanMeter(columns)
  for (let d = 0; d < draws; d++) {
    const drawn = meansOver(draw())
    let greatest = Number.NEGATIVE_INFINITY
    for (let k = 0; k < drawn.length; k++) greatest = Math.max(greatest, root * (drawn[k] - means[k]))
    if (greatest >= plain) above[3]++
    for (const [form, centres] of recentring.entries()) {
      let most = 0
      for (let k = 0; k < drawn.length; k++)
        most = Math.max(most, (root * (drawn[k] - centres[k])) / errors[k])
      // A family in which nothing is above 0 has a statistic of 0, which every draw reaches: its p-value is 1.
      if (most >= statistic) above[form]++
    }
  }
  const [lower, consistent, upper, white] = above.map((count) => (count + 1) / (draws + 1))
  return measured({
    best: places[means.indexOf(Math.max(...means))],
    bestStudentised: places[ratios.indexOf(Math.max(...ratios))],
    white: { statistic: plain, pValue: white },
    superior: { statistic, lower, consistent, upper },
    strategies: columns.length,
    excluded: excess.length - columns.length,
    draws,
    blockLength,
  })
}

/**
 * The variance of √T d̄ under the stationary bootstrap, in closed form (Politis & Romano 1994, lemma 1):
 * γ₀ + 2 Σ κ_i γ_i with κ_i = (1 − i/n)(1 − p)^i + (i/n)(1 − p)^(n−i).
 */
export function bootstrapVariance(series: Float64Array, p: number): number {
  const n = series.length
  const mean = meanOf(series)
  let total = 0
  for (let lag = 0; lag < n; lag++) {
    const weight = (1 - lag / n) * (1 - p) ** lag + (lag / n) * (1 - p) ** (n - lag)
    if (lag > 0 && weight < 1e-12) continue
    let covariance = 0
    for (let i = lag; i < n; i++) covariance += (series[i] - mean) * (series[i - lag] - mean)
    total += (lag === 0 ? 1 : 2 * weight) * (covariance / n)
  }
  return total
}

/** Means of all columns over one common resample: each block is a difference of running sums over the doubled column. */
function meanMeter(columns: Columns): (blocks: Blocks) => Float64Array {
  const n = columns[0].length
  const width = columns.length
  const sums = new Float64Array((2 * n + 1) * width)
  for (let i = 0; i < 2 * n; i++)
    for (let k = 0; k < width; k++) sums[(i + 1) * width + k] = sums[i * width + k] + columns[k][i % n]
  return ({ starts, lengths, count }) => {
    const means = new Float64Array(width)
    for (let block = 0; block < count; block++) {
      const from = starts[block] * width
      const to = from + lengths[block] * width
      for (let k = 0; k < width; k++) means[k] += sums[to + k] - sums[from + k]
    }
    return means.map((sum) => sum / n)
  }
}
