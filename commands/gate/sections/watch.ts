/** How often the rule that would cut this candidate's live capital fires with nothing wrong. */
import type { SharpeRule } from '../../../schemas/events/approval.ts'
import { beginEvidence, observe } from '../../../streams/monitoring/e-process.ts'
import { expectationOf, falseAlarms } from '../../../streams/monitoring/sharpe-watch.ts'
import { doubled, resampleInto, stationaryBlocks } from '../../../streams/statistics/bootstrap.ts'
import { insufficient, type Measured, measured } from '../../../streams/statistics/measured.ts'
import type { Uniform } from '../../../streams/statistics/random.ts'
import type { WatchForm } from '../report-sections.ts'

/** @param uniforms one source for the rule's paths and one for those of the always-valid test */
export function watchAlarms(
  net: Float64Array,
  rule: SharpeRule,
  uniforms: readonly [Uniform, Uniform],
): Measured<WatchForm> {
  const found = falseAlarms(net, rule, { uniform: uniforms[0] })
  if (found.kind === 'insufficient') return found
  const expected = expectationOf(net, rule)
  if (expected === null) return insufficient('the backtest has no spread of window ratios')
  const { windowDays, deviations, direction } = rule
  return measured({
    windowDays,
    deviations,
    direction,
    expected: expected.mean,
    deviation: expected.deviation,
    ...found.value,
    alwaysValid: alwaysValid(net, uniforms[1], found.value),
  })
}

type Paths = Readonly<{ paths: number; days: number; blockLength: number }>

function alwaysValid(net: Float64Array, uniform: Uniform, { paths, days, blockLength }: Paths): number {
  const twice = doubled(net)
  const path = new Float64Array(days)
  const draw = stationaryBlocks({ uniform, from: net.length, rows: days, meanLength: blockLength })
  const none = beginEvidence(net)
  let alarms = 0
  for (let p = 0; p < paths; p++) {
    resampleInto(path, twice, draw())
    let evidence = none
    for (let day = 0; day < days && !evidence.alarm; day++) evidence = observe(evidence, path[day])
    if (evidence.alarm) alarms++
  }
  return alarms / paths
}
