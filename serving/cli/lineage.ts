/** `asof lineage`: what a thing rests on, what rests on it, and what a correction reaches. */
import { type Command, Option } from 'commander'
import { lineageOf } from '../lineage/answer.ts'
import { impactOf } from '../lineage/impact.ts'
import { impactText, textOf } from '../lineage/text.ts'
import { momentOf } from '../moment.ts'
import { common, contextOf } from './context.ts'
import { withArchive } from './platform.ts'

type Options = {
  up?: boolean
  down?: boolean
  impact?: boolean
  depth: number
  at: string
  recorded?: string
}

const THING =
  'a position; a row or cell (data set or feature/entity/time); a session or prediction (data set or model/date); an approval (model/member); an order id; a file that arrived; a training set, run, model, feature set, or the first digits of a digest'

export function addLineage(program: Command): void {
  common(program.command('lineage'))
    .description('show what a thing rests on, back to the files, or what rests on it')
    .argument('<thing>', THING)
    .addOption(
      new Option('--up', 'what it rests on (unless another way is given)').conflicts(['down', 'impact']),
    )
    .addOption(new Option('--down', 'what rests on it').conflicts(['up', 'impact']))
    .addOption(
      new Option(
        '--impact',
        'what rests on values that a correction (an arrival or a row) replaced, and on those that it brought',
      ).conflicts(['up', 'down']),
    )
    .addOption(new Option('--depth <steps>', 'how many steps away').argParser(Number).default(3))
    .option('--at <moment>', 'as it was known then: now, a position or a time', 'now')
    .option('--recorded <moment>', 'hide also what the log did not have by then: a position or a time')
    .action(async (thing: string, options: Options, command: Command) => {
      const context = contextOf(command)
      await withArchive(context, async (archive) => {
        const moment = await momentOf(archive.log, options.at, options.recorded)
        if (options.impact) {
          const found = await impactOf(archive, thing, moment)
          context.answer(impactText(found), found)
          return
        }
        const direction = options.down ? 'down' : 'up'
        const found = await lineageOf(archive, { thing, direction, depth: options.depth }, moment)
        context.answer(textOf(found), found)
      })
    })
}
