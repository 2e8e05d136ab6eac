/** When a raise by one step of the ladder holds: shared by the decision and by every reader. */
import type { DataOf } from './event.ts'
import type { Raised } from './events/ladder.ts'
import { canonicalJson, type Digest } from './kernel/canonical.ts'
import { type Fault, fault } from './kernel/fault.ts'
import { lookAlike } from './kernel/look.ts'
import { holds } from './kernel/signature.ts'
import type { ReviewContext, Standing } from './review.ts'
import { stepAbove, tooFar } from './steps.ts'

export const RAISE_TYPE = 'application/vnd.asof.raise.v1+json'

export type Raise = DataOf<typeof Raised>

/** The exact bytes that are signed. */
export const raiseBody = (statement: Omit<Raise, 'signature'> & { log: Digest }): string =>
  canonicalJson(statement)

/** The first reason why a raise must not be taken, or null where there is none. */
export function raiseObjection(
  raise: Raise,
  standing: Standing | undefined,
  { policy, log, at }: ReviewContext,
): Fault | null {
  const { signature, ...said } = raise
  const { model, artifact, fraction, since, member, expires } = said
  if (policy === null || log === null) return fault('approval.no-policy')
  const { ladder } = policy
  if (ladder === null) return fault('capital.no-ladder', { version: policy.version })
  if (standing === undefined) return fault('capital.not-allocated', { model })
  if (standing.pendingReview !== null) return fault('capital.review-first', { model })
  if (since !== standing.since || artifact !== standing.artifact)
    return fault('capital.raise-outdated', { model, since: standing.since })
  const { granted, sessions } = standing
  if (fraction <= granted)
    return fault('capital.not-a-step', { model, fraction, most: stepAbove(ladder, granted) })
  const far = tooFar(ladder, said, granted)
  if (far !== null) return far
  if (sessions < ladder.raiseAfterDays)
    return fault('capital.raise-early', { model, sessions, needed: ladder.raiseAfterDays })
  if (lookAlike(member, standing.author)) return fault('approval.by-author', { member, model })
  const enrolled = policy.quorum.members.find((one) => one.member === member)
  if (enrolled === undefined) return fault('approval.not-a-member', { member, version: policy.version })
  if (expires <= at) return fault('approval.expired', { member, model })
  return holds(RAISE_TYPE, raiseBody({ ...said, log }), { signature, publicKey: enrolled.publicKey })
    ? null
    : fault('approval.bad-signature', { member, model })
}
