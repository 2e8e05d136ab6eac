/** Commands of the committee: what members signed of a model, and the policy that they signed. */
import { z } from 'zod'
import { PolicySet, policySpec, Signed } from '../../schemas/events/approval.ts'
import { name } from '../../schemas/kernel/name.ts'
import { POLICY_TYPE } from '../../schemas/policy.ts'
import { STATEMENT_TYPE } from '../../schemas/statement.ts'
import { logIdentity, recordApproval, setPolicy } from '../actions.ts'
import { approvalStatement, policyStatement } from '../statements.ts'
import { defineCommand } from './definition.ts'
import { artifactPrefix } from './model.ts'
import { reportOn } from './reports.ts'

const signed = Signed.data.extend({ expires: z.int() })
const deciding = z.strictObject({
  model: name,
  artifact: artifactPrefix,
  member: name,
  decision: Signed.data.shape.decision,
  reason: z.string(),
})
type Said = Pick<z.infer<typeof signed>, 'model' | 'artifact' | 'report' | 'member' | 'decision' | 'reason'>

export const approvalSign = defineCommand<z.infer<typeof signed>, Said, z.infer<typeof deciding>>({
  name: 'approval.sign',
  about:
    'Record what a member of the committee signed of the latest report on a model: to approve, or to refuse.',
  input: signed,
  permission: 'approval.sign',
  async act(platform, approval, act) {
    const handled = await recordApproval(platform, approval, act)
    const { signature: _, expires: __, ...answer } = approval
    return { ...handled, answer }
  },
  prepare: {
    type: STATEMENT_TYPE,
    input: deciding,
    async of(platform, { artifact: wanted, ...by }) {
      const { artifact, report } = reportOn(platform, by.model, wanted)
      return { statement: approvalStatement(platform, { ...by, artifact, report }), already: null }
    },
  },
})

const setting = PolicySet.data.omit({ log: true })
const proposed = z.strictObject({ policy: policySpec })

export const policySet = defineCommand<
  z.infer<typeof setting>,
  z.infer<typeof setting>,
  z.infer<typeof proposed>
>({
  name: 'policy.set',
  about: 'Put a policy in force that the committee signed: thresholds, committee, Sharpe rule.',
  input: setting,
  permission: 'policy.set',
  async act(platform, set, act) {
    return { ...(await setPolicy(platform, set, act)), answer: set }
  },
  prepare: {
    type: POLICY_TYPE,
    input: proposed,
    async of(platform, { policy }) {
      const inForce = { policy: platform.folds.registry.state().policy, log: logIdentity(platform) }
      return { statement: policyStatement(policy, inForce), already: null }
    },
  },
})
