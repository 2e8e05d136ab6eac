/** What is usual of a figure, told by its own latest values: where it was, how far it moves, and the chance of one as far out. */
import { insufficient, type Measured, measured } from '../statistics/measured.ts'
import { normalQuantile } from '../statistics/normal.ts'
import { quantileOfSorted, sorted } from '../statistics/quantile.ts'
import { studentAbove, studentQuantile } from '../statistics/student.ts'

/** With fewer nobody knows what is usual. */
export const LEAST_VALUES = 20
/** A tenth of the values on each side may be anything without moving what is usual. */
const TAIL = 0.1
/** Figures that never moved are taken to move by this part of what matters. */
const LEAST_SCALE = 1 / 32
/** Hill's estimate is made of the outermost part of the moves, and of so many besides that have what is expected of anybody. */
const OUTERMOST = 0.05
const EXPECTED = { moves: 20, degrees: 6 }
const LEAST_DEGREES = 2
const MOST_DEGREES = 8

/**
 * A figure that is looked at. `log`: it is compared by its ratios. `matters`: less than this, in decades where it is `log`, is nothing
 * whatever its chance.
 */
export type Figure = Readonly<{ what: string; value: number; log: boolean; matters: number }>

/** The latest good values, oldest first, and how many looks since the last of them were not good. */
export type Past = Readonly<{ values: readonly number[]; missed: number }>

/** A figure beside its past. `distance` and `moves` are in scales of their side; no moves are told of what hardly moves. */
export type Usual = Readonly<{
  usual: number
  distance: number
  isSmall: boolean
  moves: Float64Array
  /** The figure that is so many scales away, and matters, in its own unit. */
  at: (distance: number) => number
}>

/**
 * Where a figure is beside its own past. What walks (a price) is held against its last good value, by its steps, which grow by the root
 * of the looks since; what comes back to a level, against its median. Which of the two it does is told by which spreads less. Each
 * side has a scale of its own, from the median to the outermost tenth, that of a normal law.
 * @returns `insufficient` below `LEAST_VALUES` values, or steps
 */
export function usualOf({ values, missed }: Past, { log, matters, value }: Figure): Measured<Usual> {
  const inside = (natural: number) => (log ? Math.log10(natural) : natural)
  const outside = (inner: number) => (log ? 10 ** inner : inner)
  const levels = Float64Array.from(values, inside)
  if (levels.length <= LEAST_VALUES)
    return insufficient(`${levels.length} arrivals tell what is usual, more than ${LEAST_VALUES} are needed`)
  const steps = levels.subarray(1).map((one, at) => one - levels[at])
  const [ofLevels, ofSteps] = [spreadOf(levels), spreadOf(steps)]
  const walks = ofSteps.up + ofSteps.down < ofLevels.up + ofLevels.down
  const { median, up, down } = walks ? ofSteps : ofLevels
  const least = matters * LEAST_SCALE
  const stretch = walks ? Math.sqrt(1 + missed) : 1
  const scales = { up: Math.max(least, stretch * up), down: Math.max(least, stretch * down) }
  const middle = walks ? levels[levels.length - 1] : median
  const scaled = (away: number) => away / (away < 0 ? scales.down : scales.up)
  const away = inside(value) - middle
  return measured({
    usual: outside(middle),
    distance: scaled(away),
    isSmall: Math.abs(away) < matters,
    // What hardly moves is held to a scale that is not its own, which tells nothing of its tails.
    moves:
      Math.min(up, down) * stretch < least
        ? NONE
        : (walks ? steps : levels).map((one) => scaled(one - median)),
    at: (distance) =>
      outside(
        distance < 0
          ? middle + Math.min(-matters, distance * scales.down)
          : middle + Math.max(matters, distance * scales.up),
      ),
  })
}

const NONE = new Float64Array()

function spreadOf(series: Float64Array) {
  const ascending = sorted(series)
  const [low, median, high] = [TAIL, 0.5, 1 - TAIL].map((at) => quantileOfSorted(ascending, at))
  const normal = normalQuantile(1 - TAIL)
  return { median, up: (high - median) / normal, down: (median - low) / normal }
}

/**
 * How heavy the tails of moves are, as degrees of Student's t: Hill's estimate (1975) of the tail index, from the outermost twentieth,
 * drawn towards 6 as if that had been seen of 20 moves more. Vendors write in bursts, and few moves tell little of what is far out.
 * @param moves in scales, of all figures that are judged together
 */
export function degreesOf(moves: readonly Float64Array[]): number {
  const sizes = sorted(Float64Array.from(moves.flatMap((some) => [...some])).map(Math.abs))
  const count = Math.floor(OUTERMOST * sizes.length)
  const from = sizes[sizes.length - count - 1] ?? 0
  let excess = EXPECTED.moves / EXPECTED.degrees
  let seen = EXPECTED.moves
  if (from > 0)
    for (const size of sizes.subarray(sizes.length - count)) {
      excess += Math.log(size / from)
      seen++
    }
  return Math.min(MOST_DEGREES, Math.max(LEAST_DEGREES, seen / excess))
}

/** The chance, on both sides, of a figure as far from its past; 1 for what does not matter. */
export const chanceOf = ({ distance, isSmall }: Usual, degrees: number): number =>
  isSmall ? 1 : 2 * studentAbove(Math.abs(distance), degrees)

/** At which figures on either side the chance is a level. */
export function limitsOf({ at }: Usual, degrees: number, level: number): { low: number; high: number } {
  const reach = studentQuantile(Math.min(level, 0.5) / 2, degrees)
  return { low: at(-reach), high: at(reach) }
}
