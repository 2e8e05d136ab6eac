/** The moment that an append is recorded at: it never goes back, and a clock that leaps ahead is asked about first. */
import { type Fault, fault } from '../../schemas/kernel/fault.ts'
import { formatMoment, MICROS_PER_DAY, type Micros } from '../../schemas/kernel/time.ts'
import type { Tail } from './stored.ts'

/** How far after the last event a clock is believed without a word from anybody. */
export const LEAP_DAYS = 400

/**
 * `recordedAt` never goes back, so a clock that is ahead once would leave its mark on every event from then on.
 * @param trustedUntil the latest moment that somebody has said is right; none unless given
 * @returns the moment, or the fault `log.clock-ahead`, after which nothing was written and the log stays open
 */
export function recordedAtFor(
  now: Micros,
  tail: Tail,
  trustedUntil: Micros = Number.NEGATIVE_INFINITY,
): Readonly<{ at: Micros } | { fault: Fault }> {
  const isLeap = tail.position > 0 && now > tail.recordedAt + LEAP_DAYS * MICROS_PER_DAY
  if (!isLeap || now <= trustedUntil) return { at: Math.max(now, tail.recordedAt) }
  const [says, last] = [formatMoment(now), formatMoment(tail.recordedAt)]
  return { fault: fault('log.clock-ahead', { now: says, last, days: LEAP_DAYS, day: says.slice(0, 10) }) }
}
