/** Does the return come from one kind of market only? By labels that were known before each period began. */
import { firstAbove } from '../../schemas/kernel/search.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Measured } from '../../streams/statistics/measured.ts'
import { meanOf } from '../../streams/statistics/moments.ts'
import { annualise, sharpeOf } from '../../streams/statistics/sharpe.ts'
import { type Psr, probabilisticSharpe, trackRecord } from './psr.ts'

/** From `knownAt` on the regime is `label`. */
export type RegimeChange = Readonly<{ knownAt: Micros; label: string }>

/** For each period its regime: the newest label known by the period's start, or null before the first. */
export function labelsKnownBefore(
  starts: Float64Array,
  changes: readonly RegimeChange[],
): readonly (string | null)[] {
  const inOrder = [...changes].sort((a, b) => a.knownAt - b.knownAt)
  const moments = Float64Array.from(inOrder, ({ knownAt }) => knownAt)
  return Array.from(starts, (start) => inOrder[firstAbove(moments, start) - 1]?.label ?? null)
}

/**
 * 'high' above the threshold and 'low' otherwise, of an indicator `lag` periods before; null where it is missing. A
 * threshold from the whole history (its median, say) was not known at the time: choose it before.
 */
export function laggedLevels(
  indicator: Float64Array,
  threshold: number,
  lag: number = 1,
): readonly (string | null)[] {
  return Array.from(indicator, (_, period) => {
    const value = period < lag ? Number.NaN : indicator[period - lag]
    if (Number.isNaN(value)) return null
    return value > threshold ? 'high' : 'low'
  })
}

type RegimeCell = Readonly<{
  label: string
  n: number
  mean: number
  sharpeAnnual: number
  /** `insufficient` in a cell that is too small: it is shown, and says nothing. */
  psr: Measured<Psr>
}>

type Regimes = Readonly<{ cells: readonly RegimeCell[]; unlabelled: number }>

/** A cell below this many periods is not judged. */
const MIN_CELL = 60

export function regimes(
  returns: Float64Array,
  labels: readonly (string | null)[],
  { minimum = MIN_CELL, periodsPerYear }: Readonly<{ minimum?: number; periodsPerYear?: number }> = {},
): Regimes {
  const names = [...new Set(labels.filter((label) => label !== null))].sort()
  const cells = names.map((label): RegimeCell => {
    const own = returns.filter((_, period) => labels[period] === label)
    const record = trackRecord(own, minimum)
    return {
      label,
      n: own.length,
      mean: meanOf(own),
      sharpeAnnual: annualise(sharpeOf(own), periodsPerYear),
      psr: record.kind === 'insufficient' ? record : probabilisticSharpe(record.value),
    }
  })
  return { cells, unlabelled: labels.filter((label) => label === null).length }
}
