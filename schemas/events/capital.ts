/** Capital: what fraction a model may use, and why it changed. */
import { z } from 'zod'
import { defineEvent } from '../event.ts'
import { name } from '../kernel/name.ts'

const fraction = z.number().min(0).max(1)

const allocated1 = z.strictObject({
  model: name,
  artifact: z.string(),
  /** Whose run made the artifact: somebody else has to review what is cut of it. */
  author: z.string(),
  fraction,
  promotion: z.int(),
})

export const Allocated = defineEvent({
  type: 'capital.Allocated',
  version: 2,
  saidBy: 'capital',
  data: allocated1.extend({
    /** That of the run which made the artifact; empty where version 1 did not say. */
    family: z.string(),
    /**
     * The measurement behind a cut that waits for its review and that this allocation inherits: of the model before it, or of
     * another model with the same file or of the same family. Null where none does.
     */
    pendingReview: z.nullable(z.int()),
  }),
  old: {
    1: {
      data: allocated1,
      upcast: (old: z.infer<typeof allocated1>) => ({ ...old, family: '', pendingReview: null }),
    },
  },
})

const reduced1 = z.strictObject({
  model: name,
  from: fraction,
  to: fraction,
  /** Position of the measurement that caused it. */
  measurement: z.int(),
  z: z.number(),
  review: z.literal('pending'),
})

/** Which rule cut: the Sharpe watch, or one of the loss limits. */
export const cutCause = z.enum(['sharpe', 'day', 'drawdown'])
export type CutCause = z.infer<typeof cutCause>

export const Reduced = defineEvent({
  type: 'capital.Reduced',
  version: 2,
  saidBy: 'capital',
  data: reduced1.omit({ z: true, review: true }).extend({
    cause: cutCause,
    /** What the rule measured: deviations of the Sharpe ratio, or the loss as a fraction of the capital allocated. */
    value: z.number(),
    review: z.literal('pending'),
  }),
  old: {
    1: {
      data: reduced1,
      upcast: ({ z: value, ...rest }: z.infer<typeof reduced1>) => ({ ...rest, cause: 'sharpe', value }),
    },
  },
})

const reviewed1 = z.strictObject({
  model: name,
  artifact: z.string(),
  fraction,
  /** Position of the measurement behind the cut that it answers. */
  measurement: z.int(),
  member: z.string(),
  reason: z.string(),
  /** Ed25519 over the DSSE pre-authentication encoding of all of the above, base64. */
  signature: z.string(),
})

export const Reviewed = defineEvent({
  type: 'capital.Reviewed',
  version: 2,
  data: reviewed1.extend({
    /** It is taken before this moment alone; null where version 1 set no end and named no log. */
    expires: z.nullable(z.int()),
  }),
  old: { 1: { data: reviewed1, upcast: (old: z.infer<typeof reviewed1>) => ({ ...old, expires: null }) } },
})

/** A model that was retired gives up its capital. What was cut of it before is remembered for whatever follows. */
export const Released = defineEvent({
  type: 'capital.Released',
  version: 1,
  saidBy: 'capital',
  data: z.strictObject({
    model: name,
    artifact: z.string(),
    from: fraction,
    /** Position of the retirement. */
    retirement: z.int(),
  }),
})
