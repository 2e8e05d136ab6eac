/** What may happen to the policy. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { policy } from '../../commands/approval/policy.ts'
import { MEASURES } from '../../commands/gate/measures.ts'
import {
  ADDED_IN_2,
  ADDED_IN_4,
  type GateRule,
  type LossRule,
  PolicySet,
  type PolicySpec,
} from '../../schemas/events/approval.ts'
import { canonicalJson, digestOf } from '../../schemas/kernel/canonical.ts'
import { publicKeyOf } from '../../schemas/kernel/signature.ts'
import { policyBody } from '../../schemas/policy.ts'
import { readPolicy } from '../../serving/policy-file.ts'
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

const validation = (otherwise: Partial<PolicySpec['validation']>) => ({
  validation: { ...SMALL_POLICY.validation, ...otherwise },
})
const sharpe = (otherwise: Partial<PolicySpec['sharpe']>) => ({
  sharpe: { ...SMALL_POLICY.sharpe, ...otherwise },
})

const losses = (otherwise: Partial<LossRule>) => ({
  losses: { dayLoss: 0.1, drawdown: 0.25, fractionAfter: 0, ...otherwise },
})

/** Each with words that its sentence must have: the test or the key, and what to do. */
const IDLE: readonly [Partial<PolicySpec>, RegExp][] = [
  [{ gate: [rule('dsr', 'at-least', 2)] }, /dsr at-least 2 .*beyond.*above 0 and no higher than 1/],
  [{ gate: [rule('dsr', 'at-least', -1)] }, /dsr at-least -1 .*beyond.*above 0 and no higher than 1/],
  [{ gate: [rule('dsr', 'at-least', 0)] }, /dsr at-least 0 asks for nothing/],
  [{ gate: [rule('held-out-days', 'at-least', 0)] }, /held-out-days at-least 0 asks for nothing/],
  [{ gate: [rule('pbo', 'at-most', 1)] }, /pbo at-most 1 asks for nothing/],
  [
    { gate: [rule('net-sharpe', 'at-least', 1), rule('net-sharpe', 'at-most', 1e308)] },
    /net-sharpe at-most 1e\+308 .*beyond/,
  ],
  [
    { gate: [rule('max-drawdown', 'at-least', 0.5)] },
    /max-drawdown at-least 0.5 refuses what is good.*write at-most/,
  ],
  [{ gate: [rule('psr', 'at-most', 0.95)] }, /psr at-most 0.95 refuses what is good.*write at-least/],
  [
    { gate: [rule('factor-beta-max', 'at-most', 0.3)] },
    /factor-beta-max rests on a data set of factors.*validation/,
  ],
  [validation({ groups: 5, testGroups: 5 }), /5 of 5 groups.*fewer testGroups/],
  [validation({ groups: 5, testGroups: 50 }), /50 of 5 groups/],
  [validation({ groups: 60, testGroups: 30 }), /splits.*at most 100000/],
  [validation({ embargoDays: 1e12 }), /embargo.*at most 366/],
  [sharpe({ fractionAfter: 1 }), /fractionAfter 1.*below 1/],
  [sharpe({ deviations: 1e9 }), /1000000000 deviations.*from 0.5 to 10/],
  [sharpe({ deviations: 1e-9 }), /deviations.*from 0.5 to 10/],
  [sharpe({ windowDays: 1e9 }), /window of 1000000000 days.*at most 2520/],
  [losses({ fractionAfter: 1 }), /fractionAfter 1.*loss limit.*below 1/],
  [losses({ dayLoss: 0.001 }), /limit of a day is 0.001.*from 0.005 to 0.5/],
  [losses({ dayLoss: 0.6, drawdown: 0.7 }), /limit of a day is 0.6.*from 0.005 to 0.5/],
  [losses({ drawdown: 1 }), /drawdown limit is 1 .*at most 0.9/],
  [losses({ drawdown: 0.1 }), /loses 0.1 is always a drawdown of 0.1 too.*above dayLoss/],
]

test.each(IDLE)(
  'a policy that nothing can pass, or that says nothing, is refused in words: %j',
  (otherwise, words) => {
    const found = policy.decide(set(otherwise), null, CONTEXT)
    expect(found).toMatchObject({ ok: false, error: { code: 'approval.policy-contradiction' } })
    expect(!found.ok && found.error.message).toMatch(words)
  },
)

