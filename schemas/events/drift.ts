/** Drift: how far features and performance have moved from what the model was approved on. */
import { z } from 'zod'
import { defineEvent } from '../event.ts'
import { name } from '../kernel/name.ts'

const measuredOf1 = z.strictObject({
  model: name,
  currentRows: z.int(),
  referenceRows: z.int(),
  features: z.array(
    z.strictObject({
      feature: z.string(),
      psi: z.number(),
      psiNull95: z.number(),
      ks: z.number(),
      ksNull95: z.number(),
      drifted: z.boolean(),
    }),
  ),
})

export const DriftMeasured = defineEvent({
  type: 'drift.Measured',
  version: 2,
  saidBy: 'drift',
  data: z.strictObject({
    model: name,
    /** Rows of the current window and of the reference. */
    currentRows: z.int(),
    referenceRows: z.int(),
    /** The greatest share of unchanged models that have any alarm within a year; null where none was promised. */
    falseAlarmsAYear: z.nullable(z.number()),
    features: z.array(
      z.strictObject({
        feature: z.string(),
        psi: z.number(),
        /** Drifted above it. */
        psiLimit: z.number(),
        ks: z.number(),
        /** Drifted above it; above 1 for a feature of which no distance can tell. */
        ksLimit: z.number(),
        /** How many independent windows the reference is worth; null where nobody counted. */
        effectiveWindows: z.nullable(z.number()),
        drifted: z.boolean(),
      }),
    ),
    /** Features that cannot be judged, and why: they are not found unchanged. */
    unjudged: z.array(z.strictObject({ feature: z.string(), reason: z.string() })),
  }),
  old: {
    1: {
      data: measuredOf1,
      upcast: ({ features, ...rest }: z.infer<typeof measuredOf1>) => ({
        ...rest,
        falseAlarmsAYear: null,
        features: features.map(({ psiNull95, ksNull95, ...one }) => ({
          ...one,
          psiLimit: psiNull95,
          ksLimit: ksNull95,
          effectiveWindows: null,
        })),
        unjudged: [],
      }),
    },
  },
})

const watched1 = z.strictObject({
  model: name,
  days: z.int(),
  /** Annualised Sharpe ratio of the latest window; null before there are enough days or where it is undefined. */
  sharpe: z.nullable(z.number()),
  /** Of the same statistic over the held-out backtest. */
  expected: z.number(),
  deviation: z.number(),
  z: z.nullable(z.number()),
  breach: z.boolean(),
  /** The always-valid test beside it: evidence against "as good as the backtest". */
  eValue: z.number(),
})
/** Version 1 held a model to its backtest's mean, and said 20. */
const ALARM_AT_1 = 20

export const SharpeWatched = defineEvent({
  type: 'drift.SharpeWatched',
  version: 2,
  saidBy: 'sharpe-watch',
  data: watched1.extend({
    /** The mean daily return that the always-valid test holds the model to; null where the backtest gives none. */
    heldMean: z.nullable(z.number()),
    /** Its evidence (`eValue`) is an alarm from here on, and an alarm stands. */
    alarmAt: z.number(),
    alarm: z.boolean(),
  }),
  old: {
    1: {
      data: watched1,
      upcast: (old: z.infer<typeof watched1>) => ({
        ...old,
        heldMean: null,
        alarmAt: ALARM_AT_1,
        alarm: old.eValue >= ALARM_AT_1,
      }),
    },
  },
})

const breached1 = z.strictObject({
  model: name,
  rule: z.enum(['day', 'drawdown']),
  loss: z.number(),
  limit: z.number(),
  /** Position of the outcome that reached it, observed or restated. */
  outcome: z.int(),
  /** Days since the mark from which the fall is counted: the promotion, or the latest review. */
  days: z.int(),
})

const breached = breached1.extend({
  /** The session that reached it, where a restated outcome shows that; null where the outcome as it was observed does. */
  restated: z.nullable(z.int()),
})

/** A loss limit of the policy was reached; capital follows. Losses and limits are fractions of the capital allocated. */
export const LossLimitBreached = defineEvent({
  type: 'drift.LossLimitBreached',
  version: 2,
  saidBy: 'loss-limits',
  data: breached,
  old: {
    1: {
      data: breached1,
      upcast: (old: z.infer<typeof breached1>): z.infer<typeof breached> => ({ ...old, restated: null }),
    },
  },
})
