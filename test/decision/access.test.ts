/** What may happen to tokens and to the access policy. */
import { describe, expect, test } from 'vitest'
import { cedarProblem, may } from '../../commands/access/cedar.ts'
import { accessPolicy } from '../../commands/access/policy.ts'
import { MOST_TOKEN_DAYS, token } from '../../commands/access/token.ts'
import { access } from '../../projections/access/access.ts'
import { ACCESS_POLICY_TYPE, type AccessGovernance, accessPolicyBody } from '../../schemas/access-policy.ts'
import type { Draft } from '../../schemas/envelope.ts'
import {
  AccessPolicySet,
  type AccessPolicySpec,
  TokenIssued,
  TokenRevoked,
} from '../../schemas/events/access.ts'
import { PolicySet } from '../../schemas/events/approval.ts'
import { signStatement } from '../../schemas/kernel/signature.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { POLICY_STREAM } from '../../schemas/policy.ts'
import type { Role, Subject } from '../../schemas/role.ts'
import { DEFAULT_ACCESS } from '../../serving/access/authorize.ts'
import { keyOfName, signedPolicy } from '../support/keys.ts'
import { recorded } from '../support/recorded.ts'
import { SMALL_POLICY } from '../support/small-platform.ts'
import { CONTEXT, given } from './given.ts'

const NOW = { eventTime: CONTEXT.now, knownAt: CONTEXT.now }
const HASH = 'ab'.repeat(32)
const ID = '0123456789abcdef'
const AT = 5_000
const OWNER: Subject = { name: 'ann', roles: ['owner'] }
const ENGINEER: Subject = { name: 'ann', roles: ['engineer'] }

const tokenOf = (roles: Role[], expires = AT + MICROS_PER_DAY) => ({
  ...{ id: ID, subject: 'bob', hash: HASH, roles, expires },
})
const issue = (what = tokenOf(['researcher']), issuer = OWNER) =>
  ({ kind: 'issue', token: what, issuer, cedar: DEFAULT_ACCESS, at: AT }) as const
const issued = TokenIssued.draft(tokenOf(['researcher']), NOW)
const revoke = { kind: 'revoke', id: ID, reason: 'lost' } as const
const revoked = TokenRevoked.draft({ id: ID, reason: 'lost' }, NOW)

describe('a token', () => {
  test('is issued once, and revoked once, for good', () => {
    given(token).when(issue()).decides(issued)
    given(token, issued).when(issue()).decides()
    given(token, issued).when(revoke).decides(revoked)
    given(token, issued, revoked).when(revoke).decides()
    given(token, issued, revoked).when(issue()).decides('access.token-exists')
    given(token, issued)
      .when(issue(tokenOf(['owner'])))
      .decides('access.token-exists')
    given(token).when(revoke).decides('access.unknown-token')
  })

  test('ends within a year', () => {
    given(token)
      .when(issue(tokenOf(['monitor'], AT)))
      .decides('access.token-expiry')
    const [last, beyond] = [0, 1].map((more) =>
      tokenOf(['monitor'], AT + MOST_TOKEN_DAYS * MICROS_PER_DAY + more),
    )
    given(token).when(issue(last)).decides(TokenIssued.draft(last, NOW))
    given(token).when(issue(beyond)).decides('access.token-expiry')
  })

  test('gives no more than whoever issues it may do', () => {
    for (const roles of [['engineer'], ['monitor'], ['monitor', 'engineer']] as Role[][])
      given(token)
        .when(issue(tokenOf(roles), ENGINEER))
        .decides(TokenIssued.draft(tokenOf(roles), NOW))
    for (const roles of [
      ['owner'],
      ['member'],
      ['researcher'],
      ['monitor', 'owner'],
      ['compliance'],
    ] as Role[][])
      given(token)
        .when(issue(tokenOf(roles), ENGINEER))
        .decides('access.beyond-own')
  })
})

const governance = { policy: SMALL_POLICY, log: HASH }
const CEDAR = `${DEFAULT_ACCESS}\nforbid (principal in Asof::Role::"monitor", action, resource);`
const spec = (version = 1, cedar = CEDAR): AccessPolicySpec => ({ version, note: 'No monitors.', cedar })

/** As two of the committee sign it. */
function signedAccess(
  policy: AccessPolicySpec,
  { inForce, governance }: AccessGovernance,
  signers: readonly string[] = ['bob', 'cat'],
) {
  const body = accessPolicyBody(policy, inForce, governance.log ?? '')
  const signatures = signers.map((member) => ({
    member,
    signature: signStatement(ACCESS_POLICY_TYPE, body, keyOfName(member)),
  }))
  return { policy, signatures, log: governance.log ?? '' }
}

const set = (policy: AccessPolicySpec, evidence: AccessGovernance, signers?: readonly string[]) =>
  ({ kind: 'set', evidence, ...signedAccess(policy, evidence, signers) }) as const

