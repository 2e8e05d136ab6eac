/** What may happen to the policy. */
import { test } from 'vitest'
import { policy } from '../../commands/approval/policy.ts'
import { type GateRule, PolicySet, type PolicySpec } from '../../schemas/events/approval.ts'
import { SMALL_POLICY } from '../support/small-platform.ts'
import { CONTEXT, given } from './given.ts'

const set = (otherwise: Partial<PolicySpec> = {}) =>
  ({ kind: 'set', policy: { ...SMALL_POLICY, ...otherwise } }) as const
const NOW = { eventTime: CONTEXT.now, knownAt: CONTEXT.now }
const first = PolicySet.draft(SMALL_POLICY, NOW)
const [bob, cat] = SMALL_POLICY.quorum.members
const rule = (test: string, comparison: GateRule['comparison'], threshold: number): GateRule => ({
  test,
  comparison,
  threshold,
})

test('versions go up by one', () => {
  given(policy).when(set()).decides(first)
  given(policy, first).when(set()).decides()
  given(policy, first)
    .when(set({ version: 2 }))
    .decides(PolicySet.draft({ ...SMALL_POLICY, version: 2 }, NOW))
})

test('another meaning under an old version, a gap, and a first version of two are refused', () => {
  given(policy, first)
    .when(set({ note: 'other' }))
    .decides('approval.policy-version')
  given(policy, first)
    .when(set({ version: 3 }))
    .decides('approval.policy-version')
  given(policy)
    .when(set({ version: 2 }))
    .decides('approval.policy-version')
})

const CONTRADICTIONS: Readonly<Record<string, Partial<PolicySpec>>> = {
  'a member twice': { quorum: { required: 1, members: [bob, { ...cat, member: bob.member }] } },
  'a key twice': { quorum: { required: 1, members: [bob, { ...cat, publicKey: bob.publicKey }] } },
  'more approvals than members': { quorum: { required: 3, members: [bob, cat] } },
  'two thresholds on one side': { gate: [rule('psr', 'at-least', 0.9), rule('psr', 'at-least', 0.8)] },
  'a range that is empty': { gate: [rule('psr', 'at-least', 0.9), rule('psr', 'at-most', 0.8)] },
}

test.each(Object.entries(CONTRADICTIONS))('%s is a contradiction', (_, otherwise) => {
  given(policy).when(set(otherwise)).decides('approval.policy-contradiction')
})

test('a range that something lies in is none', () => {
  const gate = [rule('psr', 'at-most', 0.9), rule('psr', 'at-least', 0.9)]
  given(policy)
    .when(set({ gate }))
    .decides(PolicySet.draft({ ...SMALL_POLICY, gate }, NOW))
})

test('a threshold for what is no test is refused, under whatever name', () => {
  for (const name of ['charm', 'constructor', '__proto__', 'toString'])
    given(policy)
      .when(set({ gate: [rule(name, 'at-least', 1)] }))
      .decides('approval.unknown-test')
})
