/** Who may halt a model, who may set it going again, and what no signature does. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { halt } from '../../commands/capital/halt.ts'
import { capital as capitals } from '../../projections/capital/capital.ts'
import { haltContext } from '../../projections/capital/standing.ts'
import type { Draft } from '../../schemas/envelope.ts'
import { PolicySet } from '../../schemas/events/approval.ts'
import { Allocated, Reduced, Reviewed } from '../../schemas/events/capital.ts'
import { Halted, HaltSpread, UnhaltSigned } from '../../schemas/events/halt.ts'
import type { Halting, Unhalting } from '../../schemas/halt.ts'
import type { FaultCode } from '../../schemas/kernel/fault.ts'
import { identityBySetting, POLICY_STREAM } from '../../schemas/policy.ts'
import { keyOfName, signedHalt, signedPolicy, signedReview, signedUnhalt } from '../support/keys.ts'
import { recorded } from '../support/recorded.ts'
import { AUTHOR, SMALL_POLICY } from '../support/small-platform.ts'
import { CONTEXT, given } from './given.ts'

const NOW = { eventTime: CONTEXT.now, knownAt: CONTEXT.now }
const POLICY_SET = recorded(PolicySet.draft(signedPolicy(SMALL_POLICY), NOW), 1, { stream: POLICY_STREAM })
const LOG = identityBySetting(POLICY_SET)
const FAR = CONTEXT.now + 1_000

const allocated = (model = 'm', artifact = 'a', fraction = 1) =>
  Allocated.draft(
    { model, artifact, author: AUTHOR, family: 'f', fraction, promotion: 5, pendingReview: null },
    NOW,
  )
const reduced = Reduced.draft(
  { model: 'm', from: 1, to: 0.5, measurement: 9, cause: 'sharpe', value: -2.5, review: 'pending' },
  NOW,
)
const HALT = { log: LOG, model: 'm', ended: 0, member: 'bob', reason: 'the feed is wrong', expires: FAR }
const halting = (otherwise: Partial<typeof HALT> = {}, key?: string) =>
  signedHalt({ ...HALT, ...otherwise }, key)
/** Of a halt that is the third event: the policy and an allocation come before it. */
const END = {
  log: LOG,
  model: 'm',
  artifact: 'a',
  halt: 3,
  member: 'bob',
  reason: 'it is right',
  expires: FAR,
}
const ending = (otherwise: Partial<typeof END> = {}, key?: string) =>
  signedUnhalt({ ...END, ...otherwise }, key)
const halted = Halted.draft(halting(), NOW)
const signed = (member: string, otherwise: Partial<typeof END> = {}) =>
  UnhaltSigned.draft(ending({ member, ...otherwise }), NOW)

const folded = (...events: readonly Draft[]) =>
  [POLICY_SET, ...events.map((event, i) => recorded(event, i + 2))].reduce(capitals.apply, capitals.initial())

function after(...events: readonly Draft[]) {
  const state = folded(...events)
  const context = haltContext(state, 'm')
  return {
    standing: state.models.m,
    halt: (one: Halting) => given(halt).when({ kind: 'halt', halting: one, ...context }),
    unhalt: (one: Unhalting) => given(halt).when({ kind: 'unhalt', unhalting: one, ...context }),
  }
}

test('one member halts a model, the author too; what was granted is kept, and nothing may be used', () => {
  after(allocated()).halt(halting()).decides(halted)
  for (const member of ['bob', AUTHOR]) {
    const one = Halted.draft(halting({ member }), NOW)
    after(allocated()).halt(one.data).decides(one)
    expect(after(allocated(), reduced, one).standing).toMatchObject({ fraction: 0, granted: 0.5 })
  }
})

test('a halt is done once; it answers whoever halts again', () => {
  after(allocated(), halted)
    .halt(halting({ member: 'cat', reason: 'me too' }))
    .decides()
  const twice = after(allocated(), halted, Halted.draft(halting({ member: 'cat' }), NOW)).standing
  expect(twice).toEqual(after(allocated(), halted).standing)
})

test('it ends with the signatures of two different members', () => {
  const one = after(allocated(), halted, signed('bob'))
  expect(one.standing).toEqual(after(allocated(), halted).standing)
  one.unhalt(ending({ member: 'cat' })).decides(signed('cat'))
  expect(after(allocated(), halted, signed('bob'), signed('cat')).standing).toMatchObject({
    fraction: 1,
    haltedBy: [],
  })
  // Whoever halted it may be one of them.
  expect(after(allocated(), halted, signed('cat'), signed('dan')).standing.fraction).toBe(1)
})

