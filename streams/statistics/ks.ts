/** The two-sample Kolmogorov-Smirnov test, and its statistic alone against a sample in order. */
import { firstAbove, firstAtLeast } from '../../schemas/kernel/search.ts'
import { kolmogorovAbove } from './kolmogorov.ts'
import { insufficient, lacking, type Measured, measured } from './measured.ts'
import { sorted } from './quantile.ts'

/** Exact to this many points in the larger sample, as scipy has it. */
const EXACT_LIMIT = 10_000

export type KsMethod = 'exact' | 'asymptotic'

/** `method` says which null gave `pValue`: near a threshold the two disagree, so it is part of the result. */
type KsTest = Readonly<{ statistic: number; pValue: number; method: KsMethod }>

/**
 * sup |F₁ − F₂| and the chance of as much between two independent samples of one distribution. Serial dependence makes the
 * p-value too small: judge autocorrelated series by a bootstrap. A missing or infinite value in either is `insufficient`.
 * @param method by default exact up to 10,000 points and asymptotic above
 */
export function ksTest(x: Float64Array, y: Float64Array, method?: KsMethod): Measured<KsTest> {
  const lack = lacking(x, 1) ?? lacking(y, 1)
  if (lack !== undefined) return insufficient(`one of the two samples: ${lack.reason}`)
  const [n, m] = [x.length, y.length]
  const gap = greatestGap(sorted(x), sorted(y))
  const statistic = gap / (n * m)
  const used = method ?? (Math.max(n, m) <= EXACT_LIMIT ? 'exact' : 'asymptotic')
  const pValue = used === 'exact' ? latticeAbove(gap, n, m) : asymptoticAbove(statistic, n, m)
  return measured({ statistic, pValue, method: used })
}

/** One-sample law at n m / (n + m), rounded: scipy's "asymp", which is not Kolmogorov's limiting series. */
const asymptoticAbove = (statistic: number, n: number, m: number): number =>
  kolmogorovAbove(statistic, Math.max(1, Math.round((n * m) / (n + m))))

/** max |i m − j n|, a whole number, over the points where both empirical distributions have passed a value. */
function greatestGap(x: Float64Array, y: Float64Array): number {
  let [i, j, greatest] = [0, 0, 0]
  while (i < x.length && j < y.length) {
    const value = Math.min(x[i], y[j])
    while (i < x.length && x[i] === value) i++
    while (j < y.length && y[j] === value) j++
    greatest = Math.max(greatest, Math.abs(i * y.length - j * x.length))
  }
  return greatest
}

/**
 * The share of lattice paths from (0,0) to (n,m) that touch |i m − j n| ≥ gap. The last step into (i,j) comes from (i−1,j)
 * with chance i/(i+j), so the share obeys a recursion of positive terms and keeps its digits however small it is.
 */
function latticeAbove(gap: number, n: number, m: number): number {
  if (gap === 0) return 1
  const touched = new Float64Array(m + 1)
  for (let i = 0; i <= n; i++)
    for (let j = 0; j <= m; j++)
      if (Math.abs(i * m - j * n) >= gap) touched[j] = 1
      else if (i + j === 0) touched[j] = 0
      else touched[j] = ((i === 0 ? 0 : i * touched[j]) + (j === 0 ? 0 : j * touched[j - 1])) / (i + j)
  return touched[m]
}

/**
 * The greatest distance between two empirical distributions. Between two values of the window its own distribution stands
 * still while the reference rises, so the supremum lies at a value of the window, just before it or at it. A NaN in the window
 * has no part; infinities are values like any other; with nothing on either side the distance is 0.
 * @param ascending the reference in order, without NaN
 */
export function ksDistance(ascending: Float64Array, window: Float64Array): number {
  const inOrder = sorted(window.filter((value) => !Number.isNaN(value)))
  if (ascending.length === 0) return 0
  let distance = 0
  for (let from = 0; from < inOrder.length; ) {
    const to = firstAbove(inOrder, inOrder[from])
    const below = firstAtLeast(ascending, inOrder[from]) / ascending.length
    const upTo = firstAbove(ascending, inOrder[from]) / ascending.length
    distance = Math.max(
      distance,
      Math.abs(below - from / inOrder.length),
      Math.abs(upTo - to / inOrder.length),
    )
    from = to
  }
  return distance
}
