/** Halts: a model stopped by one member of the committee, and set going again by two. */
import { z } from 'zod'
import { defineEvent } from '../event.ts'
import { name } from '../kernel/name.ts'

export const Halted = defineEvent({
  type: 'capital.Halted',
  version: 1,
  data: z.strictObject({
    model: name,
    /** Position at which its latest halt ended; 0 where none ever did. So a signature halts nothing a second time. */
    ended: z.int(),
    member: z.string(),
    reason: z.string(),
    /** It is taken before this moment alone. */
    expires: z.int(),
    /** Ed25519 over the DSSE pre-authentication encoding of all of the above and the log, base64. */
    signature: z.string(),
  }),
})

/** One of the two signatures that end a halt. */
export const UnhaltSigned = defineEvent({
  type: 'capital.UnhaltSigned',
  version: 1,
  data: z.strictObject({
    model: name,
    /** The file that gets its capital back. */
    artifact: z.string(),
    /** Position of the halt that it ends. */
    halt: z.int(),
    member: z.string(),
    reason: z.string(),
    /** It counts before this moment alone. */
    expires: z.int(),
    /** As of a halt. */
    signature: z.string(),
  }),
})

/** The halt of another model holds for this one too, or no longer does: the same file, or what is promoted of its kin. */
export const HaltSpread = defineEvent({
  type: 'capital.HaltSpread',
  version: 1,
  saidBy: 'capital',
  data: z.strictObject({
    model: name,
    /** The model that was halted, and the position of its halt. */
    of: name,
    halt: z.int(),
    halted: z.boolean(),
  }),
})
