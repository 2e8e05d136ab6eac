/** Is the candidate itself better than nothing, once all trials that count are taken together? */
import { optimalBlockLength } from '../../../streams/statistics/block-length.ts'
import { insufficient, lacking, type Measured, measured } from '../../../streams/statistics/measured.ts'
import { quantileOf } from '../../../streams/statistics/quantile.ts'
import type { Uniform } from '../../../streams/statistics/random.ts'
import type { AlignedTrials } from '../aligned.ts'
import type { Family } from '../family.ts'
import type { FamilywiseForm } from '../report-sections.ts'
import { stepDown } from '../step-down.ts'

const DRAWS = 1000
/** The rate at which the test as a whole may err, for the list of those that it finds. */
const SIZE = 0.05
/** Of the trials' automatic block lengths this quantile is taken, so that one odd trial does not make all blocks long. */
const LENGTH_QUANTILE = 0.9

export function familywise(
  { runs, candidate, columns, uncounted }: AlignedTrials,
  { adjustedP, trials }: Pick<Family, 'adjustedP' | 'trials'>,
  uniform: Uniform,
): Measured<FamilywiseForm> {
  const lack = lacking(columns[candidate])
  if (lack !== undefined) return lack
  const blockLength = blockLengthOf(columns, candidate)
  const found = stepDown(columns, { uniform, blockLength, draws: DRAWS, uncounted })
  if (found.kind === 'insufficient') return found
  const { ratios, pValues, ...counts } = found.value
  if (Number.isNaN(pValues[candidate])) return insufficient('the returns do not vary')
  const place = trials.findIndex(({ run }) => run === runs[candidate])
  return measured({
    pValue: pValues[candidate],
    t: ratios[candidate],
    better: ratios.filter((ratio) => ratio > ratios[candidate]).length,
    falseDiscoveryRate: place === -1 ? Number.NaN : adjustedP[place],
    discoveries: { size: SIZE, runs: runs.filter((_, k) => pValues[k] <= SIZE) },
    ...counts,
  })
}

/** Never below the candidate's own. */
function blockLengthOf(columns: readonly Float64Array[], candidate: number): number {
  const lengths = Float64Array.from(
    columns,
    (column) => optimalBlockLength(column.filter((value) => !Number.isNaN(value))).stationary,
  )
  return Math.max(lengths[candidate], quantileOf(lengths, LENGTH_QUANTILE))
}
