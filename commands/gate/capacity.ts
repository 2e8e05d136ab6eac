/** How much capital a strategy bears before its own trading eats its return. */
import { insufficient, type Measured, measured } from '../../streams/statistics/measured.ts'
import { TRADING_DAYS } from '../../streams/statistics/sharpe.ts'

/** A strategy in round figures. Returns and volatilities are fractions; volumes are in the currency of the capital. */
export type Strategy = Readonly<{
  /** Before costs. */
  annualReturn: number
  annualVolatility: number
  /** Traded value per day over capital. */
  dailyTurnover: number
  names: number
  /** Of a name, traded value per day. */
  dailyVolume: number
  /** Of a name. */
  dailyVolatility: number
  /** Paid on every trade, whatever its size. */
  halfSpreadBps: number
  /** Y and β of the impact Y σ (participation)^β; the square-root law unless said otherwise. */
  coefficient?: number
  exponent?: number
}>

type CapacityPoint = Readonly<{
  capital: number
  /** Annual ratio after costs. */
  sharpe: number
  /** The share of a name's daily volume that is the strategy's own. */
  participation: number
  annualCost: number
}>

/** SR(A) = (μ − 252 τ (h + Y σ (A τ / (N V))^β)) / σ_p. */
export function capacityAt(strategy: Strategy, capital: number): CapacityPoint {
  const { annualReturn, annualVolatility, dailyTurnover, names, dailyVolume, halfSpreadBps } = strategy
  const { dailyVolatility, coefficient = 1, exponent = 0.5 } = strategy
  const participation = (capital * dailyTurnover) / (names * dailyVolume)
  const costPerTrade = halfSpreadBps / 10_000 + coefficient * dailyVolatility * participation ** exponent
  const annualCost = TRADING_DAYS * dailyTurnover * costPerTrade
  return { capital, sharpe: (annualReturn - annualCost) / annualVolatility, participation, annualCost }
}

/** The capital at which the ratio after costs has fallen to a target; null where spreads alone bring it below. */
export function capitalAtSharpe(strategy: Strategy, target: number): number | null {
  const { annualReturn, annualVolatility, dailyTurnover, names, dailyVolume, halfSpreadBps } = strategy
  const { dailyVolatility, coefficient = 1, exponent = 0.5 } = strategy
  const perTrade = (annualReturn - target * annualVolatility) / (TRADING_DAYS * dailyTurnover)
  const impact = (perTrade - halfSpreadBps / 10_000) / (coefficient * dailyVolatility)
  return impact > 0 ? (impact ** (1 / exponent) * names * dailyVolume) / dailyTurnover : null
}

type Capacity = Readonly<{
  curve: readonly CapacityPoint[]
  grossSharpe: number
  /** Capital at half of the gross ratio, at the demanded one, and at none. */
  atHalfSharpe: number | null
  atThreshold: number | null
  atZero: number | null
}>

const CAPITALS = [1e6, 3e6, 1e7, 3e7, 1e8, 3e8, 1e9, 3e9, 1e10] as const

export function capacity(
  strategy: Strategy,
  { threshold, capitals = CAPITALS }: Readonly<{ threshold: number; capitals?: readonly number[] }>,
): Measured<Capacity> {
  if (!Object.values(strategy).every(Number.isFinite))
    return insufficient('a figure of the strategy is missing')
  const { annualVolatility, dailyTurnover, names, dailyVolume, dailyVolatility } = strategy
  if (![annualVolatility, dailyTurnover, names, dailyVolume, dailyVolatility].every((figure) => figure > 0))
    return insufficient('volatility, turnover, names and volume are above 0, or capacity has no meaning')
  const grossSharpe = strategy.annualReturn / annualVolatility
  if (!(grossSharpe > 0)) return insufficient('there is no return before costs')
  return measured({
    curve: capitals.map((capital) => capacityAt(strategy, capital)),
    grossSharpe,
    atHalfSharpe: capitalAtSharpe(strategy, grossSharpe / 2),
    atThreshold: capitalAtSharpe(strategy, threshold),
    atZero: capitalAtSharpe(strategy, 0),
  })
}

/**
 * Days to sell each position at a share of its daily volume. NaN where a volume is missing or zero: such a position has no
 * known end.
 */
export const daysToLiquidate = (
  positions: Float64Array,
  dailyVolumes: Float64Array,
  participation: number,
): Float64Array =>
  positions.map((value, name) =>
    dailyVolumes[name] > 0 ? Math.abs(value) / (participation * dailyVolumes[name]) : Number.NaN,
  )
