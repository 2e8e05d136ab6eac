/** Access: the keys that the log itself is sealed with, and what its keeper vouched for. */
import { z } from 'zod'
import { defineEvent } from '../event.ts'

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
