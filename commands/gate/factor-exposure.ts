/** What of a strategy is common factors: betas through time, with errors that hold under autocorrelation. */
import { refuse } from '../../schemas/kernel/fault.ts'
import {
  type Columns,
  conditionNumber,
  firstCombination,
  inverseGram,
  leastSquares,
} from '../../streams/statistics/linear.ts'
import { insufficient, lacking, type Measured, measured } from '../../streams/statistics/measured.ts'
import { isDegenerate, meanOf, sdOf, squaresAbout } from '../../streams/statistics/moments.ts'
import { neweyWestLags } from '../../streams/statistics/newey-west.ts'

export type Factor = Readonly<{ name: string; returns: Float64Array }>

export type Loading = Readonly<{ factor: string; beta: number; standardError: number; t: number }>

export type FactorExposure = Readonly<{
  /** What is left per period when every factor stands still. */
  alpha: Loading
  loadings: readonly Loading[]
  rSquared: number
  /** Of the standardised factors. Above about 10 single betas are not to be read one by one. */
  conditionNumber: number
  n: number
  lags: number
  residuals: Float64Array
}>

/**
 * Least squares of returns on factors and a constant; errors of Newey & West (1987) without a small-sample factor, as in
 * statsmodels' HAC.
 * @throws Refusal `factor.collinear`
 */
export function factorExposure(
  returns: Float64Array,
  factors: readonly Factor[],
  lags: number = neweyWestLags(returns.length),
): Measured<FactorExposure> {
  for (const series of [returns, ...factors.map((factor) => factor.returns)]) {
    const lack = lacking(series)
    if (lack !== undefined) return lack
    if (series.length !== returns.length)
      return insufficient('a factor does not cover the periods of the returns')
  }
  if (factors.length === 0 || returns.length < 3 * (factors.length + 1))
    return insufficient(`${returns.length} periods cannot carry ${factors.length} factors`)
  refuseCollinear(factors)
  const ones = new Float64Array(returns.length).fill(1)
  const design = [ones, ...factors.map((factor) => factor.returns)]
  const betas = leastSquares(design, returns)
  const residuals = returns.map((value, t) =>
    design.reduce((rest, column, k) => rest - betas[k] * column[t], value),
  )
  const errors = hacErrors(design, residuals, lags)
  const loading = (factor: string, k: number): Loading => ({
    factor,
    beta: betas[k],
    standardError: errors[k],
    t: betas[k] / errors[k],
  })
  const explained = squaresAbout(residuals, 0) / squaresAbout(returns, meanOf(returns))
  return measured({
    alpha: loading('alpha', 0),
    loadings: factors.map(({ name }, k) => loading(name, k + 1)),
    rSquared: 1 - explained,
    conditionNumber: conditionNumber(factors.map((factor) => standardised(factor.returns))),
    n: returns.length,
    lags,
    residuals,
  })
}

const standardised = (series: Float64Array): Float64Array => {
  const [mean, sd] = [meanOf(series), sdOf(series)]
  return series.map((value) => (value - mean) / sd)
}

/** The constant is a column too, so that each factor is cleared of its mean first. */
function refuseCollinear(factors: readonly Factor[]): void {
  for (const { name, returns } of factors)
    if (isDegenerate(returns)) throw refuse('factor.collinear', { column: name })
  const place = firstCombination(
    factors.map(({ returns }) => {
      const mean = meanOf(returns)
      return returns.map((value) => value - mean)
    }),
  )
  if (place !== -1) throw refuse('factor.collinear', { column: factors[place].name })
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}

/** Square roots of the diagonal of (XᵀX)⁻¹ S (XᵀX)⁻¹, with Bartlett's weights in S. */
function hacErrors(design: Columns, residuals: Float64Array, lags: number): Float64Array {
  const scores = design.map((column) => column.map((value, t) => value * residuals[t]))
  const middle = scores.map((a) => Float64Array.from(scores, (b) => weightedCross(a, b, lags)))
  const inverse = inverseGram(design)
  return Float64Array.from(inverse, (row) => {
    let variance = 0
    for (let i = 0; i < row.length; i++)
      for (let j = 0; j < row.length; j++) variance += row[i] * middle[i][j] * row[j]
    return Math.sqrt(variance)
  })
}

function weightedCross(a: Float64Array, b: Float64Array, lags: number): number {
  let total = dot(a, b)
  for (let lag = 1; lag <= lags; lag++) {
    const weight = 1 - lag / (lags + 1)
    total += weight * (dot(a.subarray(lag), b.subarray(0, -lag)) + dot(b.subarray(lag), a.subarray(0, -lag)))
  }
  return total
}
