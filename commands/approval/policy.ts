/** The policy: thresholds, committee and rules, in versions that only go up and never contradict themselves. */
import { PolicySet, type PolicySpec } from '../../schemas/events/approval.ts'
import { digestOf } from '../../schemas/kernel/canonical.ts'
import type { Decider } from '../decider.ts'
import { MEASURES } from '../gate/measures.ts'
import { accept, alreadySo, reject } from '../rejections.ts'

export type SetPolicy = Readonly<{ kind: 'set'; policy: PolicySpec }>

type State = Readonly<{ version: number; digest: string | null }>

export const policy: Decider<SetPolicy, State> = {
  initial: () => ({ version: 0, digest: null }),

  evolve: (state, event) =>
    PolicySet.is(event) ? { version: event.data.version, digest: digestOf(event.data) } : state,

  decide({ policy }, state, { now }) {
    if (state.digest === digestOf(policy)) return alreadySo
    if (policy.version !== state.version + 1) {
      return reject('approval.policy-version', { version: policy.version, expected: state.version + 1 })
    }
    const unknown = policy.gate.find(({ test }) => !Object.hasOwn(MEASURES, test))
    if (unknown !== undefined) {
      return reject('approval.unknown-test', { test: unknown.test, tests: Object.keys(MEASURES).join(', ') })
    }
    const contradiction = contradictionIn(policy)
    if (contradiction !== null) return reject('approval.policy-contradiction', { contradiction })
    return accept(PolicySet.draft(policy, { eventTime: now, knownAt: now }))
  },
}

/** What in a policy cannot be met together, in words; null where nothing is wrong. */
export function contradictionIn(policy: PolicySpec): string | null {
  const names = policy.quorum.members.map((one) => one.member)
  const keys = policy.quorum.members.map((one) => one.publicKey)
  if (new Set(names).size < names.length) return 'a member is listed twice'
  if (new Set(keys).size < keys.length) return 'two members have the same key'
  if (policy.quorum.required > names.length) {
    return `${policy.quorum.required} approvals are required of ${names.length} members`
  }
  for (const rule of policy.gate) {
    const opposite = policy.gate.find((other) => other.test === rule.test && other !== rule)
    if (opposite === undefined) continue
    if (opposite.comparison === rule.comparison) return `${rule.test} has two thresholds on the same side`
    const [least, most] = rule.comparison === 'at-least' ? [rule, opposite] : [opposite, rule]
    if (least.threshold > most.threshold) {
      return `${rule.test} must be at least ${least.threshold} and at most ${most.threshold}`
    }
  }
  return null
}
