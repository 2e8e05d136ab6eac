/** How a test takes its one number from the analysis, and what stands for it where there is none. */
import { insufficient, type Measured, measured } from '../../streams/statistics/measured.ts'
import type { Figure, Section } from './report-base.ts'
import type { Analysis, Sections } from './report-form.ts'

/** A number that a test can be judged on; what was not worked out fails like what is not there. */
export type Reading = Section<number>

type ValueOf<K extends keyof Sections> = Sections[K] extends Section<infer T> ? T : never

/** Reads a figure of a section; `why` is the reason where the figure does not exist. */
export const from =
  <K extends keyof Sections>(
    name: K,
    figure: (found: ValueOf<K>) => Figure,
    why = 'the figure does not exist',
  ) =>
  ({ sections }: Analysis): Reading => {
    const section = sections[name] as Section<ValueOf<K>>
    return section.kind === 'measured' ? exists(figure(section.value), why) : section
  }

export const exists = (value: Figure, why: string): Measured<number> =>
  value !== null && Number.isFinite(value) ? measured(value) : insufficient(why)

export const negative = (value: Figure): Figure => (value === null ? null : -value)

/** Of one way to deflate, whatever the others say. */
export const deflatedBy = (basis: string) =>
  from('deflation', ({ rows }) => rows.find((row) => row.basis === basis)?.probability ?? null)

export const greatestBeta = ({ loadings }: ValueOf<'factors'> | ValueOf<'styles'>): number =>
  Math.max(...loadings.map(({ beta }) => Math.abs(beta)))

export const FLAT = 'the returns do not vary'

type Nested = Pick<ValueOf<'sensitivity'>, 'delayed' | 'names'>
type InnerOf<K extends keyof Nested> = Nested[K] extends Section<infer T> ? T : never

/** Of a part of the sensitivity that may be missing by itself. */
export function nested<K extends keyof Nested>(part: K, figure: (found: InnerOf<K>) => Figure, why: string) {
  return ({ sections: { sensitivity } }: Analysis): Reading => {
    if (sensitivity.kind !== 'measured') return sensitivity
    const inner = sensitivity.value[part] as Section<InnerOf<K>>
    return inner.kind === 'measured' ? exists(figure(inner.value), why) : inner
  }
}

export function costShare({ returnAnnual, costAnnual }: ValueOf<'performance'>): Figure {
  if (returnAnnual === null || costAnnual === null) return null
  return returnAnnual + costAnnual > 0 ? costAnnual / (returnAnnual + costAnnual) : null
}

export function costPerTradeBps({
  costAnnual,
  turnoverDaily,
  periodsPerYear,
}: ValueOf<'performance'>): Figure {
  if (costAnnual === null || turnoverDaily === null || periodsPerYear === null) return null
  return (10_000 * costAnnual) / (turnoverDaily * periodsPerYear)
}

export function trackRecordShare(performance: Sections['performance'], { forms }: ValueOf<'sharpe'>): Figure {
  const needed = forms.find(({ form }) => form === '2012')?.minTrackRecordDays ?? null
  return performance.kind === 'measured' && needed !== null ? performance.value.days / needed : null
}

export const backtestShare = (section: ValueOf<'sharpe'>['minBacktest']): Reading =>
  section.kind !== 'measured'
    ? section
    : section.value.years > 0
      ? measured(section.value.actualYears / section.value.years)
      : insufficient('one trial alone is no choice among trials')

export function worstRegime({ regimes }: ValueOf<'regimes'>): Figure {
  const ratios = regimes.flatMap(({ cells }) =>
    cells.flatMap((cell) => (cell.psr === null || cell.sharpeAnnual === null ? [] : [cell.sharpeAnnual])),
  )
  return ratios.length === 0 ? null : Math.min(...ratios)
}

export function worstEpisode({ episodes }: ValueOf<'stress'>): Figure {
  const returns = episodes.flatMap(({ totalReturn }) => (totalReturn === null ? [] : [totalReturn]))
  return returns.length === 0 ? null : -Math.min(...returns)
}
