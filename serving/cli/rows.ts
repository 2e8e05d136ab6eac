/** `asof rows`: what a data set says of its entities, as it was known at a moment. */
import type { Command } from 'commander'
import { printableWord } from '../../schemas/kernel/name.ts'
import { formatMoment } from '../../schemas/kernel/time.ts'
import { type FactRow, factRowsAsOf } from '../fact-rows.ts'
import { momentOf } from '../moment.ts'
import { common, contextOf } from './context.ts'
import { whole } from './numbers.ts'
import { withArchive } from './platform.ts'
import { table } from './table.ts'

type Options = { at: string; recorded?: string; entity?: string; limit: number }

export function addRows(program: Command): void {
  common(program.command('rows'))
    .description('show the rows of a data set as they were known, the newest event times first')
    .argument('<dataset>', 'its name')
    .option('--at <moment>', 'now, a position such as 1200, or a time such as 2008-09-15T20:00Z', 'now')
    .option('--recorded <moment>', 'hide also what the log did not have by then: a position or a time')
    .option('--entity <name>', 'of one entity alone')
    .option('-n, --limit <number>', 'at most so many rows', whole(1), 20)
    .action(async (dataset: string, options: Options, command: Command) => {
      const context = contextOf(command)
      const { at, recorded, entity, limit } = options
      await withArchive(context, async (archive) => {
        const moment = {
          ...(await momentOf(archive.log, at, recorded)),
          confirmed: await archive.confirmed(),
        }
        const rows = await factRowsAsOf(archive, { dataset, entity, limit }, moment)
        const [first] = rows
        const text =
          first === undefined
            ? `Nothing of ${printableWord(dataset)} was known at ${at}.`
            : table(['entity', 'event', 'known', ...Object.keys(first.cells)], rows.map(lineOf))
        context.answer(text, rows.map(told))
      })
    })
}

const lineOf = ({ entity, eventTime, knownAt, cells }: FactRow): string[] => [
  printableWord(entity),
  formatMoment(eventTime),
  formatMoment(knownAt),
  ...Object.values(cells).map((cell) => printableWord(cell === null ? '' : String(cell))),
]

/** JSON has no integers beyond 2^53: they are written as texts. */
const told = ({ cells, ...row }: FactRow) => ({
  ...row,
  cells: Object.fromEntries(
    Object.entries(cells).map(([name, cell]) => [name, typeof cell === 'bigint' ? String(cell) : cell]),
  ),
})
