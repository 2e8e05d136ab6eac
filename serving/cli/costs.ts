/** `asof costs`: what training cost, where it was run, and what it would have cost on machines by the hour. */
import type { Command } from 'commander'
import { accountsOf, costs } from '../../projections/experiment/costs.ts'
import { foldTo } from '../../projections/runner.ts'
import { NO_STORE } from '../../projections/store.ts'
import { common, contextOf } from './context.ts'
import { withArchive } from './platform.ts'
import { table } from './table.ts'

const HEAD = [
  'family',
  'pool',
  'jobs',
  'tries',
  'hours',
  'lost',
  'GPU hours',
  '$',
  '$ on demand',
  '$ around the clock',
]

export function addCosts(program: Command): void {
  common(program.command('costs'))
    .description(
      'say what training cost by family of runs and pool: as it was run, on demand, and on demand around the clock',
    )
    .argument('[family]', 'only this family')
    .action(async (family: string | undefined, _: unknown, command: Command) => {
      const context = contextOf(command)
      await withArchive(context, async (archive) => {
        const { state } = await foldTo(archive.log, NO_STORE, costs, { confirmed: await archive.confirmed() })
        const accounts = accountsOf(state).filter((one) => (family ?? one.family) === one.family)
        const lines = accounts.map((one) => [
          ...[one.family, one.pool, String(one.jobs), String(one.tries)],
          ...[one.hours, one.lostHours, one.gpuHours].map((hours) => hours.toFixed(2)),
          ...[one.dollars, one.onDemandDollars, one.aroundTheClockDollars].map((dollars) =>
            dollars.toFixed(2),
          ),
        ])
        context.answer(
          lines.length > 0
            ? table(HEAD, lines)
            : `Nothing is accounted yet${family === undefined ? '' : ` for the family ${family}`}: trainers that are built in cost nothing here.`,
          accounts,
        )
      })
    })
}
