/** The candidate in calm and in rough markets, by labels that were known before each day began. */
import { insufficient, type Measured, measured } from '../../../streams/statistics/measured.ts'
import { meanOf, sdOf } from '../../../streams/statistics/moments.ts'
import type { Days } from '../days.ts'
import type { GivenData } from '../evidence.ts'
import { seriesOf } from '../given.ts'
import { type Market, rolling } from '../market.ts'
import { labelsKnownBefore, type RegimeChange, regimes } from '../regimes.ts'
import type { RegimeForm, RegimesForm } from '../report-market.ts'

const VOLATILITY_DAYS = 63
const DISPERSION_DAYS = 21
const RATES_DAYS = 63
/** A median of fewer past values is no threshold yet. */
const LEAST_PAST = 252

type Labelled = Readonly<{ regime: string; rule: string; labels: readonly (string | null)[] }>

export function regimesSection(days: Days, market: Market, rates: GivenData | null): Measured<RegimesForm> {
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
      ratesRegime(days, rates),
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
    past.splice(placeOf(past, value), 0, value)
  }
  return changes
}

function placeOf(ascending: readonly number[], value: number): number {
  let [low, high] = [0, ascending.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ascending[middle] < value) low = middle + 1
    else high = middle
  }
  return low
}

function ratesRegime(days: Days, rates: GivenData | null): RegimeForm {
  const rule = `the level against that ${RATES_DAYS} values before, as it was known at the close before`
  const nothing = { regime: 'rates', rule, cells: [], unlabelledDays: days.net.length }
  if (rates === null) return { ...nothing, reason: 'the policy names no data set of rates' }
  const [level] = seriesOf(rates)
  if (level === undefined)
    return { ...nothing, reason: `nothing of the data set ${rates.dataset} has arrived` }
  const changes = Array.from(level.values, (value, i): RegimeChange | null =>
    i < RATES_DAYS
      ? null
      : { knownAt: level.knownAt[i], label: value > level.values[i - RATES_DAYS] ? 'up' : 'down' },
  ).filter((change) => change !== null)
  return cellsOf(days, { regime: 'rates', rule, labels: labelsKnownBefore(dayStarts(days), changes) })
}

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
