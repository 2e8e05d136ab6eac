/** Drawdowns of wealth, and what worst drawdown the same returns could have had in another order. */
import { optimalBlockLength } from '../../streams/statistics/block-length.ts'
import { type Blocks, doubled, stationaryBlocks } from '../../streams/statistics/bootstrap.ts'
import { insufficient, lacking, type Measured, measured } from '../../streams/statistics/measured.ts'
import { quantileOfSorted } from '../../streams/statistics/quantile.ts'
import type { Uniform } from '../../streams/statistics/random.ts'

/** W_t / max(W_0..W_t) − 1 with W_0 = 1: a loss on the first day counts. */
export function drawdowns(returns: Float64Array): Float64Array {
  let [wealth, peak] = [1, 1]
  return returns.map((value) => {
    wealth *= 1 + value
    peak = Math.max(peak, wealth)
    return wealth / peak - 1
  })
}

/** The least of them: 0 where wealth never falls, NaN for no returns or a missing one. */
export const maxDrawdown = (returns: Float64Array): number =>
  returns.length === 0 ? Number.NaN : drawdowns(returns).reduce((least, value) => Math.min(least, value), 0)

type DrawdownOptions = Readonly<{
  uniform: Uniform
  paths?: number
  /** Mean block length; that of Patton, Politis & White for these returns unless said otherwise. */
  blockLength?: number
}>

type DrawdownDistribution = Readonly<{
  realised: number
  paths: number
  blockLength: number
  /** Quantiles of the worst drawdown of a path: `p05` is passed (deeper) by 5 paths of 100. */
  p01: number
  p05: number
  p25: number
  median: number
  p75: number
  /** All of them, deepest first. */
  drawdowns: Float64Array
}>

/**
 * The worst drawdown over stationary-bootstrap paths of the same length. A permutation (quantstats) keeps the terminal
 * wealth and so understates the tail; independent draws (pyfolio) lose the clustering.
 */
export function drawdownDistribution(
  returns: Float64Array,
  { uniform, paths = 10_000, ...options }: DrawdownOptions,
): Measured<DrawdownDistribution> {
  const lack = lacking(returns)
  if (lack !== undefined) return lack
  if (returns.some((value) => value < -1))
    return insufficient('a return below -100 % leaves no wealth to fall')
  const blockLength = options.blockLength ?? optimalBlockLength(returns).stationary
  const growth = doubled(returns.map((value) => 1 + value))
  const rows = returns.length
  const draw = stationaryBlocks({ uniform, from: rows, rows, meanLength: blockLength })
  const found = new Float64Array(paths)
  for (let path = 0; path < paths; path++) found[path] = worstOfPath(growth, draw())
  found.sort()
  const at = (probability: number): number => quantileOfSorted(found, probability)
  return measured({
    realised: maxDrawdown(returns),
    paths,
    blockLength,
    p01: at(0.01),
    p05: at(0.05),
    p25: at(0.25),
    median: at(0.5),
    p75: at(0.75),
    drawdowns: found,
  })
}

/** One path over a doubled row of 1 + r. Below `floor` a drawdown is a new worst one, so nothing is divided on the way. */
function worstOfPath(growth: Float64Array, { starts, lengths, count }: Blocks): number {
  let wealth = 1
  let peak = 1
  let worst = 0
  let floor = 1
  for (let block = 0; block < count; block++) {
    const end = starts[block] + lengths[block]
    for (let i = starts[block]; i < end; i++) {
      wealth *= growth[i]
      if (wealth > peak) {
        peak = wealth
        floor = peak * (1 + worst)
      } else if (wealth < floor) {
        worst = wealth / peak - 1
        floor = wealth
      }
    }
  }
  return worst
}
