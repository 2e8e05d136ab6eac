/** When a review of capital holds: shared by the decision and by every reader, so that a hand-written event gains nothing. */
import type { Position } from './envelope.ts'
import type { DataOf } from './event.ts'
import type { PolicySpec } from './events/approval.ts'
import type { CutCause, Reviewed } from './events/capital.ts'
import { canonicalJson } from './kernel/canonical.ts'
import { type Fault, fault } from './kernel/fault.ts'
import { holds } from './kernel/signature.ts'

export const REVIEW_TYPE = 'application/vnd.asof.review.v1+json'

export type Review = DataOf<typeof Reviewed>
export type ReviewStatement = Readonly<Omit<Review, 'signature'>>

/** The exact bytes that are signed. They name the measurement behind the cut, so that they answer no other one. */
export const reviewBody = (statement: ReviewStatement): string => canonicalJson(statement)

/** How a model stands with its capital. */
export type Standing = {
  fraction: number
  artifact: string
  /** Whose run made the artifact. */
  author: string
  /** The position of the measurement behind the cut that waits for a review; null where none does. */
  pendingReview: Position | null
  /** Which of the two rules have cut since the latest review. */
  cutBy: CutRule[]
}

/** Each cuts once until a review: the Sharpe watch, and the loss limits together. */
export type CutRule = 'sharpe' | 'losses'

export const ruleOf = (cause: CutCause): CutRule => (cause === 'sharpe' ? 'sharpe' : 'losses')

/** The first reason why a review must not be taken, or null where there is none. @param policy the one in force */
export function reviewObjection(
  { signature, ...statement }: Review,
  standing: Standing | undefined,
  policy: PolicySpec | null,
): Fault | null {
  const { model, artifact, measurement, member } = statement
  if (policy === null) return fault('approval.no-policy')
  if (measurement !== standing?.pendingReview || artifact !== standing.artifact) {
    return fault('capital.nothing-to-review', { model })
  }
  if (member === standing.author) return fault('approval.by-author', { member, model })
  const enrolled = policy.quorum.members.find((one) => one.member === member)
  if (enrolled === undefined) return fault('approval.not-a-member', { member, version: policy.version })
  const signed = { signature, publicKey: enrolled.publicKey }
  return holds(REVIEW_TYPE, reviewBody(statement), signed)
    ? null
    : fault('approval.bad-signature', { member, model })
}
