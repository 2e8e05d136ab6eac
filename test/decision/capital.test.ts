/** What may happen to capital. */
import { expect, test } from 'vitest'
import { capital, type Reduce } from '../../commands/capital/capital.ts'
import { capital as capitals } from '../../projections/capital/capital.ts'
import type { Draft } from '../../schemas/envelope.ts'
import { PolicySet } from '../../schemas/events/approval.ts'
import { Allocated, Reduced, Reviewed } from '../../schemas/events/capital.ts'
import type { FaultCode } from '../../schemas/kernel/fault.ts'
import { identityBySetting, POLICY_STREAM } from '../../schemas/policy.ts'
import type { Review, Standing } from '../../schemas/review.ts'
import { keyOfName, signedPolicy, signedReview } from '../support/keys.ts'
import { recorded } from '../support/recorded.ts'
import { AUTHOR, SMALL_POLICY } from '../support/small-platform.ts'
import { CONTEXT, given } from './given.ts'

const NOW = { eventTime: CONTEXT.now, knownAt: CONTEXT.now }
const BY_SHARPE = { cause: 'sharpe', value: -2.5 } as const
const allocate = {
  kind: 'allocate',
  model: 'm',
  artifact: 'a',
  author: AUTHOR,
  family: 'f',
  promotion: 5,
  kin: [] as readonly Standing[],
} as const
const reduce = { kind: 'reduce', model: 'm', fractionAfter: 0.5, measurement: 9, ...BY_SHARPE } as const
const allocated = Allocated.draft(
  { model: 'm', artifact: 'a', author: AUTHOR, family: 'f', fraction: 1, promotion: 5, pendingReview: null },
  NOW,
)
/** Another file of the same model. */
const promoted = { ...allocate, artifact: 'b', promotion: 7 } as const
const other = (fraction: number, pendingReview: number | null = null) =>
  Allocated.draft(
    { model: 'm', artifact: 'b', author: AUTHOR, family: 'f', fraction, promotion: 7, pendingReview },
    NOW,
  )
const reduced = (from: number, to: number, measurement = 9) =>
  Reduced.draft({ model: 'm', from, to, measurement, ...BY_SHARPE, review: 'pending' }, NOW)

const POLICY_SET = recorded(PolicySet.draft(signedPolicy(SMALL_POLICY), NOW), 1, { stream: POLICY_STREAM })
const LOG = identityBySetting(POLICY_SET)
const SAID = {
  log: LOG,
  model: 'm',
  artifact: 'a',
  fraction: 0.8,
  measurement: 9,
  member: 'bob',
  reason: 'r',
  expires: CONTEXT.now + 1,
}
const reviewed = Reviewed.draft(signedReview(SAID), NOW)
const reviewedOther = Reviewed.draft(signedReview({ ...SAID, artifact: 'b' }), NOW)
const reviewOf = (review: Review) =>
  ({ kind: 'review', review, policy: SMALL_POLICY, log: LOG, at: 0 }) as const

/** What is decided of the model after these events, as the capital view has it. */
function after(...events: readonly Draft[]) {
  const seen = [POLICY_SET, ...events.map((event, i) => recorded(event, i + 2))]
  const { models } = seen.reduce(capitals.apply, capitals.initial())
  const standing = models.m
  type Command = typeof allocate | typeof promoted | Reduce | ReturnType<typeof reviewOf>
  return { standing, when: (command: Command) => given(capital).when({ ...command, standing }) }
}

test('a model gets all of it when it is promoted, once per artifact', () => {
  after().when(allocate).decides(allocated)
  after(allocated).when(allocate).decides()
  after(allocated).when(promoted).decides(other(1))
})

test('no promotion gives back what was cut: another file gets what is left, and waits for the review too', () => {
  after(allocated, reduced(1, 0.5)).when(allocate).decides()
  // It would undo the cut without a review: a file that was signed long ago is promoted by one command.
  after(allocated, reduced(1, 0.5)).when(promoted).decides(other(0.5, 9))
  after(allocated, reduced(1, 0.5), other(0.5, 9)).when(reduce).decides()
  const answer = signedReview({ ...SAID, artifact: 'b' })
  after(allocated, reduced(1, 0.5), other(0.5, 9)).when(reviewOf(answer)).decides(reviewedOther)
  after(allocated, reduced(1, 0.5), reviewed).when(promoted).decides(other(1))
})

test('a breach cuts what there is, once: until the review there is no second cut', () => {
  after(allocated).when(reduce).decides(reduced(1, 0.5))
  after(allocated, reduced(1, 0.5)).when(reduce).decides()
  after(allocated, reduced(1, 0.5), reviewed).when(reduce).decides(reduced(0.8, 0.4))
})

