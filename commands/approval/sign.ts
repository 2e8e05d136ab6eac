/** An approval: a member of the committee, not the author, signs the digests of the model and report that they read. */

import type { DataOf } from '../../schemas/event.ts'
import { Signed } from '../../schemas/events/approval.ts'
import { holds } from '../../schemas/kernel/signature.ts'
import type { Evidence } from '../../schemas/promotion.ts'
import { STATEMENT_TYPE, statementBody } from '../../schemas/statement.ts'
import type { Decider } from '../decider.ts'
import { accept, alreadySo, reject } from '../rejections.ts'

/** `evidence` is what the registry held when the command was made. */
export type Sign = Readonly<{ kind: 'sign'; signed: DataOf<typeof Signed>; evidence: Evidence }>

type State = Readonly<{ signed: readonly DataOf<typeof Signed>[] }>

export const approval: Decider<Sign, State> = {
  initial: () => ({ signed: [] }),

  evolve: (state, event) => (Signed.is(event) ? { signed: [...state.signed, event.data] } : state),

  decide({ signed, evidence }, state, { now }) {
    const { policy, report } = evidence
    const { model, artifact, member, decision } = signed
    if (policy === null) return reject('approval.no-policy')
    if (report === null || report.artifact !== artifact) return reject('model.no-report', { model, artifact })
    if (report.report !== signed.report) {
      return reject('approval.other-report', { model, signed: signed.report, latest: report.report })
    }
    if (member === report.author) return reject('approval.by-author', { member, model })
    const enrolled = policy.quorum.members.find((one) => one.member === member)
    if (enrolled === undefined) return reject('approval.not-a-member', { member, version: policy.version })
    const body = statementBody({
      model,
      artifact,
      report: signed.report,
      policyVersion: policy.version,
      member,
      decision,
    })
    if (!holds(STATEMENT_TYPE, body, { signature: signed.signature, publicKey: enrolled.publicKey })) {
      return reject('approval.bad-signature', { member, model })
    }
    const latest = state.signed.findLast((one) => one.member === member && one.report === signed.report)
    if (latest?.decision === decision) return alreadySo
    return accept(Signed.draft(signed, { eventTime: now, knownAt: now }))
  },
}
