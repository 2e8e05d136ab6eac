/** The candidate in calm and in rough markets, by labels that were known before each day began. */
import { firstAtLeast } from '../../../schemas/kernel/search.ts'
import { insufficient, type Measured, measured } from '../../../streams/statistics/measured.ts'
import { meanOf, sdOf } from '../../../streams/statistics/moments.ts'
import type { Days } from '../days.ts'
import type { GateEvidence, Given } from '../evidence.ts'
import { type GivenSeries, seriesOf } from '../given.ts'
import { type Market, rolling } from '../market.ts'
import { labelsKnownBefore, type RegimeChange, regimes } from '../regimes.ts'
import type { RegimeForm, RegimesForm } from '../report-market.ts'

const VOLATILITY_DAYS = 63
const DISPERSION_DAYS = 21
const RATES_DAYS = 63
/** A median of fewer past values is no threshold yet. */
const LEAST_PAST = 252

type Labelled = Readonly<{ regime: string; rule: string; labels: readonly (string | null)[] }>

export function regimesSection(
  days: Days,
  market: Market,
  { rates, volatility }: Pick<GateEvidence, 'rates' | 'volatility'>,
): Measured<RegimesForm> {
  if (days.net.length === 0) return insufficient('there are no held-out days')
  const levels = (indicator: Float64Array) =>
    labelsKnownBefore(dayStarts(days), levelChanges(market.moments, indicator))
  const above = 'above the median of its own past, as of the close before'
  return measured({
    regimes: [
      cellsOf(days, {
        regime: 'volatility',
        rule: `deviation of the market over ${VOLATILITY_DAYS} days, ${above}`,
        labels: levels(rolling(market.market, VOLATILITY_DAYS, sdOf)),
      }),
      cellsOf(days, {
        regime: 'dispersion',
        rule: `deviation across names, mean over ${DISPERSION_DAYS} days, ${above}`,
        labels: levels(rolling(market.dispersion, DISPERSION_DAYS, meanOf)),
      }),
      regimeOf(days, volatility, {
        ...{ regime: 'implied volatility', what: 'implied volatility' },
        rule: `the level of the data set, ${above}`,
        changes: ({ knownAt, values }) => levelChanges(knownAt, values),
      }),
      regimeOf(days, rates, {
        ...{ regime: 'rates', what: 'rates' },
        rule: `the level against that ${RATES_DAYS} values before, as it was known at the close before`,
        changes: trendChanges,
      }),
    ],
  })
}

/** A day's return begins at the close before it; the first day has none before it. */
const dayStarts = ({ decidedAt }: Days): Float64Array =>
  decidedAt.map((_, day) => (day === 0 ? Number.NEGATIVE_INFINITY : decidedAt[day - 1]))

/** 'high' or 'low' against the median of all values before; known at the close that it is about. */
function levelChanges(moments: Float64Array, indicator: Float64Array): readonly RegimeChange[] {
  const past: number[] = []
  const changes: RegimeChange[] = []
  for (const [day, value] of indicator.entries()) {
    if (!Number.isFinite(value)) continue
    if (past.length >= LEAST_PAST) {
      const median = (past[(past.length - 1) >>> 1] + past[past.length >>> 1]) / 2
      changes.push({ knownAt: moments[day], label: value > median ? 'high' : 'low' })
    }
    past.splice(firstAtLeast(past, value), 0, value)
  }
  return changes
}

type GivenRegime = Readonly<{
  regime: string
  rule: string
  /** What the data set would hold. */
  what: string
  changes: (level: GivenSeries) => readonly RegimeChange[]
}>

/** By the first entity of a data set that the policy names. */
function regimeOf(days: Days, given: Given, { regime, rule, what, changes }: GivenRegime): RegimeForm {
  const nothing = (reason: string) => ({
    ...{ regime, rule, cells: [], unlabelledDays: days.net.length },
    reason,
  })
  if (given === null) return nothing(`the policy names no data set of ${what}`)
  if (given.kind === 'insufficient') return nothing(given.reason)
  const [level] = seriesOf(given.value)
  if (level === undefined) return nothing(`nothing of the data set ${given.value.dataset} has arrived`)
  return cellsOf(days, { regime, rule, labels: labelsKnownBefore(dayStarts(days), changes(level)) })
}

const trendChanges = ({ knownAt, values }: GivenSeries): readonly RegimeChange[] =>
  Array.from(values.subarray(RATES_DAYS), (value, i) => ({
    knownAt: knownAt[i + RATES_DAYS],
    label: value > values[i] ? 'up' : 'down',
  }))

function cellsOf(days: Days, { regime, rule, labels }: Labelled): RegimeForm {
  const { cells, unlabelled } = regimes(days.net, labels, { periodsPerYear: days.periodsPerYear })
  return {
    regime,
    rule,
    cells: cells.map(({ label, n, mean, sharpeAnnual, psr }) => ({
      label,
      days: n,
      sharpeAnnual,
      returnAnnual: mean * days.periodsPerYear,
      psr: psr.kind === 'measured' ? psr.value.probability : null,
      reason: psr.kind === 'measured' ? null : psr.reason,
    })),
    unlabelledDays: unlabelled,
    reason: cells.length === 0 ? 'no day has a label' : null,
  }
}
