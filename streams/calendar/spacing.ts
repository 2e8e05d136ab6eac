/** How many sessions make a year, read from the sessions themselves. */

const DAYS_PER_YEAR = 365.25
/** Trading days, days, weeks, months, quarters, years. */
const USUAL = [252, 365, 52, 12, 4, 1]
const NEAR = 0.025
/** Over few sessions a holiday more or less counts: a tolerance of so many sessions, at most. */
const [NEAR_SESSIONS, NEAR_MOST] = [4.5, 0.15]

/**
 * Sessions a year, from their spacing: (n-1) / span in years of 365.25 days; snapped to 252, 365, 52, 12, 4, 1 where within
 * 2.5 % of it, or over fewer than 180 sessions within 4.5 / n, at most 15 %. NaN for fewer than 2.
 * @param sessions days since 1970-01-01, ascending
 */
export function periodsPerYear(sessions: ArrayLike<number>): number {
  const { length } = sessions
  if (length < 2) return Number.NaN
  const years = (sessions[length - 1] - sessions[0]) / DAYS_PER_YEAR
  const perYear = (length - 1) / years
  const near = Math.max(NEAR, Math.min(NEAR_MOST, NEAR_SESSIONS / length))
  return USUAL.find((usual) => Math.abs(perYear - usual) <= near * usual) ?? perYear
}
