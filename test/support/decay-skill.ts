/** Figures that are made, AR(1) about a mean that then shifts: alarms a year about nothing, and how soon the shift is found. */
import { detect, heldTo, isAlarm, NO_CHANGE } from '../../streams/monitoring/e-detector.ts'
import { medianOf } from '../../streams/statistics/quantile.ts'
import { normals, type Uniform, xoshiro128 } from '../../streams/statistics/random.ts'
import { TRADING_DAYS } from '../../streams/statistics/sharpe.ts'

export type DecayCase = Readonly<{
  phi: number
  pastDays: number
  /** Deviations of a day by which the mean falls. */
  shift: number
}>

const LONGEST = 2 * TRADING_DAYS

export function decaySkill(
  { phi, pastDays, shift }: DecayCase,
  {
    models,
    years,
    seed,
    budget = 1,
  }: Readonly<{ models: number; years: number; seed: number; budget?: number }>,
) {
  const uniform = xoshiro128(seed)
  const level = budget / TRADING_DAYS
  const days: number[] = []
  let [alarms, judged] = [0, 0]
  for (let model = 0; model < models; model++) {
    const held = heldTo(series(uniform, pastDays, phi), { side: 'below' })
    if (held.kind === 'insufficient') continue
    judged++
    let quiet = NO_CHANGE
    for (const value of series(uniform, years * TRADING_DAYS, phi)) {
      const before = isAlarm(quiet)
      quiet = detect(quiet, value, held.value, level)
      if (isAlarm(quiet) && !before) alarms++
    }
    let found = NO_CHANGE
    let day = 0
    for (const value of series(uniform, LONGEST, phi)) {
      if (isAlarm(found)) break
      found = detect(found, value - shift, held.value, level)
      day++
    }
    days.push(isAlarm(found) ? day : Number.POSITIVE_INFINITY)
  }
  return {
    judged,
    alarmsAYear: alarms / judged / years,
    found: {
      medianDays: medianOf(Float64Array.from(days)),
      withinTwoYears: days.filter(Number.isFinite).length / judged,
    },
  }
}

function series(uniform: Uniform, length: number, phi: number): Float64Array {
  const [first, ...shocks] = normals(uniform, length + 1)
  let state = first
  return Float64Array.from(shocks, (z) => {
    state = phi * state + Math.sqrt(1 - phi * phi) * z
    return state
  })
}
