/** How often the rules that would cut this candidate's live capital fire with nothing wrong. */
import type { LossRule, PolicySpec } from '../../../schemas/events/approval.ts'
import { alarmsOn, beginEvidence, type Evidence } from '../../../streams/monitoring/e-process.ts'
import { reachedOn } from '../../../streams/monitoring/loss-limit.ts'
import { expectationOf, falseAlarms } from '../../../streams/monitoring/sharpe-watch.ts'
import { doubled, resampleInto, stationaryBlocks } from '../../../streams/statistics/bootstrap.ts'
import { insufficient, type Measured, measured } from '../../../streams/statistics/measured.ts'
import type { Uniform } from '../../../streams/statistics/random.ts'
import type { Days } from '../days.ts'
import type { LossAlarms, WatchForm } from '../report-sections.ts'

/**
 * @param rules the Sharpe rule and the loss limits of the policy
 * @param trials that the candidate was chosen from, itself included
 * @param uniforms one source for the Sharpe rule's paths, and one for those of the always-valid test and the loss limits
 * @returns `insufficient` where a return is missing, or the windows of the backtest do not differ
 */
export function watchAlarms(
  { net, periodsPerYear, trials }: Pick<Days, 'net' | 'periodsPerYear'> & Readonly<{ trials: number }>,
  rules: Pick<PolicySpec, 'sharpe' | 'losses'>,
  uniforms: readonly [Uniform, Uniform],
): Measured<WatchForm> {
  const { windowDays, deviations, direction } = rules.sharpe
  const found = falseAlarms(net, rules.sharpe, { uniform: uniforms[0], days: Math.round(periodsPerYear) })
  if (found.kind === 'insufficient') return found
  const expected = expectationOf(net, rules.sharpe, periodsPerYear)
  if (expected === null) return insufficient('the backtest has no spread of window ratios')
  const none = beginEvidence(net, { trials })
  return measured({
    windowDays,
    deviations,
    direction,
    expected: expected.mean,
    deviation: expected.deviation,
    ...found.value,
    ...onPaths(net, { ...found.value, none, losses: rules.losses }, uniforms[1]),
  })
}

type Paths = Readonly<{
  paths: number
  days: number
  blockLength: number
  none: Evidence
  losses: LossRule | null
}>

/** The share of paths on which the always-valid test gives an alarm, and on which each loss limit is reached. */
function onPaths(
  net: Float64Array,
  { paths, days, blockLength, none, losses }: Paths,
  uniform: Uniform,
): Readonly<{ alwaysValid: number; losses: LossAlarms | null }> {
  const twice = doubled(net)
  const path = new Float64Array(days)
  const draw = stationaryBlocks({ uniform, from: net.length, rows: days, meanLength: blockLength })
  let [alarms, day, drawdown, either] = [0, 0, 0, 0]
  for (let p = 0; p < paths; p++) {
    resampleInto(path, twice, draw())
    if (alarmsOn(path, none)) alarms++
    if (losses === null) continue
    const reached = reachedOn(path, losses)
    if (reached.day) day++
    if (reached.drawdown) drawdown++
    if (reached.day || reached.drawdown) either++
  }
  const shares = { anyDay: day / paths, anyDrawdown: drawdown / paths, either: either / paths }
  return { alwaysValid: alarms / paths, losses: losses === null ? null : { ...losses, ...shares } }
}
