/** The parts of the gate's report that rest on the strategy's own returns and on the trials of its family. */
import type { Figure, Section } from './report-base.ts'

/** Per day unless named annual. */
export type PerformanceForm = Readonly<{
  days: number
  /** Sessions a year, by their spacing: what the annual figures are of. */
  periodsPerYear: Figure
  /** The first and last moment. */
  from: number
  to: number
  sharpeDaily: Figure
  sharpeAnnual: Figure
  sharpeAnnualGross: Figure
  /** With serial correlation: Lo (2002), equation 20, autocorrelations up to `loLags` and 0 beyond. */
  sharpeAnnualLo: Figure
  loLags: number
  /** The mean return, annual, with the error of Newey & West (1987). */
  returnAnnual: Figure
  hac: Readonly<{ standardErrorAnnual: Figure; t: Figure; lags: number }>
  volatilityAnnual: Figure
  skew: Figure
  kurtosis: Figure
  costAnnual: Figure
  turnoverDaily: Figure
  /** As a fraction below 0. */
  maxDrawdown: Figure
}>

/** One test block of the purged walk-forward; `from` inclusive, `to` its last moment. */
export type WalkForwardBar = Readonly<{
  fold: number
  from: number
  to: number
  days: number
  sharpeAnnual: Figure
  returnAnnual: Figure
  maxDrawdown: Figure
}>
export type WalkForwardForm = Readonly<{
  bars: readonly WalkForwardBar[]
  shareBelowZero: number
  worst: Figure
}>

/** One published form of the probabilistic Sharpe ratio; `minTrackRecordDays` is null where no length is enough. */
export type PsrForm = Readonly<{
  form: '2012' | '2025'
  probability: number
  standardError: number
  minTrackRecordDays: Figure
  confidence: number
  autocorrelation: number
}>
export type SharpeForm = Readonly<{
  forms: readonly PsrForm[]
  /** How long a backtest must be for the best of this many worthless trials not to reach the ratio by luck. */
  minBacktest: Section<
    Readonly<{ trials: number; years: number; upperBoundYears: number; actualYears: number }>
  >
}>

/** One way of deflating; ratios are per day. The judged one has the least probability of those that count. */
export type DeflationRow = Readonly<{
  basis: string
  trials: number
  variance: number
  benchmark: number
  benchmarkAnnual: number
  probability: number
  judged: boolean
}>
export type DeflationForm = Readonly<{
  probability: number
  basis: string
  undeflated: number
  rows: readonly DeflationRow[]
  identicalTrials: boolean
  /** Independent trials that the family is worth, and how alike they are. */
  effective: Section<
    Readonly<{
      trials: number
      excluded: number
      meanCorrelation: Figure
      implied: number
      /** Null in a large family where the spectrum cannot come to more than `implied`. */
      effectiveRank: Figure
    }>
  >
  /** Clusters of like trials, the silhouettes' mean over their deviation, and the ratio of each cluster's portfolio. */
  clusters: Section<Readonly<{ clusters: number; quality: Figure; sharpesAnnual: readonly Figure[] }>>
  /** The probability had there been so many trials, by the judged basis's variance. */
  againstTrials: readonly Readonly<{ trials: number; probability: number; benchmarkAnnual: number }>[]
}>

/** Counts of values in equal bins; `edges` has one entry more than `counts`. */
export type Histogram = Readonly<{ edges: readonly number[]; counts: readonly number[] }>

export type OverfittingForm = Readonly<{
  probability: number
  blocks: number
  splits: number
  rows: number
  strategies: number
  excluded: number
  ties: number
  lossProbability: number
  degradation: Readonly<{ slope: Figure; intercept: Figure }>
  dominance: Readonly<{ first: boolean; second: boolean }>
  logits: Histogram
}>

/** One path: its own ratio, and its equity at the moments of `CrossValidationForm.moments`. */
export type PathForm = Readonly<{
  sharpeAnnual: Figure
  maxDrawdown: Figure
  equity: readonly Figure[]
}>
export type CrossValidationForm = Readonly<{
  groups: number
  testGroups: number
  folds: number
  embargoDays: number
  days: number
  /** Samples that the folds left out of training, in all. */
  purged: number
  embargoed: number
  meanSharpe: Figure
  medianSharpe: Figure
  sdSharpe: Figure
  shareBelowZero: number
  worstDrawdown: Figure
  /** At most 500 of the days, the first and the last among them. */
  moments: readonly number[]
  paths: readonly PathForm[]
}>