test('a test on both sides, and one at its strict end, ask for something', () => {
  const both = [rule('net-sharpe', 'at-least', 0.5), rule('net-sharpe', 'at-most', 4)]
  const strict = [rule('signed-commit', 'at-least', 1), rule('cpcv-share-below-zero', 'at-most', 0)]
  const gate = [...both, ...strict]
  given(policy)
    .when(set({ gate }))
    .decides(PolicySet.draft(signedPolicy({ ...SMALL_POLICY, gate }), NOW))
})

test('a range that something lies in is none', () => {
  const gate = [rule('psr', 'at-most', 0.9), rule('psr', 'at-least', 0.9)]
  given(policy)
    .when(set({ gate }))
    .decides(PolicySet.draft(signedPolicy({ ...SMALL_POLICY, gate }), NOW))
})

test('every test has a title and can be asked for; what needs data is refused without them', () => {
  for (const [test, { title, demand, needs }] of Object.entries(MEASURES)) {
    const [least, greatest] = demand.range
    expect(title.length).toBeGreaterThan(10)
    const gate = [rule(test, demand.side, (least + greatest) / 3 + 1e-9)]
    const decided = policy.decide(set({ gate }), null, CONTEXT)
    expect([test, decided.ok]).toEqual([test, needs === undefined])
  }
})

test('a test that there is none of is refused with the names of those that there are', () => {
  const decided = policy.decide(set({ gate: [rule('sharp', 'at-least', 1)] }), null, CONTEXT)
  expect(!decided.ok && decided.error.message).toContain('cpcv-share-below-zero')
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

test('a first policy that was signed for one log is none in another, nor in a log that names itself no more', () => {
  const signed = signedPolicy(SMALL_POLICY, null, ['bob', 'cat'], 'this log')
  given(policy)
    .when({ kind: 'set', ...signed })
    .decides(PolicySet.draft(signed, NOW))
  for (const log of ['another log', null])
    given(policy)
      .when({ kind: 'set', ...signed, log })
      .decides('approval.policy-unsigned')
})

test('a policy that was signed before there were loss limits holds as it was signed, and so does the next one', () => {
  const { losses: _, yardstick: __, holdout: ___, ladder: _____, validation: said, ...rest } = SMALL_POLICY
  const { volatility: ____, ...validation } = said
  const first = { ...rest, validation }
  const bytes = canonicalJson({ policy: first, replaces: null })
  const old = { ...rest, ...ADDED_IN_2, ...ADDED_IN_4, validation: said }
  expect(policyBody(old, null, null)).toBe(bytes)
  const signed = PolicySet.draft(signedPolicy(old), NOW)
  given(policy)
    .when({ kind: 'set', ...signed.data })
    .decides(signed)
  const next = { ...SMALL_POLICY, version: 2 }
  const body = { policy: { ...first, losses: next.losses, version: 2 }, replaces: digestOf(first) }
  expect(policyBody(next, old, null)).toBe(canonicalJson(body))
  // A signature under limits is none without them, nor under others.
  const { signatures } = signedPolicy(SMALL_POLICY)
  for (const otherwise of [null, { dayLoss: 0.3, drawdown: 0.6, fractionAfter: 0 }])
    given(policy)
      .when({ kind: 'set', policy: { ...SMALL_POLICY, losses: otherwise }, signatures, log: null })
      .decides('approval.policy-unsigned')
})

test('the default policy has loss limits, and so has a file that says nothing of them', async () => {
  const file = new URL('../../serving/default-policy.yaml', import.meta.url)
  const keys = { bob: keyOfName('bob'), cat: keyOfName('cat') }
  const limits = { dayLoss: 0.1, drawdown: 0.25, fractionAfter: 0 }
  expect((await readPolicy(fileURLToPath(file), keys)).policy.losses).toEqual(limits)
  const folder = mkdtempSync(join(tmpdir(), 'policy-'))
  const read = async (losses: string) => {
    const text = readFileSync(file, 'utf8').replace(/^losses: .*$/m, losses)
    writeFileSync(join(folder, 'policy.yaml'), text)
    return (await readPolicy(join(folder, 'policy.yaml'), keys)).policy.losses
  }
  expect(await read('')).toEqual(limits)
  expect(await read('losses: null')).toBeNull()
  rmSync(folder, { recursive: true })
})
