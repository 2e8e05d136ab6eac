/** Experiments: a training set is asked for and frozen, a run is started (and counts for ever), finished or failed. */
import { z } from 'zod'
import { defineEvent } from '../event.ts'
import { name } from '../kernel/name.ts'

export const named = z.strictObject({ name: z.string(), value: z.number() })

/**
 * What is to be forecast: the value that `formula` has `exitRows` sessions after the one that is decided. The position is
 * entered `entryRows` sessions later, so `exitRows - entryRows` is the holding period. The data set is also the one that is
 * traded: its prices pay the book.
 */
export const labelSpec = z.strictObject({
  dataset: name,
  formula: z.string(),
  entryRows: z.int().positive(),
  exitRows: z.int().positive(),
})
export type LabelSpec = z.infer<typeof labelSpec>

export const trainingSetSpec = z.strictObject({
  trainingSet: name,
  featureSet: z.string(),
  featureVersion: z.int().positive(),
  featureHash: z.string(),
  label: labelSpec,
  /** Sessions from the date `from` on (inclusive), decided before the moment `to` (exclusive). */
  from: z.int(),
  to: z.int(),
})
export type TrainingSetSpec = z.infer<typeof trainingSetSpec>

export const TrainingSetRequested = defineEvent({
  type: 'experiment.TrainingSetRequested',
  version: 1,
  data: trainingSetSpec,
})

export const TrainingSetFrozen = defineEvent({
  type: 'experiment.TrainingSetFrozen',
  version: 1,
  saidBy: 'freeze',
  data: z.strictObject({
    trainingSet: z.string(),
    /** The log position up to which it was read. */
    readAt: z.int(),
    rows: z.int(),
    features: z.array(z.string()),
    /** SHA-256 of its chunk; of several slices, of their hashes, a line each. */
    contentHash: z.string(),
    /** Rows that nothing is trained on, by reason; they are scored and paid all the same where they can be. */
    dropped: z.array(z.strictObject({ reason: z.string(), rows: z.int() })),
  }),
})

/** Who wrote the code that ran: null where it is not known, which bars the run from promotion. */
export const commitRef = z.strictObject({
  sha: z.string(),
  /** Whether the commit's own signature was checked and held. */
  signature: z.enum(['verified', 'unsigned', 'unchecked']),
  /** Whether the files were those of the commit. */
  tree: z.enum(['clean', 'dirty', 'unchecked']),
})
export type CommitRef = z.infer<typeof commitRef>

/**
 * What a trade costs because it moves the price. `capitalUsd`, `advUsd` (of a name, traded value per day) and
 * `dailyVolatility` (of a name) are assumptions where a data set has no volume, and are stated as such.
 */
export const impactSpec = z.strictObject({
  model: z.enum(['square-root', 'almgren']),
  /** Y of the square-root law, η of Almgren's. */
  temporary: z.number().nonnegative(),
  /** γ of Almgren's; not read by the square-root law. */
  permanent: z.number().nonnegative(),
  /** Shares outstanding over daily volume, for Almgren's; not read by the square-root law. */
  outstandingDays: z.number().positive(),
  capitalUsd: z.number().positive(),
  advUsd: z.number().positive(),
  dailyVolatility: z.number().positive(),
})
export type ImpactSpec = z.infer<typeof impactSpec>

/** Basis points of what they are paid on: from nothing to all of it. */
export const bps = z.number().min(0).max(10_000)

/** How scores become a portfolio and what it pays, the same in a backtest and live. */
export const portfolioSpec = z.strictObject({
  construction: z.enum(['long-short', 'long-only']),
  /** No name's weight is beyond it, as a fraction of capital; null for no cap. */
  maxWeight: z.nullable(z.number().positive().max(1)),
  /** A feature (a beta, say) that the target is cleared of, by regression across names; null for none. */
  neutralise: z.nullable(z.string()),
  /** Each day's target is held for so many days: the portfolio is the mean of the latest so many targets. */
  holdingDays: z.int().positive(),
  /** The whole spread, of which a trade pays half; and what is paid besides, one way. Of the value traded. */
  spreadBps: bps,
  commissionBps: bps,
  /** Yearly fee on what is sold short. */
  borrowBps: bps,
  impact: z.nullable(impactSpec),
})
export type PortfolioSpec = z.infer<typeof portfolioSpec>

/** Trainers that are part of the platform. What they make is derived, and replayed byte for byte. */
export const BUILT_IN: readonly string[] = ['ridge', 'elastic-net']
export const isBuiltIn = ({ trainer }: Readonly<{ trainer: string }>): boolean => BUILT_IN.includes(trainer)

export const runSpec = z.strictObject({
  run: name,
  /** Trials of one family are counted together by the gate. */
  family: name,
  /** A built-in one, or one that was admitted under this name. */
  trainer: name,
  features: z.array(name).min(1),
  params: z.array(named),
  seed: z.int(),
  trainingSet: name,
  trainingSetHash: z.string(),
  /** Purged walk-forward: so many test blocks after a first training block. */
  folds: z.int().min(2),
  portfolio: portfolioSpec,
  commit: z.nullable(commitRef),
  /** SHA-256 over runtime, packages and platform; null where it is not known. */
  environment: z.nullable(z.string()),
  author: name,
})
export type RunSpec = z.infer<typeof runSpec>

export const RunStarted = defineEvent({ type: 'experiment.RunStarted', version: 1, data: runSpec })

export const RunFinished = defineEvent({
  type: 'experiment.RunFinished',
  version: 1,
  saidBy: 'training',
  data: z.strictObject({
    run: z.string(),
    /** SHA-256 of the ONNX file, the event's first chunk. */
    artifact: z.string(),
    /** Held-out figures; returns are per day, net of costs; a figure that is undefined is left out. */
    metrics: z.array(named),
    /** SHA-256 of the held-out scores and daily returns, the second and third chunk. */
    scores: z.string(),
    returns: z.string(),
  }),
})

export const RunFailed = defineEvent({
  type: 'experiment.RunFailed',
  version: 1,
  saidBy: 'training',
  data: z.strictObject({ run: z.string(), reason: z.string() }),
})

/** A family of trials is over: none is started in it any more. Those that were count as they did. */
export const FamilyRetired = defineEvent({
  type: 'experiment.FamilyRetired',
  version: 1,
  data: z.strictObject({ family: name, reason: z.string().min(1), author: name }),
})
