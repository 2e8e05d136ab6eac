/** Access: the keys that the log itself is sealed with. */
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
