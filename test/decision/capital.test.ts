/** What may happen to capital. */
import { test } from 'vitest'
import { capital } from '../../commands/capital/capital.ts'
import { Allocated, Reduced, Reviewed } from '../../schemas/events/capital.ts'
import { CONTEXT, given } from './given.ts'

const NOW = { eventTime: CONTEXT.now, knownAt: CONTEXT.now }
const allocate = { kind: 'allocate', model: 'm', artifact: 'a', promotion: 5 } as const
const reduce = { kind: 'reduce', model: 'm', fractionAfter: 0.5, measurement: 9, z: -2.5 } as const
const review = { kind: 'review', model: 'm', fraction: 0.8, reviewer: 'bob', reason: 'r' } as const
const allocated = Allocated.draft({ model: 'm', artifact: 'a', fraction: 1, promotion: 5 }, NOW)
/** Another file of the same model. */
const promoted = { ...allocate, artifact: 'b', promotion: 7 } as const
const other = (fraction: number) =>
  Allocated.draft({ model: 'm', artifact: 'b', fraction, promotion: 7 }, NOW)
const reduced = (from: number, to: number) =>
  Reduced.draft({ model: 'm', from, to, measurement: 9, z: -2.5, review: 'pending' }, NOW)
const reviewed = Reviewed.draft({ model: 'm', fraction: 0.8, reviewer: 'bob', reason: 'r' }, NOW)

test('a model gets all of it when it is promoted, once per artifact', () => {
  given(capital).when(allocate).decides(allocated)
  given(capital, allocated).when(allocate).decides()
  given(capital, allocated).when(promoted).decides(other(1))
})

test('no promotion gives back what was cut: another file gets what is left, and waits for the review too', () => {
  given(capital, allocated, reduced(1, 0.5)).when(allocate).decides()
  // It would undo the cut without a review: a file that was signed long ago is promoted by one command.
  given(capital, allocated, reduced(1, 0.5)).when(promoted).decides(other(0.5))
  given(capital, allocated, reduced(1, 0.5), other(0.5)).when(reduce).decides()
  given(capital, allocated, reduced(1, 0.5), other(0.5)).when(review).decides(reviewed)
  given(capital, allocated, reduced(1, 0.5), reviewed).when(promoted).decides(other(1))
})

test('a breach cuts what there is, once: until the review there is no second cut', () => {
  given(capital, allocated).when(reduce).decides(reduced(1, 0.5))
  given(capital, allocated, reduced(1, 0.5)).when(reduce).decides()
  given(capital, allocated, reduced(1, 0.5), reviewed).when(reduce).decides(reduced(0.8, 0.4))
})

test('nothing is cut of a model without capital', () => {
  given(capital).when(reduce).decides('capital.not-allocated')
})

test('a review follows a cut', () => {
  given(capital, allocated, reduced(1, 0.5)).when(review).decides(reviewed)
  given(capital, allocated, reduced(1, 0.5), reviewed).when(review).decides('capital.nothing-to-review')
  given(capital, allocated).when(review).decides('capital.nothing-to-review')
  given(capital).when(review).decides('capital.nothing-to-review')
})