test('a loss limit cuts what the Sharpe rule left, and the other way round; each once until a review', () => {
  const byLoss = { ...reduce, measurement: 12, cause: 'day', value: 0.2, fractionAfter: 0 } as const
  const lost = (from: number) =>
    Reduced.draft(
      { model: 'm', from, to: 0, measurement: 12, cause: 'day', value: 0.2, review: 'pending' },
      NOW,
    )
  after(allocated).when(byLoss).decides(lost(1))
  after(allocated, reduced(1, 0.5)).when(byLoss).decides(lost(0.5))
  // Nothing is left to cut.
  after(allocated, lost(1)).when(reduce).decides()
  // The review answers the latest cut.
  const both = after(allocated, reduced(1, 0.5), lost(0.5))
  both.when(byLoss).decides()
  both.when(reviewOf(signedReview(SAID))).decides('capital.nothing-to-review')
  const latest = signedReview({ ...SAID, measurement: 12 })
  both.when(reviewOf(latest)).decides(Reviewed.draft(latest, NOW))
})

test('nothing is cut of a model without capital', () => {
  after().when(reduce).decides('capital.not-allocated')
})

test('a review follows a cut, and answers it once', () => {
  const review = reviewOf(signedReview(SAID))
  after(allocated, reduced(1, 0.5)).when(review).decides(reviewed)
  after(allocated, reduced(1, 0.5), reviewed).when(review).decides('capital.nothing-to-review')
  after(allocated).when(review).decides('capital.nothing-to-review')
  after().when(review).decides('capital.nothing-to-review')
  given(capital)
    .when({ ...review, policy: null, standing: after(allocated, reduced(1, 0.5)).standing })
    .decides('approval.no-policy')
})

const unsound: readonly [string, Review, FaultCode][] = [
  ['by the author', signedReview({ ...SAID, member: AUTHOR }), 'approval.by-author'],
  ['by a stranger', signedReview({ ...SAID, member: 'eve' }), 'approval.not-a-member'],
  ["in a member's name", signedReview(SAID, keyOfName('eve')), 'approval.bad-signature'],
  ['with another fraction', { ...signedReview(SAID), fraction: 1 }, 'approval.bad-signature'],
  ['with another reason', { ...signedReview(SAID), reason: 'all is well' }, 'approval.bad-signature'],
  ["under another member's name", { ...signedReview(SAID), member: 'cat' }, 'approval.bad-signature'],
  ['of another cut', signedReview({ ...SAID, measurement: 8 }), 'capital.nothing-to-review'],
  [
    'moved to this cut',
    { ...signedReview({ ...SAID, measurement: 8 }), measurement: 9 },
    'approval.bad-signature',
  ],
  ['of another log', signedReview({ ...SAID, log: 'another' }), 'approval.bad-signature'],
  ['after its end', signedReview({ ...SAID, expires: CONTEXT.now }), 'approval.expired'],
  ['whose end was moved', { ...signedReview(SAID), expires: CONTEXT.now + 2 }, 'approval.bad-signature'],
  ['of another file', signedReview({ ...SAID, artifact: 'b' }), 'capital.nothing-to-review'],
]

test.each(['Ann', 'аnn', 'ɑnn'])(
  'no review is by the author where the run says that %s made it',
  (author) => {
    const made = Allocated.draft({ ...allocated.data, author }, NOW)
    const review = signedReview({ ...SAID, member: AUTHOR })
    const before = after(made, reduced(1, 0.5))
    before.when(reviewOf(review)).decides('approval.by-author')
    expect(after(made, reduced(1, 0.5), Reviewed.draft(review, NOW)).standing).toEqual(before.standing)
  },
)

test.each(unsound)('a review %s is refused, and no reader takes it', (_, review, code) => {
  const before = after(allocated, reduced(1, 0.5))
  before.when(reviewOf(review)).decides(code)
  expect(after(allocated, reduced(1, 0.5), Reviewed.draft(review, NOW)).standing).toEqual(before.standing)
  // Nor does it stand in the way of the one that holds.
  after(allocated, reduced(1, 0.5), Reviewed.draft(review, NOW))
    .when(reviewOf(signedReview(SAID)))
    .decides(reviewed)
})

test('a review that was taken gives nothing back a second time, of the next cut', () => {
  const twice = [allocated, reduced(1, 0.5), reviewed, reduced(0.8, 0.4, 20)]
  after(...twice)
    .when(reviewOf(reviewed.data))
    .decides('capital.nothing-to-review')
  expect(after(...twice, reviewed).standing).toMatchObject({ fraction: 0.4, pendingReview: 20 })
})
