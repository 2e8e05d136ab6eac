/** Egress: what somebody takes is unlike him or his peers, he is suspended, and two others lift it. They stand in the person's stream of grants. */
import { z } from 'zod'
import { defineEvent } from '../event.ts'
import { jewel } from '../jewel.ts'
import { name } from '../kernel/name.ts'

const alarm = z.string()

/** An alarm, with every number that it rests on: the same numbers raise it again. */
export const EgressAlarmed = defineEvent({
  type: 'access.EgressAlarmed',
  version: 1,
  data: z.strictObject({
    /** The attempt that raised it. */
    alarm,
    subject: name,
    rung: z.enum(['canary', 'hard-cap', 'unusual-week', 'exposure', 'slow', 'probing']),
    item: jewel,
    inputs: z.array(z.strictObject({ name: z.string(), value: z.number() })),
    /** The log position up to which what others take was read. */
    readAt: z.int(),
    at: z.int(),
  }),
})

/** From the next event on the person takes nothing that is guarded, whatever he was granted. What serves others is not touched. */
export const Suspended = defineEvent({
  type: 'access.Suspended',
  version: 1,
  data: z.strictObject({ subject: name, alarm, at: z.int() }),
})

/** One of the two others who have to agree that a suspension ends; with the second it does. */
export const LiftApproved = defineEvent({
  type: 'access.LiftApproved',
  version: 1,
  data: z.strictObject({ subject: name, alarm, by: name, reason: z.string().min(1).max(2_000), at: z.int() }),
})
