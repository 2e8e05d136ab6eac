/** When a model's retirement holds: shared by the decision and by every reader, so that a hand-written event gains nothing. */
import type { DataOf } from './event.ts'
import type { Retired } from './events/model.ts'
import { canonicalJson, type Digest } from './kernel/canonical.ts'
import { type Fault, fault } from './kernel/fault.ts'
import { holds } from './kernel/signature.ts'
import type { Evidence } from './promotion.ts'
import type { InForce } from './rollback.ts'

export const RETIREMENT_TYPE = 'application/vnd.asof.retirement.v1+json'

export type Retirement = DataOf<typeof Retired>

/** The exact bytes that are signed: the retirement, and the log that it is made for. */
export const retirementBody = (statement: Omit<Retirement, 'signature'> & { log: Digest }): string =>
  canonicalJson(statement)

/**
 * The first reason why a model must not be taken out of force; null where there is none. It takes risk away, so one member of the
 * committee is enough, and its author may be that one: what was cut, and what the gate said, stays as it is.
 */
export function retirementObjection(
  { signature, ...statement }: Retirement,
  live: InForce | null,
  { policy, log, at }: Pick<Evidence, 'policy' | 'log' | 'at'>,
): Fault | null {
  const { model, member, policyVersion, inForce, artifact, expires } = statement
  if (policy === null || log === null) return fault('approval.no-policy')
  if (live === null) return fault('model.nothing-to-retire', { model })
  if (inForce !== live.position || artifact !== live.artifact)
    return fault('model.retirement-elsewhere', { model, signed: inForce, inForce: live.position })
  if (policyVersion !== policy.version)
    return fault('model.retirement-policy', { model, signed: policyVersion, version: policy.version })
  const enrolled = policy.quorum.members.find((one) => one.member === member)
  if (enrolled === undefined) return fault('approval.not-a-member', { member, version: policy.version })
  if (expires <= at) return fault('approval.expired', { member, model })
  const { publicKey } = enrolled
  return holds(RETIREMENT_TYPE, retirementBody({ ...statement, log }), { signature, publicKey })
    ? null
    : fault('approval.bad-signature', { member, model })
}
