/** How often capital rules cut, how soon, and what that costs or saves, on paths of which it is known whether the model still works. */
import { optimalBlockLength } from '../../streams/statistics/block-length.ts'
import { doubled, resampleInto, stationaryBlocks } from '../../streams/statistics/bootstrap.ts'
import { lacking, type Measured, measured } from '../../streams/statistics/measured.ts'
import { meanOf } from '../../streams/statistics/moments.ts'
import { xoshiro128 } from '../../streams/statistics/random.ts'
import { type CapitalRules, type Held, simulate } from './simulate.ts'

/** `works`: returns as in the backtest, so that every cut is false. `spent`: the same about a mean of 0. `turned`: about its negative. */
export const TRUTHS = { works: 1, spent: 0, turned: -1 } as const
export type Truth = keyof typeof TRUTHS

export type TruthRow = Readonly<{
  rules: 'sharpe' | 'losses' | 'ladder' | 'all'
  truth: Truth
  /** Shares of the paths that were cut within so many sessions, the last of them all. */
  within: readonly Readonly<{ sessions: number; share: number }>[]
  /** The median session of the first cut, from 1; null where fewer than half of the paths are cut. */
  medianFirst: number | null
  cutsPerPath: number
  /** Mean over the paths of what was withheld, in fractions of full capital: the cost above 0, what was saved below it. */
  withheld: number
  /** Its standard error over the paths. */
  error: number
}>

export type TruthTable = Readonly<{
  paths: number
  sessions: number
  blockLength: number
  rows: readonly TruthRow[]
}>

const SEED = 20_200_720

/**
 * Paths by the stationary bootstrap (Politis & Romano 1994) of the backtest, moved to the mean of each truth. All rules see the same paths.
 * @param backtest daily net returns of the held-out sessions, as fractions of full capital; a hole is `insufficient`
 */
export function knownTruth(
  backtest: Float64Array,
  rules: CapitalRules,
  options: Readonly<{ held: Held; reviewAfter: number; paths?: number | undefined; sessions?: number }>,
): Measured<TruthTable> {
  const { paths = 400, sessions = 252 } = options
  const lack = lacking(backtest)
  if (lack !== undefined) return lack
  const blockLength = optimalBlockLength(backtest).stationary
  const mean = meanOf(backtest)
  const rows: TruthRow[] = []
  for (const truth of Object.keys(TRUTHS) as Truth[]) {
    const moved = backtest.map((value) => value + (TRUTHS[truth] - 1) * mean)
    for (const [name, own] of rulesOf(rules))
      rows.push({ rules: name, truth, ...rowOf(moved, own, { ...options, paths, sessions, blockLength }) })
  }
  return measured({ paths, sessions, blockLength, rows })
}

/** Each rule by itself, and all of them together where there are several. */
function rulesOf(rules: CapitalRules): readonly (readonly [TruthRow['rules'], CapitalRules])[] {
  const none: CapitalRules = { sharpe: null, losses: null, ladder: null }
  const there = (['sharpe', 'losses', 'ladder'] as const).filter((name) => rules[name] !== null)
  const alone = there.map((name) => [name, { ...none, [name]: rules[name] }] as const)
  return there.length > 1 ? [...alone, ['all', rules]] : alone
}

type Drawing = Readonly<{
  held: Held
  reviewAfter: number
  paths: number
  sessions: number
  blockLength: number
}>

function rowOf(
  returns: Float64Array,
  rules: CapitalRules,
  { paths, sessions, blockLength, ...how }: Drawing,
): Omit<TruthRow, 'rules' | 'truth'> {
  const uniform = xoshiro128(SEED)
  const draw = stationaryBlocks({ uniform, from: returns.length, rows: sessions, meanLength: blockLength })
  const twice = doubled(returns)
  const path = new Float64Array(sessions)
  const firsts: number[] = []
  let [cuts, sum, squares] = [0, 0, 0]
  for (let p = 0; p < paths; p++) {
    resampleInto(path, twice, draw())
    const found = simulate(path, rules, how)
    cuts += found.cuts.length
    const withheld = found.full - found.earned
    sum += withheld
    squares += withheld ** 2
    if (found.cuts.length > 0) firsts.push(found.cuts[0].at + 1)
  }
  firsts.sort((a, b) => a - b)
  const horizons = [...new Set([Math.ceil(sessions / 4), Math.ceil(sessions / 2), sessions])]
  const withheld = sum / paths
  return {
    within: horizons.map((horizon) => ({
      sessions: horizon,
      share: firsts.filter((first) => first <= horizon).length / paths,
    })),
    medianFirst: firsts[Math.ceil(paths / 2) - 1] ?? null,
    cutsPerPath: cuts / paths,
    withheld,
    error: Math.sqrt(Math.max(0, squares / paths - withheld ** 2) / paths),
  }
}
