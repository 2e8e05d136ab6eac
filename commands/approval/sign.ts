/** An approval: a member of the committee, not the author, signs the digests of the model and report that they read. */

import type { DataOf } from '../../schemas/event.ts'
import { Signed } from '../../schemas/events/approval.ts'
import { lookAlike } from '../../schemas/kernel/look.ts'
import { err } from '../../schemas/kernel/result.ts'
import {
  type Evidence,
  failedTests,
  secondName,
  staleness,
  weighed,
  wordsOf,
} from '../../schemas/promotion.ts'
import { isSigned } from '../../schemas/statement.ts'
import type { Decider } from '../decider.ts'
import { accept, alreadySo, reject } from '../rejections.ts'

/** `evidence` is what the registry held when the command was made. */
type Sign = Readonly<{ kind: 'sign'; signed: DataOf<typeof Signed>; evidence: Evidence }>

/** Nothing: what counts of the stream's events depends on the policy and report, so it is read from the evidence. */
type State = null

export const approval: Decider<Sign, State> = {
  initial: () => null,

  evolve: (state) => state,

  decide({ signed, ...command }, _, { now }) {
    const evidence = weighed(command.evidence, now)
    const { policy, report } = evidence
    const { model, artifact, member, decision } = signed
    if (policy === null) return reject('approval.no-policy')
    if (report === null || report.artifact !== artifact) return reject('model.no-report', { model, artifact })
    if (report.report !== signed.report) {
      return reject('approval.other-report', { model, signed: signed.report, latest: report.report })
    }
    if (report.policyVersion !== policy.version)
      return reject('model.report-outdated', {
        model,
        reported: report.policyVersion,
        inForce: policy.version,
      })
    const stale = decision === 'approve' ? staleness(evidence) : null
    if (stale !== null) return err(stale)
    if (decision === 'approve' && report.verdict !== 'passed')
      return reject('model.gate-refused', { model, tests: failedTests(report) })
    if (lookAlike(member, report.author)) return reject('approval.by-author', { member, model })
    const enrolled = policy.quorum.members.find((one) => one.member === member)
    if (enrolled === undefined) return reject('approval.not-a-member', { member, version: policy.version })
    if (decision === 'approve' && evidence.otherNames.length > 0 && signed.reason.trim() === '')
      return reject('model.second-name', { model, models: evidence.otherNames.join(', '), members: member })
    const { log } = evidence
    if (signed.expires === null || log === null) return reject('approval.unbound', { member, model })
    if (signed.expires <= evidence.at) return reject('approval.expired', { member, model })
    if (!isSigned(signed, { log, policyVersion: policy.version, publicKey: enrolled.publicKey }))
      return reject('approval.bad-signature', { member, model })
    const words = wordsOf(evidence, member)
    if (words.at(-1) === decision)
      return decision === 'approve' && secondName(evidence, [member]) !== null
        ? accept(Signed.draft(signed, { eventTime: now, knownAt: now }))
        : alreadySo
    if (words.includes(decision)) return reject('approval.taken-back', { member, model, decision })
    return accept(Signed.draft(signed, { eventTime: now, knownAt: now }))
  },
}
