/** What worst drawdown the candidate's returns could have had in another order. */
import type { Measured } from '../../../streams/statistics/measured.ts'
import type { Uniform } from '../../../streams/statistics/random.ts'
import { drawdownDistribution } from '../drawdown.ts'
import type { DrawdownForm } from '../report-sections.ts'
import { histogramOf, mapped } from '../section.ts'

const BINS = 50

export const drawdownPaths = (net: Float64Array, uniform: Uniform): Measured<DrawdownForm> =>
  mapped(drawdownDistribution(net, { uniform }), ({ drawdowns, ...figures }) => ({
    ...figures,
    distribution: histogramOf(drawdowns, BINS),
  }))
