/** Strategies whose skill is known because they are made, and what the gate, a plain ratio and a PSR alone make of them. */
import { fileURLToPath } from 'node:url'
import { analyse } from '../../commands/gate/analysis.ts'
import type { Days } from '../../commands/gate/days.ts'
import type { GateEvidence } from '../../commands/gate/evidence.ts'
import { familyOf } from '../../commands/gate/family.ts'
import { judge } from '../../commands/gate/judge.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { readPolicy } from '../../serving/policy-file.ts'
import { insufficient } from '../../streams/statistics/measured.ts'
import { normals, type Uniform, xoshiro128 } from '../../streams/statistics/random.ts'
import { annualise, sharpeOf, TRADING_DAYS } from '../../streams/statistics/sharpe.ts'
import { policyOf, runSpec } from './gate.ts'
import { daysAt } from './sessions.ts'

/** Those of the default policy's tests that returns alone can answer. */
const OF_RETURNS: ReadonlySet<string> = new Set([
  'held-out-days',
  'net-sharpe',
  'max-drawdown',
  'psr',
  'dsr',
  'min-backtest-length',
  'pbo',
  'reality-check-p',
  'drawdown-95',
])
const DEFAULT_POLICY = fileURLToPath(new URL('../../serving/default-policy.yaml', import.meta.url))

const rulesOfReturns = () => readPolicy(DEFAULT_POLICY).policy.gate.filter(({ test }) => OF_RETURNS.has(test))

/** Twenty families of eleven trials: ten have no skill and one has, a ratio of 1 or of 1.5 in every other family. */
const FAMILIES = 20
const WITHOUT_SKILL = 10
const TRUE_SHARPES = [1, 1.5] as const

/** The share of its variance that a trial has in common with its family. */
const SHARED = 0.5
const AUTOCORRELATION = 0.05
const DEGREES_OF_FREEDOM = 5
const VOLATILITY = 0.1

export const LAW = `${FAMILIES} families of ${WITHOUT_SKILL + 1} trials; in each ${WITHOUT_SKILL} have a true annual Sharpe ratio of 0, and one has ${TRUE_SHARPES.join(' or ')}.
Daily net returns: AR(1) of ${AUTOCORRELATION}, Student-t innovations with ${DEGREES_OF_FREEDOM} degrees of freedom, half of the variance shared in a family, ${100 * VOLATILITY}% volatility.
"of 11": judged among the trials of its own family; "of 220": among all of them as one family.
The gate: those tests of the default policy that returns alone can answer (${[
  ...new Set(rulesOfReturns().map(({ test }) => test)),
].join(', ')}).`

export type Made = Readonly<{ family: number; trueSharpe: number; net: Float64Array }>

/**
 * Net daily returns: a mean of trueSharpe/√252 deviations; noise is AR(1) with innovations that are half shared by the
 * family, each part a Student t of five degrees of freedom; 10 % volatility a year.
 */
export function madeStrategies(years: number, seed: number): readonly Made[] {
  const uniform = xoshiro128(seed)
  const days = Math.round(years * TRADING_DAYS)
  return Array.from({ length: FAMILIES }).flatMap((_, family) => {
    const idea = fatTailed(uniform, days)
    const trues = [...new Array<number>(WITHOUT_SKILL).fill(0), TRUE_SHARPES[family % 2]]
    return trues.map((trueSharpe): Made => {
      const own = fatTailed(uniform, days)
      return { family, trueSharpe, net: returnsOf(trueSharpe, idea, own) }
    })
  })
}

function returnsOf(trueSharpe: number, idea: Float64Array, own: Float64Array): Float64Array {
  const daily = VOLATILITY / Math.sqrt(TRADING_DAYS)
  let noise = 0
  return own.map((value, day) => {
    const innovation = Math.sqrt(SHARED) * idea[day] + Math.sqrt(1 - SHARED) * value
    noise = AUTOCORRELATION * noise + Math.sqrt(1 - AUTOCORRELATION ** 2) * innovation
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

/** Who passes: by a plain ratio, by tests of the policy alone, and by all of them that returns can answer. */
export type Judged = Readonly<{
  trueSharpe: number
  sharpeAbove1: boolean
  psrAlone: boolean
  dsrAlone: boolean
  gate: boolean
}>

/** Each strategy in turn is the candidate of its ledger, all of whose trials count. */
export function judgeLedger(ledger: readonly Made[], seed: number): readonly Judged[] {
  const rules = rulesOfReturns()
  const policy = policyOf(rules)
  const days = ledger.map(({ net }) => daysOf(net))
  const status = 'finished' as const
  const family = familyOf(
    days.map((one, k) => ({ run: `t${k}`, family: 'made', status, started: k + 1, days: one })),
  )
  return ledger.map(({ trueSharpe, net }, k) => {
    const evidence: GateEvidence = {
      model: 'made',
      artifact: String(seed),
      run: runSpec(`t${k}`, ['x']),
      portfolio: runSpec(`t${k}`, ['x']).portfolio,
      days: days[k],
      study: insufficient('there are returns alone'),
      label: null,
      formulas: [],
      family,
      policy,
      factors: null,
      rates: null,
      exposures: null,
      holdout: null,
      live: [],
      readAt: ledger.length,
      earlierRequests: 0,
      depth: 'until-refused',
    }
    const { verdict, tests } = judge(analyse(evidence), rules)
    const passes = (name: string) => tests.some(({ test, passed }) => test === name && passed)
    return {
      trueSharpe,
      sharpeAbove1: annualise(sharpeOf(net)) > 1,
      psrAlone: passes('psr'),
      dsrAlone: passes('dsr'),
      gate: verdict === 'passed',
    }
  })
}

function daysOf(net: Float64Array): Days {
  return daysAt(
    net.map((_, day) => day * MICROS_PER_DAY),
    { net },
  )
}

/** How many of those with one true ratio pass. */
export type SkillRow = Readonly<{
  trueSharpe: number
  strategies: number
  sharpeAbove1: number
  psrAlone: number
  /** Against the eleven trials of its family, and against all 220 as if they were one family. */
  gateOf11: number
  gateOf220: number
  dsrOf11: number
  dsrOf220: number
}>

export function skillRows(years: number, seed: number): readonly SkillRow[] {
  const made = madeStrategies(years, seed)
  const asFamilies = Array.from({ length: FAMILIES }).flatMap((_, family) =>
    judgeLedger(
      made.filter((one) => one.family === family),
      seed,
    ),
  )
  const asOne = judgeLedger(made, seed)
  return [0, ...TRUE_SHARPES].map((trueSharpe) => {
    const count = (of: readonly Judged[], way: 'sharpeAbove1' | 'psrAlone' | 'dsrAlone' | 'gate') =>
      of.filter((one) => one.trueSharpe === trueSharpe && one[way]).length
    return {
      trueSharpe,
      strategies: made.filter((one) => one.trueSharpe === trueSharpe).length,
      sharpeAbove1: count(asOne, 'sharpeAbove1'),
      psrAlone: count(asOne, 'psrAlone'),
      gateOf11: count(asFamilies, 'gate'),
      gateOf220: count(asOne, 'gate'),
      dsrOf11: count(asFamilies, 'dsrAlone'),
      dsrOf220: count(asOne, 'dsrAlone'),
    }
  })
}
