/** How often the family's best over half of history is below the median over the other half. */
import { insufficient, type Measured } from '../../../streams/statistics/measured.ts'
import type { Family } from '../family.ts'
import { backtestOverfitting } from '../pbo.ts'
import type { OverfittingForm } from '../report-sections.ts'
import { histogramOf, mapped } from '../section.ts'

const BINS = 40

export function overfitting({ returns, incomparable }: Family): Measured<OverfittingForm> {
  if (returns.length < 2) return insufficient('a choice needs at least two finished trials')
  if (incomparable !== null) return incomparable
  return mapped(backtestOverfitting(returns), (pbo) => {
    const { probability, blocks, splits, rows, strategies, excluded, ties, lossProbability } = pbo
    return {
      probability,
      blocks,
      splits,
      rows,
      strategies,
      excluded: excluded.length,
      ties,
      lossProbability,
      degradation: pbo.degradation,
      dominance: pbo.dominance,
      logits: histogramOf(pbo.logits, BINS),
    }
  })
}
