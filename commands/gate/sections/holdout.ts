/** The final holdout: what the file earned on sessions that no trial had read. */
import { insufficient, type Measured, measured } from '../../../streams/statistics/measured.ts'
import { meanOf } from '../../../streams/statistics/moments.ts'
import { annualise, sharpeOf } from '../../../streams/statistics/sharpe.ts'
import { maxDrawdown } from '../drawdown.ts'
import type { GateEvidence } from '../evidence.ts'
import { holdoutDays } from '../holdout-days.ts'
import { probabilisticSharpe, trackRecord } from '../psr.ts'
import type { HoldoutForm } from '../report-governance.ts'
import { attempted } from '../section.ts'

export function holdoutSection({
  holdout,
  study,
  run,
  portfolio,
  elsewhere,
}: GateEvidence): Measured<HoldoutForm> {
  if (holdout === null) return insufficient('the policy holds no sessions out')
  const { opening, rows, openings, readBy } = holdout
  if (opening === null)
    return insufficient(
      `it is closed to this file; it was opened ${openings} times for others, and ${readBy} trials that count had read some of it before it was held out`,
    )
  if (rows === null || rows.length === 0) return insufficient('nothing of it is frozen for this file')
  if (study.kind === 'insufficient') return study
  const training = study.value.rows
  return attempted(() => {
    const { moments, net, periodsPerYear } = holdoutDays(training, rows, {
      ...{ run, portfolio },
      scores: elsewhere?.holdout ?? null,
    })
    const record = trackRecord(net)
    if (record.kind === 'insufficient') return record
    const psr = probabilisticSharpe(record.value)
    if (psr.kind === 'insufficient') return psr
    return measured({
      from: opening.from,
      to: opening.to,
      openedAt: opening.position,
      openedBy: opening.member,
      openings,
      readBy,
      days: net.length,
      sharpeAnnual: annualise(sharpeOf(net), periodsPerYear),
      returnAnnual: meanOf(net) * periodsPerYear,
      maxDrawdown: maxDrawdown(net),
      probability: psr.value.probability,
      moments: [...moments],
      net: [...net],
    })
  })
}
