/** `asof at` and `asof log`: any view as it was, and the events themselves. */
import type { Command } from 'commander'

import { formatMoment } from '../../schemas/kernel/time.ts'
import { eventTypes } from '../event-types.ts'
import { momentOf } from '../moment.ts'
import { type Shown, shown } from '../shown.ts'
import { answer, viewNames } from '../views.ts'
import { common, contextOf } from './context.ts'
import { whole } from './numbers.ts'
import { withArchive } from './platform.ts'
import { readable } from './readable.ts'

export function addHistory(program: Command): void {
  common(program.command('at'))
    .description('show a view as it was: what was known at a moment, or at a position of the log')
    .argument('<moment>', 'now, a position such as 1200, or a time such as 2008-09-15T20:00Z')
    .argument('<view>', viewNames().join(', '))
    .option('--recorded <moment>', 'hide also what the log did not have by then: a position or a time')
    .action(async (text: string, view: string, options: { recorded?: string }, command: Command) => {
      const context = contextOf(command)
      await withArchive(context, async (archive) => {
        const moment = await momentOf(archive.log, text, options.recorded)
        const found = await answer(archive, view, moment)
        const head = `${view} at ${text}, of the log up to position ${found.position}, digest ${found.digest}`
        context.answer([head, ...readable(found.state)].join('\n'), found)
      })
    })

  common(program.command('log'))
    .description('print events, one a line')
    .option('--from <position>', 'first position', whole(1), 1)
    .option('--to <position>', 'last position', whole(1))
    .option('--type <type...>', 'only these types, such as prediction.Made')
    .option('--stream <prefix>', 'only streams whose names start so')
    .option('-n, --limit <number>', 'at most so many', whole(1), 50)
    .action(async (options: LogOptions, command: Command) => {
      const context = contextOf(command)
      await withArchive(context, async ({ log, confirmed }) => {
        const events: Shown[] = []
        const upTo = await confirmed()
        const filter = {
          ...(options.type && { types: eventTypes(options.type) }),
          ...(options.stream && { streamPrefix: options.stream }),
        }
        reading: for await (const batch of log.readAll(options.from, filter)) {
          for (const event of batch) {
            if (events.length >= options.limit || event.position > (options.to ?? event.position))
              break reading
            events.push(shown(event, upTo))
          }
        }
        context.answer(events.map(lineOf).join('\n'), events)
      })
    })
}

type LogOptions = { from: number; to?: number; type?: string[]; stream?: string; limit: number }

function lineOf(event: Shown): string {
  const chunks = event.chunks.map((ref) => `${ref.format}:${ref.hash.slice(0, 12)}`).join(' ')
  const data = JSON.stringify(event.data)
  const shown = data.length > 160 ? `${data.slice(0, 157)}...` : data
  const standing = event.standing === undefined ? '' : `${event.standing.toUpperCase()} `
  return `${standing}${event.position} ${formatMoment(event.knownAt)} ${event.stream} ${event.type} by ${event.actor} ${chunks} ${shown}`
}
