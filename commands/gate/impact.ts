/** What a trade costs because it moves the price, in basis points of its value. */
import { assert } from '../../schemas/kernel/assert.ts'

/** Shares a day unless named otherwise; `dailyVolatility` is a fraction (.02 for 2 %). */
type Order = Readonly<{
  shares: number
  dailyVolume: number
  dailyVolatility: number
}>

const BPS = 10_000

/** Y σ √(Q/V): the square-root law. Y is about 1. */
export function squareRootImpactBps(
  { shares, dailyVolume, dailyVolatility }: Order,
  coefficient = 1,
): number {
  assert(dailyVolume > 0, 'a volume is above 0')
  return BPS * coefficient * dailyVolatility * Math.sqrt(Math.abs(shares) / dailyVolume)
}

/** γ ± .041 and η ± .0062; the exponents are 1/4 and 3/5. */
export const ALMGREN_2005 = { gamma: 0.314, eta: 0.142, volumeExponent: 1 / 4, tradeExponent: 3 / 5 } as const

type AlmgrenImpact = Readonly<{ permanentBps: number; temporaryBps: number; totalBps: number }>

/**
 * Almgren, Thum, Hauptmann & Li (2005), "Direct estimation of equity market impact": I = γ σ (X/V)(Θ/V)^¼ stays,
 * K = η σ |X/(V T)|^⅗ passes, and the trade pays I/2 + K.
 * @param days over which the order is traded, evenly
 */
export function almgrenImpactBps(
  { shares, dailyVolume, dailyVolatility }: Order,
  { sharesOutstanding, days }: Readonly<{ sharesOutstanding: number; days: number }>,
): AlmgrenImpact {
  assert(dailyVolume > 0 && days > 0, 'a volume and a duration are above 0')
  const { gamma, eta, volumeExponent, tradeExponent } = ALMGREN_2005
  const part = Math.abs(shares) / dailyVolume
  const permanentBps =
    BPS * gamma * dailyVolatility * part * (sharesOutstanding / dailyVolume) ** volumeExponent
  const temporaryBps = BPS * eta * dailyVolatility * (part / days) ** tradeExponent
  return { permanentBps, temporaryBps, totalBps: permanentBps / 2 + temporaryBps }
}
