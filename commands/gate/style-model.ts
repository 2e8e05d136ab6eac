/** A small style risk model from the platform's own data: what a day's returns owe to the market and to styles. */
import { leastSquaresOf } from '../../streams/statistics/linear.ts'
import { insufficient, type Measured, MIN_OBSERVATIONS, measured } from '../../streams/statistics/measured.ts'
import { type MeanTest, meanTest } from '../../streams/statistics/newey-west.ts'
import { descriptors, STYLE_DAYS, STYLES, type Style, standardise } from './style-descriptors.ts'

/** One column per name over the same days. `sizeProxy` (traded value, capitalisation) is known at the day's close. */
type StylePanel = Readonly<{
  returns: readonly Float64Array[]
  market: Float64Array
  sizeProxy?: readonly Float64Array[]
}>

type StyleOptions = Readonly<{
  styles?: readonly Style[]
  /** `size`: names weigh by the size proxy in the mean and by its root in the regression; `equal`: alike. */
  weighting?: 'size' | 'equal'
}>

/** Exposures of the names at a day's close; a row of NaN for a name whose history is too short. */
type Exposures = Readonly<{
  styles: readonly Style[]
  byStyle: readonly Float64Array[]
  mass: Float64Array
}>

/** @param day the last day that the exposures may know */
export function exposuresAt(panel: StylePanel, day: number, options: StyleOptions = {}): Exposures {
  const { weighting = 'equal' } = options
  const styles = options.styles ?? STYLES.filter((style) => style !== 'size' || panel.sizeProxy !== undefined)
  const size = panel.returns.map((_, name) => panel.sizeProxy?.[name][day] ?? Number.NaN)
  const known = panel.returns.map((column, name) =>
    descriptors(column.subarray(0, day + 1), panel.market.subarray(0, day + 1), size[name]),
  )
  const mass = Float64Array.from(size, (value) => (weighting === 'size' ? value : 1))
  const byStyle = styles.map((style) =>
    standardise(
      Float64Array.from(known, (row) => row[style]),
      mass,
    ),
  )
  return { styles, byStyle, mass }
}

type StyleDay = Readonly<{
  /** Of the market (everybody's exposure is 1) and then of each style. */
  factors: Float64Array
  residuals: Float64Array
  names: number
  rSquared: number
}>

/**
 * r_n = f_market + Σ X_ns f_s + u_n by weighted least squares, weights √mass: the cross-section of Barra's USE4 without
 * industries. `insufficient` with fewer than two names per factor.
 */
export const crossSection = (returns: Float64Array, exposures: Exposures): Measured<StyleDay> =>
  crossSections(exposures)(returns)

/** The same for many days of one set of exposures: as long as the names stay, the regression is solved once. */
export function crossSections({ byStyle, mass }: Exposures): (returns: Float64Array) => Measured<StyleDay> {
  const width = byStyle.length + 1
  let held: Readonly<{ key: string; solve: (y: Float64Array) => Float64Array }> | undefined
  return (returns) => {
    const names = [...returns.keys()].filter(
      (name) =>
        Number.isFinite(returns[name]) && mass[name] > 0 && byStyle.every((x) => Number.isFinite(x[name])),
    )
    if (names.length < 2 * width) return insufficient(`${names.length} names cannot carry ${width} factors`)
    // Least squares with weights √mass is plain least squares on rows times their root.
    const root = names.map((name) => mass[name] ** 0.25)
    const rows = (column: (name: number) => number) =>
      Float64Array.from(names, (name, i) => root[i] * column(name))
    const key = names.join(' ')
    if (held?.key !== key) {
      const design = [rows(() => 1), ...byStyle.map((exposure) => rows((name) => exposure[name]))]
      held = { key, solve: leastSquaresOf(design) }
    }
    const factors = held.solve(rows((name) => returns[name]))
    return measured({ factors, ...leftOf(returns, { byStyle, factors, names, root }), names: names.length })
  }
}

type Fitted = Readonly<{
  byStyle: readonly Float64Array[]
  factors: Float64Array
  names: readonly number[]
  root: readonly number[]
}>

function leftOf(returns: Float64Array, { byStyle, factors, names, root }: Fitted) {
  const residuals = returns.map((value, name) =>
    byStyle.reduce((rest, exposure, k) => rest - exposure[name] * factors[k + 1], value - factors[0]),
  )
  let [left, total] = [0, 0]
  for (const [i, name] of names.entries()) {
    left += (root[i] * residuals[name]) ** 2
    total += (root[i] * returns[name]) ** 2
  }
  return { residuals, rSquared: 1 - left / total }
}

type StyleReturns = Readonly<{
  factors: readonly string[]
  days: Uint32Array
  /** One column per factor over `days`. */
  returns: readonly Float64Array[]
  tests: readonly MeanTest[]
  meanRSquared: number
}>

/** Factor returns day by day: exposures at one close, returns of the next day. */
export function styleReturns(panel: StylePanel, options: StyleOptions = {}): Measured<StyleReturns> {
  const days: number[] = []
  const found: StyleDay[] = []
  let styles: readonly Style[] = []
  for (let day = STYLE_DAYS; day < panel.market.length; day++) {
    const exposures = exposuresAt(panel, day - 1, options)
    const section = crossSection(
      Float64Array.from(panel.returns, (column) => column[day]),
      exposures,
    )
    if (section.kind === 'insufficient') continue
    styles = exposures.styles
    days.push(day)
    found.push(section.value)
  }
  if (found.length < MIN_OBSERVATIONS) return insufficient(`${found.length} days have a full cross-section`)
  const factors = ['market', ...styles]
  const returns = factors.map((_, k) => Float64Array.from(found, (row) => row.factors[k]))
  return measured({
    factors,
    days: Uint32Array.from(days),
    returns,
    tests: returns.map((series) => meanTest(series)),
    meanRSquared: found.reduce((sum, { rSquared }) => sum + rSquared, 0) / found.length,
  })
}

/** What a book is exposed to: its net weight in the market, and Σ w_n X_ns. A name without exposures counts as NaN. */
export function bookExposures(
  weights: Float64Array,
  { styles, byStyle }: Exposures,
): ReadonlyMap<string, number> {
  const sum = (exposure: (name: number) => number): number =>
    weights.reduce((total, weight, name) => (weight === 0 ? total : total + weight * exposure(name)), 0)
  const pairs = styles.map((style, k): [string, number] => [style, sum((name) => byStyle[k][name])])
  return new Map([['market', sum(() => 1)], ...pairs])
}