test('one member who signs twice is one, whatever the words', () => {
  const said = signed('bob', { reason: 'and again', expires: FAR + 5 })
  after(allocated(), halted, signed('bob')).unhalt(said.data).decides()
  expect(after(allocated(), halted, signed('bob'), said, signed('bob')).standing.fraction).toBe(0)
})

test('what has expired by the second signature does not count, nor what a member signed who is no longer one', () => {
  const soon = signed('bob', { expires: CONTEXT.now + 10 })
  const later = { ...signed('cat'), eventTime: CONTEXT.now + 10, knownAt: CONTEXT.now + 10 }
  expect(after(allocated(), halted, soon, later).standing.fraction).toBe(0)
  const without = {
    ...SMALL_POLICY,
    version: 2,
    quorum: {
      ...SMALL_POLICY.quorum,
      members: SMALL_POLICY.quorum.members.filter((one) => one.member !== 'bob'),
    },
  }
  const replaced = PolicySet.draft(signedPolicy(without, SMALL_POLICY, ['bob', 'cat'], null), NOW)
  const states = [allocated(), halted, signed('bob')].map((event, i) => recorded(event, i + 2))
  const dismissed = recorded(replaced, 5, { stream: POLICY_STREAM })
  const last = recorded(signed('cat'), 6)
  const state = [POLICY_SET, ...states, dismissed, last].reduce(capitals.apply, capitals.initial())
  expect(state.policy?.version).toBe(2)
  expect(state.models.m.fraction).toBe(0)
})

const unsound: readonly [string, Halting, FaultCode][] = [
  ['by a stranger', halting({ member: 'eve' }), 'approval.not-a-member'],
  ["in a member's name", halting({}, keyOfName('eve')), 'approval.bad-signature'],
  ['with another reason', { ...halting(), reason: 'all is well' }, 'approval.bad-signature'],
  ['of another log', halting({ log: 'another' }), 'approval.bad-signature'],
  ['of another model', { ...halting({ model: 'n' }), model: 'm' }, 'approval.bad-signature'],
  ['after its end', halting({ expires: CONTEXT.now }), 'approval.expired'],
  ['whose end was moved', { ...halting(), expires: FAR + 1 }, 'approval.bad-signature'],
  ['of before the latest one ended', halting({ ended: 7 }), 'capital.halt-outdated'],
]

test.each(unsound)('a halt %s is refused, and no reader takes it', (_, one, code) => {
  const before = after(allocated())
  before.halt(one).decides(code)
  expect(after(allocated(), Halted.draft(one, NOW)).standing).toEqual(before.standing)
})

test('what halted a model once does not halt it again', () => {
  const events = [allocated(), halted, signed('bob'), signed('cat')]
  after(...events)
    .halt(halting())
    .decides('capital.halt-outdated')
  expect(after(...events, halted).standing.fraction).toBe(1)
  const again = halting({ ended: 5 })
  after(...events)
    .halt(again)
    .decides(Halted.draft(again, NOW))
})

test('nothing is halted that has no capital, whatever its name', () => {
  after().halt(halting()).decides('capital.nothing-to-halt')
  const context = haltContext(folded(allocated()), 'constructor')
  given(halt)
    .when({ kind: 'halt', halting: halting({ model: 'constructor' }), ...context })
    .decides('capital.nothing-to-halt')
  expect(folded(Halted.draft(halting({ model: 'constructor' }), NOW)).halts).toEqual({})
})

const useless: readonly [string, Unhalting, FaultCode][] = [
  ['by the author', ending({ member: AUTHOR }), 'approval.by-author'],
  ['by a stranger', ending({ member: 'eve' }), 'approval.not-a-member'],
  ["in a member's name", ending({ member: 'cat' }, keyOfName('eve')), 'approval.bad-signature'],
  ["under another member's name", { ...ending({ member: 'dan' }), member: 'cat' }, 'approval.bad-signature'],
  ['of another log', ending({ member: 'cat', log: 'another' }), 'approval.bad-signature'],
  ['of another halt', ending({ member: 'cat', halt: 2 }), 'capital.unhalt-outdated'],
  ['of another file', ending({ member: 'cat', artifact: 'b' }), 'capital.unhalt-outdated'],
  ['after its end', ending({ member: 'cat', expires: CONTEXT.now }), 'approval.expired'],
]

