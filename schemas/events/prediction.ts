/** Predictions day by day, and what came of them. */
import { z } from 'zod'
import { defineEvent } from '../event.ts'
import { name } from '../kernel/name.ts'

export const PredictionMade = defineEvent({
  type: 'prediction.Made',
  version: 1,
  saidBy: 'inference',
  data: z.strictObject({
    model: name,
    artifact: z.string(),
    /** Position of the promotion that put the model in force. */
    promotion: z.int(),
    /** Position of the feature values that were read, and their hash. */
    features: z.int(),
    featureHash: z.string(),
    rows: z.array(
      z.strictObject({
        entity: z.string(),
        /** Null where a feature is missing: then the entity has no target either. */
        score: z.nullable(z.number()),
        /** Today's target and the weight to hold (mean of the latest targets), fractions of capital. */
        target: z.number(),
        weight: z.number(),
      }),
    ),
  }),
})

export const OutcomeObserved = defineEvent({
  type: 'prediction.OutcomeObserved',
  version: 1,
  saidBy: 'outcome',
  data: z.strictObject({
    model: name,
    /** Position of the prediction whose weights were held; the return is from the previous close to this one. */
    prediction: z.int(),
    /** Fractions of allocated capital, before and after costs. */
    gross: z.number(),
    cost: z.number(),
    net: z.number(),
    /** Sum of what was traded, one way, as a fraction of capital. */
    turnover: z.number(),
    /** The fraction of full capital in force. */
    capital: z.number(),
  }),
})
