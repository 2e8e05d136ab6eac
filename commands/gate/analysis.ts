/** Everything that the gate works out about a candidate, before any threshold is looked at. */
import { type Measured, measured } from '../../streams/statistics/measured.ts'
import { meanOf } from '../../streams/statistics/moments.ts'
import { annualise, sharpeOf, TRADING_DAYS } from '../../streams/statistics/sharpe.ts'
import { type DeflatedSharpe, deflatedSharpe } from './deflated-sharpe.ts'
import { maxDrawdown } from './drawdown.ts'
import type { EffectiveTrials } from './effective-trials.ts'
import type { Days, GateEvidence } from './evidence.ts'
import { type Psr, probabilisticSharpe, trackRecord } from './psr.ts'

export type Performance = Readonly<{
  days: number
  sharpeAnnual: number
  sharpeAnnualGross: number
  returnAnnual: number
  costAnnual: number
  turnoverDaily: number
  maxDrawdown: number
}>

export type Analysis = Readonly<{
  /** Whether the run's commit was signed, verified and clean. */
  signedCommit: boolean
  performance: Performance
  psr: Measured<Psr>
  trials: Readonly<{ started: number; finished: number; commonDays: number }>
  effective: Measured<EffectiveTrials>
  deflated: Measured<DeflatedSharpe>
}>

export function analyse({ days, family, run }: GateEvidence): Analysis {
  const record = trackRecord(days.net)
  const { effective, sharpes, started, finished, commonDays } = family
  const related = effective.kind === 'measured' ? effective.value : undefined
  const deflated =
    record.kind === 'insufficient'
      ? record
      : deflatedSharpe(record.value, {
          trials: started,
          trialSharpes: sharpes,
          ...(related && {
            meanCorrelation: related.meanCorrelation,
            effectiveTrials: related.effective,
          }),
        })
  const { commit } = run
  return {
    signedCommit: commit?.signature === 'verified' && commit.tree === 'clean',
    performance: performanceOf(days),
    psr: record.kind === 'insufficient' ? record : probabilisticSharpe(record.value),
    trials: { started, finished, commonDays },
    effective,
    deflated,
  }
}

function performanceOf(days: Days): Performance {
  return {
    days: days.net.length,
    sharpeAnnual: annualise(sharpeOf(days.net)),
    sharpeAnnualGross: annualise(sharpeOf(days.gross)),
    returnAnnual: meanOf(days.net) * TRADING_DAYS,
    costAnnual: meanOf(days.cost) * TRADING_DAYS,
    turnoverDaily: meanOf(days.turnover),
    maxDrawdown: maxDrawdown(days.net),
  }
}

/** A number that may not exist, as a measurement. */
export const finite = (value: number, reason: string): Measured<number> =>
  Number.isFinite(value) ? measured(value) : { kind: 'insufficient', reason }
