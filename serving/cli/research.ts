/** `asof train` and `asof validate`: trials, and their judgement. */
import type { Command } from 'commander'
import { experimentSweep } from '../commands/experiment.ts'
import { modelValidate } from '../commands/model.ts'
import { readSpec } from '../spec-file.ts'
import { sweepSpec } from '../sweep.ts'
import { common, contextOf } from './context.ts'
import { performed } from './site.ts'
import { table } from './table.ts'

export function addResearch(program: Command): void {
  common(program.command('train'))
    .description('freeze the training sets of a sweep and run every trial of it; each counts for ever')
    .argument('<file>', 'the sweep')
    .action(async (path: string, _: unknown, command: Command) => {
      const context = contextOf(command)
      const sweep = await readSpec(path, sweepSpec)
      const progress = (done: number, of: number) => context.progress('trials', done, of)
      const { answer: rows } = await performed(context, experimentSweep, { input: { sweep }, progress })
      const lines = rows.map(({ run, status, metrics, missing, failure }) => [
        run,
        status,
        metrics.sharpe_annual?.toFixed(2) ?? '',
        failure ?? (missing.length > 0 ? `lacks ${missing.join(', ')}` : ''),
      ])
      context.answer(table(['run', 'status', 'net Sharpe', 'note'], lines), rows)
    })

  common(program.command('validate'))
    .description('have the gate judge a run as a candidate for a model; exits 1 where it is refused')
    .argument('<run>', 'the run')
    .requiredOption('-m, --model <name>', 'the model that it would become')
    .action(async (run: string, { model }: { model: string }, command: Command) => {
      const context = contextOf(command)
      const input = { model, run, depth: 'full' as const }
      const { answer: report } = await performed(context, modelValidate, { input })
      const lines = report.tests.map((test) => [
        test.passed ? 'passed' : 'FAILED',
        test.test,
        `${test.value?.toPrecision(4) ?? 'too little data'}`,
        `${test.comparison} ${test.threshold}`,
        `${test.margin === null ? '' : `margin ${test.margin.toPrecision(3)}`}`,
      ])
      const head1 = `${run}: ${report.verdict} under policy ${report.policyVersion}, of ${report.trials} trials`
      context.answer([head1, table([], lines), `report ${report.report}`].join('\n'), report)
      if (report.verdict !== 'passed') process.exitCode = 1
    })
}
