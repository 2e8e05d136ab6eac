/** Access: who may do what, by which token, the keys that the log itself is sealed with, and what its keeper vouched for. */
import { z } from 'zod'
import { defineEvent } from '../event.ts'
import { name } from '../kernel/name.ts'
import { role } from '../role.ts'
import { policySignature } from './approval.ts'

/** From the next event on another key seals the log. The old key signs the new one, and the new one shows that it is there. */
export const SealKeyRotated = defineEvent({
  type: 'access.SealKeyRotated',
  version: 1,
  data: z.strictObject({
    /** The log's identity: SHA-256 of its first checkpoint. */
    log: z.string(),
    /** Verifier keys as c2sp.org/signed-note writes them. */
    from: z.string(),
    to: z.string(),
    reason: z.string(),
    /** Signature lines of both keys over `rotationText`. */
    signedByOld: z.string(),
    signedByNew: z.string(),
  }),
})

/**
 * Somebody took the derived events of the log as they stand, though this program would derive others: after an upgrade that
 * changed what processors emit. What differed then is named for good.
 */
export const AnswersConfirmed = defineEvent({
  type: 'access.AnswersConfirmed',
  version: 1,
  data: z.strictObject({
    /** The log's identity: SHA-256 of its first checkpoint. */
    log: z.string(),
    /** All up to this position is taken. */
    to: z.int(),
    /** How many derived events were made again, and how many came out otherwise. */
    compared: z.int(),
    differences: z.int(),
    /** The first one; null where there was none. */
    first: z.nullable(z.strictObject({ position: z.int(), type: z.string(), detail: z.string() })),
    reason: z.string(),
  }),
})

/** A bearer token, of which the log holds the hash alone: SHA-256 of its secret, which was shown once. */
export const TokenIssued = defineEvent({
  type: 'access.TokenIssued',
  version: 1,
  data: z.strictObject({
    /** 16 hexadecimal digits, in the token for all to see. */
    id: z.string().regex(/^[0-9a-f]{16}$/),
    subject: name,
    roles: z.array(role).min(1),
    hash: z.string().regex(/^[0-9a-f]{64}$/),
    /** It gives nothing from this moment on. */
    expires: z.int(),
  }),
})

export const TokenRevoked = defineEvent({
  type: 'access.TokenRevoked',
  version: 1,
  data: z.strictObject({ id: z.string(), reason: z.string() }),
})

/** Which role may do what, in Cedar (docs.cedarpolicy.com), in versions that only go up. */
export const accessPolicySpec = z.strictObject({
  version: z.int().positive(),
  note: z.string(),
  cedar: z.string(),
})
export type AccessPolicySpec = z.infer<typeof accessPolicySpec>

/** Signed by a quorum of the committee, as the gate's policy is. */
export const AccessPolicySet = defineEvent({
  type: 'access.PolicySet',
  version: 1,
  data: z.strictObject({
    policy: accessPolicySpec,
    signatures: z.array(policySignature),
    /** The identity of the log that it was signed for. */
    log: z.string(),
  }),
})
