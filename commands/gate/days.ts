/** The days on which a candidate was held out: what each earned, cost and traded. */
import { MICROS_PER_DAY, type Micros } from '../../schemas/kernel/time.ts'
import { columnOf, type Rows } from '../../schemas/rows.ts'

/** Held-out days, one entry each, as fractions of capital; `moments` in microseconds. */
export type Days = Readonly<{
  moments: Float64Array
  gross: Float64Array
  cost: Float64Array
  net: Float64Array
  turnover: Float64Array
}>

/** A model in force, and the held-out days of the run behind it. */
export type LiveBook = Readonly<{ model: string; run: string; days: Days }>

export function daysFrom(rows: Rows): Days {
  const values = (name: string) => columnOf(rows, name) ?? new Float64Array(rows.length).fill(Number.NaN)
  return {
    moments: rows.knownAt,
    gross: values('gross'),
    cost: values('cost'),
    net: values('net'),
    turnover: values('turnover'),
  }
}

/** The session of a moment, as a number: those of one session are compared whatever the hour at which each was known. */
export const sessionOf = (moment: Micros): number => Math.floor(moment / MICROS_PER_DAY)
