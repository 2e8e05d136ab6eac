/** The policy: thresholds, committee and rules, in versions that only go up, each signed by the committee before it. */
import type { DataOf } from '../../schemas/event.ts'
import { PolicySet } from '../../schemas/events/approval.ts'
import { err } from '../../schemas/kernel/result.ts'
import { type Governance, policyDigest, policyObjection } from '../../schemas/policy.ts'
import type { Decider } from '../decider.ts'
import { MEASURES, measureOf } from '../gate/measures.ts'
import { accept, alreadySo, reject } from '../rejections.ts'
import { idleRule } from './idle-rule.ts'

/** `log` is the identity of the log that decides: signatures for another one do not hold. */
type SetPolicy = Readonly<{ kind: 'set' }> & DataOf<typeof PolicySet>

export const policy: Decider<SetPolicy, Governance['policy']> = {
  initial: () => null,

  evolve: (inForce, event) =>
    PolicySet.is(event) && policyObjection(event.data, inForce) === null ? event.data.policy : inForce,

  decide({ kind: _, ...set }, inForce, { now }) {
    const { policy } = set
    if (inForce !== null && policyDigest(inForce) === policyDigest(policy)) return alreadySo
    const unknown = policy.gate.find(({ test }) => measureOf(test) === undefined)
    if (unknown !== undefined) {
      return reject('approval.unknown-test', { test: unknown.test, tests: Object.keys(MEASURES).join(', ') })
    }
    const idle = idleRule(policy)
    if (idle !== null) return reject('approval.policy-contradiction', { contradiction: idle })
    const problem = policyObjection(set, inForce)
    if (problem !== null) return err(problem)
    return accept(PolicySet.draft(set, { eventTime: now, knownAt: now }))
  },
}
