/** What worst drawdown the candidate's returns could have had in another order. */
import type { Measured } from '../../../streams/statistics/measured.ts'
import type { Uniform } from '../../../streams/statistics/random.ts'
import { drawdownDistribution } from '../drawdown.ts'
import type { DrawdownForm } from '../report-sections.ts'
import { histogramOf, mapped } from '../section.ts'

const BINS = 50

/** @param paths reordered histories, as many as `drawdownDistribution` draws unless given */
export const drawdownPaths = (net: Float64Array, uniform: Uniform, paths?: number): Measured<DrawdownForm> =>
  mapped(
    drawdownDistribution(net, { uniform, ...(paths !== undefined && { paths }) }),
    ({ drawdowns, ...figures }) => ({
      ...figures,
      distribution: histogramOf(drawdowns, BINS),
    }),
  )
