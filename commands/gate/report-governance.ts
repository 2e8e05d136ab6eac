/** The parts of the gate's report about what the committee alone may see: the final holdout, and the models in force. */
import type { Figure } from './report-base.ts'

export type HoldoutForm = Readonly<{
  /** Decisions with `from <= knownAt < to`, in microseconds. */
  from: number
  to: number
  /** The log position of the opening for this file, and the member who signed it. */
  openedAt: number
  openedBy: string
  /** How often this holdout was opened up to here, for whatever file: each look wears it out. */
  openings: number
  /** Trials that count and were started on its sessions before the policy held them out. */
  readBy: number
  days: number
  sharpeAnnual: Figure
  returnAnnual: Figure
  maxDrawdown: Figure
  /** That the true ratio is above 0, by the holdout alone. */
  probability: number
  moments: readonly number[]
  net: readonly Figure[]
}>

/** What the candidate adds to the models in force, over the sessions that it shares with each of their backtests. */
export type MarginalForm = Readonly<{
  models: readonly Readonly<{ model: string; run: string; sessions: number; correlation: Figure }>[]
  /** Sessions that all of them share. */
  sessions: number
  /** Annual ratios of the mix in which each takes equal risk: of the models in force, and with the candidate. */
  sharpeWithout: Figure
  sharpeWith: Figure
  /** The share of the candidate's variance that a regression on the models in force explains. */
  explained: Figure
  /** Annual return that the regression does not explain, and its t under autocorrelation (Newey and West). */
  alphaAnnual: Figure
  alphaT: Figure
}>
