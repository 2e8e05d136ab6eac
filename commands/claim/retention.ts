/** How long what a claim rests on is kept: 17 CFR 275.204-2(e)(3)(i). Have counsel confirm. */
import { formatDay, MICROS_PER_DAY, type Micros } from '../../schemas/kernel/time.ts'

export const YEARS_KEPT = 5

/** It is later nowhere on earth: a fiscal year that has begun for somebody counts. */
const LATEST_ZONE_MICROS = (14 / 24) * MICROS_PER_DAY

/** The month and day that fiscal years end on; the last of February is `02-28`. */
export const fiscalYearEnd =
  /^(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])$|^(?:0[469]|11)-(?:0[1-9]|[12]\d|30)$|^02-(?:0[1-9]|1\d|2[0-8])$/

/** Of an adviser whose fiscal year is the calendar's. */
export const DEFAULT_FISCAL_YEAR_END = '12-31'

/**
 * The day until whose end something is kept that last went out at a moment: the end of the fiscal year of it, and five years.
 * @param endsOn as `fiscalYearEnd` has it
 */
export function keptUntil(lastOut: Micros, endsOn: string): string {
  const day = formatDay(lastOut + LATEST_ZONE_MICROS)
  const year = Number(day.slice(0, 4))
  const ends = day <= endIn(year, endsOn) ? year : year + 1
  return endIn(ends + YEARS_KEPT, endsOn)
}

function endIn(year: number, endsOn: string): string {
  const isLeap = new Date(Date.UTC(year, 1, 29)).getUTCMonth() === 1
  return `${year}-${endsOn === '02-28' && isLeap ? '02-29' : endsOn}`
}
