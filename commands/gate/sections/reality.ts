/** Is the family's best better than nothing, once every trial of it is counted? */
import { insufficient, type Measured } from '../../../streams/statistics/measured.ts'
import type { Uniform } from '../../../streams/statistics/random.ts'
import type { Family } from '../family.ts'
import { realityCheck } from '../reality-check.ts'
import type { RealityForm } from '../report-sections.ts'
import { mapped } from '../section.ts'

const DRAWS = 1000

/** The benchmark is to do nothing: returns are in excess of the riskless rate already. */
export function reality({ returns, runs, incomparable }: Family, uniform: Uniform): Measured<RealityForm> {
  if (returns.length === 0) return insufficient('no trial of the family has finished')
  if (incomparable !== null) return incomparable
  return mapped(realityCheck(returns, { uniform, draws: DRAWS }), (found) => ({
    best: runs[found.best],
    bestStudentised: runs[found.bestStudentised],
    whiteP: found.white.pValue,
    superiorP: {
      lower: found.superior.lower,
      consistent: found.superior.consistent,
      upper: found.superior.upper,
    },
    strategies: found.strategies,
    excluded: found.excluded,
    draws: found.draws,
    blockLength: found.blockLength,
  }))
}
