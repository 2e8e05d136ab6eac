/** The purged walk-forward, block by block: did one lucky stretch make the whole? */
import { MICROS_PER_DAY } from '../../../schemas/kernel/time.ts'
import { insufficient, type Measured, measured } from '../../../streams/statistics/measured.ts'
import { meanOf } from '../../../streams/statistics/moments.ts'
import { annualise, sharpeOf } from '../../../streams/statistics/sharpe.ts'
import { column, SESSION } from '../../../streams/training/sample.ts'
import type { Days } from '../days.ts'
import { maxDrawdown } from '../drawdown.ts'
import type { Study } from '../evidence.ts'
import type { WalkForwardBar, WalkForwardForm } from '../report-sections.ts'

export function walkForwardBars(days: Days, { rows, layout }: Study): Measured<WalkForwardForm> {
  const sessions = column(rows, SESSION)
  const bars = layout.folds.map(({ fold, test }): WalkForwardBar => {
    const [from, to] = [test[0], test[test.length - 1]].map((row) => sessions[row] * MICROS_PER_DAY)
    const net = days.net.filter((_, day) => days.moments[day] >= from && days.moments[day] <= to)
    return {
      fold,
      from,
      to,
      days: net.length,
      sharpeAnnual: annualise(sharpeOf(net), days.periodsPerYear),
      returnAnnual: meanOf(net) * days.periodsPerYear,
      maxDrawdown: maxDrawdown(net),
    }
  })
  const ratios = bars.map((bar) => bar.sharpeAnnual ?? Number.NaN)
  if (!ratios.every(Number.isFinite)) return insufficient('a test block has no returns that vary')
  return measured({
    bars,
    shareBelowZero: ratios.filter((ratio) => ratio < 0).length / bars.length,
    worst: Math.min(...ratios),
  })
}
