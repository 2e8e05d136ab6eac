/** A vendor's factor exposures by name as they were known at each moment, and what a day's returns owe to them. */
import { MICROS_PER_DAY, type Micros } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { firstCombination, leastSquaresOf } from '../../streams/statistics/linear.ts'
import type { GivenData } from './evidence.ts'

/** An exposure that is about a day so long past says nothing any more: two months, for monthly models that come late. */
const STALE_DAYS = 62

/** Everybody's exposure to it is 1; it stands beside the vendor's factors where those do not contain it. */
export const ALL_NAMES = 'all names'

/** One entry per name: its exposures in the order of the data set's columns; null where a name has not all of them. */
export type KnownExposures = readonly (Float64Array | null)[]

type Line = Readonly<{ from: Micros; about: Micros; name: number; values: Float64Array }>

/**
 * Exposures as they were known: of what was known by a moment, for each name the latest `eventTime`, and of that the
 * latest word. A row about a day to come waits for it.
 * @returns a reader for moments that never fall
 */
export function exposuresKnown(
  given: GivenData,
  names: readonly string[],
): (moment: Micros) => KnownExposures {
  const placeOf = new Map(names.map((name, place) => [name, place]))
  const lines = given.arrivals
    .flatMap((rows) => linesOf(rows, placeOf))
    .filter(({ from }) => from <= given.asOf)
    .sort((a, b) => a.from - b.from)
  const latest: (Line | null)[] = names.map(() => null)
  let next = 0
  return (moment) => {
    for (; next < lines.length && lines[next].from <= moment; next++) {
      const line = lines[next]
      if (line.about >= (latest[line.name]?.about ?? Number.NEGATIVE_INFINITY)) latest[line.name] = line
    }
    const oldest = moment - STALE_DAYS * MICROS_PER_DAY
    return latest.map((line) =>
      line !== null && line.about >= oldest && line.values.every(Number.isFinite) ? line.values : null,
    )
  }
}

const linesOf = (rows: Rows, placeOf: ReadonlyMap<string, number>): readonly Line[] =>
  Array.from({ length: rows.length }, (_, row) => row).flatMap((row) => {
    const name = placeOf.get(rows.entities[rows.entity[row]])
    if (name === undefined) return []
    const about = rows.eventTime[row]
    const values = Float64Array.from(rows.columns, (column) => column.values[row])
    return [{ from: Math.max(about, rows.knownAt[row]), about, name, values }]
  })

/** A day's cross-section, or the factor that is a combination of those before it, or too few names for the factors. */
type VendorDay =
  | Readonly<{ kind: 'solved'; returns: ReadonlyMap<string, number>; fitted: Float64Array; rSquared: number }>
  | Readonly<{ kind: 'collinear'; factor: string }>
  | Readonly<{ kind: 'narrow' }>

type Solver = Readonly<{ names: readonly string[]; solve: (y: Float64Array) => Float64Array }>

/**
 * r_n = Σ X_nk f_k + u_n by least squares with equal weights over the names with a return and with all exposures, at least
 * two per factor. Exposures are taken as they are, not standardised anew. Solved once for as long as names and exposures
 * stay. `fitted` is NaN for a name that is not in the cross-section.
 */
export function vendorCrossSections(
  factors: readonly string[],
): (returns: Float64Array, known: KnownExposures) => VendorDay {
  let held: readonly (Float64Array | null)[] = []
  let solver: Solver | VendorDay = { kind: 'narrow' }
  return (returns, known) => {
    const used = known.map((exposures, name) => (Number.isFinite(returns[name]) ? exposures : null))
    if (used.length !== held.length || used.some((exposures, name) => exposures !== held[name])) {
      held = used
      solver = solverOf(
        factors,
        used.filter((exposures) => exposures !== null),
      )
    }
    if ('kind' in solver) return solver
    const found = solver.solve(returns.filter((_, name) => used[name] !== null))
    const fitted = Float64Array.from(used, (exposures) =>
      exposures === null
        ? Number.NaN
        : found.reduce((sum, factor, k) => sum + factor * (exposures[k] ?? 1), 0),
    )
    let [left, total] = [0, 0]
    for (const [name, value] of fitted.entries())
      if (!Number.isNaN(value)) {
        left += (returns[name] - value) ** 2
        total += returns[name] ** 2
      }
    const named = solver.names.map((name, k): [string, number] => [name, found[k]])
    return { kind: 'solved', returns: new Map(named), fitted, rSquared: 1 - left / total }
  }
}

function solverOf(factors: readonly string[], exposures: readonly Float64Array[]): Solver | VendorDay {
  const columns = factors.map((_, k) => Float64Array.from(exposures, (row) => row[k]))
  const withAll = [...columns, new Float64Array(exposures.length).fill(1)]
  if (exposures.length < 2 * withAll.length) return { kind: 'narrow' }
  const place = firstCombination(withAll)
  if (place !== -1 && place < factors.length) return { kind: 'collinear', factor: factors[place] }
  return place === -1
    ? { names: [...factors, ALL_NAMES], solve: leastSquaresOf(withAll) }
    : { names: factors, solve: leastSquaresOf(columns) }
}
