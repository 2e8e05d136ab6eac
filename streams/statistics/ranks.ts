/** Ranks, and the correlation of values and of ranks. */
import { isDegenerate, meanOf, squaresAbout } from './moments.ts'

/** Up to this length counting is quicker than sorting: a cross-section is ranked for each day of a backtest. */
const COUNTED = 64

/** Ranks from 1; equal values share the average of their ranks. A NaN has none (NaN), and the others are ranked without it. */
export function averageRanks(series: Float64Array): Float64Array {
  if (series.some(Number.isNaN)) return ranksOfPresent(series)
  return series.length <= COUNTED ? countedRanks(series) : sortedRanks(series)
}

function ranksOfPresent(series: Float64Array): Float64Array {
  const ranks = averageRanks(series.filter((value) => !Number.isNaN(value)))
  let next = 0
  return series.map((value) => (Number.isNaN(value) ? Number.NaN : ranks[next++]))
}

function countedRanks(series: Float64Array): Float64Array {
  const ranks = new Float64Array(series.length).fill(1)
  for (let i = 1; i < series.length; i++) {
    const own = series[i]
    let rank = 1
    for (let k = 0; k < i; k++) {
      const other = series[k]
      if (other < own) rank++
      else if (other > own) ranks[k]++
      else {
        rank += 0.5
        ranks[k] += 0.5
      }
    }
    ranks[i] = rank
  }
  return ranks
}

function sortedRanks(series: Float64Array): Float64Array {
  const order = Uint32Array.from(series.keys()).sort((a, b) => series[a] - series[b])
  const ranks = new Float64Array(series.length)
  for (let from = 0; from < order.length; ) {
    let to = from + 1
    while (to < order.length && series[order[to]] === series[order[from]]) to++
    for (let i = from; i < to; i++) ranks[order[i]] = (from + 1 + to) / 2
    from = to
  }
  return ranks
}

/** Pearson's correlation; NaN where either side does not vary, or misses a value. */
export function correlation(x: Float64Array, y: Float64Array): number {
  if (isDegenerate(x) || isDegenerate(y)) return Number.NaN
  const [meanX, meanY] = [meanOf(x), meanOf(y)]
  let cross = 0
  for (let i = 0; i < x.length; i++) cross += (x[i] - meanX) * (y[i] - meanY)
  return cross / Math.sqrt(squaresAbout(x, meanX) * squaresAbout(y, meanY))
}

/** Spearman's rank correlation, ties by average ranks; NaN where either side does not vary, or misses a value. */
export const spearman = (x: Float64Array, y: Float64Array): number =>
  correlation(averageRanks(x), averageRanks(y))
