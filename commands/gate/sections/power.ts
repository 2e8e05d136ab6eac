/** What the gate's own tests of the Sharpe ratio can see: the chance that a truly good strategy passes them. */
import { type Measured, measured } from '../../../streams/statistics/measured.ts'
import { TRADING_DAYS } from '../../../streams/statistics/sharpe.ts'
import { sharpePower, type TrackRecord } from '../psr.ts'
import type { PowerForm } from '../report-sections.ts'

const TRUE_RATIOS = [0.25, 0.5, 0.75, 1, 1.5, 2, 3] as const
const CONFIDENCE = 0.95
/** One strategy in ten that comes to the gate is taken to be a true one. */
const PRIOR_TRUE = 0.1

/** @param benchmark the ratio per day that the best of the family's worthless trials is expected to show */
export function power(
  record: Measured<TrackRecord>,
  benchmark: number,
  periodsPerYear: number = TRADING_DAYS,
): Measured<PowerForm> {
  if (record.kind === 'insufficient') return record
  const options = { confidence: CONFIDENCE, priorTrue: PRIOR_TRUE }
  const rows: PowerForm['rows'][number][] = []
  for (const trueSharpeAnnual of TRUE_RATIOS) {
    const alternative = trueSharpeAnnual / Math.sqrt(periodsPerYear)
    const plain = sharpePower(record.value, { ...options, alternative })
    const deflated = sharpePower(record.value, { ...options, alternative, benchmark })
    if (plain.kind === 'insufficient') return plain
    rows.push({
      trueSharpeAnnual,
      power: 1 - plain.value.beta,
      powerDeflated: deflated.kind === 'measured' ? 1 - deflated.value.beta : null,
      plannedFalseDiscovery: plain.value.plannedFalseDiscovery,
      observedFalseDiscovery: plain.value.observedFalseDiscovery,
    })
  }
  return measured({ ...options, rows })
}
