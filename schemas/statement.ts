/** The statement that a committee member signs: this model file, judged by this report, under this policy. */
import { canonicalJson } from './kernel/canonical.ts'

export const STATEMENT_TYPE = 'application/vnd.asof.promotion.v1+json'

export type PromotionStatement = Readonly<{
  model: string
  artifact: string
  report: string
  policyVersion: number
  member: string
  decision: 'approve' | 'refuse'
}>

/** The exact bytes that are signed. */
export const statementBody = (statement: PromotionStatement): string => canonicalJson(statement)
