/** What the gate judges from: the candidate's held-out days, what it was trained on, and the whole ledger of its family. */
import type { Position } from '../../schemas/envelope.ts'
import type { PolicySpec } from '../../schemas/events/approval.ts'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import type { LabelSpec, PortfolioSpec, RunSpec } from '../../schemas/events/experiment.ts'
import type { FeatureSetSpec } from '../../schemas/events/feature.ts'
import type { Depth } from '../../schemas/events/model.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Rows } from '../../schemas/rows.ts'
import { insufficient, type Measured, measured } from '../../streams/statistics/measured.ts'
import { type Layout, layoutOf } from '../../streams/training/held-out.ts'
import { scorePanel } from '../../streams/training/score-table.ts'
import type { Days, LiveBook } from './days.ts'
import type { Family } from './family.ts'
import type { HoldoutEvidence } from './holdout-days.ts'

/** The frozen training set, its walk-forward, and the candidate's held-out scores as a panel over the same days. */
export type Study = Readonly<{ rows: Rows; layout: Layout; scores: readonly Float64Array[] }>

/** A data set that the policy names: its arrivals in log order, none where it never arrived, as known at a moment. */
export type GivenData = Readonly<{
  dataset: string
  spec: DatasetSpec
  arrivals: readonly Rows[]
  asOf: Micros
}>

/** Null where the policy names no data set; `insufficient` where it names one that is not declared. */
export type Given = Measured<GivenData> | null

/** What models that were made elsewhere score: of each fold its test rows, in order; of the file the held-out rows. */
export type Elsewhere = Readonly<{
  folds: Measured<readonly Float64Array[]>
  holdout: Float64Array | null
}>

export type GateEvidence = Readonly<{
  model: string
  artifact: string
  run: RunSpec
  /** The run's portfolio at the costs that it is judged at: its own, or the policy's where those are worse. */
  portfolio: PortfolioSpec
  /** The held-out days, traded at those costs. */
  days: Days
  study: Measured<Study>
  /** Null for a trainer that is built in. */
  elsewhere?: Elsewhere | null
  /** What was to be forecast; null where it is not known. */
  label: LabelSpec | null
  /** The formulas of the run's feature set; none where they are not known. */
  formulas: FeatureSetSpec['features']
  /** Every trial that counts for the candidate, itself among them. */
  family: Family
  policy: PolicySpec
  factors: Given
  rates: Given
  exposures: Given
  volatility: Given
  /** Null where the policy holds nothing out. */
  holdout: HoldoutEvidence | null
  /** The models in force, without the candidate's own file. */
  live: readonly LiveBook[]
  readAt: Position
  /** How many requests to judge this file came before, for whatever model and under whatever policy. */
  earlierRequests: number
  depth: Depth
}>

/**
 * @param training the frozen training set
 * @param scores the candidate's held-out scores, as they were stored
 * @param layout of the training set, where it is known already
 */
export function studyOf(training: Rows, scores: Rows, layout: Layout | number): Measured<Study> {
  const found = typeof layout === 'number' ? layoutOf(training, layout) : layout
  const panel = scorePanel(training, found, scores)
  if (panel === null) return insufficient('the held-out scores do not cover the tests of the training set')
  return measured({ rows: training, layout: found, scores: panel })
}
