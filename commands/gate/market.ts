/** The names of a training set as a market: returns by day of each and of all together. */
import { onceFor } from '../../schemas/kernel/once-for.ts'
import type { Rows } from '../../schemas/rows.ts'
import { meanOf, sdOf } from '../../streams/statistics/moments.ts'
import { gridOf, panelOf } from '../../streams/training/panel.ts'
import { column, everyRow, RETURN } from '../../streams/training/sample.ts'
import type { Study } from './evidence.ts'

/** One entry a day; the market is the mean of the names that have a return. */
export type Market = Readonly<{
  sessions: Float64Array
  /** When each was decided. */
  moments: Float64Array
  /** One row per day, NaN where a name has none. */
  returns: readonly Float64Array[]
  market: Float64Array
  /** Across names, one a day; NaN for fewer than two names. */
  dispersion: Float64Array
}>

/** The runs of a sweep share a training set, and its market. */
export const marketOf = ({ rows }: Pick<Study, 'rows'>): Market => marketIn(rows)

const marketIn = onceFor((rows: Rows): Market => {
  const grid = gridOf(rows, everyRow(rows))
  const returns = panelOf(rows, grid, column(rows, RETURN))
  const present = returns.map((row) => row.filter(Number.isFinite))
  return {
    sessions: grid.sessions,
    moments: grid.moments,
    returns,
    market: Float64Array.from(present, meanOf),
    dispersion: Float64Array.from(present, sdOf),
  }
})

/** What `of` makes of the latest `days` values up to and with each; NaN before there are so many. */
export const rolling = (
  series: Float64Array,
  days: number,
  of: (window: Float64Array) => number,
): Float64Array =>
  series.map((_, day) => (day + 1 < days ? Number.NaN : of(series.subarray(day + 1 - days, day + 1))))
