/** `capital.review`: a member decides on what was cut. */
import { z } from 'zod'
import type { Position } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { Reviewed } from '../../schemas/events/capital.ts'
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import { name } from '../../schemas/kernel/name.ts'
import { REVIEW_TYPE } from '../../schemas/review.ts'
import { recordReview } from '../actions.ts'
import type { Platform } from '../platform.ts'
import { type Reviewing, reviewStatement } from '../statements.ts'
import { defineCommand } from './definition.ts'
import { eventAt } from './recorded.ts'

const signed = Reviewed.data.extend({ expires: z.int() })
const deciding = z.strictObject({
  model: name,
  fraction: z.number().min(0).max(1),
  member: name,
  reason: z.string(),
})

export const capitalReview = defineCommand<z.infer<typeof signed>, Reviewing, z.infer<typeof deciding>>({
  name: 'capital.review',
  about: 'Record what a member of the committee signed about the capital of a model after a cut.',
  input: signed,
  permission: 'capital.review',
  async act(platform, review, act) {
    const { model, fraction, member, reason } = review
    const answer = { model, fraction, member, reason }
    try {
      return { ...(await recordReview(platform, review, act)), answer }
    } catch (error) {
      const isDone = error instanceof Refusal && error.fault.code === 'capital.nothing-to-review'
      const position = isDone ? await standingReview(platform, answer) : null
      if (position === null) throw error
      return { position, changed: false, answer }
    }
  },
  prepare: {
    type: REVIEW_TYPE,
    input: deciding,
    async of(platform, said) {
      const already = await standingReview(platform, said)
      if (already !== null) return { statement: null, already }
      const { model } = said
      if ((platform.folds.capital.state().models[model]?.pendingReview ?? null) === null)
        throw refuse('capital.nothing-to-review', { model })
      return { statement: reviewStatement(platform, said), already }
    },
  },
})

/** Where the member said this of the latest cut already; null where a cut waits, or another review stands. */
async function standingReview(
  { folds, log }: Platform,
  { model, fraction, member, reason }: Reviewing,
): Promise<Position | null> {
  const standing = folds.capital.state().models[model]
  const latest = standing?.history.at(-1)
  if (standing?.pendingReview !== null || latest?.why !== 'reviewed') return null
  const event = await eventAt(log, latest.position)
  if (event === null || !isEvent(Reviewed, event)) return null
  const { data } = event
  const isSame = data.fraction === fraction && data.member === member && data.reason === reason
  return isSame ? event.position : null
}
