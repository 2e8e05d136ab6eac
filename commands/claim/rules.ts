/** The rules that a claim is held against: data in `rules.json`, each with its version and source. Have counsel confirm. */
import type { Audience, ClaimSpec, Figure, RuleResult } from '../../schemas/events/claim.ts'
import { isRounded } from './figure.ts'
import TABLE from './rules.json' with { type: 'json' }

type Value = string | number | boolean | null
/** One of `is`, `isNot` and `in`. */
type Condition = Readonly<{ fact: string; is?: Value; isNot?: Value; in?: readonly Value[] }>
type Stage = 'check' | 'disseminate'
export type Rule = Readonly<{
  rule: string
  version: number
  stage: Stage
  source: string
  when: readonly Condition[]
  must: readonly Condition[]
  says: string
}>

export const RULES: readonly Rule[] = TABLE.rules as readonly Rule[]
export const RULES_VERSION: number = TABLE.version

export type Facts = Readonly<Record<string, Value>>

/** What the rules ask about. */
export function factsOf(spec: ClaimSpec, figure: Figure, audience?: Audience): Facts {
  const { measure, regime, gross, net, fees, privateFund, prescribedPeriods } = spec
  const { whyPeriod, criteria, limitations, audiencePolicy, totalPortfolio } = spec
  return {
    ...{ measure, regime, gross, net, fees: fees?.name ?? null, privateFund, prescribedPeriods },
    ...{ whyPeriod, criteria, limitations, audiencePolicy, totalPortfolio },
    ...{ wholeRecord: figure.wholeRecord, follows: differing(spec, figure) === null, ...audience },
  }
}

type Difference = Readonly<{ which: 'gross' | 'net'; stated: number; exact: number }>

/** The first stated number that does not follow; null where all do. */
export function differing(spec: ClaimSpec, figure: Figure): Difference | null {
  for (const which of ['gross', 'net'] as const) {
    const [stated, exact] = [spec[which], figure[which]]
    if (stated === null) continue
    if (exact === null || !isRounded(stated, exact, spec.decimals))
      return { which, stated, exact: exact ?? Number.NaN }
  }
  return null
}

/** What each rule of a stage says of the facts. A rule that does not apply passes. */
export const judged = (stage: Stage, facts: Facts, rules: readonly Rule[] = RULES): RuleResult[] =>
  rules
    .filter((one) => one.stage === stage)
    .map(({ rule, version, source, when, must, says }) => {
      const applies = when.every((condition) => holds(condition, facts))
      return { rule, version, source, passed: !applies || must.every((one) => holds(one, facts)), says }
    })

function holds(condition: Condition, facts: Facts): boolean {
  const value = facts[condition.fact]
  if (value === undefined) return false
  if (condition.in !== undefined) return condition.in.includes(value)
  return 'isNot' in condition ? value !== condition.isNot : value === condition.is
}

export const broken = (results: readonly RuleResult[]): string =>
  results
    .filter(({ passed }) => !passed)
    .map(({ rule, source, says }) => `${rule} (${source}): ${says}`)
    .join(' ')
