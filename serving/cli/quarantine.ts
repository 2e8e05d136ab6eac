/** `asof quarantine`: what processors failed at, tried again or waived. */
import { Argument, type Command } from 'commander'
import { quarantine } from '../../projections/processor/quarantine.ts'
import { foldTo } from '../../projections/runner.ts'
import { NO_STORE } from '../../projections/store.ts'
import { processorRetry, processorWaive } from '../commands/processor.ts'
import { existingKey } from '../keys.ts'
import { type Context, common, contextOf } from './context.ts'
import { whole } from './numbers.ts'
import { withArchive } from './platform.ts'
import { signedCommand } from './sign.ts'
import { performed } from './site.ts'
import { table } from './table.ts'
import { unnamed } from './unnamed.ts'

export function addQuarantine(program: Command): void {
  const group = program
    .command('quarantine')
    .description('events that a processor failed at; the rest went on')

  common(unnamed(group, 'list'))
    .description('list what processors failed at, and what became of it')
    .action(async (_: unknown, command: Command) => list(contextOf(command)))

  common(about(group.command('retry')))
    .description('have the processor take the event in now, after what it has met since')
    .action(async (processor: string, cause: number, { reason }: Reasoned, command: Command) => {
      const context = contextOf(command)
      const input = { processor, cause, reason }
      const { answer } = await performed(context, processorRetry, { input })
      const text = answer.failedAgain
        ? `${processor} failed at event ${cause} again: asof quarantine says why.`
        : `${processor} has taken event ${cause} in.`
      context.answer(text, answer)
      if (answer.failedAgain) process.exitCode = 1
    })

  common(about(group.command('waive')))
    .description('sign, as a member of the committee, that nothing will follow from the event')
    .requiredOption('--member <name>', 'the member who waives it')
    .requiredOption('--key <file>', "the member's private key")
    .action(async (processor: string, cause: number, options: Waive, command: Command) => {
      const context = contextOf(command)
      const { member, reason } = options
      const privateKey = existingKey(options.key)
      const asked = { processor, cause, member, reason }
      await signedCommand(context, processorWaive, { asked, privateKey })
      context.answer(`Event ${cause} is waived for ${processor}.`, asked)
    })
}

type Reasoned = { reason: string }
type Waive = Reasoned & { member: string; key: string }

const about = (command: Command): Command =>
  command
    .argument('<processor>', 'the processor')
    .addArgument(new Argument('<event>', 'the position of the event that it failed at').argParser(whole(1)))
    .requiredOption('--reason <text>', 'why')

const list = (context: Context) =>
  withArchive(context, async ({ log, confirmed }) => {
    const { state } = await foldTo(log, NO_STORE, quarantine, { confirmed: await confirmed() })
    const rows = state.items.map(({ processor, cause, status, reason, waived }) => [
      processor,
      String(cause),
      status,
      waived === null ? reason : `${reason} (waived by ${waived.member}: ${waived.reason})`,
    ])
    const text =
      rows.length === 0
        ? 'Nothing is in quarantine.'
        : table(['processor', 'event', 'status', 'reason'], rows)
    context.answer(text, state.items)
  })
