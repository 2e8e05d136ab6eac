/** The access policy: which role may do what, in versions that only go up, each signed by a quorum of the committee. */
import { type AccessGovernance, accessPolicyObjection } from '../../schemas/access-policy.ts'
import type { DataOf } from '../../schemas/event.ts'
import { AccessPolicySet } from '../../schemas/events/access.ts'
import { isSame } from '../../schemas/kernel/canonical.ts'
import { err } from '../../schemas/kernel/result.ts'
import { PERMISSIONS } from '../../schemas/permission.ts'
import type { Decider } from '../decider.ts'
import { accept, alreadySo, reject } from '../rejections.ts'
import { cedarProblem, may } from './cedar.ts'

/** What is in force, and whose signatures count, come with the command: the committee stands in another stream. */
type SetAccessPolicy = Readonly<{ kind: 'set'; evidence: AccessGovernance }> & DataOf<typeof AccessPolicySet>

export const accessPolicy: Decider<SetAccessPolicy, null> = {
  initial: () => null,
  evolve: () => null,

  decide({ kind: _, evidence, ...set }, __, { now }) {
    const { policy } = set
    const { inForce } = evidence
    if (inForce !== null && isSame(inForce, policy)) return alreadySo
    const invalid = cedarProblem(policy.cedar)
    if (invalid !== null) return reject('access.policy-invalid', { problem: invalid })
    // Whoever owns the folder can do all of it anyway; a policy that denies it would only hide that.
    const denied = PERMISSIONS.filter((one) => !may(policy.cedar, { name: 'owner', roles: ['owner'] }, one))
    if (denied.length > 0)
      return reject('access.policy-invalid', { problem: `the owner may not ${denied.join(', ')}` })
    const problem = accessPolicyObjection(set, evidence)
    return problem === null
      ? accept(AccessPolicySet.draft(set, { eventTime: now, knownAt: now }))
      : err(problem)
  },
}
