/** The tests that a policy can set thresholds for: each takes one number from the analysis. A row here is a test. */
import type { GateRule } from '../../schemas/events/approval.ts'
import { insufficient, type Measured, measured } from '../../streams/statistics/measured.ts'
import { TRADING_DAYS } from '../../streams/statistics/sharpe.ts'
import type { Figure, Section } from './report-base.ts'
import type { Analysis, Sections } from './report-form.ts'

/** A number that a test can be judged on; what was not worked out fails like what is not there. */
export type Reading = Section<number>

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

type ValueOf<K extends keyof Sections> = Sections[K] extends Section<infer T> ? T : never

/** Reads a figure of a section; `why` is the reason where the figure does not exist. */
const from =
  <K extends keyof Sections>(
    name: K,
    figure: (found: ValueOf<K>) => Figure,
    why = 'the figure does not exist',
  ) =>
  ({ sections }: Analysis): Reading => {
    const section = sections[name] as Section<ValueOf<K>>
    return section.kind === 'measured' ? exists(figure(section.value), why) : section
  }

const exists = (value: Figure, why: string): Measured<number> =>
  value !== null && Number.isFinite(value) ? measured(value) : insufficient(why)

const negative = (value: Figure): Figure => (value === null ? null : -value)

const greatestBeta = ({ loadings }: ValueOf<'factors'> | ValueOf<'styles'>): number =>
  Math.max(...loadings.map(({ beta }) => Math.abs(beta)))

const atLeast = (from: number, to: number): Demand => ({ side: 'at-least', range: [from, to] })
const atMost = (from: number, to: number): Demand => ({ side: 'at-most', range: [from, to] })
/** An annual Sharpe ratio: what is beyond it nobody earns, and nobody loses. */
const RATIO = atLeast(-10, 10)
const T_VALUE = atLeast(-100, 100)
const GREAT_SHARE = atLeast(0, 1)
const SMALL_SHARE = atMost(0, 1)

const FLAT = 'the returns do not vary'

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
  pbo: {
    title: "Probability of backtest overfitting in the choice of the family's best",
    demand: SMALL_SHARE,
    of: from('overfitting', ({ probability }) => probability),
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

function costShare({ returnAnnual, costAnnual }: ValueOf<'performance'>): Figure {
  if (returnAnnual === null || costAnnual === null) return null
  return returnAnnual + costAnnual > 0 ? costAnnual / (returnAnnual + costAnnual) : null
}

function costPerTradeBps({ costAnnual, turnoverDaily }: ValueOf<'performance'>): Figure {
  if (costAnnual === null || turnoverDaily === null) return null
  return (10_000 * costAnnual) / (turnoverDaily * TRADING_DAYS)
}

function trackRecordShare(performance: Sections['performance'], { forms }: ValueOf<'sharpe'>): Figure {
  const needed = forms.find(({ form }) => form === '2012')?.minTrackRecordDays ?? null
  return performance.kind === 'measured' && needed !== null ? performance.value.days / needed : null
}

const backtestShare = (section: ValueOf<'sharpe'>['minBacktest']): Reading =>
  section.kind !== 'measured'
    ? section
    : section.value.years > 0
      ? measured(section.value.actualYears / section.value.years)
      : insufficient('one trial alone is no choice among trials')

function worstRegime({ regimes }: ValueOf<'regimes'>): Figure {
  const ratios = regimes.flatMap(({ cells }) =>
    cells.flatMap((cell) => (cell.psr === null || cell.sharpeAnnual === null ? [] : [cell.sharpeAnnual])),
  )
  return ratios.length === 0 ? null : Math.min(...ratios)
}

function worstEpisode({ episodes }: ValueOf<'stress'>): Figure {
  const returns = episodes.flatMap(({ totalReturn }) => (totalReturn === null ? [] : [totalReturn]))
  return returns.length === 0 ? null : -Math.min(...returns)
}
