/** `asof shadow` and `asof challengers`: a challenger goes along with a model in force, and is held beside it. */
import type { Command } from 'commander'
import { type Compared, type Comparison, comparisonOf } from '../challengers/comparison.ts'
import { shadowEnd, shadowStart } from '../commands/shadow.ts'
import { common, contextOf } from './context.ts'
import { withArchive } from './platform.ts'
import { performed } from './site.ts'
import { table } from './table.ts'

export function addShadow(program: Command): void {
  common(program.command('shadow'))
    .description(
      'have the model of a run say what it would do beside a model in force, on paper; or end that',
    )
    .argument('<model>', 'the model in force')
    .requiredOption('--run <name>', 'the run that challenges it')
    .option('--end', 'end it', false)
    .action(async (model: string, { run, end }: { run: string; end: boolean }, command: Command) => {
      const context = contextOf(command)
      const input = { model, run }
      const { position, answer } = await performed(context, end ? shadowEnd : shadowStart, { input })
      const what = end ? 'no longer runs' : 'runs'
      context.answer(`${run} ${what} in shadow beside ${model}: log position ${position}`, {
        ...answer,
        position,
      })
    })

  common(program.command('challengers'))
    .description('hold a model in force beside its challengers, over the sessions that both have')
    .argument('<model>', 'the model in force')
    .option('--run <name>', 'one challenger; all that there were unless it is told')
    .action(async (model: string, { run }: { run?: string }, command: Command) => {
      const context = contextOf(command)
      await withArchive(context, async (archive) => {
        const found = await comparisonOf(archive, { model, run })
        context.answer(textOf(found), found)
      })
    })
}

const percent = (value: number): string => `${(value * 100).toFixed(2)} %`
const figure = (value: number | null, digits = 2): string =>
  value === null ? 'too few' : value.toFixed(digits)

function textOf({ model, position, challengers }: Comparison): string {
  return [`${model}, log position ${position}`, ...challengers.flatMap(linesOf)].join('\n')
}

function linesOf({ run, artifact, from, to, agreement, performance }: Compared): readonly string[] {
  const span = to === null ? `since ${from}` : `from ${from} to ${to}`
  const alike = `${agreement.sessions} sessions: rank correlation of scores ${figure(agreement.rankCorrelation)}, active share ${figure(agreement.activeShare)}`
  const head = ['', `${run} (${artifact.slice(0, 12)}), in shadow ${span}`, alike]
  if (performance === null) return [...head, 'No session was earned in by both yet.']
  const { sessions, champion, challenger, difference } = performance
  const rows = [
    ['return, net', percent(champion.totalReturn), percent(challenger.totalReturn)],
    ['Sharpe, annual', figure(champion.sharpe), figure(challenger.sharpe)],
    ['drawdown', percent(champion.maxDrawdown), percent(challenger.maxDrawdown)],
    ['turnover a session', figure(champion.turnover, 3), figure(challenger.turnover, 3)],
    ['costs', percent(champion.cost), percent(challenger.cost)],
  ]
  return [
    ...head,
    table([`${sessions} sessions`, 'in force', 'challenger, on paper'], rows),
    `The challenger earned ${Math.abs(difference.mean * 10_000).toFixed(2)} bps a session ${difference.mean < 0 ? 'less' : 'more'}, t ${figure(difference.t)}`,
  ]
}
