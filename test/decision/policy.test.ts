/** What may happen to the policy. */
import { test } from 'vitest'
import { policy } from '../../commands/approval/policy.ts'
import { type GateRule, PolicySet, type PolicySpec } from '../../schemas/events/approval.ts'
import { publicKeyOf } from '../../schemas/kernel/signature.ts'
import { keyOfName, signedPolicy } from '../support/keys.ts'
import { SMALL_POLICY } from '../support/small-platform.ts'
import { CONTEXT, given } from './given.ts'

/** Signed by two of the committee before it: of the one in force, or its own. */
const set = (
  otherwise: Partial<PolicySpec> = {},
  inForce: PolicySpec | null = null,
  signers?: readonly string[],
) => ({ kind: 'set', ...signedPolicy({ ...SMALL_POLICY, ...otherwise }, inForce, signers) }) as const
const NOW = { eventTime: CONTEXT.now, knownAt: CONTEXT.now }
const first = PolicySet.draft(signedPolicy(SMALL_POLICY), NOW)
const SECOND = { ...SMALL_POLICY, version: 2 }
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
    .when(set(SECOND, SMALL_POLICY))
    .decides(PolicySet.draft(signedPolicy(SECOND, SMALL_POLICY), NOW))
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
  'a key twice, written otherwise': {
    quorum: {
      required: 2,
      members: [bob, { ...cat, publicKey: `${bob.publicKey.slice(0, 8)}\n${bob.publicKey.slice(8)}` }],
    },
  },
  'a key that is none': { quorum: { required: 1, members: [bob, { ...cat, publicKey: 'k' }] } },
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
    .decides(PolicySet.draft(signedPolicy({ ...SMALL_POLICY, gate }), NOW))
})

test('a threshold for what is no test is refused, under whatever name', () => {
  for (const name of ['charm', 'constructor', '__proto__', 'toString'])
    given(policy)
      .when(set({ gate: [rule(name, 'at-least', 1)] }))
      .decides('approval.unknown-test')
})

const EVE = { required: 1, members: [{ member: 'eve', publicKey: publicKeyOf(keyOfName('eve')) }] }

test.each<[string, ReturnType<typeof set>]>([
  ['nobody', set(SECOND, SMALL_POLICY, [])],
  ['one member', set(SECOND, SMALL_POLICY, ['bob'])],
  ['one member twice', set(SECOND, SMALL_POLICY, ['bob', 'bob'])],
  ['people who are not members', set(SECOND, SMALL_POLICY, ['eve', 'mallory'])],
  ['the committee that it would appoint', set({ ...SECOND, quorum: EVE }, SMALL_POLICY, ['eve'])],
  ['the committee, for another log', set(SECOND, { ...SMALL_POLICY, note: 'another' })],
  ['the committee, for a first policy', set(SECOND, null)],
  [
    'the committee, for other thresholds',
    { ...set(SECOND, SMALL_POLICY), policy: { ...SECOND, note: 'lax' } },
  ],
])('a policy that was signed by %s is not in force', (_, unsigned) => {
  given(policy, first).when(unsigned).decides('approval.policy-unsigned')
  // Nor does it count where it was written by hand: the next one is still the second.
  const { kind: _kind, ...written } = unsigned
  given(policy, first, PolicySet.draft(written, NOW))
    .when(set(SECOND, SMALL_POLICY))
    .decides(PolicySet.draft(signedPolicy(SECOND, SMALL_POLICY), NOW))
})

test('a first policy is signed by its own committee, which so shows that it has the keys', () => {
  given(policy)
    .when(set({}, null, ['bob']))
    .decides('approval.policy-unsigned')
  given(policy).when(set()).decides(first)
})

test('the committee appoints its successors, and they the next', () => {
  const appointed = { ...SECOND, quorum: EVE }
  const second = PolicySet.draft(signedPolicy(appointed, SMALL_POLICY), NOW)
  const third = { ...appointed, version: 3 }
  given(policy, first, second).when(set(third, appointed)).decides('approval.policy-unsigned')
  given(policy, first, second)
    .when(set(third, appointed, ['eve']))
    .decides(PolicySet.draft(signedPolicy(third, appointed, ['eve']), NOW))
})
