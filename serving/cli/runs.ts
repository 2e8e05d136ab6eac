/** `asof trainer`, `asof runs`, `asof compare` and `asof reproduce`: trainers, what became of their runs, and whether it comes out again. */
import type { Command } from 'commander'
import { experiments } from '../../projections/experiment/experiments.ts'
import { foldTo } from '../../projections/runner.ts'
import { NO_STORE } from '../../projections/store.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Archive } from '../archive.ts'
import { experimentAdmitTrainer } from '../commands/experiment.ts'
import { overlay } from '../overlay.ts'
import { readSpec } from '../spec-file.ts'
import { admission } from '../trainers/admit.ts'
import { differencesOf } from '../trainers/compare.ts'
import { reproduce } from '../trainers/reproduce.ts'
import { siteOf } from '../trainers/site.ts'
import { common, contextOf } from './context.ts'
import { withArchive } from './platform.ts'
import { performed } from './site.ts'
import { table } from './table.ts'

/** What the log says of experiments, and no cache. */
const stateOf = async ({ log, confirmed }: Archive) =>
  (await foldTo(log, NO_STORE, experiments, { confirmed: await confirmed() })).state

export function addRuns(program: Command): void {
  common(program.command('trainer'))
    .description(
      'admit a trainer from a commit: its signature is checked, and its environment taken stock of',
    )
    .argument('<file>', 'YAML: trainer, repository, environment, commit, entry, lockfile, limits')
    .action(async (path: string, _: unknown, command: Command) => {
      const context = contextOf(command)
      const input = await readSpec(path, admission)
      const { answer } = await performed(context, experimentAdmitTrainer, { input })
      const { trainer, commit, signature, signer, problem } = answer
      const by = signer === null ? `${signature}: ${problem}` : `signed by ${signer}`
      context.answer(`${trainer}: commit ${commit}, ${by}`, answer)
    })

  common(program.command('runs'))
    .description('list runs with what they were given and what they came to, the best first')
    .argument('[family]', 'only this family')
    .option('--by <metric>', 'the metric that they are ordered by', 'sharpe_annual')
    .option('--status <status>', 'only those that are running, finished or failed')
    .action(
      async (family: string | undefined, options: { by: string; status?: string }, command: Command) => {
        const context = contextOf(command)
        await withArchive(context, async (archive) => {
          const { runs } = await stateOf(archive)
          const measured = (metrics: Readonly<Record<string, number>>) =>
            metrics[options.by] ?? Number.NEGATIVE_INFINITY
          const rows = Object.values(runs)
            .filter(
              ({ spec, status }) =>
                (family ?? spec.family) === spec.family && (options.status ?? status) === status,
            )
            .sort(
              (one, other) => measured(other.metrics) - measured(one.metrics) || one.started - other.started,
            )
          const lines = rows.map(({ spec, status, metrics, failure, missing }) => [
            spec.run,
            spec.trainer,
            status,
            spec.params.map(({ name, value }) => `${name}=${value}`).join(' '),
            metrics[options.by]?.toPrecision(4) ?? '',
            failure ?? (missing.length > 0 ? `lacks ${missing.join(', ')}` : ''),
          ])
          context.answer(table(['run', 'trainer', 'status', 'parameters', options.by, 'note'], lines), rows)
        })
      },
    )

  common(program.command('compare'))
    .description('say in what two runs differ: data, code, environment, parameters, and what they came to')
    .argument('<run>', 'one run')
    .argument('<other>', 'the other')
    .action(async (one: string, other: string, _: unknown, command: Command) => {
      const context = contextOf(command)
      await withArchive(context, async (archive) => {
        const { runs } = await stateOf(archive)
        const [first, second] = [one, other].map((run) => {
          if (!Object.hasOwn(runs, run)) throw refuse('experiment.unknown-run', { run })
          return runs[run]
        })
        const found = differencesOf(first, second)
        const lines = found.map((row) => [row.of, row.what, row.one, row.other])
        context.answer(
          found.length === 0
            ? 'They are equal in all that was recorded.'
            : table(['of', 'what', one, other], lines),
          found,
        )
      })
    })

  common(program.command('reproduce'))
    .description(
      'train a run again from the log and compare bytes; exits 1 where they differ. Nothing is recorded',
    )
    .argument('<run>', 'the run')
    .action(async (run: string, _: unknown, command: Command) => {
      const context = contextOf(command)
      await withArchive(context, async (archive) => {
        const state = await stateOf(archive)
        const found = await reproduce(
          { state, chunks: overlay(archive.chunks), site: await siteOf(archive) },
          run,
        )
        const lines = found.parts.map((part) => [
          part.isEqual ? 'equal' : 'DIFFERENT',
          part.what,
          part.recorded,
          part.made,
        ])
        const why =
          found.isEqual || found.changed.length > 0
            ? found.changed
            : [
                'neither data, code, environment nor seed differ: the trainer does not make the same bytes twice',
              ]
        const text = [
          `${run}: ${found.failure ?? (found.isEqual ? 'every byte is the same' : 'bytes differ')}`,
          table(['', 'what', 'recorded', 'made now'], lines),
          ...why,
        ]
        context.answer(text.join('\n'), found)
        if (!found.isEqual) process.exitCode = 1
      })
    })
}
