/** The statement that a committee member signs: this model file, judged by this report, under this policy, in this log, until then. */
import type { DataOf } from './event.ts'
import type { Signed } from './events/approval.ts'
import { canonicalJson, type Digest } from './kernel/canonical.ts'
import { holds } from './kernel/signature.ts'
import type { Micros } from './kernel/time.ts'

/** What a signature is for is its payload type: bytes of one purpose never hold for another. */
export const STATEMENT_TYPE = 'application/vnd.asof.promotion.v2+json'
const STATEMENT_TYPE_1 = 'application/vnd.asof.promotion.v1+json'

export type PromotionStatement = Readonly<{
  /** The identity of the log that it is made for. */
  log: Digest
  model: string
  artifact: string
  report: string
  policyVersion: number
  member: string
  decision: 'approve' | 'refuse'
  reason: string
  /** An approval counts for a promotion that is made before this moment. */
  expires: Micros
}>

/** The exact bytes that are signed. */
export const statementBody = (statement: PromotionStatement): string => canonicalJson(statement)

/** Whether what was recorded was signed with this key, for this log and policy. Version 1 was bound to neither log nor time. */
export function isSigned(
  { signature, expires, reason, ...said }: DataOf<typeof Signed>,
  by: Readonly<{ log: Digest; policyVersion: number; publicKey: string }>,
): boolean {
  const { log, policyVersion, publicKey } = by
  return expires === null
    ? holds(STATEMENT_TYPE_1, canonicalJson({ ...said, policyVersion }), { signature, publicKey })
    : holds(STATEMENT_TYPE, statementBody({ ...said, log, policyVersion, reason, expires }), {
        signature,
        publicKey,
      })
}
