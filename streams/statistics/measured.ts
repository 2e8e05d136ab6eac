/** The one convention for a statistic that may not exist: its value, or the reason why there is none. */

/** No honest value: too few points, missing values, no dispersion, moments that no distribution has. */
export type Insufficient = Readonly<{ kind: 'insufficient'; reason: string }>

/** A gate or monitor must read `insufficient` as a failure, never as a pass. */
export type Measured<T> = Readonly<{ kind: 'measured'; value: T }> | Insufficient

export const measured = <T>(value: T): Measured<T> => ({ kind: 'measured', value })

export const insufficient = (reason: string): Insufficient => ({ kind: 'insufficient', reason })

/** Fewer observations than this say nothing about a Sharpe ratio. */
export const MIN_OBSERVATIONS = 30

/** Beyond it the fourth powers of a series may have no finite sum, and whatever rests on them is noise. */
const GREATEST = 1e60

/** Neither missing, nor infinite, nor too great to be reckoned with. */
export const isReckonable = (value: number): boolean => Math.abs(value) <= GREATEST

/** Why a series cannot be judged, or undefined where it can: a NaN is rejected, never zero-filled or dropped. */
export function lacking(series: Float64Array, minimum: number = MIN_OBSERVATIONS): Insufficient | undefined {
  if (series.length < minimum)
    return insufficient(`${series.length} observations, at least ${minimum} are needed`)
  const wrong = series.findIndex((value) => !isReckonable(value))
  if (wrong === -1) return undefined
  return insufficient(
    Number.isFinite(series[wrong])
      ? `the value at row ${wrong} is ${series[wrong]}, too great for its fourth power to be summed`
      : `the value at row ${wrong} is missing or not finite`,
  )
}
