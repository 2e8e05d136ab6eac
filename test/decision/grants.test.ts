/** What may be taken, by whom and how much: grants, and each attempt to take something. */
import { describe, expect, test } from 'vitest'
import { grants } from '../../commands/access/grants.ts'
import type { Draft } from '../../schemas/envelope.ts'
import { EgressAlarmed, LiftApproved, Suspended } from '../../schemas/events/egress.ts'
import {
  AccessReleased,
  Delivered,
  EmergencyReviewed,
  GrantApproved,
  GrantRequested,
  GrantRevoked,
  Withheld,
} from '../../schemas/events/grant.ts'
import { CONTEXT, given } from './given.ts'

const NOW = { eventTime: CONTEXT.now, knownAt: CONTEXT.now }
const MINUTE = 60_000_000
const G = '0123456789abcdef'
const AT = 5_000

const SPEC = {
  ...{ items: ['run:r1', 'features:small@1'], justification: 'To explain the model.', ticket: 'RES-7' },
  ...{ minutes: 480, artifacts: 2, bytes: 100 },
}
/** `bob` asks; who acts in these tests is `ann`. */
const request = (more: object = {}) =>
  ({
    ...{
      kind: 'request',
      grant: G,
      subject: 'bob',
      spec: SPEC,
      outside: [],
      readAt: 3,
      atOnce: null,
      at: AT,
    },
    ...more,
  }) as never
const requested = (more: object = {}) =>
  GrantRequested.draft({ grant: G, subject: 'bob', ...SPEC, outside: [], readAt: 3, at: AT, ...more }, NOW)
const approved = (by: 'policy' | 'person' | 'emergency' = 'person', minutes = 480) =>
  GrantApproved.draft({ grant: G, subject: 'bob', by, from: AT, expires: AT + minutes * MINUTE }, NOW)
const on = <K extends string>(kind: K, more: object = {}) =>
  ({ kind, grant: G, subject: 'bob', at: AT, ...more }) as never

const taking = (more: object = {}) => ({
  ...{ release: 'r-1', subject: 'bob', door: 'GET /x', item: 'run:r1', artifact: 'run:r1/model' },
  ...{ hash: 'h', bytes: 60 as number | null, at: AT, ...more },
})
const take = (more: object = {}) =>
  ({
    kind: 'take',
    roles: ['researcher'],
    basis: 'grant',
    isListing: false,
    evidence: null,
    ...taking(more),
  }) as never
const released = (more: object = {}) =>
  AccessReleased.draft(
    {
      ...(taking() as { bytes: number } & ReturnType<typeof taking>),
      ...{ roles: ['researcher'], grant: G, justification: SPEC.justification, ticket: SPEC.ticket, ...more },
    },
    NOW,
  )
const withheld = (code: string, more: object = {}) => {
  const { release, subject, door, item, at } = taking(more)
  return Withheld.draft({ ...{ release, subject, door, item, at, isListing: false, code }, ...more }, NOW)
}

describe('a grant', () => {
  test('is asked for, and approved by somebody else', () => {
    given(grants).when(request()).decides(requested())
    given(grants, requested()).when(request()).decides()
    given(grants, requested()).when(on('approve')).decides(approved())
    given(grants, requested(), approved()).when(on('approve')).decides()
    given(grants).when(on('approve')).decides('grant.unknown')
    const own = requested({ subject: 'ann' })
    given(grants, own)
      .when(on('approve', { subject: 'ann' }))
      .decides('grant.own-approval')
  })

  test('comes at once by policy for own work alone, and in an emergency for an hour', () => {
    given(grants)
      .when(request({ atOnce: 'policy' }))
      .decides(requested(), approved('policy'))
    const beyond = { outside: ['run:r1'] }
    given(grants)
      .when(request({ atOnce: 'policy', ...beyond }))
      .decides(requested(beyond))
    given(grants)
      .when(request({ atOnce: 'emergency', ...beyond }))
      .decides(requested({ ...beyond, minutes: 60 }), approved('emergency', 60))
  })

  test('is revoked for good, before and after it was approved', () => {
    const revoked = GrantRevoked.draft({ grant: G, subject: 'bob', reason: 'Done.', at: AT }, NOW)
    given(grants, requested(), approved())
      .when(on('revoke', { reason: 'Done.' }))
      .decides(revoked)
    given(grants, requested(), approved(), revoked)
      .when(on('revoke', { reason: 'Done.' }))
      .decides()
    given(grants, requested(), revoked).when(on('approve')).decides('grant.over')
    given(grants, requested(), approved(), revoked).when(take()).decides(withheld('grant.none'))
  })

  test('of an emergency is looked at by somebody else, once', () => {
    const reviewed = EmergencyReviewed.draft({ grant: G, subject: 'bob', finding: 'As told.', at: AT }, NOW)
    const history = [requested(), approved('emergency', 60)]
    given(grants, ...history)
      .when(on('review', { finding: 'As told.' }))
      .decides(reviewed)
    given(grants, ...history, reviewed)
      .when(on('review', { finding: 'As told.' }))
      .decides()
    given(grants, requested(), approved())
      .when(on('review', { finding: '' }))
      .decides('grant.no-emergency')
  })
})

