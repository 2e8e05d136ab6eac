/** Processors: what one could not take in, and what people decided about it. */
import { z } from 'zod'
import { defineEvent } from '../event.ts'

/**
 * A processor failed at an event, and the rest went on. Attested: a replay takes it as said. The event counts as one that the
 * processor never met.
 */
export const Quarantined = defineEvent({
  type: 'processor.Quarantined',
  version: 1,
  data: z.strictObject({
    processor: z.string(),
    /** The position of the event that it failed at. */
    cause: z.int(),
    /** Where it was to take the event in: `cause`, or the position of the retry. */
    at: z.int(),
    reason: z.string(),
  }),
})

/** The processor takes the event in now, after whatever it has met since. */
export const Retried = defineEvent({
  type: 'processor.Retried',
  version: 1,
  data: z.strictObject({ processor: z.string(), cause: z.int(), reason: z.string() }),
})

/** Nothing will follow from the event: a member of the committee says why. */
export const Waived = defineEvent({
  type: 'processor.Waived',
  version: 1,
  data: z.strictObject({
    processor: z.string(),
    cause: z.int(),
    member: z.string(),
    reason: z.string(),
    /** Microseconds since 1970: after this the signature is not to be taken. */
    expires: z.int(),
    /** Ed25519 over the waiver, base64. */
    signature: z.string(),
  }),
})
