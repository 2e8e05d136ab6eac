/** The only place where the wall clock is read. */
import type { Clock, Micros } from '../schemas/kernel/time.ts'

export const wallClock: Clock = { nowMicros: () => Date.now() * 1000 }

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
