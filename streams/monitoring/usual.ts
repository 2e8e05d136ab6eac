/**
 * What is usual of a figure, told by its own latest values: robust quantiles, and the chance of one as far out. Vendors write in
 * bursts, so that the tails are taken to be those of Student's t with 4 degrees, which are far heavier than normal ones.
 */
import { insufficient, type Measured, measured } from '../statistics/measured.ts'
import { normalQuantile } from '../statistics/normal.ts'
import { quantileOfSorted, sorted } from '../statistics/quantile.ts'
import { studentAbove, studentQuantile } from '../statistics/student.ts'

/** With fewer nobody knows what is usual. */
export const LEAST_VALUES = 20
const DEGREES = 4
/** A tenth of the values on each side may be anything without moving what is usual. */
const TAIL = 0.1
/** Figures that never moved are taken to move by this part of what matters. */
const LEAST_SCALE = 1 / 8

/**
 * A figure that is looked at. `log`: it is compared by its ratios. `walks`: it goes on from where it was, as a price does, and is held
 * against its last good value and its own steps. `matters`: less than this, in decades where it is `log`, is nothing whatever its
 * chance.
 */
export type Figure = Readonly<{ what: string; value: number; log: boolean; walks: boolean; matters: number }>

/** The latest good values, oldest first, and how many looks since the last of them were not good. */
export type Past = Readonly<{ values: readonly number[]; missed: number }>

export type Usual = Readonly<{
  usual: number
  chance: number
  /** At which figures the chance is a level, in the figure's own unit. */
  limits: (level: number) => Readonly<{ low: number; high: number }>
}>

/**
 * The chance, on either side, of a figure as far from its middle as this one. The middle is the median of the past, and each side
 * has a scale of its own, from the median to the outermost tenth. Of a figure that walks the middle is its last good value, and
 * the scale that of its steps, by the square root of the looks since.
 * @returns `insufficient` below `LEAST_VALUES` values, or steps
 */
export function usualOf({ values, missed }: Past, figure: Figure): Measured<Usual> {
  const { log, walks, matters, value } = figure
  const inside = (natural: number) => (log ? Math.log10(natural) : natural)
  const outside = (inner: number) => (log ? 10 ** inner : inner)
  const past = values.map(inside)
  const moves = walks ? past.slice(1).map((one, at) => one - past[at]) : past
  if (moves.length < LEAST_VALUES)
    return insufficient(`${moves.length} arrivals tell what is usual, at least ${LEAST_VALUES} are needed`)
  const ascending = sorted(Float64Array.from(moves))
  const median = quantileOfSorted(ascending, 0.5)
  const stretch = (walks ? Math.sqrt(1 + missed) : 1) / normalQuantile(1 - TAIL)
  const least = matters * LEAST_SCALE
  const down = Math.max(least, stretch * (median - quantileOfSorted(ascending, TAIL)))
  const up = Math.max(least, stretch * (quantileOfSorted(ascending, 1 - TAIL) - median))
  const middle = walks ? past[past.length - 1] : median
  const distance = inside(value) - middle
  const scaled = distance / (distance < 0 ? down : up)
  return measured({
    usual: outside(middle),
    chance: Math.abs(distance) < matters ? 1 : 2 * studentAbove(Math.abs(scaled), DEGREES),
    limits(level) {
      const reach = studentQuantile(Math.min(level, 0.5) / 2, DEGREES)
      return {
        low: outside(middle - Math.max(matters, down * reach)),
        high: outside(middle + Math.max(matters, up * reach)),
      }
    },
  })
}