export type DrawdownForm = Readonly<{
  realised: number
  paths: number
  blockLength: number
  /** Worst drawdowns of paths, as fractions below 0; 5 paths of 100 fall below `p05`. */
  p01: number
  p05: number
  p25: number
  median: number
  p75: number
  distribution: Histogram
}>

/** Is the family's best better than nothing once all that were tried are counted? White (2000), Hansen (2005). */
export type RealityForm = Readonly<{
  best: string
  bestStudentised: string
  whiteP: number
  superiorP: Readonly<{ lower: number; consistent: number; upper: number }>
  strategies: number
  excluded: number
  draws: number
  blockLength: number
}>

/** The candidate's own p-value with the family-wise error of all trials that count controlled: Romano & Wolf (2005). */
export type FamilywiseForm = Readonly<{
  pValue: number
  /** Its mean over its bootstrap error, and how many trials have a greater one. */
  t: number
  better: number
  /** The least rate at which it would be a discovery by itself, under any dependence (Benjamini & Yekutieli 2001). */
  falseDiscoveryRate: Figure
  /** The trials that are better than nothing at this family-wise error. */
  discoveries: Readonly<{ size: number; runs: readonly string[] }>
  /** Trials compared over the candidate's days, and those that left no returns and count whole. */
  compared: number
  uncounted: number
  draws: number
  blockLength: number
}>

/** What the returns are without what they rest on most; ratios are annual and net. */
export type SensitivityForm = Readonly<{
  /** Every cost twice. */
  doubledCosts: Figure
  /** Every decision traded one session later. */
  delayed: Section<Readonly<{ sessions: number; sharpeAnnual: Figure }>>
  /** Without the days that earned most, and the share of all that was earned that they are. */
  withoutBestDays: Readonly<{ days: number; sharpeAnnual: Figure; share: Figure }>
  /** Shares of what was earned before costs: of the name that earned most, and of the five that did. */
  names: Section<
    Readonly<{
      top1: Figure
      top5: Figure
      best: readonly Readonly<{ name: string; share: Figure }>[]
    }>
  >
}>

export type DecayPoint = Readonly<{
  horizonDays: number
  mean: Figure
  standardError: Figure
  t: Figure
  dates: number
  reason: string | null
}>
export type InformationForm = Readonly<{
  /** Against the label that was trained on, whose window is so many days. */
  horizonDays: number
  mean: number
  standardError: number
  /** As a normal deviate: few degrees of freedom are paid for. */
  t: Figure
  freedom: number
  ratio: Figure
  hitRate: number
  dates: number
  undefinedDates: number
  /** Against the return of the so many days after the entry. */
  decay: readonly DecayPoint[]
  /** Mean label per quantile, lowest scores first; the highest less the lowest, with its error. */
  quantiles: Section<Readonly<{ means: readonly Figure[]; spread: Figure; standardError: Figure; t: Figure }>>
  /** Daily share of names that are new in the lowest and the highest quantile. */
  turnover: Readonly<{ lowest: Figure; highest: Figure }>
}>

/** The loss limits, and the share of paths on which each is reached at least once within the days of `WatchForm`. */
export type LossAlarms = Readonly<{
  dayLoss: number
  drawdown: number
  fractionAfter: number
  anyDay: number
  anyDrawdown: number
  either: number
}>

/** The rule that cuts live capital: how often it fires on returns exactly like the backtest's. */
export type WatchForm = Readonly<{
  windowDays: number
  deviations: number
  direction: 'below' | 'either'
  expected: number
  deviation: number
  days: number
  paths: number
  blockLength: number
  /** The chance of at least one breach within `days`. */
  anyBreach: number
  alarmsPerPath: number
  /** The same for the always-valid test. */
  alwaysValid: number
  /** Null for a policy without loss limits. */
  losses: LossAlarms | null
}>

/** What the gate's own Sharpe test can see, at this length and shape of record. */
export type PowerForm = Readonly<{
  confidence: number
  priorTrue: number
  rows: readonly Readonly<{
    trueSharpeAnnual: number
    /** The chance that a strategy this good passes against 0, and against what the family's best would show by luck. */
    power: number
    powerDeflated: Figure
    plannedFalseDiscovery: number
    observedFalseDiscovery: number
  }>[]
}>
