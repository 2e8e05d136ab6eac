/** What compliance signs of a claim, and when that holds: shared by the decision and by every reader. */
import type { DataOf } from './event.ts'
import type { PolicySpec } from './events/approval.ts'
import { type ClaimApproved, ClaimChecked, ClaimDrafted } from './events/claim.ts'
import { canonicalJson, type Digest, sha256 } from './kernel/canonical.ts'
import { holds } from './kernel/signature.ts'

export const CLAIM_TYPE = 'application/vnd.asof.claim.v1+json'

export type Drafted = DataOf<typeof ClaimDrafted>
export type Checked = DataOf<typeof ClaimChecked>
export type Approval = DataOf<typeof ClaimApproved>
type Statement = Omit<Approval, 'signature'> & Readonly<{ log: Digest }>

export const claimStream = (claim: string): string => `claim-${claim}`

/** Of the bytes that the log stores, so that whoever has these alone can compare. */
export const draftDigest = (data: Drafted): Digest => sha256(ClaimDrafted.avro.toBuffer(data))
export const checkDigest = (data: Checked): Digest => sha256(ClaimChecked.avro.toBuffer(data))

/** The exact bytes that are signed. */
export const claimBody = (statement: Statement): string => canonicalJson(statement)

/** Whether a person whose key the policy lists signed it for this log. */
export function isSignedClaim(
  { signature, ...said }: Approval,
  { log, policy }: Readonly<{ log: Digest; policy: PolicySpec }>,
): boolean {
  const enrolled = policy.quorum.members.find(({ member }) => member === said.member)
  if (enrolled === undefined) return false
  return holds(CLAIM_TYPE, claimBody({ ...said, log }), { signature, publicKey: enrolled.publicKey })
}
