/** What the gate's report holds: the shape of its canonical JSON, for those who show it, read it or check it. */
import type { LabelSpec, PortfolioSpec, RunSpec } from '../../schemas/events/experiment.ts'
import type { Depth, TestResult } from '../../schemas/events/model.ts'
import type { Relation } from '../../schemas/relation.ts'
import type { LookAheadForm } from './look-ahead.ts'
import type { Figure, Section } from './report-base.ts'
import type { HoldoutForm, MarginalForm } from './report-governance.ts'
import type {
  AlphaForm,
  CapacityForm,
  FactorsForm,
  RegimesForm,
  StressForm,
  StylesForm,
  VendorExposuresForm,
} from './report-market.ts'
import type {
  CrossValidationForm,
  DeflationForm,
  DrawdownForm,
  FamilywiseForm,
  InformationForm,
  OverfittingForm,
  PerformanceForm,
  PowerForm,
  RealityForm,
  SensitivityForm,
  SharpeForm,
  WalkForwardForm,
  WatchForm,
} from './report-sections.ts'

export const REPORT_FORM = 'asof.gate-report.v2'

/** A threshold, what was measured, and where it is null the reason. */
export type JudgedTest = TestResult & Readonly<{ title: string; reason: string | null }>

export type Costs = Pick<PortfolioSpec, 'spreadBps' | 'commissionBps' | 'borrowBps' | 'impact'>

export type FormulaForm = Readonly<{ name: string; formula: string; unit: string }>

/** One run of the ledger, whatever became of it; `sharpeAnnual` is net, over its own held-out days. */
export type LedgerEntry = Readonly<{
  run: string
  family: string
  /** Why it counts. */
  relation: Relation
  status: 'running' | 'finished' | 'failed'
  /** The log position at which it was started. */
  started: number
  sharpeAnnual: Figure
  /** How many of the candidate's sessions it was held out on. */
  sharedSessions: number
  /** The least false discovery rate at which it would be a discovery, under any dependence among the trials. */
  adjustedP: number
  /** The cluster of like trials that it is in, from 1; null where it has no returns that vary. */
  cluster: number | null
  candidate: boolean
}>

/** The held-out days, one entry each. Moments are microseconds; the rest are fractions of capital, `equity` from 1. */
export type SeriesForm = Readonly<{
  moments: readonly number[]
  gross: readonly Figure[]
  cost: readonly Figure[]
  net: readonly Figure[]
  equity: readonly Figure[]
  drawdown: readonly Figure[]
}>

export type GateReport = Readonly<{
  form: typeof REPORT_FORM
  model: string
  artifact: string
  run: RunSpec
  /** What it was trained to forecast, and from what: the formulas as they were computed. */
  formulas: Readonly<{
    /** Null where the label is not known. */
    label: LabelSpec | null
    /** Those of the model's features, and those of its set that the run does not use. */
    features: readonly FormulaForm[]
    unused: readonly FormulaForm[]
  }>
  /** What its book is traded at here, and which items of the run's own costs the policy raised, by name. */
  costs: Readonly<{ judged: Costs; raised: readonly string[] }>
  /** The log position at which trials and returns were read. */
  readAt: number
  depth: Depth
  policy: Readonly<{ version: number; digest: string; note: string }>
  verdict: 'passed' | 'refused'
  tests: readonly JudgedTest[]
  /** Whether the run's commit had a verified signature and its files were unchanged. */
  signedCommit: boolean
  /** How well each feature alone ranks the label; left out where the policy does not ask. */
  lookAhead?: Section<LookAheadForm>
  ledger: Readonly<{
    family: string
    /** All trials that count, and of them those of other families: each says why. */
    started: number
    fromOtherFamilies: number
    finished: number
    /** Requests to judge this file before this one, for whatever model and under whatever policy. */
    earlierRequests: number
    /** The candidate's sessions: comparisons across trials are made on these. */
    sessions: number
    /** How many trials are discoveries at this false discovery rate. */
    discoveries: Readonly<{ rate: number; trials: number }>
    trials: readonly LedgerEntry[]
  }>
  sections: Sections
  series: SeriesForm
}>

export type Sections = Readonly<{
  performance: Section<PerformanceForm>
  walkForward: Section<WalkForwardForm>
  sharpe: Section<SharpeForm>
  deflation: Section<DeflationForm>
  overfitting: Section<OverfittingForm>
  crossValidation: Section<CrossValidationForm>
  drawdown: Section<DrawdownForm>
  familywise: Section<FamilywiseForm>
  reality: Section<RealityForm>
  information: Section<InformationForm>
  capacity: Section<CapacityForm>
  factors: Section<FactorsForm>
  styles: Section<StylesForm>
  alpha: Section<AlphaForm>
  /** The question of `styles` to a vendor's model, where the policy names one. */
  vendorExposures: Section<VendorExposuresForm>
  regimes: Section<RegimesForm>
  stress: Section<StressForm>
  sensitivity: Section<SensitivityForm>
  watch: Section<WatchForm>
  power: Section<PowerForm>
  marginal: Section<MarginalForm>
  holdout: Section<HoldoutForm>
}>

/** What was worked out about a candidate, before any threshold is looked at. */
export type Analysis = Pick<GateReport, 'signedCommit' | 'lookAhead' | 'sections'>
