/** The ladder: capital down a step for each alarm of the always-valid test, and up a step at a time by signature. */
import { z } from 'zod'
import { defineEvent } from '../event.ts'
import { name } from '../kernel/name.ts'

const fraction = z.number().min(0).max(1)

/** The always-valid test gave an alarm on what was earned since the step before. Its evidence begins anew after it. */
export const LadderBreached = defineEvent({
  type: 'drift.LadderBreached',
  version: 1,
  saidBy: 'ladder',
  data: z.strictObject({
    model: name,
    /** Position of the outcome that brought it. */
    outcome: z.int(),
    /** Sessions that the evidence is of. */
    days: z.int(),
    eValue: z.number(),
    alarmAt: z.number(),
  }),
})

export const SteppedDown = defineEvent({
  type: 'capital.SteppedDown',
  version: 1,
  saidBy: 'capital',
  data: z.strictObject({
    model: name,
    from: fraction,
    to: fraction,
    /** Position of the alarm. */
    measurement: z.int(),
    eValue: z.number(),
    review: z.literal('pending'),
  }),
})

/** A member gives a model the next step, after a review and so many sessions that the policy asks for. */
export const Raised = defineEvent({
  type: 'capital.Raised',
  version: 1,
  data: z.strictObject({
    model: name,
    artifact: z.string(),
    fraction,
    /** Position of the change that left it with what it has: each raise is signed for one step. */
    since: z.int(),
    member: z.string(),
    reason: z.string(),
    /** It is taken before this moment alone. */
    expires: z.int(),
    /** Ed25519 over the DSSE pre-authentication encoding of all of the above and the log, base64. */
    signature: z.string(),
  }),
})
