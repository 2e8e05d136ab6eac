/** The tests that a policy can set thresholds for: each takes one number from the analysis. A row here is a test. */
import type { GateRule } from '../../schemas/events/approval.ts'
import { measured } from '../../streams/statistics/measured.ts'
import {
  backtestShare,
  costPerTradeBps,
  costShare,
  deflatedBy,
  exists,
  FLAT,
  from,
  greatestBeta,
  negative,
  nested,
  type Reading,
  trackRecordShare,
  worstEpisode,
  worstRegime,
} from './readings.ts'
import type { Analysis } from './report-form.ts'

/** The side of a threshold that asks for something, and the least and the greatest that a threshold may be. */
export type Demand = Readonly<{ side: GateRule['comparison']; range: readonly [number, number] }>

export type Measure = Readonly<{
  /** What it is, for the report. */
  title: string
  demand: Demand
  /** What a policy must name for it: a data set of factors, or sessions that are held out. */
  needs?: 'factors' | 'holdout'
  of: (analysis: Analysis) => Reading
}>

const atLeast = (from: number, to: number): Demand => ({ side: 'at-least', range: [from, to] })
const atMost = (from: number, to: number): Demand => ({ side: 'at-most', range: [from, to] })
/** An annual Sharpe ratio: what is beyond it nobody earns, and nobody loses. */
const RATIO = atLeast(-10, 10)
const T_VALUE = atLeast(-100, 100)
const GREAT_SHARE = atLeast(0, 1)
const SMALL_SHARE = atMost(0, 1)

/** It is worked out where a policy asks for it. */
export const LOOK_AHEAD = 'feature-label-ic'

