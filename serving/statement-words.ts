/** What a statement says, for whoever is to sign it: read from the very bytes that are signed. */
import { z } from 'zod'
import { CLAIM_TYPE } from '../schemas/claim.ts'
import { HALT_TYPE, UNHALT_TYPE } from '../schemas/halt.ts'
import { HOLDOUT_TYPE } from '../schemas/holdout.ts'
import { printableWord } from '../schemas/kernel/name.ts'
import { formatMoment } from '../schemas/kernel/time.ts'
import { RAISE_TYPE } from '../schemas/ladder.ts'
import { POLICY_TYPE } from '../schemas/policy.ts'
import { RETIREMENT_TYPE } from '../schemas/retirement.ts'
import { REVIEW_TYPE } from '../schemas/review.ts'
import { ROLLBACK_TYPE } from '../schemas/rollback.ts'
import { STATEMENT_TYPE } from '../schemas/statement.ts'
import { WAIVER_TYPE } from '../schemas/waiver.ts'
import type { Statement } from './statements.ts'

const TITLES: Readonly<Record<string, string>> = {
  [STATEMENT_TYPE]: 'A decision on a model',
  [HOLDOUT_TYPE]: 'The opening of the final holdout for a model',
  [REVIEW_TYPE]: 'A decision on the capital of a model after a cut',
  [RAISE_TYPE]: 'A raise of the capital of a model by one step',
  [HALT_TYPE]: 'The halt of a model, which may use no capital until two members end it',
  [UNHALT_TYPE]: 'The end of a halt, so that the model may trade again',
  [RETIREMENT_TYPE]: 'The retirement of a model that is in force',
  [ROLLBACK_TYPE]: 'The return of the model that was in force before',
  [CLAIM_TYPE]: 'The approval of a claim, as compliance',
  [POLICY_TYPE]: 'A policy',
  [WAIVER_TYPE]: 'That nothing will follow from an event for a processor',
}
const MOMENTS: ReadonlySet<string> = new Set(['expires', 'from', 'to'])

/** A line for the kind of statement, and one for each thing that it says. */
export function wordsOf({ type, body }: Pick<Statement<object>, 'type' | 'body'>): string {
  const said = fieldsOf(body)
  const lines = Object.entries(said).map(([key, value]) => `  ${key}: ${wordOf(key, value)}`)
  return [`${TITLES[type] ?? printableWord(type)}:`, ...lines].join('\n')
}

export const fieldsOf = (body: string): Readonly<Record<string, unknown>> =>
  z.record(z.string(), z.unknown()).parse(JSON.parse(body))

function wordOf(key: string, value: unknown): string {
  if (typeof value === 'string') return printableWord(value)
  if (typeof value === 'number' && MOMENTS.has(key)) return formatMoment(value)
  return printableWord(JSON.stringify(value))
}
