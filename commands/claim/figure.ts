/** The number of a claim, from what was observed and restated. Pure: the same days, the same number, wherever it is worked out. */
import type { Session } from '../../schemas/calendar.ts'
import type { ClaimSpec, FeeSchedule, Figure } from '../../schemas/events/claim.ts'
import { periodsPerYear } from '../../streams/calendar/spacing.ts'
import { annualise, sharpeOf } from '../../streams/statistics/sharpe.ts'

/** A session as it was accounted; `net` is after the costs of trading, as it is known now. */
export type Day = Readonly<{ session: Session; net: number; restated: boolean; counts: boolean }>

/** Where the days come from. */
export type Source = Pick<Figure, 'readAt' | 'run' | 'artifact'>

/** @param days ascending by session */
export function figureOf(spec: ClaimSpec, days: readonly Day[], source: Source): Figure {
  const counted = days.filter(({ counts }) => counts)
  const inPeriod = ({ session }: Day): boolean => session >= spec.from && session < spec.to
  const shown = counted.filter(inPeriod)
  const sessions = shown.map(({ session }) => session)
  const before = Float64Array.from(shown, ({ net }) => net)
  const perYear = finite(periodsPerYear(sessions))
  const value = (returns: Float64Array): number | null => measured(spec.measure, returns, perYear)
  return {
    ...source,
    sessions: shown.length,
    first: sessions.at(0) ?? 0,
    last: sessions.at(-1) ?? 0,
    restated: shown.filter(({ restated }) => restated).length,
    leftOut: days.filter((day) => !day.counts && inPeriod(day)).length,
    wholeRecord: shown.length === counted.length,
    perYear,
    gross: value(before),
    net: spec.fees === null || perYear === null ? null : value(afterFees(before, spec.fees, perYear)),
  }
}

const PERCENT = 100

function measured(of: ClaimSpec['measure'], returns: Float64Array, perYear: number | null): number | null {
  if (returns.length === 0) return null
  if (of !== 'live-return') return perYear === null ? null : finite(annualise(sharpeOf(returns), perYear))
  let value = 1
  for (const one of returns) value *= 1 + one
  return finite((value - 1) * PERCENT)
}

const BPS = 10_000

/** Returns after fees: each session's part of the management fee, then the performance fee on what rises above the greatest value so far. */
export function afterFees(returns: Float64Array, fees: FeeSchedule, perYear: number): Float64Array {
  const management = fees.managementBps / BPS / perYear
  let [value, greatest] = [1, 1]
  return returns.map((one) => {
    const before = value
    value *= 1 + one - management
    if (value > greatest) {
      value -= fees.performance * (value - greatest)
      greatest = value
    }
    return value / before - 1
  })
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** A number as it is stated with so many decimals: half goes away from zero in the last digit that is written. */
export const rounded = (exact: number, decimals: number): number => Number(exact.toFixed(decimals))

/** Whether a stated number is the exact one within its rounding, and has no more decimals than it says. */
export function isRounded(stated: number, exact: number, decimals: number): boolean {
  const half = 0.5 * 10 ** -decimals
  return rounded(stated, decimals) === stated && Math.abs(stated - exact) <= half * (1 + 1e-9)
}
