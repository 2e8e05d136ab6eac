/** What the candidate's book is exposed to by a vendor's factors, and how much of its variance those explain. */
import { traced } from '../../../streams/portfolio/backtest.ts'
import { cosineTest } from '../../../streams/statistics/cosine-test.ts'
import { insufficient, type Measured, measured } from '../../../streams/statistics/measured.ts'
import { meanOf, squaresAbout } from '../../../streams/statistics/moments.ts'
import { meanTest } from '../../../streams/statistics/newey-west.ts'
import { tradedPanel } from '../../../streams/training/held-out.ts'
import type { GateEvidence, GivenData, Study } from '../evidence.ts'
import type { VendorExposuresForm } from '../report-market.ts'
import { ALL_NAMES, exposuresKnown, type KnownExposures, vendorCrossSections } from '../vendor-exposures.ts'

const LEAST_DAYS = 252
/** Of the book's absolute weight, the share that must have exposures for a day to count. */
const LEAST_COVERAGE = 0.9

/** A day that counts: the book that earned it, its exposures, and the factor returns. */
type Explained = Readonly<{
  exposures: ReadonlyMap<string, number>
  returns: ReadonlyMap<string, number>
  gross: number
  byFactors: number
  rSquared: number
  coverage: number
}>

/**
 * A book decided after close d earns the return of day d + 2; both its exposures and that day's cross-section use what was
 * known at the decision. A name without exposures is in no cross-section, and what it earns is explained by nothing.
 */
export function vendorExposures(
  given: GivenData,
  { rows, layout, scores }: Study,
  run: GateEvidence['run'],
): Measured<VendorExposuresForm> {
  const factors = given.arrivals[0]?.columns.map(({ name }) => name)
  if (factors === undefined) return insufficient(`nothing of the data set ${given.dataset} has arrived`)
  const { held } = traced(tradedPanel(rows, layout, { scores, spec: run }), run.portfolio)
  // What is held after the next close was decided here.
  const books = held.slice(1)
  const knownAt = exposuresKnown(given, rows.entities)
  const explain = vendorCrossSections(factors)
  const found: Explained[] = []
  const collinear = new Map<string, number>()
  const decisions = books.slice(0, -1)
  for (const [decision, book] of decisions.entries()) {
    const known = knownAt(layout.moments[decision])
    const returns = layout.returns[decision + 2]
    const day = explain(returns, known)
    const coverage = coverageOf(book, known)
    if (day.kind === 'collinear') collinear.set(day.factor, (collinear.get(day.factor) ?? 0) + 1)
    if (day.kind !== 'solved' || coverage < LEAST_COVERAGE) continue
    found.push({
      exposures: exposuresOf(book, known, factors),
      returns: day.returns,
      gross: weighted(book, returns),
      byFactors: weighted(book, day.fitted),
      rSquared: day.rSquared,
      coverage,
    })
  }
  if (found.length < LEAST_DAYS) return insufficient(lack(found.length, decisions.length, collinear))
  const gross = Float64Array.from(found, (day) => day.gross)
  const present = [...factors, ALL_NAMES].filter((factor) => found.some(({ returns }) => returns.has(factor)))
  const rest = Float64Array.from(found, (day) => day.gross - day.byFactors)
  return measured({
    dataset: given.dataset,
    factors: present.map((factor) => {
      const exposure = series(found, ({ exposures }) => exposures.get(factor))
      const test = cosineTest(exposure, run.portfolio.holdingDays)
      const earned = meanTest(series(found, ({ returns }) => returns.get(factor)))
      return {
        factor,
        meanExposure: meanOf(exposure),
        exposureT: test.kind === 'measured' ? test.value.t : null,
        returnAnnual: earned.mean * layout.periodsPerYear,
        returnT: earned.t,
      }
    }),
    meanRSquared: meanOf(series(found, ({ rSquared }) => rSquared)),
    varianceExplained: 1 - squaresAbout(rest, meanOf(rest)) / squaresAbout(gross, meanOf(gross)),
    meanCoverage: meanOf(series(found, ({ coverage }) => coverage)),
    days: found.length,
    daysLeftOut: decisions.length - found.length,
    collinear: [...collinear].map(([factor, days]) => ({ factor, days })),
  })
}

function lack(found: number, days: number, collinear: ReadonlyMap<string, number>): string {
  const [worst] = [...collinear].sort(([, a], [, b]) => b - a)
  return worst === undefined
    ? `${found} of ${days} days have names enough with exposures, at least ${LEAST_DAYS} are needed`
    : `factor ${worst[0]} is a combination of those before it on ${worst[1]} of ${days} days: leave it out`
}

/** Of the days on which there is one. */
const series = (found: readonly Explained[], of: (day: Explained) => number | undefined): Float64Array =>
  Float64Array.from(found.flatMap((day) => of(day) ?? []))

/** Over names that have a value: a name without one earns nothing that day, as in the accounts. */
const weighted = (book: Float64Array, values: Float64Array): number =>
  book.reduce((sum, weight, name) => (Number.isNaN(values[name]) ? sum : sum + weight * values[name]), 0)

function coverageOf(book: Float64Array, known: KnownExposures): number {
  let [covered, total] = [0, 0]
  for (const [name, weight] of book.entries()) {
    total += Math.abs(weight)
    if (known[name] !== null) covered += Math.abs(weight)
  }
  return total === 0 ? 1 : covered / total
}

function exposuresOf(
  book: Float64Array,
  known: KnownExposures,
  factors: readonly string[],
): ReadonlyMap<string, number> {
  const sum = (exposure: (values: Float64Array) => number) =>
    book.reduce((total, weight, name) => {
      const values = known[name]
      return values === null ? total : total + weight * exposure(values)
    }, 0)
  const own = factors.map((factor, k): [string, number] => [factor, sum((values) => values[k])])
  return new Map([...own, [ALL_NAMES, sum(() => 1)]])
}
