/** Predicted beside realized, a session at a time: how well scores ranked what names earned, and how far what they earned was from it. */
import { meanOf } from '../statistics/moments.ts'
import { spearman, withoutHoles } from '../statistics/ranks.ts'

/** Fewer names have no rank correlation that means anything. */
const LEAST_NAMES = 3
/** Of longer labels so many of the latest decisions are looked at. */
const MOST_HELD = 63

/** A decision earns from the session after its entry on, for so many sessions. */
export type Horizon = Readonly<{ entry: number; held: number }>

export const horizonOf = ({
  entryRows,
  exitRows,
}: Readonly<{ entryRows: number; exitRows: number }>): Horizon => ({
  entry: entryRows,
  held: Math.min(MOST_HELD, exitRows - entryRows),
})

/**
 * The scores that a session's returns are held against: of each name the mean of those decisions whose labels hold the session, NaN where
 * one is missing. So each return counts once, and labels that overlap leave no correlation between sessions (Hodrick 1992, section 1).
 * @param before scores of the sessions before, latest last, by the places of names
 */
export function earningScores(
  before: readonly Float64Array[],
  { entry, held }: Horizon,
  names: number,
): Float64Array | null {
  const to = before.length - entry
  if (to < held) return null
  const counted = before.slice(to - held, to)
  return Float64Array.from({ length: names }, (_, place) => {
    let sum = 0
    for (const scores of counted) sum += scores[place] ?? Number.NaN
    return sum / held
  })
}

/** Both are NaN where fewer than three names have a score and a return, or neither varies. */
export type Realized = Readonly<{
  /** Spearman's correlation of scores and returns. */
  coefficient: number
  /** The mean size of what the returns are off, in decades. */
  residual: number
}>

/** @param slope returns for a score: both less their means */
export function realizedOf(scores: Float64Array, returns: Float64Array, slope: number): Realized {
  const [x, y] = withoutHoles(scores, returns.subarray(0, scores.length))
  if (x.length < LEAST_NAMES) return { coefficient: Number.NaN, residual: Number.NaN }
  const [meanX, meanY] = [meanOf(x), meanOf(y)]
  let off = 0
  for (let name = 0; name < x.length; name++) off += Math.abs(y[name] - meanY - slope * (x[name] - meanX))
  return { coefficient: spearman(x, y), residual: off > 0 ? Math.log10(off / x.length) : Number.NaN }
}

/** Least squares over all sessions, each about its own means: what a score is worth, in returns of one session. */
export function slopeOf(pairs: readonly (readonly [Float64Array, Float64Array])[]): number {
  let [cross, squares] = [0, 0]
  for (const [scores, returns] of pairs) {
    const [x, y] = withoutHoles(scores, returns)
    if (x.length < LEAST_NAMES) continue
    const [meanX, meanY] = [meanOf(x), meanOf(y)]
    for (let name = 0; name < x.length; name++) {
      cross += (x[name] - meanX) * (y[name] - meanY)
      squares += (x[name] - meanX) ** 2
    }
  }
  return squares > 0 ? cross / squares : 0
}
