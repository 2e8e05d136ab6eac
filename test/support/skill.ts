/** Strategies whose skill is known because they are made: in clusters that share an idea, with fat tails and a little memory. */
import { normals, type Uniform, xoshiro128 } from '../../streams/statistics/random.ts'
import { TRADING_DAYS } from '../../streams/statistics/sharpe.ts'

/** A family of trials, all of one number of years. */
export type Scenario = Readonly<{
  name: string
  clusters: number
  trialsPerCluster: number
  /** Of two trials of one cluster; those of two clusters have nothing in common. */
  correlation: number
  /** So many clusters, the first ones, have this true annual ratio; the others have 0. */
  skilled: number
  trueSharpe: number
  autocorrelation: number
  /** Who is judged: of these trials the one with the greatest ratio. */
  candidate: 'best' | 'best of the worthless'
}>

export type Made = Readonly<{ cluster: number; trueSharpe: number; net: Float64Array }>

const DEGREES_OF_FREEDOM = 5
const VOLATILITY = 0.1

export const LAW = `Daily net returns: AR(1) of .05 unless named, Student-t innovations with ${DEGREES_OF_FREEDOM} degrees of freedom, ${100 * VOLATILITY}% volatility a year.
Who is judged is the trial with the greatest Sharpe ratio, as a researcher would choose, among all trials of its family.`

const made = (
  name: string,
  [clusters, trialsPerCluster, correlation]: readonly [number, number, number],
  [skilled, trueSharpe]: readonly [number, number] = [0, 0],
  more: Partial<Scenario> = {},
): Scenario => ({
  ...{ name, clusters, trialsPerCluster, correlation, skilled, trueSharpe },
  ...{ autocorrelation: 0.05, candidate: 'best', ...more },
})

/** Nobody who is judged has skill: whoever passes is an error. */
export const WORTHLESS: readonly Scenario[] = [
  made('30 apart', [30, 1, 0]),
  made('5 clusters of 6, ρ .9', [5, 6, 0.9]),
  made('5 clusters of 6, ρ .5, AR(1) .2', [5, 6, 0.5], [0, 0], { autocorrelation: 0.2 }),
  made('200 in 10 clusters, ρ .5', [10, 20, 0.5]),
  made('beside a cluster of Sharpe 2', [5, 6, 0.9], [1, 2], { candidate: 'best of the worthless' }),
]

/** The best has skill nearly always: who does not pass is missed. */
export const SKILLED: readonly Scenario[] = [1, 1.5, 2].flatMap((sharpe) => [
  made(`Sharpe ${sharpe}: one of 30 apart`, [30, 1, 0], [1, sharpe]),
  made(`Sharpe ${sharpe}: a cluster of 6 in 5, ρ .9`, [5, 6, 0.9], [1, sharpe]),
  made(`Sharpe ${sharpe}: all of 30, ρ .9`, [1, 30, 0.9], [1, sharpe]),
])

export function madeFamily(scenario: Scenario, years: number, uniform: Uniform): readonly Made[] {
  const { clusters, trialsPerCluster, correlation, skilled, autocorrelation } = scenario
  const days = Math.round(years * TRADING_DAYS)
  return Array.from({ length: clusters }).flatMap((_, cluster) => {
    const idea = correlation === 0 ? new Float64Array(days) : fatTailed(uniform, days)
    const trueSharpe = cluster < skilled ? scenario.trueSharpe : 0
    return Array.from({ length: trialsPerCluster }, (): Made => {
      const own = fatTailed(uniform, days)
      const shocks = own.map(
        (value, day) => Math.sqrt(correlation) * idea[day] + Math.sqrt(1 - correlation) * value,
      )
      return { cluster, trueSharpe, net: returnsOf(trueSharpe, shocks, autocorrelation) }
    })
  })
}

/** A mean of trueSharpe/√252 deviations; the first day is of the law that the others are of. */
function returnsOf(trueSharpe: number, shocks: Float64Array, autocorrelation: number): Float64Array {
  const daily = VOLATILITY / Math.sqrt(TRADING_DAYS)
  let noise = 0
  return shocks.map((shock, day) => {
    noise = day === 0 ? shock : autocorrelation * noise + Math.sqrt(1 - autocorrelation ** 2) * shock
    return daily * (trueSharpe / Math.sqrt(TRADING_DAYS) + noise)
  })
}

/** Student's t with a variance of 1: a normal over the root of a mean square of normals. */
function fatTailed(uniform: Uniform, count: number): Float64Array {
  const top = normals(uniform, count)
  const below = Array.from({ length: DEGREES_OF_FREEDOM }, () => normals(uniform, count))
  const toUnit = Math.sqrt((DEGREES_OF_FREEDOM - 2) / DEGREES_OF_FREEDOM)
  return top.map((value, i) => {
    const square = below.reduce((sum, one) => sum + one[i] ** 2, 0) / DEGREES_OF_FREEDOM
    return (toUnit * value) / Math.sqrt(square)
  })
}

/** Families of one scenario, one after another from one seed. */
export function* families(scenario: Scenario, years: number, seed: number): Generator<readonly Made[]> {
  const uniform = xoshiro128(seed)
  while (true) yield madeFamily(scenario, years, uniform)
}
