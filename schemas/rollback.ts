/** When a roll-back holds: shared by the decision and by every reader, so that a hand-written event gains nothing. */
import type { Position } from './envelope.ts'
import type { DataOf } from './event.ts'
import type { RolledBack, Service } from './events/model.ts'
import { canonicalJson, type Digest } from './kernel/canonical.ts'
import { type Fault, fault } from './kernel/fault.ts'
import { lookAlike } from './kernel/look.ts'
import { holds } from './kernel/signature.ts'
import { type Evidence, failedTests, members } from './promotion.ts'

export const ROLLBACK_TYPE = 'application/vnd.asof.rollback.v1+json'

export type Rollback = DataOf<typeof RolledBack>
/** What is signed: the roll-back, and the log that it is made for. */
type RollbackStatement = Readonly<Omit<Rollback, 'signature'> & { log: Digest }>

/** The exact bytes that are signed. */
export const rollbackBody = (statement: RollbackStatement): string => canonicalJson(statement)

/** A model as it was put in force. */
export type InForce = Readonly<{
  artifact: string
  run: string
  position: Position
  /** The gate report that it was put in force on, and who approved it on that. */
  report: string
  approvals: readonly string[]
  service: Service
}>

/** What is in force, and what was before it and may take its place again. */
export type Standing = Readonly<{ live: InForce | null; former: InForce | null }>

/**
 * The first reason why the former model must not take the place of the one in force; null where there is none. Its quorum approved it, and
 * what it was judged by then counts: neither trials that were started since nor a policy that came since stand in the way. A refusal since
 * then does, of the gate or of a member.
 * @param evidence of the former model's file
 */
export function rollbackObjection(
  { signature, ...statement }: Rollback,
  { live, former }: Standing,
  evidence: Evidence,
): Fault | null {
  const { model, member, artifact, policyVersion } = statement
  const { policy, log, at, report } = evidence
  if (policy === null || log === null) return fault('approval.no-policy')
  if (live === null || former === null) return fault('model.no-former', { model })
  const isOf = statement.inForce === live.position && statement.former === former.position
  if (!isOf || artifact !== former.artifact)
    return fault('model.rollback-elsewhere', {
      model,
      ...{ signed: statement.inForce, to: statement.former, inForce: live.position, former: former.position },
    })
  if (evidence.otherNames.length > 0)
    return fault('model.rollback-second-name', { model, models: evidence.otherNames.join(', ') })
  if (policyVersion !== policy.version)
    return fault('model.rollback-policy', { model, signed: policyVersion, version: policy.version })
  if (report === null) return fault('model.no-report', { model, artifact })
  if (report.verdict !== 'passed') return fault('model.gate-refused', { model, tests: failedTests(report) })
  if (lookAlike(member, report.author)) return fault('approval.by-author', { member, model })
  const enrolled = policy.quorum.members.find((one) => one.member === member)
  if (enrolled === undefined) return fault('approval.not-a-member', { member, version: policy.version })
  // The report that it was promoted on, and the latest.
  const seen = [former.report, report.report].map((digest) => ({
    ...evidence,
    report: { ...report, report: digest },
  }))
  const refusing = [...new Set(seen.flatMap((one) => members(one, 'refuse')))]
  if (refusing.length > 0) return fault('approval.refused', { model, members: refusing.join(', ') })
  if (statement.expires <= at) return fault('approval.expired', { member, model })
  return holds(ROLLBACK_TYPE, rollbackBody({ ...statement, log }), {
    signature,
    publicKey: enrolled.publicKey,
  })
    ? null
    : fault('approval.bad-signature', { member, model })
}