describe('the access policy', () => {
  const none: AccessGovernance = { inForce: null, governance }

  test('comes into force under a quorum of the committee, version by version', () => {
    given(accessPolicy)
      .when(set(spec(), none))
      .decides(AccessPolicySet.draft(signedAccess(spec(), none), NOW))
    const second = { inForce: spec(), governance }
    given(accessPolicy)
      .when(set(spec(2, DEFAULT_ACCESS), second))
      .decides(AccessPolicySet.draft(signedAccess(spec(2, DEFAULT_ACCESS), second), NOW))
    given(accessPolicy).when(set(spec(), second)).decides()
    given(accessPolicy)
      .when(set(spec(2), none))
      .decides('access.policy-version')
  })

  test('without its quorum, for another log, in place of another, or without a committee, it does not', () => {
    given(accessPolicy)
      .when(set(spec(), none, ['bob']))
      .decides('access.policy-unsigned')
    given(accessPolicy)
      .when(set(spec(), none, ['bob', 'bob']))
      .decides('access.policy-unsigned')
    given(accessPolicy)
      .when(set(spec(), none, ['bob', 'eve']))
      .decides('access.policy-unsigned')
    given(accessPolicy)
      .when({ ...set(spec(), none), log: 'cd'.repeat(32) })
      .decides('access.policy-other-log')
    const replayed = signedAccess(spec(2), none)
    given(accessPolicy)
      .when({ kind: 'set', evidence: { inForce: spec(), governance }, ...replayed })
      .decides('access.policy-unsigned')
    const nobody = { inForce: null, governance: { policy: null, log: null } }
    given(accessPolicy).when(set(spec(), nobody)).decides('approval.no-policy')
  })

  test.each([
    'permit (',
    'permit (principal in Asof::Role::"boss", action, resource);',
    'permit (principal, action == Asof::Action::"fly", resource);',
    'permit (principal, action, resource) when { principal.age > 3 };',
    '',
    'permit (principal in Asof::Role::"owner", action == Asof::Action::"read", resource);',
  ])('that cannot be meant is refused: %s', (cedar) => {
    given(accessPolicy)
      .when(set(spec(1, cedar), none))
      .decides('access.policy-invalid')
  })

  test('a reader takes it only as sound as the decision does, and a committee by its own policy', () => {
    const governed = PolicySet.draft(signedPolicy(SMALL_POLICY, null, ['bob', 'cat'], HASH), NOW)
    const inForceAfter = (...drafts: [stream: string, draft: Draft][]) =>
      drafts
        .map(([stream, draft], i) => recorded(draft, i + 1, { stream }))
        .reduce((state, event) => access.apply(state, event), access.initial()).accessPolicy?.version ?? null
    const first = AccessPolicySet.draft(signedAccess(spec(), none), NOW)
    const byOne = AccessPolicySet.draft(signedAccess(spec(), none, ['bob']), NOW)
    expect(inForceAfter([POLICY_STREAM, governed], ['access-policy', first])).toBe(1)
    expect(inForceAfter([POLICY_STREAM, governed], ['access-policy', byOne])).toBe(null)
    expect(inForceAfter([POLICY_STREAM, governed], ['access-other', first])).toBe(null)
    expect(inForceAfter(['access-policy', first])).toBe(null)
  })
})

test('Cedar: default deny, forbid before permit, and a rule that fails permits nothing', () => {
  const monitor: Subject = { name: 'mon', roles: ['monitor'] }
  expect(cedarProblem(DEFAULT_ACCESS)).toBe(null)
  expect(may(DEFAULT_ACCESS, monitor, 'read')).toBe(true)
  expect(may(CEDAR, monitor, 'read')).toBe(false)
  expect(may('', monitor, 'read')).toBe(false)
  expect(may('permit (', OWNER, 'read')).toBe(false)
  expect(may(DEFAULT_ACCESS, { name: 'nobody', roles: [] }, 'read')).toBe(false)
  // Cedar itself passes over a rule that fails, also where it was to forbid.
  const failing = `${DEFAULT_ACCESS}\nforbid (principal, action, resource) when { principal.age > 3 };`
  expect(may(failing, monitor, 'read')).toBe(false)
  // A name is a name, whatever is in it.
  const named = { name: '"; permit (principal, action, resource); //', roles: [] }
  expect(may(DEFAULT_ACCESS, named, 'read')).toBe(false)
  expect(may(DEFAULT_ACCESS, { name: 'owner', roles: [] }, 'read')).toBe(false)
})

test('a token in the fold: only in its own stream, and one that was revoked stays so', () => {
  const events = [
    recorded(issued, 1, { stream: `access-token-${ID}` }),
    recorded(revoked, 2, { stream: `access-token-${ID}` }),
    recorded(issued, 3, { stream: `access-token-${ID}` }),
    recorded(TokenIssued.draft({ ...tokenOf(['owner']), id: 'f'.repeat(16) }, NOW), 4, {
      stream: 'access-elsewhere',
    }),
    recorded(TokenRevoked.draft({ id: '__proto__', reason: '' }, NOW), 5, { stream: 'x' }),
  ]
  const { tokens } = events.reduce((state, event) => access.apply(state, event), access.initial())
  expect(Object.keys(tokens)).toEqual([ID])
  expect(tokens[ID].revoked).toMatchObject({ reason: 'lost' })
})
