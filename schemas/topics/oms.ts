/** The contracts with those who act on Asof: predictions, the capital that limits them, the models in force, and alerts. */
import { z } from 'zod'
import { defineMessage } from './message.ts'

/** A model as it is in force. */
const inForce = {
  model: z.string(),
  /** SHA-256 of the model's file, and the position of the promotion that put it in force. */
  artifact: z.string(),
  promotion: z.int(),
  /** The run that made the file, and the members whose approval the promotion rests on. */
  run: z.string(),
  approvals: z.array(z.string()),
}

/** What a model wants to hold, with all that an OMS needs to act on it and to refuse it. */
export const Prediction = defineMessage(
  'asof.topics.Prediction',
  z.strictObject({
    ...inForce,
    dataset: z.string(),
    /** The position whose moment the features were read at, and the SHA-256 of what was read. */
    features: z.int(),
    featureHash: z.string(),
    /** The session's local date in days since 1970-01-01. */
    session: z.int(),
    /** Microseconds since 1970: the close at which it is to be traded. At or after it, it must not be acted on. */
    validUntil: z.int(),
    /** It was made too late to be acted on. */
    backfilled: z.boolean(),
    /** The fraction of full capital in force when it was made, and the position of the message on `asof.capital.v1` that says so. */
    capital: z.number(),
    capitalPosition: z.int(),
    rows: z.array(
      z.strictObject({
        instrument: z.string(),
        /** Null where a feature is missing or old: such a name keeps the target that it had. */
        score: z.nullable(z.number()),
        /** The session's target and the weight to hold, as fractions of full capital. */
        target: z.number(),
        weight: z.number(),
        /** The weight to hold times the capital in force. */
        scaledWeight: z.number(),
      }),
    ),
  }),
)
export type Prediction = Parameters<typeof Prediction.framed>[1]

/** The limit that an OMS obeys: no model may use more than this fraction of its full capital from here on. */
export const Capital = defineMessage(
  'asof.topics.Capital',
  z.strictObject({
    model: z.string(),
    artifact: z.string(),
    fraction: z.number(),
    /** Why it changed: `allocated`, `reduced`, `reviewed`, `raised`, `halted`, `unhalted`; `retired` with a fraction of 0, on which all of it is to be sold. */
    why: z.string(),
    /** The rule that cut (`sharpe`, `day`, `drawdown`, `ladder`), and what it measured; null where nothing was cut. */
    cause: z.nullable(z.string()),
    value: z.nullable(z.number()),
    /** The position of the measurement behind a cut that waits for its review; null where none does. */
    pendingReview: z.nullable(z.int()),
    /** What `fraction` would be if no halt held; null in a message of before there were halts. */
    granted: z.nullable(z.number()).default(null),
    /** The models whose halt holds for this one, itself or one of its file or kin: then `fraction` is 0. */
    haltedBy: z.array(z.string()).default([]),
  }),
)
export type Capital = Parameters<typeof Capital.framed>[1]

/** The model that is in force under a name. A key without a value is a model that was retired: nothing is. */
export const Model = defineMessage(
  'asof.topics.Model',
  z.strictObject({
    ...inForce,
    /** SHA-256 of the gate's report, and the version of the policy that it was judged by. */
    report: z.string(),
    policyVersion: z.int(),
    dataset: z.string(),
    featureSet: z.string(),
    featureVersion: z.int(),
  }),
)
export type Model = Parameters<typeof Model.framed>[1]

/** Something that a person should look at. */
export const Alert = defineMessage(
  'asof.topics.Alert',
  z.strictObject({
    /** `alarm` and `alarm-over` of a rule; `drift`, `sharpe`, `loss-day`, `loss-drawdown`, `ladder`, `capital-cut`, `halt`, `quarantine`. */
    kind: z.string(),
    /** The data set or model, or the processor that failed. */
    about: z.string(),
    /** What was measured (of drift: how many features), and where it becomes an alert; null where there is no number. */
    value: z.nullable(z.number()),
    limit: z.nullable(z.number()),
    text: z.string(),
  }),
)
export type Alert = Parameters<typeof Alert.framed>[1]

/** What stands for a message that is larger than a broker takes: nothing of it is lost, and nothing is told in part. */
export const Elsewhere = defineMessage(
  'asof.topics.Elsewhere',
  z.strictObject({
    /** How many bytes the message has. */
    bytes: z.int(),
    /** SHA-256 of the event's data as the log has them in Avro, by which what is fetched is known. */
    dataHash: z.string(),
    /** Where it is to be had: an address of Asof's own HTTP. */
    path: z.string(),
  }),
)
export type Elsewhere = Parameters<typeof Elsewhere.framed>[1]
