/** The parts of the gate's report that look outward: capacity, factors, styles, regimes and stress. */
import type { Figure } from './report-base.ts'

export type CapacityForm = Readonly<{
  /** What is assumed where the data have no volume. */
  assumptions: Readonly<{ model: string; advUsd: number; dailyVolatility: number; capitalUsd: number }>
  /** Names of which the data have volume: those trade their own median a day. */
  namesWithVolume: number
  /** Annual ratio before impact: spread, commission and borrow are paid. */
  sharpeBeforeImpact: Figure
  curve: readonly Readonly<{
    capitalUsd: number
    sharpeAnnual: Figure
    impactAnnual: Figure
    /** Of a name's daily volume, on the mean and on the busiest trade. */
    meanParticipation: Figure
    maxParticipation: Figure
  }>[]
  /** Capital at half of the ratio before impact, at the policy's least net ratio, and at none; null where there is none. */
  atHalfSharpe: Figure
  atThreshold: Figure
  atZero: Figure
  /** To sell the greatest position at `liquidationShare` of its daily volume, at the capital assumed. */
  daysToLiquidate: Figure
  liquidationShare: number
}>

export type LoadingForm = Readonly<{ factor: string; beta: number; standardError: number; t: Figure }>

/** Betas through time on factor returns that were given, by day; errors of Newey & West. */
export type FactorsForm = Readonly<{
  dataset: string
  /** Of the regression: months for factors that are monthly. */
  periodsPerYear: Figure
  alpha: LoadingForm
  loadings: readonly LoadingForm[]
  rSquared: number
  conditionNumber: number
  days: number
  lags: number
}>

/** One regression on everything that is known to be had elsewhere: the factors that the policy names and the styles. */
export type AlphaForm = Readonly<{
  /** Null where the policy names no data set of factors: the styles stand alone. */
  dataset: string | null
  /** What is left per year, with its error and its t. */
  alphaAnnual: number
  standardErrorAnnual: number
  t: Figure
  loadings: readonly LoadingForm[]
  rSquared: number
  conditionNumber: number
  /** Days of the regression, and the share of the held-out days that they are. */
  days: number
  coverage: number
  lags: number
}>

/** A cross-sectional model of the training set's own returns, and what the strategy owes to it. */
export type StylesForm = Readonly<{
  /** Of the model: annual return of each factor with its t, and the mean R² of a day. */
  factors: readonly Readonly<{ factor: string; returnAnnual: number; t: Figure }>[]
  meanRSquared: number
  /** Of the strategy on the model's factor returns. */
  /** Of the regression: months for factors that are monthly. */
  periodsPerYear: Figure
  alpha: LoadingForm
  loadings: readonly LoadingForm[]
  rSquared: number
  conditionNumber: number
  days: number
  lags: number
  /** One cross-section in so many days. */
  everyDays: number
}>

/** What the book is exposed to by a vendor's factors, each day by what was known when the book was decided. */
export type VendorExposuresForm = Readonly<{
  dataset: string
  /** The book's mean exposure, and the factor's return in cross-sections of the book's market; both with their t. */
  factors: readonly Readonly<{
    factor: string
    meanExposure: Figure
    exposureT: Figure
    returnAnnual: Figure
    returnT: Figure
  }>[]
  /** Of a day's cross-section. */
  meanRSquared: number
  /** 1 − Var(gross − Σ exposure × factor return) / Var(gross). */
  varianceExplained: Figure
  /** Of the book's absolute weight, the share that has exposures. */
  meanCoverage: number
  days: number
  daysLeftOut: number
  /** Factors that were a combination of those before them, and on how many days: such days are left out. */
  collinear: readonly Readonly<{ factor: string; days: number }>[]
}>

/** One way of telling markets apart; labels were known before each day began. */
export type RegimeForm = Readonly<{
  regime: string
  /** How the label is made. */
  rule: string
  cells: readonly Readonly<{
    label: string
    days: number
    sharpeAnnual: Figure
    returnAnnual: Figure
    psr: Figure
    reason: string | null
  }>[]
  unlabelledDays: number
  /** Why it could not be looked at; null where it was. */
  reason: string | null
}>
export type RegimesForm = Readonly<{ regimes: readonly RegimeForm[] }>

/** `own` is what the strategy did, `replayed` what its factor loadings would have done. */
export type EpisodeForm = Readonly<{
  episode: string
  from: string
  to: string
  kind: 'own' | 'replayed' | 'insufficient'
  days: number | null
  totalReturn: Figure
  worstDay: Figure
  worstDayAt: number | null
  maxDrawdown: Figure
  reason: string | null
}>
export type StressForm = Readonly<{ episodes: readonly EpisodeForm[] }>
