/** What the gate makes of strategies that were made: each way of judging alone, and the default policy. */
import { fileURLToPath } from 'node:url'
import { alignedTrials } from '../../commands/gate/aligned.ts'
import { analyse } from '../../commands/gate/analysis.ts'
import type { Days } from '../../commands/gate/days.ts'
import type { GateEvidence } from '../../commands/gate/evidence.ts'
import { familyOf, type TrialEvidence } from '../../commands/gate/family.ts'
import { judge } from '../../commands/gate/judge.ts'
import type { Analysis } from '../../commands/gate/report-form.ts'
import { uniformOf } from '../../commands/gate/section.ts'
import { drawdownPaths } from '../../commands/gate/sections/drawdown.ts'
import { familywise } from '../../commands/gate/sections/familywise.ts'
import { overfitting } from '../../commands/gate/sections/overfitting.ts'
import { reality } from '../../commands/gate/sections/reality.ts'
import type { GateRule } from '../../schemas/events/approval.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { readPolicy } from '../../serving/policy-file.ts'
import { insufficient } from '../../streams/statistics/measured.ts'
import { xoshiro128 } from '../../streams/statistics/random.ts'
import { sharpeOf } from '../../streams/statistics/sharpe.ts'
import { policyOf, runSpec } from './gate.ts'
import { daysAt } from './sessions.ts'
import { families, type Made, madeFamily, type Scenario, WORTHLESS } from './skill.ts'

/** Those of the default policy's tests that returns alone can answer. */
const OF_RETURNS: ReadonlySet<string> = new Set([
  'held-out-days',
  'net-sharpe',
  'max-drawdown',
  'psr',
  'dsr-clusters',
  'step-down-p',
  'overfit-loss',
  'drawdown-95',
])
const DEFAULT_POLICY = fileURLToPath(new URL('../../serving/default-policy.yaml', import.meta.url))

const atLeast = (test: string, threshold: number): GateRule => ({ test, comparison: 'at-least', threshold })
const atMost = (test: string, threshold: number): GateRule => ({ test, comparison: 'at-most', threshold })

/** Ways of judging: a test alone, and whole policies as far as returns can answer them. */
export const FORMS = {
  'Sharpe > 1': [atLeast('net-sharpe', 1)],
  PSR: [atLeast('psr', 0.95)],
  'DSR, least': [atLeast('dsr', 0.95)],
  'DSR, raw': [atLeast('dsr-raw', 0.95)],
  'DSR, clusters': [atLeast('dsr-clusters', 0.95)],
  SPA: [atMost('reality-check-p', 0.05)],
  'step-down': [atMost('step-down-p', 0.05)],
  BY: [atMost('discovery-rate', 0.05)],
  'PBO <= .25': [atMost('pbo', 0.25)],
  /** What the default policy was before it had the step-down test. */
  'strict policy': [
    atLeast('net-sharpe', 0.5),
    atLeast('psr', 0.95),
    atLeast('dsr', 0.95),
    atLeast('min-backtest-length', 1),
    atMost('pbo', 0.25),
    atMost('reality-check-p', 0.05),
  ],
  'default gate': (await readPolicy(DEFAULT_POLICY)).policy.gate.filter(({ test }) => OF_RETURNS.has(test)),
} as const satisfies Readonly<Record<string, readonly GateRule[]>>
export type Form = keyof typeof FORMS
const NAMES = Object.keys(FORMS) as Form[]

/** A tenth of the gate's own: the quantile that is judged is far from its threshold. */
const DRAWDOWN_PATHS = 1000

