/** `/api/v1/work`: long work, how far it is, and the end of what has not begun. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Access } from '../access/access.ts'
import { COMMANDS } from '../commands/table.ts'
import { openWork, workAt } from '../commands/work-in-log.ts'
import type { Works, WorkTold } from '../commands/works.ts'
import type { Platform } from '../platform.ts'
import { answerOf } from './commands.ts'
import { serveWorkStream } from './work-stream.ts'

type Params = { Params: { work: string } }

type Served = Readonly<{
  works: Works
  authorize: Access['authorize']
  admit: (request: FastifyRequest) => Promise<unknown>
}>

export function serveWork(
  server: FastifyInstance,
  { folds, log }: Pick<Platform, 'folds' | 'log'>,
  { works, authorize, admit }: Served,
): void {
  const unknown = (work: string): never => {
    throw refuse('work.unknown', { work })
  }
  const inLog = async (work: string) =>
    (/^\d{1,15}$/.test(work) ? await workAt(views(), log, Number(work)) : null) ?? unknown(work)
  const views = () => ({ experiments: folds.experiments.state(), registry: folds.registry.state() })

  const told = async (work: string) => {
    const found = works.find(work)
    return found === undefined ? inLog(work) : shownWork(found.told)
  }

  const list = {
    permission: 'read',
    about: 'Long work: what this server began, and what the log waits for.',
  } as const
  server.get('/api/v1/work', { config: { notes: list } }, async () => {
    const begun = works.all().map(({ told }) => told)
    const known = new Set(begun.map(({ position }) => position))
    return {
      work: begun.map(shownWork),
      log: openWork(views()).filter(({ position }) => !known.has(position)),
    }
  })

  const one = {
    permission: 'read',
    about: 'How far work is, by its position in the log or by its id.',
  } as const
  server.get<Params>('/api/v1/work/:work', { config: { notes: one } }, async ({ params }) => {
    return told(params.work)
  })
  serveWorkStream(server, { tell: told, admit })

  const cancel = {
    permission: 'read',
    about:
      'Cancel what has not begun, as somebody who may give its command. What stands in the log is carried out: it cannot be cancelled.',
  } as const
  server.delete<Params>('/api/v1/work/:work', { config: { notes: cancel } }, async ({ params, subject }) => {
    const { work } = params
    const found = works.find(work)
    const logged = found === undefined ? await inLog(work) : found.told
    const { permission } = COMMANDS.get(logged.command) ?? unknown(work)
    await authorize(subject, permission)
    if (found === undefined) throw refuse('work.begun', { work, position: logged.position ?? 0 })
    await found.cancel(subject.name)
    return shownWork(found.told)
  })
}

const shownWork = ({ result, ...told }: WorkTold) => ({
  ...told,
  result: result === null ? null : answerOf(result),
})
