/** The ratio deflated by the whole ledger of its family, and what it would be had there been more trials or fewer. */
import { expectedMaximum } from '../../../streams/statistics/expected-maximum.ts'
import { type Measured, measured } from '../../../streams/statistics/measured.ts'
import { annualise, TRADING_DAYS } from '../../../streams/statistics/sharpe.ts'
import { type Deflation, deflatedSharpe } from '../deflated-sharpe.ts'
import type { Family } from '../family.ts'
import { probabilisticSharpe, type TrackRecord } from '../psr.ts'
import type { DeflationForm } from '../report-sections.ts'
import { mapped } from '../section.ts'
import type { TrialClusters } from '../trial-clusters.ts'

const NUMBERS_OF_TRIALS = [1, 2, 3, 5, 10, 20, 30, 45, 60, 100, 200, 300, 500, 1000, 3000, 10_000] as const

export function deflation(
  record: Measured<TrackRecord>,
  family: Family,
  periodsPerYear: number = TRADING_DAYS,
): Measured<DeflationForm> {
  if (record.kind === 'insufficient') return record
  const { effective, clusters, sharpes, trials } = family
  const annual = (ratio: number): number => annualise(ratio, periodsPerYear)
  const related = effective.kind === 'measured' ? effective.value : undefined
  const found = deflatedSharpe(record.value, {
    trials: trials.length,
    trialSharpes: sharpes,
    ...(related && {
      meanCorrelation: related.meanCorrelation,
      // A trial without returns that vary is like no other that is known: it counts whole.
      effectiveTrials: related.effective + trials.length - related.trials,
    }),
    ...(clusters.kind === 'measured' && { clusterSharpes: clusters.value.sharpes }),
    clusters: clusters.kind === 'measured' ? differentOf(clusters.value, trials.length) : trials.length,
  })
  if (found.kind === 'insufficient') return found
  const { judged, deflations, undeflated, identicalTrials } = found.value
  return measured({
    probability: judged.probability,
    basis: judged.basis,
    undeflated,
    rows: deflations.map((row) => ({ ...row, benchmarkAnnual: annual(row.benchmark) })),
    identicalTrials,
    effective: mapped(effective, ({ trials, excluded, meanCorrelation, implied, effectiveRank }) => ({
      trials,
      excluded,
      meanCorrelation,
      implied,
      effectiveRank,
    })),
    clusters: mapped(clusters, ({ sharpes, quality }) => ({
      clusters: sharpes.length,
      quality,
      sharpesAnnual: Array.from(sharpes, annual),
    })),
    againstTrials: against(record.value, judged, { started: trials.length, annual }),
  })
}

/** Clusters, and every trial that is in none; where trials cannot be compared each is one of its own. */
const differentOf = ({ sharpes, clusterOf }: TrialClusters, trials: number): number =>
  sharpes.length + trials - clusterOf.filter((cluster) => cluster > 0).length

function against(
  record: TrackRecord,
  { variance }: Deflation,
  { started, annual }: Readonly<{ started: number; annual: (ratio: number) => number }>,
): DeflationForm['againstTrials'] {
  const numbers = [...new Set([...NUMBERS_OF_TRIALS, started])].sort((a, b) => a - b)
  return numbers.flatMap((trials) => {
    const benchmark = Math.sqrt(variance) * expectedMaximum(trials)
    const psr = probabilisticSharpe(record, { benchmark })
    if (psr.kind === 'insufficient') return []
    return [{ trials, probability: psr.value.probability, benchmarkAnnual: annual(benchmark) }]
  })
}