describe('taking', () => {
  const live = [requested(), approved()]

  test('needs a live grant that names the very item', () => {
    given(grants, ...live)
      .when(take())
      .decides(released())
    given(grants).when(take()).decides(withheld('grant.none'))
    given(grants, requested()).when(take()).decides(withheld('grant.none'))
    for (const item of ['run:r10', 'run:r', 'run:*', 'features:small@2', 'logged-model:r1'])
      given(grants, ...live)
        .when(take({ item }))
        .decides(withheld('grant.none', { item }))
  })

  test('without a permission to use grants gives nothing, whatever was granted before', () => {
    given(grants, ...live)
      .when(take({ basis: 'nothing' }))
      .decides(withheld('grant.none'))
  })

  test('without a grant, where the policy asks for none, is recorded', () => {
    given(grants)
      .when(take({ basis: 'policy' }))
      .decides(released({ grant: null, justification: '', ticket: '' }))
  })

  test('ends with the grant, by no clock that was set back', () => {
    const end = AT + 480 * MINUTE
    given(grants, ...live)
      .when(take({ at: end - 1 }))
      .decides(released({ at: end - 1 }))
    given(grants, ...live)
      .when(take({ at: end }))
      .decides(withheld('grant.none', { at: end }))
    const later = withheld('grant.none', { release: 'r-0', at: end })
    given(grants, ...live, later)
      .when(take())
      .decides(withheld('grant.none', { at: end }))
    // A clock that was ahead when it was approved does not begin it early.
    const early = [requested({ at: 0 }), approved()]
    given(grants, ...early)
      .when(take({ at: AT - 1 }))
      .decides(released())
  })

  test('spends artifacts, each once, and bytes, each time', () => {
    const first = released({ bytes: 40 })
    const again = { release: 'r-2', bytes: 30 }
    given(grants, ...live, first)
      .when(take(again))
      .decides(released(again))
    const more = { release: 'r-2', bytes: 61 }
    given(grants, ...live, first)
      .when(take(more))
      .decides(withheld('grant.spent', { release: 'r-2' }))
    const second = released({ release: 'r-2', artifact: 'run:r1/other', bytes: 1 })
    const third = { release: 'r-3', artifact: 'run:r1/third', bytes: 1 }
    given(grants, ...live, first)
      .when(take(third))
      .decides(released(third))
    given(grants, ...live, first, second)
      .when(take(third))
      .decides(withheld('grant.spent', { release: 'r-3' }))
  })

  test('of what is made while it is read sets all bytes aside, and gives back what did not go out', () => {
    const stream = { item: 'features:small@1', artifact: 'q', hash: null, bytes: null }
    const open = released({ ...stream, bytes: 100 })
    given(grants, ...live)
      .when(take(stream))
      .decides(open)
    given(grants, ...live, open)
      .when(take({ release: 'r-2' }))
      .decides(withheld('grant.spent', { release: 'r-2' }))
    const told = { kind: 'deliver', release: 'r-1', subject: 'bob', bytes: 40, at: AT } as const
    const ended = Delivered.draft({ release: 'r-1', subject: 'bob', bytes: 40, at: AT }, NOW)
    given(grants, ...live, open)
      .when(told)
      .decides(ended)
    given(grants, ...live, open, ended)
      .when(told)
      .decides()
    given(grants, ...live, open, ended)
      .when(take({ release: 'r-2' }))
      .decides(released({ release: 'r-2' }))
  })

  test('listing is free under a grant, and counted without one', () => {
    given(grants, ...live)
      .when(take({ isListing: true }))
      .decides()
    given(grants)
      .when(take({ isListing: true }))
      .decides(withheld('grant.none', { isListing: true }))
  })

  test('an attempt is decided once', () => {
    const before: Draft[] = [...live, released()]
    given(grants, ...before)
      .when(take())
      .decides()
    expect(before).toHaveLength(3)
  })
})

