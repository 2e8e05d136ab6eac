/** The tests that a policy can set thresholds for: each takes one number from the analysis. A row here is a test. */
import type { Measured } from '../../streams/statistics/measured.ts'
import { measured } from '../../streams/statistics/measured.ts'
import { type Analysis, finite } from './analysis.ts'

export type Measure = Readonly<{
  /** What it is, for the report. */
  title: string
  of: (analysis: Analysis) => Measured<number>
}>

const from =
  <T>(measure: (analysis: Analysis) => Measured<T>, value: (found: T) => number) =>
  (analysis: Analysis): Measured<number> => {
    const found = measure(analysis)
    return found.kind === 'measured' ? finite(value(found.value), 'it is not a number') : found
  }

export const MEASURES: Readonly<Record<string, Measure>> = {
  'held-out-days': {
    title: 'Days of held-out returns',
    of: ({ performance }) => measured(performance.days),
  },
  'net-sharpe': {
    title: 'Annual Sharpe ratio, net of costs',
    of: ({ performance }) => finite(performance.sharpeAnnual, 'the returns do not vary'),
  },
  psr: {
    title: 'Probability that the true Sharpe ratio is above 0',
    of: from(
      (analysis) => analysis.psr,
      (psr) => psr.probability,
    ),
  },
  dsr: {
    title: 'Deflated Sharpe ratio over all trials of the family, the least of its forms',
    of: from(
      (analysis) => analysis.deflated,
      (deflated) => deflated.judged.probability,
    ),
  },
  'max-drawdown': {
    title: 'Greatest loss from a peak, as a fraction of capital',
    of: ({ performance }) => finite(-performance.maxDrawdown, 'there are no returns'),
  },
  'signed-commit': {
    title: "Whether the run's commit has a verified signature and its files were unchanged (1 or 0)",
    of: ({ signedCommit }) => measured(signedCommit ? 1 : 0),
  },
  'cost-share': {
    title: 'Costs as a share of what was earned before them',
    of: ({ performance: { returnAnnual, costAnnual } }) =>
      returnAnnual + costAnnual > 0
        ? finite(costAnnual / (returnAnnual + costAnnual), 'there are no returns')
        : { kind: 'insufficient', reason: 'nothing was earned before costs' },
  },
}
