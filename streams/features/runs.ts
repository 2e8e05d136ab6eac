/**
 * Where an entity's history breaks off. Two consecutive rows with more than so many sessions between them are not in one
 * window: each begins or ends a run of rows, and no value reaches out of its run.
 */
import { firstAbove } from '../../schemas/kernel/search.ts'
import { MICROS_PER_DAY, type Micros } from '../../schemas/kernel/time.ts'
import type { Sessions } from '../calendar/sessions.ts'

/** Whether two consecutive rows of an entity are too far apart to be in one window. */
export type IsGap = (earlier: Micros, later: Micros) => boolean

/**
 * Beyond the calendar, where another data set may have rows, each date counts as a session.
 * @param maxGapSessions the most sessions that two consecutive rows may lie apart; 0 for no limit
 */
export function gapRule(maxGapSessions: number, sessions: Pick<Sessions, 'find' | 'count'>): IsGap | null {
  if (maxGapSessions === 0) return null
  // There is one session a local date at most, and dates differ from days that have passed by less than two.
  const nearMicros = (maxGapSessions - 2) * MICROS_PER_DAY
  return (earlier, later) => {
    if (later - earlier <= nearMicros) return false
    const [from, to] = [sessions.find(earlier), sessions.find(later)]
    const isCovered = !Number.isNaN(from + to)
    return (isCovered ? sessions.count(from, to) : (later - earlier) / MICROS_PER_DAY) > maxGapSessions
  }
}

/** The runs of one series' rows. They follow from the rows' times alone, however the rows came. */
export class Runs {
  readonly #isGap: IsGap | null
  /** The rows that have a gap before them, ascending. */
  readonly #begins: number[] = []
  /** How many rows were looked at. */
  #looked = 0

  constructor(isGap: IsGap | null) {
    this.#isGap = isGap
  }

  /** The rows from this one on are others now. */
  forgetFrom(row: number): void {
    if (row >= this.#looked) return
    this.#looked = row
    while ((this.#begins.at(-1) ?? -1) >= row) this.#begins.pop()
  }

  /** The rows `from` to `to` (exclusive) of the run that a row is in. */
  of(row: number, time: Float64Array, length: number): { from: number; to: number } {
    if (this.#looked < length) this.#look(time, length)
    const begins = this.#begins
    if (begins.length === 0) return { from: 0, to: length }
    const after = firstAbove(begins, row)
    return { from: after === 0 ? 0 : begins[after - 1], to: after < begins.length ? begins[after] : length }
  }

  #look(time: Float64Array, length: number): void {
    const isGap = this.#isGap
    for (let row = Math.max(1, this.#looked); isGap !== null && row < length; row++) {
      if (isGap(time[row - 1], time[row])) this.#begins.push(row)
    }
    this.#looked = length
  }
}
