/** What a stock is like at one moment, from its own past returns: the raw material of a style model. */
import { meanOf, sdOf } from '../../streams/statistics/moments.ts'

export const STYLES = ['beta', 'momentum', 'volatility', 'reversal', 'size'] as const

export type Style = (typeof STYLES)[number]

/** Days looked back and half-lives of their weights, as in the descriptors of Barra's CNE5 and USE4. */
const BETA = { days: 252, halfLife: 63 } as const
const MOMENTUM = { days: 504, skip: 21, halfLife: 126 } as const
const VOLATILITY = { days: 252, halfLife: 42 } as const
const REVERSAL_DAYS = 21

/** The history that a descriptor of every style needs. */
export const STYLE_DAYS = MOMENTUM.days + MOMENTUM.skip

/**
 * The descriptors of one name at the end of its returns. NaN where its history is too short or has a hole in the window:
 * such a name is left out of the cross-section.
 * @param market the market's returns over the same days
 * @param sizeProxy of the name, such as its traded value; its logarithm is the descriptor
 */
export function descriptors(
  returns: Float64Array,
  market: Float64Array,
  sizeProxy: number,
): Readonly<Record<Style, number>> {
  const growth = logs(last(returns, STYLE_DAYS).subarray(0, MOMENTUM.days))
  return {
    beta: weightedBeta(last(returns, BETA.days), last(market, BETA.days)),
    momentum: weightedSum(growth, MOMENTUM.halfLife),
    volatility: weightedDeviation(last(returns, VOLATILITY.days)),
    reversal: logs(last(returns, REVERSAL_DAYS)).reduce((sum, value) => sum + value, 0),
    size: sizeProxy > 0 ? Math.log(sizeProxy) : Number.NaN,
  }
}

function logs(returns: Float64Array): Float64Array {
  const growth = new Float64Array(returns.length)
  for (let i = 0; i < returns.length; i++) growth[i] = Math.log1p(returns[i])
  return growth
}

/** The last `days` values, or a row that poisons every sum where there are fewer. */
const last = (series: Float64Array, days: number): Float64Array =>
  series.length < days ? Float64Array.of(Number.NaN) : series.subarray(series.length - days)

/** Weights that halve every `halfLife` days into the past and sum to 1. A window of one poisoned day has weight 1. */
function weights(days: number, halfLife: number): Float64Array {
  return days === 1 ? Float64Array.of(1) : (WEIGHTS.get(`${days} ${halfLife}`) ?? halving(days, halfLife))
}

function halving(days: number, halfLife: number): Float64Array {
  const raw = Float64Array.from({ length: days }, (_, i) => 0.5 ** ((days - 1 - i) / halfLife))
  const total = raw.reduce((sum, weight) => sum + weight, 0)
  return raw.map((weight) => weight / total)
}

const WEIGHTS: ReadonlyMap<string, Float64Array> = new Map(
  [BETA, MOMENTUM, VOLATILITY].map(({ days, halfLife }) => [`${days} ${halfLife}`, halving(days, halfLife)]),
)

function weightedSum(series: Float64Array, halfLife: number): number {
  const by = weights(series.length, halfLife)
  let sum = 0
  for (let i = 0; i < series.length; i++) sum += by[i] * series[i]
  return sum
}

function weightedDeviation(series: Float64Array): number {
  const mean = weightedSum(series, VOLATILITY.halfLife)
  const squares = new Float64Array(series.length)
  for (let i = 0; i < series.length; i++) squares[i] = (series[i] - mean) ** 2
  return Math.sqrt(weightedSum(squares, VOLATILITY.halfLife))
}

function weightedBeta(returns: Float64Array, market: Float64Array): number {
  const [meanReturn, meanMarket] = [returns, market].map((series) => weightedSum(series, BETA.halfLife))
  const cross = new Float64Array(returns.length)
  const square = new Float64Array(returns.length)
  for (let i = 0; i < returns.length; i++) {
    cross[i] = (returns[i] - meanReturn) * (market[i] - meanMarket)
    square[i] = (market[i] - meanMarket) ** 2
  }
  return weightedSum(cross, BETA.halfLife) / weightedSum(square, BETA.halfLife)
}

const WINSOR_DEVIATIONS = 3

/**
 * A descriptor as an exposure: drawn in to 3 deviations, then weighted mean 0 and plain deviation 1. NaN stays NaN; a
 * descriptor that does not vary is NaN throughout.
 * @param mass the weight of each name in the mean: capitalisation, or 1
 */
export function standardise(descriptor: Float64Array, mass: Float64Array): Float64Array {
  const present = descriptor.filter(Number.isFinite)
  const [mean, sd] = [meanOf(present), sdOf(present)]
  if (!(sd > 0)) return descriptor.map(() => Number.NaN)
  const reach = WINSOR_DEVIATIONS * sd
  const drawn = descriptor.map((value) => Math.min(mean + reach, Math.max(mean - reach, value)))
  let [sum, total] = [0, 0]
  for (const [name, value] of drawn.entries())
    if (Number.isFinite(value)) {
      sum += mass[name] * value
      total += mass[name]
    }
  const scale = sdOf(drawn.filter(Number.isFinite))
  return drawn.map((value) => (value - sum / total) / scale)
}