test.each(useless)('the end of a halt %s is refused, and no reader counts it', (_, one, code) => {
  const events = [allocated(), halted, signed('bob')]
  after(...events)
    .unhalt(one)
    .decides(code)
  expect(after(...events, UnhaltSigned.draft(one, NOW)).standing).toEqual(after(...events).standing)
})

test('nothing ends where nothing is halted, and a signature for one halt ends no later one', () => {
  after(allocated()).unhalt(ending()).decides('capital.not-halted')
  after().unhalt(ending()).decides('capital.not-halted')
  const events = [allocated(), halted, signed('bob'), signed('cat'), Halted.draft(halting({ ended: 5 }), NOW)]
  expect(after(...events, signed('bob'), signed('cat')).standing.fraction).toBe(0)
  after(...events)
    .unhalt(ending())
    .decides('capital.unhalt-outdated')
})

test('what stands still by the halt of another says which one to end', () => {
  const spread = HaltSpread.draft({ model: 'm', of: 'n', halt: 5, halted: true }, NOW)
  const other = Halted.draft(halting({ model: 'n' }), NOW)
  const events = [allocated(), allocated('n'), reduced, other, spread]
  expect(after(...events).standing).toMatchObject({ fraction: 0, haltedBy: ['n'] })
  after(...events)
    .unhalt(ending())
    .decides('capital.halted-with')
  // What is said of a halt that is none holds nobody.
  expect(after(allocated(), spread).standing.fraction).toBe(1)
})

test('no promotion, cut or review gives a halted model anything; all of it counts once the halt ends', () => {
  const review = Reviewed.draft(
    signedReview({
      ...{ log: LOG, model: 'm', artifact: 'b', fraction: 0.8, measurement: 9 },
      ...{ member: 'bob', reason: 'r', expires: FAR },
    }),
    NOW,
  )
  const events = [allocated(), halted, reduced, allocated('m', 'b', 0.5), review]
  expect(
    after(...events)
      .standing.history.slice(1)
      .map(({ fraction }) => fraction),
  ).toEqual([0, 0, 0, 0])
  const ended = [...events, signed('bob', { artifact: 'b' }), signed('cat', { artifact: 'b' })]
  expect(after(...ended).standing).toMatchObject({ fraction: 0.8, granted: 0.8 })
})

/** What anybody may append, in any order: halts and their ends by whom he likes, with keys that are the signer's or not. */
const anyEvent = fc.oneof(
  fc.record({
    kind: fc.constant('halt' as const),
    member: fc.constantFrom('bob', 'cat', AUTHOR, 'eve'),
    isOwn: fc.boolean(),
    ended: fc.nat({ max: 14 }),
  }),
  fc.record({
    kind: fc.constant('end' as const),
    member: fc.constantFrom('bob', 'cat', 'dan', AUTHOR, 'eve'),
    isOwn: fc.boolean(),
    halt: fc.nat({ max: 14 }),
  }),
)

test('whatever is appended, a halt that holds is ended by two different members and by nothing else', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 12 }), (said) => {
      let state = folded(allocated())
      let [holds, ended]: [number | null, number] = [null, 0]
      let words = new Set<string>()
      for (const [i, one] of said.entries()) {
        const position = i + 3
        const key = one.isOwn ? undefined : keyOfName('nobody')
        const draft =
          one.kind === 'halt'
            ? Halted.draft(halting({ member: one.member, ended: one.ended }, key), NOW)
            : UnhaltSigned.draft(ending({ member: one.member, halt: one.halt }, key), NOW)
        state = capitals.apply(state, recorded(draft, position))
        const isMember = one.isOwn && one.member !== 'eve'
        if (one.kind === 'halt' && holds === null && isMember && one.ended === ended) holds = position
        else if (one.kind === 'end' && isMember && one.member !== AUTHOR && one.halt === holds) {
          words.add(one.member)
          if (words.size === 2) [holds, ended, words] = [null, position, new Set()]
        }
        expect(state.models.m.fraction).toBe(holds === null ? 1 : 0)
        expect(state.models.m.granted).toBe(1)
      }
    }),
    { numRuns: 40 },
  )
})
