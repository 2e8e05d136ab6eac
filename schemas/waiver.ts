/** What a member signs to waive what a processor failed at. */
import type { DataOf } from './event.ts'
import type { Waived } from './events/processor.ts'
import { canonicalJson, type Digest } from './kernel/canonical.ts'
import { type Fault, fault } from './kernel/fault.ts'
import { holds } from './kernel/signature.ts'
import type { ReviewContext } from './review.ts'

export const WAIVER_TYPE = 'application/vnd.asof.waiver.v1+json'

export type Waiver = DataOf<typeof Waived>

/** The exact bytes that are signed: the waiver, and the log that it is made for. */
export const waiverBody = (waiver: Omit<Waiver, 'signature'>, log: Digest): string =>
  canonicalJson({ ...waiver, log })

/** The first reason why a waiver must not be taken, or null where there is none. */
export function waiverObjection(waiver: Waiver, { policy, log, at }: ReviewContext): Fault | null {
  const { member, expires, signature, ...rest } = waiver
  if (policy === null || log === null) return fault('approval.no-policy')
  const enrolled = policy.quorum.members.find((one) => one.member === member)
  if (enrolled === undefined) return fault('approval.not-a-member', { member, version: policy.version })
  const model = `event ${waiver.cause}`
  if (expires <= at) return fault('approval.expired', { member, model })
  const body = waiverBody({ member, expires, ...rest }, log)
  const { publicKey } = enrolled
  return holds(WAIVER_TYPE, body, { signature, publicKey })
    ? null
    : fault('approval.bad-signature', { member, model })
}
