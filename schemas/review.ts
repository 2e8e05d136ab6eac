/** When a review of capital holds: shared by the decision and by every reader, so that a hand-written event gains nothing. */
import type { Position } from './envelope.ts'
import type { DataOf } from './event.ts'
import type { PolicySpec } from './events/approval.ts'
import type { CutCause, Reviewed } from './events/capital.ts'
import { canonicalJson, type Digest } from './kernel/canonical.ts'
import { type Fault, fault } from './kernel/fault.ts'
import { lookAlike } from './kernel/look.ts'
import { holds } from './kernel/signature.ts'
import type { Micros } from './kernel/time.ts'
import { tooFar } from './steps.ts'

export const REVIEW_TYPE = 'application/vnd.asof.review.v2+json'
const REVIEW_TYPE_1 = 'application/vnd.asof.review.v1+json'

export type Review = DataOf<typeof Reviewed>
/** What is signed: the review itself, the log that it is made for, and until when it is to be taken. */
export type ReviewStatement = Readonly<
  Omit<Review, 'signature' | 'expires'> & { log: Digest; expires: Micros }
>

/** The exact bytes that are signed. They name the measurement behind the cut, so that they answer no other one. */
export const reviewBody = (statement: ReviewStatement): string => canonicalJson(statement)

/** How a model stands with its capital. */
export type Standing = {
  /** What it may use now, of full capital: 0 as long as a halt holds. */
  fraction: number
  /** What promotions, cuts and reviews left it: what it may use once no halt holds, and it is not retired. */
  granted: number
  /** The models whose halt holds for it, itself among them where it was halted; empty where none does. */
  haltedBy: string[]
  artifact: string
  /** Whose run made the artifact, and in which family it was started. */
  author: string
  family: string
  /** The position of the measurement behind the cut that waits for a review; null where none does. */
  pendingReview: Position | null
  /** Position of the change that left it with what is granted, and the sessions that were accounted since. */
  since: Position
  sessions: number
  /** Which of the rules have cut since the latest review. */
  cutBy: (CutRule | 'ladder')[]
  /** Whether it was retired: it has nothing now, and would have again what is granted. */
  isRetired: boolean
}

/**
 * Those who stand under other names with the same file, with one of the same family, or with one of a trial that counts for
 * the family: what is cut of a model is not given back by a file next to it, whatever its name, family or author.
 * @param own.counted the files of all trials that the gate counts for the family
 */
export const kinOf = (
  standings: Readonly<Record<string, Standing>>,
  own: Readonly<{ model: string; artifact: string; family: string; counted: ReadonlySet<string> }>,
): readonly Standing[] =>
  Object.entries(standings).flatMap(([model, one]) => {
    const isSame = one.artifact === own.artifact || (one.family !== '' && one.family === own.family)
    return model !== own.model && (isSame || own.counted.has(one.artifact)) ? [one] : []
  })

/** The Sharpe watch, and the loss limits together, each cut once until a review. */
export type CutRule = 'sharpe' | 'losses'

export const ruleOf = (cause: CutCause): CutRule => (cause === 'sharpe' ? 'sharpe' : 'losses')

/** What a review is held against: the policy in force, the log that it is taken in, and when. */
export type ReviewContext = Readonly<{ policy: PolicySpec | null; log: Digest | null; at: Micros }>

/** The first reason why a review must not be taken, or null where there is none. */
export function reviewObjection(
  review: Review,
  standing: Standing | undefined,
  { policy, log, at }: ReviewContext,
): Fault | null {
  const { model, artifact, measurement, member, expires } = review
  if (policy === null || log === null) return fault('approval.no-policy')
  if (measurement !== standing?.pendingReview || artifact !== standing.artifact) {
    return fault('capital.nothing-to-review', { model })
  }
  const far = tooFar(policy.ladder, review, standing.granted)
  if (far !== null) return far
  if (lookAlike(member, standing.author)) return fault('approval.by-author', { member, model })
  const enrolled = policy.quorum.members.find((one) => one.member === member)
  if (enrolled === undefined) return fault('approval.not-a-member', { member, version: policy.version })
  if (expires !== null && expires <= at) return fault('approval.expired', { member, model })
  return isSigned(review, { log, publicKey: enrolled.publicKey })
    ? null
    : fault('approval.bad-signature', { member, model })
}

function isSigned(
  { signature, expires, ...said }: Review,
  { log, publicKey }: Readonly<{ log: Digest; publicKey: string }>,
): boolean {
  return expires === null
    ? holds(REVIEW_TYPE_1, canonicalJson(said), { signature, publicKey })
    : holds(REVIEW_TYPE, reviewBody({ ...said, log, expires }), { signature, publicKey })
}
