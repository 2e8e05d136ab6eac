/** Predictions day by day, and what came of them. */
import { z } from 'zod'
import { defineEvent } from '../event.ts'
import { name } from '../kernel/name.ts'

const madeV1 = z.strictObject({
  model: name,
  artifact: z.string(),
  /** Position of the promotion that put the model in force. */
  promotion: z.int(),
  /** Position of the event whose moment the features were read at, and the hash of what was read. */
  features: z.int(),
  featureHash: z.string(),
  rows: z.array(
    z.strictObject({
      entity: z.string(),
      /** Null where a feature is missing or old: such an entity keeps the target that it had. */
      score: z.nullable(z.number()),
      /** The session's target and the weight to hold (mean of the latest targets), fractions of capital. */
      target: z.number(),
      weight: z.number(),
    }),
  ),
})

const made = madeV1.extend({
  /** The session that is decided: its local date in days since 1970-01-01. */
  session: z.int(),
  /**
   * True where it was made after the close at which it would have been traded, or for a session before the promotion: it
   * could not have been acted on.
   */
  backfilled: z.boolean(),
})

export const PredictionMade = defineEvent({
  type: 'prediction.Made',
  version: 2,
  saidBy: 'inference',
  data: made,
  old: {
    1: {
      data: madeV1,
      upcast: (old: z.infer<typeof madeV1>): z.infer<typeof made> => ({
        ...old,
        session: 0,
        backfilled: false,
      }),
    },
  },
})

const observedV1 = z.strictObject({
  model: name,
  /** Position of the prediction whose weights are traded at this close. */
  prediction: z.int(),
  /** Fractions of allocated capital, before and after costs. */
  gross: z.number(),
  cost: z.number(),
  net: z.number(),
  /** Sum of what was traded, one way, as a fraction of capital. */
  turnover: z.number(),
  /** The fraction of full capital in force. */
  capital: z.number(),
})

const observed = observedV1.extend({
  /** The session that was accounted: its local date in days since 1970-01-01. */
  session: z.int(),
  backfilled: z.boolean(),
})

export const OutcomeObserved = defineEvent({
  type: 'prediction.OutcomeObserved',
  version: 2,
  saidBy: 'outcome',
  data: observed,
  old: {
    1: {
      data: observedV1,
      upcast: (old: z.infer<typeof observedV1>): z.infer<typeof observed> => ({
        ...old,
        session: 0,
        backfilled: false,
      }),
    },
  },
})

/**
 * A session learned of prices, dividends or splits of sessions before it. Each session that comes out otherwise with them, by
 * their own sessions, is here with what it earned as it is known now; the session that learned of them is among them where it
 * was told what happened before it. The outcomes as they were observed stay as they are.
 */
export const OutcomesRestated = defineEvent({
  type: 'prediction.OutcomesRestated',
  version: 1,
  saidBy: 'outcome',
  data: z.strictObject({
    model: name,
    /** The session that learned of it. */
    session: z.int(),
    /** Ascending. */
    sessions: z.array(
      z.strictObject({
        session: z.int(),
        /** What was said of it before, observed or restated; null for a session that was never accounted. */
        was: z.nullable(z.number()),
        /** What it earned after costs, as a fraction of the capital allocated. */
        net: z.number(),
      }),
    ),
  }),
})

/**
 * A model in force was asked, and answered. Whoever asked says what was asked; what the model says of it can be made again from
 * this event, and, of what was read online, from the log.
 */
export const PredictionServed = defineEvent({
  type: 'prediction.Served',
  version: 1,
  data: z.strictObject({
    model: name,
    artifact: z.string(),
    /** Position of the promotion that put the model in force. */
    promotion: z.int(),
    /** The caller's own id of the request; empty where there was none. */
    request: z.string(),
    /** Where the inputs were read; null where the caller sent them. */
    online: z.nullable(
      z.strictObject({
        featureSet: z.string(),
        featureVersion: z.int(),
        /** Position of the newest feature values that had been taken in. */
        readAt: z.int(),
        /** The features are as they were known at this moment. */
        moment: z.int(),
        /** One for each row of the inputs, with the event time of its features. */
        entities: z.array(z.string()),
        eventTimes: z.array(z.int()),
      }),
    ),
    /** The model's features: row after row of so many columns. */
    columns: z.int(),
    inputs: z.array(z.number()),
    /** One for each row. */
    scores: z.array(z.number()),
  }),
})
