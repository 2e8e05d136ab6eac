/** Ranks, and the correlation of values and of ranks. */
import { isDegenerate, meanOf, squaresAbout } from './moments.ts'

/** Up to this length counting is quicker than sorting: a cross-section is ranked for each day of a backtest. */
const COUNTED = 64

/** Ranks from 1; equal values share the average of their ranks. A NaN has none (NaN), and the others are ranked without it. */
export function averageRanks(series: Float64Array): Float64Array {
  for (let i = 0; i < series.length; i++) if (Number.isNaN(series[i])) return ranksOfPresent(series)
  return series.length <= COUNTED ? countedRanks(series) : sortedRanks(series)
}

function ranksOfPresent(series: Float64Array): Float64Array {
  const ranks = averageRanks(series.filter((value) => !Number.isNaN(value)))
  let next = 0
  return series.map((value) => (Number.isNaN(value) ? Number.NaN : ranks[next++]))
}

/** Without a branch on what is compared: of unordered values every second one would be foreseen wrongly. */
function countedRanks(series: Float64Array): Float64Array {
  const ranks = new Float64Array(series.length)
  for (let i = 0; i < series.length; i++) {
    const own = series[i]
    let [below, upTo] = [0, 0]
    for (let k = 0; k < series.length; k++) {
      below += Number(series[k] < own)
      upTo += Number(series[k] <= own)
    }
    ranks[i] = (below + upTo + 1) / 2
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
  const meanX = meanOf(x)
  const squaresX = squaresAbout(x, meanX)
  if (isDegenerate(x, Math.sqrt(squaresX / (x.length - 1)))) return Number.NaN
  const meanY = meanOf(y)
  const squaresY = squaresAbout(y, meanY)
  if (isDegenerate(y, Math.sqrt(squaresY / (y.length - 1)))) return Number.NaN
  let cross = 0
  for (let i = 0; i < x.length; i++) cross += (x[i] - meanX) * (y[i] - meanY)
  return cross / Math.sqrt(squaresX * squaresY)
}

/** Two series at the places that both have a number at: themselves where that is everywhere. */
export function withoutHoles(x: Float64Array, y: Float64Array): [Float64Array, Float64Array] {
  let count = 0
  for (let i = 0; i < x.length; i++) if (!Number.isNaN(x[i] + y[i])) count++
  if (count === x.length) return [x, y]
  const both: [Float64Array, Float64Array] = [new Float64Array(count), new Float64Array(count)]
  for (let i = 0, at = 0; i < x.length; i++) {
    if (Number.isNaN(x[i] + y[i])) continue
    both[0][at] = x[i]
    both[1][at++] = y[i]
  }
  return both
}

/** Spearman's rank correlation, ties by average ranks; NaN where either side does not vary, or misses a value. */
export const spearman = (x: Float64Array, y: Float64Array): number =>
  correlation(averageRanks(x), averageRanks(y))
