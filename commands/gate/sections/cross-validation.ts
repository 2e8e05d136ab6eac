/** The candidate's way of training over every choice of test groups: not one history but a fan of them. */
import type { ValidationRule } from '../../../schemas/events/approval.ts'
import type { RunSpec } from '../../../schemas/events/experiment.ts'
import { MICROS_PER_DAY } from '../../../schemas/kernel/time.ts'
import { insufficient, type Measured, measured } from '../../../streams/statistics/measured.ts'
import { meanOf, sdOf } from '../../../streams/statistics/moments.ts'
import { medianOf } from '../../../streams/statistics/quantile.ts'
import { annualise, sharpeOf } from '../../../streams/statistics/sharpe.ts'
import { foldModels, scoredAs, scoredBy, tradedPaths } from '../../../streams/training/cross-validate.ts'
import { maxDrawdown } from '../drawdown.ts'
import type { Elsewhere, Study } from '../evidence.ts'
import type { CrossValidationForm } from '../report-sections.ts'
import { attempted, decimated, equityOf } from '../section.ts'
import { splitUnder } from '../splits.ts'

const MOST_POINTS = 500

/** @param elsewhere of a trainer that is not built in, the scores of its models; null for one that is */
export const crossValidation = (
  run: RunSpec,
  { rows, layout }: Study,
  { rule, elsewhere }: Readonly<{ rule: ValidationRule; elsewhere: Elsewhere | null }>,
): Measured<CrossValidationForm> =>
  attempted(() => {
    const { groups, testGroups, embargoDays } = rule
    if (elsewhere?.folds.kind === 'insufficient') return elsewhere.folds
    const split = splitUnder(rows, rule)
    const scored = elsewhere
      ? scoredAs(split, elsewhere.folds.value)
      : scoredBy(rows, run, { split, models: foldModels(rows, run, split) })
    const { sessions, paths } = tradedPaths(rows, run, { split, scored })
    const nets = paths.map((days) => Float64Array.from(days, (day) => day.net))
    const sharpes = Float64Array.from(nets, (net) => annualise(sharpeOf(net), layout.periodsPerYear))
    if (!sharpes.every(Number.isFinite)) return insufficient('a path has no returns that vary')
    const drawdowns = nets.map(maxDrawdown)
    const shown = decimated(sessions.length, MOST_POINTS)
    return measured({
      groups,
      testGroups,
      folds: split.folds.length,
      embargoDays,
      days: sessions.length,
      purged: split.folds.reduce((sum, { purged }) => sum + purged, 0),
      embargoed: split.folds.reduce((sum, { embargoed }) => sum + embargoed, 0),
      meanSharpe: meanOf(sharpes),
      medianSharpe: medianOf(sharpes),
      sdSharpe: sdOf(sharpes),
      shareBelowZero: sharpes.filter((ratio) => ratio < 0).length / sharpes.length,
      worstDrawdown: Math.min(...drawdowns),
      moments: shown.map((day) => sessions[day] * MICROS_PER_DAY),
      paths: nets.map((net, path) => {
        const equity = equityOf(net)
        return {
          sharpeAnnual: sharpes[path],
          maxDrawdown: drawdowns[path],
          equity: shown.map((day) => equity[day]),
        }
      }),
    })
  })
