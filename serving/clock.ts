/** The only place where the wall clock is read. */
import { type Clock, MICROS_PER_DAY, type Micros, parseMoment } from '../schemas/kernel/time.ts'

export const wallClock: Clock = { nowMicros: () => Date.now() * 1000 }

/**
 * A clock that never reads earlier than what is recorded already: one that was set back makes nothing known in a past that was
 * served, and no signature count again that had expired.
 */
export function notBefore(clock: Clock, recordedAt: Micros): Clock & { advanceTo: (moment: Micros) => void } {
  let floor = recordedAt
  return {
    nowMicros: () => Math.max(clock.nowMicros(), floor),
    advanceTo: (moment) => {
      floor = Math.max(floor, moment)
    },
  }
}

/** The end of the day up to which somebody says, in `ASOF_CLOCK_IS_RIGHT`, that the clock is right. @throws Refusal `moment.malformed` */
export function clockTrustedUntil(): Micros | undefined {
  const day = process.env.ASOF_CLOCK_IS_RIGHT
  return day === undefined ? undefined : parseMoment(day) + MICROS_PER_DAY
}

/** A clock that stands still until it is set: for data that is played as it arrived. It never goes back. */
export class PlayedClock implements Clock {
  #now: Micros

  constructor(start: Micros) {
    this.#now = start
  }

  nowMicros(): Micros {
    return this.#now
  }

  advanceTo(moment: Micros): void {
    this.#now = Math.max(this.#now, moment)
  }
}