export const MEASURES: Readonly<Record<string, Measure>> = {
  'held-out-days': {
    title: 'Days of held-out returns',
    demand: atLeast(0, 25_200),
    of: from('performance', ({ days }) => days),
  },
  'net-sharpe': {
    title: 'Annual Sharpe ratio, net of costs',
    demand: RATIO,
    of: from('performance', ({ sharpeAnnual }) => sharpeAnnual, FLAT),
  },
  'net-sharpe-lo': {
    title: 'Annual Sharpe ratio, net of costs, annualised with serial correlation',
    demand: RATIO,
    of: from('performance', ({ sharpeAnnualLo }) => sharpeAnnualLo, FLAT),
  },
  'return-t': {
    title: 'Mean net return over its error under autocorrelation',
    demand: T_VALUE,
    of: from('performance', ({ hac }) => hac.t, FLAT),
  },
  'max-drawdown': {
    title: 'Greatest loss from a peak, as a fraction of capital',
    demand: SMALL_SHARE,
    of: from('performance', ({ maxDrawdown }) => negative(maxDrawdown)),
  },
  'turnover-daily': {
    title: 'Value traded a day, as a fraction of capital',
    demand: atMost(0, 10),
    of: from('performance', ({ turnoverDaily }) => turnoverDaily),
  },
  'cost-share': {
    title: 'Costs as a share of what was earned before them',
    // Above 1 where costs are more than what was earned before them.
    demand: atMost(0, 10),
    of: from('performance', costShare, 'nothing was earned before costs'),
  },
  'cost-per-trade-bps': {
    title: 'Costs over the value traded, in basis points: nobody trades for nothing',
    demand: atLeast(0, 10_000),
    of: from('performance', costPerTradeBps, 'nothing was traded'),
  },
  'signed-commit': {
    title: "Whether the run's commit has a verified signature and its files were unchanged (1 or 0)",
    demand: GREAT_SHARE,
    of: ({ signedCommit }) => measured(signedCommit ? 1 : 0),
  },
  'walk-forward-share-below-zero': {
    title: 'Share of walk-forward blocks with a Sharpe ratio below 0',
    demand: SMALL_SHARE,
    of: from('walkForward', ({ shareBelowZero }) => shareBelowZero),
  },
  'walk-forward-latest-sharpe': {
    title: 'Annual Sharpe ratio of the latest walk-forward block',
    demand: RATIO,
    of: from('walkForward', ({ bars }) => bars.at(-1)?.sharpeAnnual ?? null, FLAT),
  },
  psr: {
    title: 'Probability that the true Sharpe ratio is above 0 (form of 2012)',
    demand: GREAT_SHARE,
    of: from('sharpe', ({ forms }) => forms.find(({ form }) => form === '2012')?.probability ?? null),
  },
  'psr-2025': {
    title: 'Probability that the true Sharpe ratio is above 0 (form of 2025, with autocorrelation)',
    demand: GREAT_SHARE,
    of: from('sharpe', ({ forms }) => forms.find(({ form }) => form === '2025')?.probability ?? null),
  },
  'min-track-record': {
    title: 'Held-out days over those needed to be sure of a Sharpe ratio above 0',
    demand: atLeast(0, 1000),
    of: ({ sections: { performance, sharpe } }) =>
      sharpe.kind !== 'measured'
        ? sharpe
        : exists(trackRecordShare(performance, sharpe.value), 'no length is enough for this ratio'),
  },
  'min-backtest-length': {
    title: 'Held-out years over those in which the best of the worthless trials would do as well',
    demand: atLeast(0, 1000),
    of: ({ sections: { sharpe } }) =>
      sharpe.kind !== 'measured' ? sharpe : backtestShare(sharpe.value.minBacktest),
  },
  dsr: {
    title: 'Deflated Sharpe ratio over all trials that count, the least of its forms',
    demand: GREAT_SHARE,
    of: from('deflation', ({ probability }) => probability),
  },
  'dsr-raw': {
    title: 'Deflated Sharpe ratio over all trials that count, by the error of a worthless one',
    demand: GREAT_SHARE,
    of: deflatedBy('null'),
  },
  'dsr-clusters': {
    title: 'Deflated Sharpe ratio over clusters of like trials, by the error of a worthless trial',
    demand: GREAT_SHARE,
    of: deflatedBy('null-clusters'),
  },
  'step-down-p': {
    title: 'Chance that any of the trials that count would do as well as this one without skill (step-down)',
    demand: SMALL_SHARE,
    of: from('familywise', ({ pValue }) => pValue),
  },
  'discovery-rate': {
    title: 'Least false discovery rate among the trials that count at which it is a discovery',
    demand: SMALL_SHARE,
    of: from('familywise', ({ falseDiscoveryRate }) => falseDiscoveryRate),
  },
  pbo: {
    title: "Probability of backtest overfitting in the choice of the family's best",
    demand: SMALL_SHARE,
    of: from('overfitting', ({ probability }) => probability),
  },
  'overfit-loss': {
    title: "Share of splits in which the family's best over one half loses money over the other",
    demand: SMALL_SHARE,
    of: from('overfitting', ({ lossProbability }) => lossProbability),
  },
  'cpcv-share-below-zero': {
    title: 'Share of cross-validated paths with a Sharpe ratio below 0',
    demand: SMALL_SHARE,
    of: from('crossValidation', ({ shareBelowZero }) => shareBelowZero),
  },
  'cpcv-median-sharpe': {
    title: 'Median annual Sharpe ratio of the cross-validated paths',
    demand: RATIO,
    of: from('crossValidation', ({ medianSharpe }) => medianSharpe),
  },
  'drawdown-95': {
    title: 'Loss from a peak that 5 of 100 reordered histories exceed',
    demand: SMALL_SHARE,
    of: from('drawdown', ({ p05 }) => -p05),
  },
  'reality-check-p': {
    title: "Chance that the family's best is no better than nothing (Hansen's consistent p)",
    demand: SMALL_SHARE,
    of: from('reality', ({ superiorP }) => superiorP.consistent),
  },
  'ic-mean': {
    title: 'Mean rank correlation of scores and labels',
    demand: atLeast(-1, 1),
    of: from('information', ({ mean }) => mean),
  },
  'ic-t': {
    title: 'Mean rank correlation of scores and labels over its error',
    demand: T_VALUE,
    of: from('information', ({ t }) => t),
  },
  [LOOK_AHEAD]: {
    title:
      'Greatest absolute rank correlation of one feature alone with the label: of what is to be forecast, and not of a forecast',
    demand: SMALL_SHARE,
    of: ({ lookAhead }) =>
      lookAhead?.kind === 'measured'
        ? measured(Math.abs(lookAhead.value.features[0].correlation))
        : (lookAhead ?? { kind: 'not-worked-out', reason: 'the policy does not ask for it' }),
  },
  'capacity-usd': {
    title: 'Capital at which half of the Sharpe ratio is left',
    demand: atLeast(0, 1e14),
    of: from('capacity', ({ atHalfSharpe }) => atHalfSharpe),
  },
  'factor-beta-max': {
    title: 'Greatest absolute beta on a given factor',
    demand: atMost(0, 100),
    needs: 'factors',
    of: from('factors', greatestBeta),
  },
  'style-beta-max': {
    title: 'Greatest absolute beta on a style of the training set itself',
    demand: atMost(0, 100),
    of: from('styles', greatestBeta),
  },
  'alpha-t': {
    title: 'Return that factors and styles do not explain, over its error under autocorrelation',
    demand: T_VALUE,
    of: from('alpha', ({ t }) => t, 'factors and styles explain all of it'),
  },
  'regime-worst-sharpe': {
    title: 'Least annual Sharpe ratio in a regime that is large enough',
    demand: RATIO,
    of: from('regimes', worstRegime, 'no regime has days enough'),
  },
  'stress-worst-loss': {
    title: 'Greatest loss over an episode of stress, its own or replayed',
    demand: SMALL_SHARE,
    of: from('stress', worstEpisode, 'no episode is covered'),
  },
  'sharpe-doubled-costs': {
    title: 'Annual Sharpe ratio, net of twice the costs',
    demand: RATIO,
    of: from('sensitivity', ({ doubledCosts }) => doubledCosts, FLAT),
  },
  'sharpe-delayed': {
    title: 'Annual Sharpe ratio, net, with every decision traded one session later',
    demand: RATIO,
    of: nested('delayed', ({ sharpeAnnual }) => sharpeAnnual, FLAT),
  },
  'sharpe-without-best-days': {
    title: 'Annual Sharpe ratio, net, without the ten best days',
    demand: RATIO,
    of: from('sensitivity', ({ withoutBestDays }) => withoutBestDays.sharpeAnnual, FLAT),
  },
  'best-days-share': {
    title: 'Share of all that was earned that the ten best days are',
    demand: atMost(0, 10),
    of: from('sensitivity', ({ withoutBestDays }) => withoutBestDays.share, 'nothing was earned'),
  },
  'best-name-share': {
    title: 'Share of what was earned before costs that the best name is',
    demand: atMost(0, 10),
    of: nested('names', ({ top1 }) => top1, 'nothing was earned'),
  },
  'top-names-share': {
    title: 'Share of what was earned before costs that the five best names are',
    demand: atMost(0, 10),
    of: nested('names', ({ top5 }) => top5, 'nothing was earned'),
  },
  'false-alarm-year': {
    title: 'Chance that the Sharpe rule fires within a year of returns like the backtest',
    demand: SMALL_SHARE,
    of: from('watch', ({ anyBreach }) => anyBreach),
  },
  'holdout-sharpe': {
    title: 'Annual Sharpe ratio on the holdout, net of costs',
    demand: RATIO,
    needs: 'holdout',
    of: from('holdout', ({ sharpeAnnual }) => sharpeAnnual, FLAT),
  },
  'holdout-psr': {
    title: 'Probability that the true Sharpe ratio is above 0, by the holdout alone',
    demand: GREAT_SHARE,
    needs: 'holdout',
    of: from('holdout', ({ probability }) => probability),
  },
}

/** Undefined for what is no test, the names that every object answers to among it. */
export const measureOf = (test: string): Measure | undefined =>
  Object.hasOwn(MEASURES, test) ? MEASURES[test] : undefined
