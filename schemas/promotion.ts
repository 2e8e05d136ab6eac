/** When a promotion is sound: shared by the decision and by every reader, so that a hand-written event gains nothing. */
import type { DataOf } from './event.ts'
import type { PolicySpec, Signed } from './events/approval.ts'
import type { GateReported } from './events/model.ts'
import { type Fault, fault } from './kernel/fault.ts'
import { holds } from './kernel/signature.ts'
import { STATEMENT_TYPE, statementBody } from './statement.ts'

export type Evidence = Readonly<{
  /** The policy in force. */
  policy: PolicySpec | null
  /** The latest report on the exact artifact. */
  report: DataOf<typeof GateReported> | null
  /** What the committee signed about the artifact, in log order. */
  signatures: readonly DataOf<typeof Signed>[]
}>

export type Candidate = Readonly<{ model: string; artifact: string }>

/** The first reason why a model must not be promoted, or null where there is none. */
export function objection(candidate: Candidate, evidence: Evidence): Fault | null {
  const { model, artifact } = candidate
  const { policy, report } = evidence
  if (policy === null) return fault('approval.no-policy')
  if (report === null || report.model !== model || report.artifact !== artifact) {
    return fault('model.no-report', { model, artifact })
  }
  if (report.policyVersion !== policy.version) {
    return fault('model.report-outdated', { model, reported: report.policyVersion, inForce: policy.version })
  }
  if (report.verdict !== 'passed') {
    const failed = report.tests.filter((test) => !test.passed).map((test) => test.test)
    return fault('model.gate-refused', { model, tests: failed.join(', ') })
  }
  const refusing = members(evidence, 'refuse')
  if (refusing.length > 0) return fault('approval.refused', { model, members: refusing.join(', ') })
  const approving = members(evidence, 'approve')
  const { required } = policy.quorum
  return approving.length >= required
    ? null
    : fault('approval.quorum-missing', { model, have: approving.length, required })
}

/** Members, none of them the author, whose latest word on this artifact and report is this one, by a signature that holds. */
export function members({ policy, report, signatures }: Evidence, decision: 'approve' | 'refuse'): string[] {
  if (policy === null || report === null) return []
  return policy.quorum.members
    .filter(({ member, publicKey }) => {
      const latest = signatures.findLast(
        (signed) =>
          signed.member === member && signed.artifact === report.artifact && signed.report === report.report,
      )
      if (latest === undefined || latest.decision !== decision || member === report.author) return false
      const { model, artifact, signature } = latest
      const statement = {
        model,
        artifact,
        report: latest.report,
        policyVersion: policy.version,
        member,
        decision,
      }
      return (
        model === report.model && holds(STATEMENT_TYPE, statementBody(statement), { signature, publicKey })
      )
    })
    .map(({ member }) => member)
}