describe('an alarm', () => {
  const live = [requested({ artifacts: 50, bytes: 1e9 }), approved()]
  const evidence = { registry: 1_000, own: [], peers: [], peersNow: [], isCanary: false, readAt: 7 }
  const alarm = (
    rung: 'canary' | 'hard-cap' | 'probing',
    inputs: { name: string; value: number }[],
    more = {},
  ) => [
    withheld('grant.suspended', more),
    EgressAlarmed.draft(
      { alarm: 'r-1', subject: 'bob', rung, item: 'run:r1', inputs, readAt: 7, at: AT },
      NOW,
    ),
    Suspended.draft({ subject: 'bob', alarm: 'r-1', at: AT }, NOW),
  ]
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => released({ release: `r-${i + 10}`, artifact: `a${i}`, bytes: 1 }))

  test('stops what raised it, and suspends: above the cap, at a decoy, and after 30 refusals in an hour', () => {
    given(grants, ...live, ...many(99))
      .when(take({ evidence: { ...evidence, registry: 1e9 }, artifact: 'a98' }))
      .decides(released({ artifact: 'a98' }))
    const capped = [
      { name: 'week', value: 101 },
      { name: 'most', value: 100 },
    ]
    given(grants, ...live, ...many(100))
      .when(take({ evidence, artifact: 'new', basis: 'policy' }))
      .decides(...alarm('hard-cap', capped))
    given(grants, ...live)
      .when(take({ evidence: { ...evidence, isCanary: true } }))
      .decides(...alarm('canary', [{ name: 'week', value: 1 }]))
    const refusals = (count: number, at = AT) =>
      Array.from({ length: count }, (_, i) => withheld('grant.none', { release: `w-${i}`, at }))
    const probed = [
      { name: 'refused', value: 30 },
      { name: 'most', value: 30 },
    ]
    given(grants, ...refusals(29))
      .when(take({ evidence }))
      .decides(...alarm('probing', probed))
    given(grants, ...refusals(28))
      .when(take({ evidence }))
      .decides(withheld('grant.none'))
    given(grants, ...refusals(29))
      .when(take({ evidence, at: AT + 60 * MINUTE }))
      .decides(withheld('grant.none', { at: AT + 60 * MINUTE }))
  })

  test('is lifted by two others, and what was looked at is not held against the person again', () => {
    const suspended = [...live, ...many(100), ...alarm('hard-cap', [])]
    const lift = (by: string) =>
      LiftApproved.draft({ subject: 'bob', alarm: 'r-1', by, reason: 'A release.', at: AT }, NOW)
    const asked = on('lift', { reason: 'A release.' })
    const again = { release: 'r-2', evidence, artifact: 'a5' }
    given(grants, ...suspended)
      .when(take(again))
      .decides(withheld('grant.suspended', { release: 'r-2' }))
    given(grants, ...suspended)
      .when(asked)
      .decides(lift('ann'))
    given(grants, ...suspended, lift('ann'))
      .when(asked)
      .decides()
    given(grants, ...suspended, lift('ann'))
      .when(take(again))
      .decides(withheld('grant.suspended', { release: 'r-2' }))
    given(grants, ...suspended, lift('ann'), lift('dan'))
      .when(take(again))
      .decides(released({ release: 'r-2', artifact: 'a5' }))
    given(grants, ...suspended)
      .when(on('lift', { subject: 'ann', reason: 'Mine.' }))
      .decides('grant.own-approval')
    given(grants, ...live)
      .when(asked)
      .decides('grant.not-suspended')
  })
})
