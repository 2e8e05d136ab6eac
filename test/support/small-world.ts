/** A small market that was made up: six names whose drifts change slowly, so that momentum forecasts, with noise. */
import { MICROS_PER_DAY, MICROS_PER_SECOND, type Micros, parseMoment } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { xoshiro128 } from '../../streams/statistics/random.ts'

export const NAMES: readonly string[] = ['ANT', 'BEE', 'CAT', 'DOG', 'EEL', 'FOX']
const START = parseMoment('2001-01-01T20:00Z')
const KNOWN_AFTER = 300 * MICROS_PER_SECOND

export const closeOf = (day: number): Micros => START + day * MICROS_PER_DAY
/** When a day's close became known. */
export const knownOf = (day: number): Micros => closeOf(day) + KNOWN_AFTER

/** When a day is decided: at the end of it. */
export const decidedOf = (day: number): Micros => START + day * MICROS_PER_DAY + 4 * 3600 * MICROS_PER_SECOND

/** Prices by day and name. */
export function pricesOf(days: number, seed = 7): number[][] {
  const uniform = xoshiro128(seed)
  const prices: number[][] = [NAMES.map(() => 100)]
  for (let day = 1; day < days; day++) {
    prices.push(
      NAMES.map((_, i) => {
        const drift = 0.004 * Math.sin((2 * Math.PI * day) / 90 + i)
        const noise = 0.02 * (uniform() + uniform() + uniform() - 1.5)
        return prices[day - 1][i] * (1 + drift + noise)
      }),
    )
  }
  return prices
}

/** The closes of the days `from` to `to`, exclusive, as one table. */
export function tableOf(prices: readonly (readonly number[])[], from: number, to: number): Rows {
  const days = Array.from({ length: to - from }, (_, i) => from + i)
  const each = (of: (day: number) => number) =>
    Float64Array.from(days.flatMap((day) => NAMES.map(() => of(day))))
  return {
    length: days.length * NAMES.length,
    entities: NAMES,
    entity: Uint32Array.from(days.flatMap(() => [...NAMES.keys()])),
    eventTime: each(closeOf),
    knownAt: each(knownOf),
    columns: [{ name: 'close', values: Float64Array.from(days.flatMap((day) => prices[day])) }],
  }
}
