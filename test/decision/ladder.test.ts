/** The ladder: down a step for each alarm, up a step at a time by signature, and never two steps for one of either. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { capital, type Step } from '../../commands/capital/capital.ts'
import { capital as capitals } from '../../projections/capital/capital.ts'
import type { Draft } from '../../schemas/envelope.ts'
import { PolicySet } from '../../schemas/events/approval.ts'
import { Allocated, Reviewed } from '../../schemas/events/capital.ts'
import { Raised, SteppedDown } from '../../schemas/events/ladder.ts'
import { OutcomeObserved } from '../../schemas/events/prediction.ts'
import type { FaultCode } from '../../schemas/kernel/fault.ts'
import { signStatement } from '../../schemas/kernel/signature.ts'
import { RAISE_TYPE, type Raise, raiseBody } from '../../schemas/ladder.ts'
import { identityBySetting, POLICY_STREAM, policyObjection } from '../../schemas/policy.ts'
import { stepAbove, stepBelow } from '../../schemas/steps.ts'
import { keyOfName, signedPolicy, signedReview } from '../support/keys.ts'
import { recorded } from '../support/recorded.ts'
import { AUTHOR, SMALL_POLICY } from '../support/small-platform.ts'
import { CONTEXT, given } from './given.ts'

const NOW = { eventTime: CONTEXT.now, knownAt: CONTEXT.now }
const LADDER = { steps: [1, 0.5, 0.25, 0], raiseAfterDays: 2 }
const POLICY = { ...SMALL_POLICY, ladder: LADDER }
const POLICY_SET = recorded(PolicySet.draft(signedPolicy(POLICY), NOW), 1, { stream: POLICY_STREAM })
const LOG = identityBySetting(POLICY_SET)
const FAR = CONTEXT.now + 1_000

const allocated = Allocated.draft(
  { model: 'm', artifact: 'a', author: AUTHOR, family: 'f', fraction: 1, promotion: 5, pendingReview: null },
  NOW,
)
const stepped = (from: number, to: number, measurement: number) =>
  SteppedDown.draft({ model: 'm', from, to, measurement, eValue: 41, review: 'pending' }, NOW)
const reviewed = (fraction: number, measurement: number) =>
  Reviewed.draft(
    signedReview({
      ...{ log: LOG, model: 'm', artifact: 'a', fraction, measurement },
      ...{ member: 'bob', reason: 'r', expires: FAR },
    }),
    NOW,
  )
const day = OutcomeObserved.draft(
  {
    ...{ model: 'm', prediction: 1, gross: 0, cost: 0, net: 0, turnover: 0, capital: 1 },
    ...{ session: 1, backfilled: false },
  },
  NOW,
)
const SAID = {
  log: LOG,
  model: 'm',
  artifact: 'a',
  fraction: 0.5,
  since: 6,
  member: 'bob',
  reason: 'r',
  expires: FAR,
}
const raised = (otherwise: Partial<typeof SAID> = {}, key?: string): Raise => {
  const { log, ...said } = { ...SAID, ...otherwise }
  const body = raiseBody({ ...said, log })
  return { ...said, signature: signStatement(RAISE_TYPE, body, key ?? keyOfName(said.member)) }
}

function after(...events: readonly Draft[]) {
  const seen = [POLICY_SET, ...events.map((event, i) => recorded(event, i + 2))]
  const { models, policy, log } = seen.reduce(capitals.apply, capitals.initial())
  const standing = models.m
  const context = { policy, log, at: 0, standing }
  return {
    standing,
    step: (measurement: number) => {
      const step: Step = { kind: 'step', model: 'm', ladder: LADDER, measurement, eValue: 41 }
      return given(capital).when({ ...step, standing })
    },
    review: (one: Draft) => given(capital).when({ kind: 'review', review: one.data as never, ...context }),
    raise: (raise: Raise) => given(capital).when({ kind: 'raise', raise, ...context }),
  }
}

/** Twice down, and given one step back by the review of the second: the sixth event. */
const DOWN = [allocated, stepped(1, 0.5, 9), stepped(0.5, 0.25, 10)] as const
const REVIEWED = [...DOWN, day, reviewed(0.25, 10)] as const

