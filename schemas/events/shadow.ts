/** Challengers in shadow: they are asked what the model in force is asked, and nothing is traded by what they say. */
import { z } from 'zod'
import { defineEvent } from '../event.ts'
import { name } from '../kernel/name.ts'

/** The model of a run goes along with the model in force, until it is ended. */
export const ShadowStarted = defineEvent({
  type: 'shadow.Started',
  version: 1,
  data: z.strictObject({
    /** The model that it challenges. */
    model: name,
    run: name,
    artifact: z.string(),
    /** SHA-256 of the gate's report on it, whatever its verdict. */
    report: z.string(),
  }),
})

export const ShadowEnded = defineEvent({
  type: 'shadow.Ended',
  version: 1,
  data: z.strictObject({ model: name, run: name }),
})

/** What a challenger says of a session, and the weights that a book of its own would hold. It is on no topic that an OMS trades by. */
export const ShadowPredicted = defineEvent({
  type: 'shadow.PredictionMade',
  version: 1,
  saidBy: 'shadow',
  data: z.strictObject({
    model: name,
    run: name,
    artifact: z.string(),
    /** Position of the event that put it in shadow. */
    shadow: z.int(),
    /** Position of the promotion that was in force beside it. */
    champion: z.int(),
    /** Position of the session's close, whose moment the features were read at, and the hash of what was read. */
    features: z.int(),
    featureHash: z.string(),
    rows: z.array(
      z.strictObject({
        entity: z.string(),
        score: z.nullable(z.number()),
        target: z.number(),
        weight: z.number(),
      }),
    ),
    /** The session that is decided: its local date in days since 1970-01-01. */
    session: z.int(),
    /** It was made after the close at which it would have been traded. */
    backfilled: z.boolean(),
  }),
})

/** What the challenger's book would have earned in a session, on paper, with the costs of trading it. */
export const ShadowObserved = defineEvent({
  type: 'shadow.OutcomeObserved',
  version: 1,
  saidBy: 'shadow',
  data: z.strictObject({
    model: name,
    run: name,
    shadow: z.int(),
    /** Position of the prediction whose weights are traded at this close. */
    prediction: z.int(),
    /** Fractions of capital, before and after costs. */
    gross: z.number(),
    cost: z.number(),
    net: z.number(),
    turnover: z.number(),
    session: z.int(),
    backfilled: z.boolean(),
  }),
})
