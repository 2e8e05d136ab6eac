/** `asof execution`: what trading a model came to beside what its book says. */
import type { Command } from 'commander'
import { sessionDate } from '../../schemas/calendar.ts'
import { printableWord } from '../../schemas/kernel/name.ts'
import { type Execution, executionOf } from '../execution/execution.ts'
import { common, contextOf } from './context.ts'
import { withArchive } from './platform.ts'
import { table } from './table.ts'

type Options = Readonly<{ fills: string; positions: string }>

export function addExecution(program: Command): void {
  common(program.command('execution'))
    .description(
      'compare the fills and positions that an OMS sent back with what a model was to trade and to earn',
    )
    .argument('<model>', 'the model')
    .option('--fills <dataset>', 'the data set of fills', 'oms-fills')
    .option('--positions <dataset>', 'the data set of positions', 'oms-positions')
    .action(async (model: string, { fills, positions }: Options, command: Command) => {
      const context = contextOf(command)
      await withArchive(context, async (archive) => {
        const found = await executionOf(archive, { model, fills, positions })
        context.answer(textOf(found), found)
      })
    })
}

const BPS = 10_000
const bps = (value: number | null): string => (value === null ? 'unknown' : value.toFixed(2))

function textOf({ model, position, trades, sessions, summary, breaks, unused }: Execution): string {
  const { mean, deviation, t } = summary
  const known = mean === null ? 'none yet' : `mean ${bps(mean * BPS)} bps`
  const spread = deviation === null ? '' : `, deviation ${bps(deviation * BPS)} bps`
  const size = t === null ? '' : `, t ${t.toFixed(2)}`
  return [
    `${model}, log position ${position}`,
    '',
    'What each prediction cost to trade, in basis points of what was traded:',
    table(
      ['session', 'prediction', 'fills', 'slippage', 'fees', 'realized', 'modelled', 'unpriced'],
      trades.map((one) => [
        ...[
          sessionDate(one.session),
          String(one.from),
          String(one.fills),
          bps(one.slippageBps),
          bps(one.feesBps),
        ],
        ...[bps(one.realizedBps), bps(one.modelledBps), String(one.unpriced)],
      ]),
    ),
    '',
    'What each session earned, in basis points of full capital:',
    table(
      ['session', 'realized', 'predicted', 'residual'],
      sessions.map((one) => [
        sessionDate(one.session),
        ...[one.realized, one.predicted, one.residual].map((value) => bps(value * BPS)),
      ]),
    ),
    '',
    `Residuals of ${summary.sessions} sessions: ${known}${spread}${size}`,
    ...breaks.map(
      ({ session, instrument, filled, changed }) =>
        `BREAK ${sessionDate(session)} ${printableWord(instrument)}: the position changed by ${changed}, and ${filled} were filled`,
    ),
    ...(unused > 0
      ? [`${unused} fills name no prediction of the model, or lack a number: they count nowhere`]
      : []),
  ].join('\n')
}