test('each alarm takes one step, until nothing is left', () => {
  after(allocated)
    .step(9)
    .decides(stepped(1, 0.5, 9))
  after(allocated, stepped(1, 0.5, 9))
    .step(10)
    .decides(stepped(0.5, 0.25, 10))
  after(...DOWN, stepped(0.25, 0, 11))
    .step(12)
    .decides()
  expect(after(...DOWN).standing).toMatchObject({
    fraction: 0.25,
    pendingReview: 10,
    cutBy: ['ladder', 'ladder'],
  })
  after().step(9).decides('capital.not-allocated')
})

test('a review gives back one step at most', () => {
  after(...DOWN)
    .review(reviewed(1, 10))
    .decides('capital.not-a-step')
  expect(after(...DOWN, reviewed(1, 10)).standing).toEqual(after(...DOWN).standing)
  after(...DOWN)
    .review(reviewed(0.5, 10))
    .decides(reviewed(0.5, 10))
  after(...DOWN)
    .review(reviewed(0, 10))
    .decides(reviewed(0, 10))
})

test('a raise gives the next step, once the sessions that the policy asks for have passed', () => {
  after(...REVIEWED)
    .raise(raised())
    .decides('capital.raise-early')
  after(...REVIEWED, day)
    .raise(raised())
    .decides('capital.raise-early')
  after(...REVIEWED, day, day)
    .raise(raised())
    .decides(Raised.draft(raised(), NOW))
  const once = [...REVIEWED, day, day, Raised.draft(raised(), NOW)]
  expect(after(...once).standing).toMatchObject({ fraction: 0.5, sessions: 0, pendingReview: null })
  // The same signature gives no second step, not after as many days again.
  after(...once, day, day)
    .raise(raised())
    .decides('capital.raise-outdated')
  expect(after(...once, day, day, Raised.draft(raised(), NOW)).standing.fraction).toBe(0.5)
})

const unsound: readonly [string, Raise, FaultCode][] = [
  ['of two steps', raised({ fraction: 1 }), 'capital.not-a-step'],
  ['of none', raised({ fraction: 0.25 }), 'capital.not-a-step'],
  ['of another step', raised({ since: 4 }), 'capital.raise-outdated'],
  ['of another file', raised({ artifact: 'b' }), 'capital.raise-outdated'],
  ['by the author', raised({ member: AUTHOR }), 'approval.by-author'],
  ['by a stranger', raised({ member: 'eve' }), 'approval.not-a-member'],
  ["in a member's name", raised({}, keyOfName('eve')), 'approval.bad-signature'],
  ['of another log', raised({ log: 'another' }), 'approval.bad-signature'],
  ['with another reason', { ...raised(), reason: 'all is well' }, 'approval.bad-signature'],
  ['after its end', raised({ expires: CONTEXT.now }), 'approval.expired'],
]

test.each(unsound)('a raise %s is refused, and no reader takes it', (_, one, code) => {
  const before = after(...REVIEWED, day, day)
  before.raise(one).decides(code)
  expect(after(...REVIEWED, day, day, Raised.draft(one, NOW)).standing).toEqual(before.standing)
})

test('a cut waits for its review before any raise, and without a ladder there is none', () => {
  after(...DOWN, day, day)
    .raise(raised({ since: 4 }))
    .decides('capital.review-first')
  const { standing } = after(...REVIEWED, day, day)
  given(capital)
    .when({ kind: 'raise', raise: raised(), policy: SMALL_POLICY, log: LOG, at: 0, standing })
    .decides('capital.no-ladder')
})

test.each([
  [[0.5, 0.25], 'its first step is 1'],
  [[1, 0.5, 0.5], 'each step is below the one before'],
  [[1, 0.25, 0.5], 'each step is below the one before'],
])('a ladder of %j is no policy', (steps, problem) => {
  const policy = { ...POLICY, ladder: { ...LADDER, steps } }
  expect(policyObjection(signedPolicy(policy), null)?.message).toContain(problem)
})

test('from wherever it stands, a step down and a step up are next to each other and never beyond the ladder', () => {
  const fraction = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(fraction, (from) => {
      const [below, above] = [stepBelow(LADDER, from), stepAbove(LADDER, from)]
      expect(below === null ? from === 0 : LADDER.steps.includes(below) && below < from).toBe(true)
      expect(LADDER.steps.includes(above) && (above > from || from === 1)).toBe(true)
      const between = LADDER.steps.filter((step) => step > (below ?? -1) && step < above && step !== from)
      expect(between).toEqual([])
    }),
  )
})