/** By how many ways the candidate passes among the trials that count. */
export function judgeMade(
  candidate: TrialEvidence & Readonly<{ days: Days }>,
  trials: readonly TrialEvidence[],
  seed: number,
): ReadonlySet<Form> {
  const { days } = candidate
  const family = familyOf(trials, days)
  const evidence: GateEvidence = {
    model: 'made',
    artifact: String(seed),
    run: runSpec(candidate.run, ['x']),
    portfolio: runSpec(candidate.run, ['x']).portfolio,
    days,
    study: insufficient('there are returns alone'),
    label: null,
    formulas: [],
    family,
    // What no one can meet ends the work with what is cheap: the rest that is needed is worked out below.
    policy: policyOf([atLeast('net-sharpe', Number.POSITIVE_INFINITY)]),
    factors: null,
    rates: null,
    exposures: null,
    volatility: null,
    holdout: null,
    live: [],
    readAt: trials.length,
    earlierRequests: 0,
    depth: 'until-refused',
  }
  const cheap = analyse(evidence)
  const aligned = alignedTrials(candidate.run, days, trials)
  const random = (section: string) => uniformOf(String(seed), 1, section)
  const analysis: Analysis = {
    ...cheap,
    sections: {
      ...cheap.sections,
      overfitting: overfitting(family),
      familywise: familywise(aligned, family, random('familywise')),
      reality: reality(family, random('reality')),
      drawdown: drawdownPaths(days.net, random('drawdown'), DRAWDOWN_PATHS),
    },
  }
  return new Set(NAMES.filter((name) => judge(analysis, FORMS[name]).verdict === 'passed'))
}

const trialOf = (net: Float64Array, k: number, from = 0) => ({
  run: `t${k}`,
  family: 'made',
  status: 'finished' as const,
  started: k + 1,
  days: daysOf(net, from),
})

/** From one session to the next, so that 252 make a year. */
const CALENDAR_DAYS = 365.25 / 252

/** @param from the first day */
function daysOf(net: Float64Array, from: number): Days {
  const moments = net.map((_, day) => Math.round((from + day) * CALENDAR_DAYS) * MICROS_PER_DAY)
  return daysAt(moments, { net })
}

const bestOf = (ledger: readonly Made[], which: (one: Made) => boolean): number =>
  [...ledger.keys()]
    .filter((k) => which(ledger[k]))
    .reduce((best, k) => (sharpeOf(ledger[k].net) > sharpeOf(ledger[best].net) ? k : best))

/** How many of so many families' candidates pass, by each way. A pass of one without skill, where the best has some, is none. */
export function passes(
  scenario: Scenario,
  { years, seed, count }: Readonly<{ years: number; seed: number; count: number }>,
): Readonly<Record<Form, number>> {
  const drawn = families(scenario, years, seed)
  const found = Array.from({ length: count }, (_, k) => {
    const ledger: readonly Made[] = drawn.next().value
    const worthless = scenario.candidate === 'best of the worthless' || scenario.skilled === 0
    const best = bestOf(ledger, ({ trueSharpe }) => !worthless || trueSharpe === 0)
    const trials = ledger.map(({ net }, k) => trialOf(net, k))
    return worthless || ledger[best].trueSharpe > 0
      ? judgeMade(trials[best], trials, seed + k)
      : new Set<Form>()
  })
  return byForm((name) => found.filter((passed) => passed.has(name)).length)
}

const byForm = (of: (name: Form) => number) =>
  Object.fromEntries(NAMES.map((name) => [name, of(name)])) as Readonly<Record<Form, number>>

/** Which trials count for a candidate: those of its family alone, or all that were run over the same days. */
type RelatedTrials = (
  own: readonly TrialEvidence[],
  others: readonly TrialEvidence[],
) => readonly TrialEvidence[]
export const BY_FAMILY: RelatedTrials = (own) => own
export const BY_OVERLAP: RelatedTrials = (own, others) => [...own, ...others]

/**
 * The best of 200 worthless trials and the second best are run again, one day shorter, as a new family of two, and the best is
 * presented. How many of so many attacks pass, by each way.
 */
export function shopping(
  relatedTrials: RelatedTrials,
  { years, seed, count }: Readonly<{ years: number; seed: number; count: number }>,
): Readonly<Record<Form, number>> {
  const uniform = xoshiro128(seed)
  const scenario = WORTHLESS[3]
  const found = Array.from({ length: count }, (_, k) => {
    const tried = [...madeFamily(scenario, years, uniform)].sort((a, b) => sharpeOf(b.net) - sharpeOf(a.net))
    const others = tried.map(({ net }, k) => trialOf(net, k))
    const own = tried.slice(0, 2).map(({ net }, k) => trialOf(net.subarray(1), tried.length + k, 1))
    return judgeMade(own[0], relatedTrials(own, others), seed + k)
  })
  return byForm((name) => found.filter((passed) => passed.has(name)).length)
}
