/** The policy: thresholds, committee and rules, in versions that only go up, each signed by the committee before it. */
import type { DataOf } from '../../schemas/event.ts'
import { PolicySet, type PolicySpec } from '../../schemas/events/approval.ts'
import { err } from '../../schemas/kernel/result.ts'
import { policyDigest, policyObjection } from '../../schemas/policy.ts'
import type { Decider } from '../decider.ts'
import { MEASURES, measureOf } from '../gate/measures.ts'
import { accept, alreadySo, reject } from '../rejections.ts'
import { idleRule } from './idle-rule.ts'

type SetPolicy = Readonly<{ kind: 'set' }> & DataOf<typeof PolicySet>

/** The policy in force. */
type State = PolicySpec | null

export const policy: Decider<SetPolicy, State> = {
  initial: () => null,

  evolve: (inForce, event) =>
    PolicySet.is(event) && policyObjection(event.data, inForce) === null ? event.data.policy : inForce,

  decide({ policy, signatures }, inForce, { now }) {
    if (inForce !== null && policyDigest(inForce) === policyDigest(policy)) return alreadySo
    const unknown = policy.gate.find(({ test }) => measureOf(test) === undefined)
    if (unknown !== undefined) {
      return reject('approval.unknown-test', { test: unknown.test, tests: Object.keys(MEASURES).join(', ') })
    }
    const idle = idleRule(policy)
    if (idle !== null) return reject('approval.policy-contradiction', { contradiction: idle })
    const problem = policyObjection({ policy, signatures }, inForce)
    if (problem !== null) return err(problem)
    return accept(PolicySet.draft({ policy, signatures }, { eventTime: now, knownAt: now }))
  },
}
