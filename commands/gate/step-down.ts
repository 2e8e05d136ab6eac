/** Which of many strategies are better than nothing: a p-value for each, with the family-wise error of them all controlled. */
import { type Blocks, stationaryBlocks } from '../../streams/statistics/bootstrap.ts'
import type { Columns } from '../../streams/statistics/linear.ts'
import { insufficient, type Measured, MIN_OBSERVATIONS, measured } from '../../streams/statistics/measured.ts'
import { isDegenerate, meanOf } from '../../streams/statistics/moments.ts'
import { normalCdf } from '../../streams/statistics/normal.ts'
import type { Uniform } from '../../streams/statistics/random.ts'
import { bootstrapVariance } from './reality-check.ts'

type StepDownOptions = Readonly<{
  uniform: Uniform
  blockLength: number
  draws?: number
  /** Trials that were started and left no returns: each counts as a strategy of its own, independent of all others. */
  uncounted?: number
}>

export type StepDown = Readonly<{
  /** √T d̄/ω of each column, and its adjusted p-value; NaN for a column that cannot be compared. */
  ratios: Float64Array
  pValues: Float64Array
  /** Columns compared, and strategies that count without returns: those given and the columns that cannot be compared. */
  compared: number
  uncounted: number
  draws: number
  blockLength: number
}>

/**
 * The step-down test of Romano & Wolf (2005, algorithm 4.1) with the recentring of the step-SPA test (Hsu, Hsu & Kuan 2010): a
 * p-value at or below α for any strategy whose true mean is not above 0 has at most the probability α, whatever the others
 * are and however they depend on each other. A strategy far below 0 does not widen the null of the rest (Hansen 2005,
 * equation 10). Adjusted p-values as in Romano & Wolf (2016, algorithm 4.2), forced up to those of better strategies.
 *
 * Each resample is divided by its own error, from its blocks (Götze & Künsch 1996): with one error for all of them a family
 * of hundreds is rejected too often. A strategy with gaps counts by its influence on its own mean, which is 0 where it has
 * no return, so that all are resampled by the same blocks of one calendar.
 * @param returns one column per strategy over the same periods, in excess of the benchmark; NaN where it has none
 */
export function stepDown(returns: Columns, options: StepDownOptions): Measured<StepDown> {
  const { uniform, blockLength, draws = 1000 } = options
  if (returns.length === 0) return insufficient('there is no strategy')
  const n = returns[0].length
  const strategies = returns.flatMap((column, place) => {
    const found = influenceOf(column, blockLength)
    return found === null ? [] : [{ ...found, place }]
  })
  if (strategies.length === 0) return insufficient('no strategy has returns that vary')
  strategies.sort((a, b) => b.ratio - a.ratio)
  const uncounted = (options.uncounted ?? 0) + returns.length - strategies.length
  const ratios = Float64Array.from(strategies, ({ ratio }) => ratio)
  const hopeless = -Math.sqrt(2 * Math.log(Math.log(n)))
  const shifts = ratios.map((ratio) => (ratio <= hopeless ? ratio : 0))
  const above = new Uint32Array(ratios.length)
  const draw = stationaryBlocks({ uniform, from: n, rows: n, meanLength: blockLength })
  const ratiosOver = ratioMeter(strategies.map(({ influence }) => influence))
  for (let d = 0; d < draws; d++) {
    const drawn = ratiosOver(draw())
    // Never below 0, so that what is not above 0 itself is no better than nothing, however hopeless the rest.
    let greatest = 0
    for (let k = ratios.length - 1; k >= 0; k--) {
      greatest = Math.max(greatest, drawn[k] + shifts[k])
      if (greatest >= ratios[k]) above[k]++
    }
  }
  const byPlace = { ratios: allNaN(returns.length), pValues: allNaN(returns.length) }
  let least = 0
  for (const [k, { place, ratio }] of strategies.entries()) {
    const compared = (above[k] + 1) / (draws + 1)
    // The greatest of those that left no returns, had they none of them any skill, is independent of the rest.
    least = Math.max(least, 1 - (1 - compared) * normalCdf(ratio) ** uncounted)
    byPlace.ratios[place] = ratio
    byPlace.pValues[place] = least
  }
  return measured({ ...byPlace, compared: strategies.length, uncounted, draws, blockLength })
}

const allNaN = (length: number): Float64Array => new Float64Array(length).fill(Number.NaN)

type Influence = Readonly<{ influence: Float64Array; ratio: number }>

/** (x − x̄) n/n_k where there is a return and 0 elsewhere: its mean over a resample is what the mean of the returns moves by. */
function influenceOf(column: Float64Array, blockLength: number): Influence | null {
  const present = column.filter((value) => !Number.isNaN(value))
  if (present.length < MIN_OBSERVATIONS || !present.every(Number.isFinite) || isDegenerate(present))
    return null
  const mean = meanOf(present)
  const scale = column.length / present.length
  const influence = column.map((value) => (Number.isNaN(value) ? 0 : scale * (value - mean)))
  const ratio = (Math.sqrt(column.length) * mean) / Math.sqrt(bootstrapVariance(influence, 1 / blockLength))
  return Number.isFinite(ratio) ? { influence, ratio } : null
}

/** The ratio of all columns over one common resample: its error is from the blocks, the mean square of their sums about the mean. */
function ratioMeter(columns: Columns): (blocks: Blocks) => Float64Array {
  const n = columns[0].length
  const width = columns.length
  const sums = new Float64Array((2 * n + 1) * width)
  for (let i = 0; i < 2 * n; i++)
    for (let k = 0; k < width; k++) sums[(i + 1) * width + k] = sums[i * width + k] + columns[k][i % n]
  const [total, squares, byLength, ratios] = Array.from({ length: 4 }, () => new Float64Array(width))
  return ({ starts, lengths, count }) => {
    total.fill(0)
    squares.fill(0)
    byLength.fill(0)
    let lengthSquares = 0
    for (let block = 0; block < count; block++) {
      const length = lengths[block]
      const from = starts[block] * width
      const to = from + length * width
      lengthSquares += length * length
      for (let k = 0; k < width; k++) {
        const sum = sums[to + k] - sums[from + k]
        total[k] += sum
        squares[k] += sum * sum
        byLength[k] += length * sum
      }
    }
    for (let k = 0; k < width; k++) {
      const mean = total[k] / n
      const variance = (squares[k] - 2 * mean * byLength[k] + mean * mean * lengthSquares) / n
      ratios[k] = variance > 0 ? (Math.sqrt(n) * mean) / Math.sqrt(variance) : 0
    }
    return ratios
  }
}
