/** Drift: how far features and performance have moved from what the model was approved on. */
import { z } from 'zod'
import { defineEvent } from '../event.ts'
import { name } from '../kernel/name.ts'

export const DriftMeasured = defineEvent({
  type: 'drift.Measured',
  version: 1,
  saidBy: 'drift',
  data: z.strictObject({
    model: name,
    /** Rows of the current window and of the reference. */
    currentRows: z.int(),
    referenceRows: z.int(),
    features: z.array(
      z.strictObject({
        feature: z.string(),
        psi: z.number(),
        /** The 95 % quantile of PSI over windows of the reference itself: what no drift looks like. */
        psiNull95: z.number(),
        ks: z.number(),
        /** The 95 % quantile of D over windows of the reference itself. */
        ksNull95: z.number(),
        drifted: z.boolean(),
      }),
    ),
  }),
})

export const SharpeWatched = defineEvent({
  type: 'drift.SharpeWatched',
  version: 1,
  saidBy: 'sharpe-watch',
  data: z.strictObject({
    model: name,
    days: z.int(),
    /** Annualised Sharpe ratio of the latest window; null before there are enough days or where it is undefined. */
    sharpe: z.nullable(z.number()),
    /** Of the same statistic over the held-out backtest. */
    expected: z.number(),
    deviation: z.number(),
    z: z.nullable(z.number()),
    breach: z.boolean(),
    /** The always-valid test beside it: evidence against "as good as the backtest"; alarm at 1 / alpha. */
    eValue: z.number(),
  }),
})
