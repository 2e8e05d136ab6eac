/** `asof do`, `asof work` and `asof cancel`: any command of the table, and long work. */
import type { Command } from 'commander'
import { z } from 'zod'
import { experiments } from '../../projections/experiment/experiments.ts'
import { registry } from '../../projections/model/registry.ts'
import { foldTo } from '../../projections/runner.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { printableWord } from '../../schemas/kernel/name.ts'
import { COMMANDS } from '../commands/table.ts'
import { type LoggedWork, openWork } from '../commands/work-in-log.ts'
import { folderAt } from '../folder.ts'
import { runningServer } from '../running.ts'
import { readSpec } from '../spec-file.ts'
import { type Context, common, contextOf } from './context.ts'
import { withArchive } from './platform.ts'
import { readable } from './readable.ts'
import { ask } from './remote.ts'
import { performed } from './site.ts'
import { table } from './table.ts'

/** What a server tells of its work. */
type Begun = Omit<LoggedWork, 'position' | 'about'> &
  Readonly<{ work: string; actor: string; position: number | null; done: number; of: number }>

export function addWork(program: Command): void {
  common(program.command('do'))
    .description('give any command by its name, as over HTTP: /openapi.json says what each takes')
    .argument('<command>', [...COMMANDS.keys()].join(', '))
    .option('--input <file>', 'YAML or JSON with what it takes; nothing unless given')
    .action(async (name: string, options: { input?: string }, command: Command) => {
      const context = contextOf(command)
      const found = COMMANDS.get(name)
      const commands = [...COMMANDS.keys()].join(', ')
      if (found === undefined) throw refuse('command.unknown', { command: name, commands })
      const input =
        options.input === undefined ? {} : await readSpec(options.input, z.record(z.string(), z.unknown()))
      const progress = (done: number, of: number) => context.progress(name, done, of)
      const { position, changed, answer } = await performed(context, found, { input, progress })
      const outcome = changed ? 'done' : 'already so'
      context.answer([`${outcome}, log position ${position}`, ...readable(answer)].join('\n'), {
        outcome,
        position,
        answer,
      })
    })

  common(program.command('work'))
    .description('list long work: what the server began, and what the log waits for')
    .action(async (_: unknown, command: Command) => {
      const context = contextOf(command)
      const told = await workOf(context)
      const rows = [
        ...told.work.map((one) => [
          one.work,
          String(one.position ?? ''),
          one.command,
          one.state,
          one.of > 1 ? `${one.done} of ${one.of}` : '',
        ]),
        ...told.log.map((one) => [
          '',
          String(one.position),
          one.command,
          one.state,
          printableWord(one.about),
        ]),
      ]
      const text =
        rows.length === 0
          ? 'Nothing is under way.'
          : table(['work', 'position', 'command', 'state', ''], rows)
      context.answer(text, told)
    })

  common(program.command('cancel'))
    .description('end work that has not begun; what stands in the log is carried out, and cannot be ended')
    .argument('<work>', 'its id, or its position')
    .action(async (work: string, _: unknown, command: Command) => {
      const context = contextOf(command)
      const server = await runningServer(context.folder)
      // Where no server runs nothing waits: what the log has is carried out when it is opened next.
      if (server === null) throw refuse('work.unknown', { work })
      const path = `/api/v1/work/${encodeURIComponent(work)}`
      const { body } = await ask({ ...server, folder: folderAt(context.folder) }, { method: 'DELETE', path })
      const { of } = body as Begun
      const rest = of > 1 ? ': what had begun stands in the log, and counts' : ''
      const text = `${work} is cancelled${rest}.`
      context.answer(printableWord(text), body)
    })
}

async function workOf(
  context: Context,
): Promise<Readonly<{ work: readonly Begun[]; log: readonly LoggedWork[] }>> {
  const server = await runningServer(context.folder)
  if (server !== null) {
    const { body } = await ask(
      { ...server, folder: folderAt(context.folder) },
      { method: 'GET', path: '/api/v1/work' },
    )
    return body as { work: Begun[]; log: LoggedWork[] }
  }
  let log: readonly LoggedWork[] = []
  await withArchive(context, async (archive) => {
    const moment = { confirmed: await archive.confirmed() }
    const views = {
      experiments: (await foldTo(archive.log, archive.states, experiments, moment)).state,
      registry: (await foldTo(archive.log, archive.states, registry, moment)).state,
    }
    log = openWork(views)
  })
  return { work: [], log }
}
