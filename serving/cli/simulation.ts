/** A simulation of capital rules as people read it: every number with its unit. */
import type { TruthTable } from '../../commands/capital/known-truth.ts'
import { sessionDate } from '../../schemas/calendar.ts'
import type { Measured } from '../../streams/statistics/measured.ts'
import type { CapitalSimulation, SimulatedPromotion } from '../capital/simulation.ts'
import { table } from './table.ts'

/** What rounds to nothing has no sign. */
const percent = (value: number, digits = 2): string =>
  `${(Math.round(value * 100 * 10 ** digits) / 10 ** digits + 0).toFixed(digits)} %`
const date = (session: number | null): string => (session === null ? 'not yet' : sessionDate(session))

export function simulationText({ model, position, reviewAfter, promotions }: CapitalSimulation): string {
  return [
    `${model}, log position ${position}`,
    `Assumed: each cut is reviewed after ${reviewAfter} sessions and given back (with a ladder, one step at a time); changing a fraction costs nothing.`,
    'Earned is the sum of net returns in percent of full capital. A cut cost what the capital that it withheld would have earned; it saved what that would have lost.',
    ...promotions.flatMap(linesOf),
  ].join('\n')
}

function linesOf(one: SimulatedPromotion): readonly string[] {
  const { run, promotion, sessions, from, to, cuts, full, earned, asItWas, cost, saved, truth } = one
  return [
    '',
    `${run}, promoted at ${promotion}: ${sessions} live sessions${from === null ? '' : `, ${date(from)} to ${date(to)}`}`,
    table(
      ['', 'earned'],
      [
        ['with full capital throughout', percent(full)],
        ['with these rules', percent(earned)],
        ['as it was', percent(asItWas)],
      ],
    ),
    `${cuts.length} cuts: those that withheld gains cost ${percent(cost)}, those that withheld losses saved ${percent(saved)}.`,
    ...(cuts.length === 0 ? [] : [cutsTable(cuts)]),
    'By the sign of what followed, which is mostly luck over so few sessions. Where it is known whether the model works:',
    truthText(truth),
  ]
}

const cutsTable = (cuts: SimulatedPromotion['cuts']): string =>
  table(
    ['session', 'rule', 'measured', 'from', 'to', 'given back', 'cost (saved below 0)'],
    cuts.map(({ session, cause, value, from, to, until, withheld }) => [
      ...[date(session), cause, measuredAs(cause, value), percent(from, 0), percent(to, 0), date(until)],
      percent(withheld),
    ]),
  )

function measuredAs(cause: SimulatedPromotion['cuts'][number]['cause'], value: number): string {
  if (cause === 'sharpe') return `${value.toFixed(2)} sd`
  return cause === 'ladder' ? `evidence ${value.toFixed(1)}` : percent(value)
}

const TRUTHS = { works: 'as its backtest', spent: 'mean of 0', turned: 'mean turned' } as const

function truthText(truth: Measured<TruthTable>): string {
  if (truth.kind === 'insufficient') return `Nothing can be simulated: ${truth.reason}.`
  const { paths, sessions, blockLength, rows } = truth.value
  const horizons = rows[0]?.within.map((one) => one.sessions) ?? []
  return [
    `${paths} paths of ${sessions} sessions from its backtest (stationary bootstrap, blocks of ${blockLength.toFixed(1)}); every cut of a model that is as its backtest is false.`,
    table(
      [
        ...['rules', 'the model is'],
        ...horizons.map((horizon) => `cut in ${horizon}`),
        ...['median first', 'cuts a path', 'cost (saved below 0)', 'standard error'],
      ],
      rows.map((row) => [
        ...[row.rules, TRUTHS[row.truth]],
        ...row.within.map(({ share }) => percent(share, 1)),
        ...[row.medianFirst === null ? 'under half' : String(row.medianFirst), row.cutsPerPath.toFixed(2)],
        ...[percent(row.withheld), percent(row.error)],
      ]),
    ),
  ].join('\n')
}
