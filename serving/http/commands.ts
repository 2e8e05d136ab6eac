/** `POST /api/v1/commands/<name>`: the table of commands over HTTP, and what is to be signed for them. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { AnyCommand, Done } from '../commands/definition.ts'
import { commandId, inputOf } from '../commands/perform.ts'
import { COMMANDS } from '../commands/table.ts'
import type { Work, Works } from '../commands/works.ts'
import { faultToTell } from '../named.ts'
import type { Platform } from '../platform.ts'
import { wordsOf } from '../statement-words.ts'
import { type RouteNotes, withCommandId } from './route.ts'

const sent = z.looseObject({ commandId: commandId.optional() })
const headers = z.object({ 'idempotency-key': commandId.optional() })

export function serveCommands(server: FastifyInstance, platform: Platform, works: Works): void {
  for (const command of COMMANDS.values()) {
    const { name, about, input, permission, isLong, prepare } = command
    const notes: RouteNotes = {
      permission,
      about,
      body: withCommandId(input, commandId),
      headers,
      answers: isLong ? { ...ANSWERS, ...LONG_ANSWERS } : ANSWERS,
    }
    server.post(`/api/v1/commands/${name}`, { config: { notes } }, async (request, reply) => {
      const { id, input } = askedIn(command, request)
      const { work, repeated } = works.start(command, { input, id, subject: request.subject })
      if (!repeated) logEnd(request, work)
      if (!isLong || (await isSoonDone(work))) {
        const done = await work.result.catch((error) => {
          works.forget(work)
          throw error
        })
        return answerOf(repeated ? { ...done, changed: false } : done)
      }
      return accepted(reply, work)
    })

    if (prepare === null) continue
    const preparing: RouteNotes = {
      permission,
      about: `What is to be signed for ${name}.`,
      body: prepare.input,
    }
    server.post(`/api/v1/prepare/${name}`, { config: { notes: preparing } }, async ({ body }) => {
      const { statement, already } = await prepare.of(platform, inputOf(name, prepare.input, body ?? {}))
      return { already, statement: statement && { ...statement, words: wordsOf(statement) } }
    })
  }

  const unknown = async ({ params }: { params: { name: string } }) => {
    throw refuse('command.unknown', { command: params.name, commands: [...COMMANDS.keys()].join(', ') })
  }
  const notes: RouteNotes = { permission: 'read', about: 'No such command.', isLeftOut: true }
  for (const path of ['/api/v1/commands/:name', '/api/v1/prepare/:name'])
    server.post<{ Params: { name: string } }>(path, { config: { notes } }, unknown)
}

const ANSWERS = {
  200: 'It is done, or was already so: `outcome` says which, and `position` where it stands in the log.',
}
const LONG_ANSWERS = {
  202: 'It is under way: `GET /api/v1/work/<position>` tells how far. Without a position yet, it waits for its turn: ask by `work`.',
}

/** How long a caller waits for the position of long work, which may wait for its turn. */
const SOON_MILLIS = 500

/** Whether there is an answer already: it is refused, or nothing was to be done. */
async function isSoonDone(work: Work): Promise<boolean> {
  const soon = sleep(SOON_MILLIS, undefined, { ref: false })
  const ended = work.result.then(
    () => true,
    () => true,
  )
  const begun = work.begun.then((changed) => (changed ? false : ended))
  await Promise.race([ended, begun, soon])
  return work.hasEnded
}

/** One line for each command, with the names of OpenTelemetry's attributes. */
function logEnd({ log }: FastifyRequest, work: Work): void {
  const line = (more: object) => {
    const { command, commandId, actor, position, state } = work.told
    const ids = { 'asof.command': command, 'asof.command_id': commandId, 'asof.position': position }
    return { ...ids, 'enduser.id': actor, state, ...more }
  }
  work.result.then(
    ({ changed }) => log.info(line({ changed }), 'command'),
    (error) => log.info(line({ error: faultToTell(error).code }), 'command refused'),
  )
}

function accepted(reply: FastifyReply, work: Work) {
  const { work: name, position, state } = work.told
  const path = `/api/v1/work/${position ?? name}`
  return reply.status(202).header('location', path).send({ outcome: 'accepted', work: name, position, state })
}

/** The id in the header or in the body, and what is left of the body. */
function askedIn({ name }: AnyCommand, request: FastifyRequest) {
  const body = inputOf(name, sent, request.body ?? {})
  const { 'idempotency-key': key } = inputOf(name, headers, request.headers)
  const { commandId: field, ...input } = body
  if (key !== undefined && field !== undefined && key !== field)
    throw refuse('command.malformed', { command: name, problems: 'Idempotency-Key and commandId differ' })
  return { id: key ?? field, input }
}

export const answerOf = ({ position, changed, answer }: Done<unknown>) => ({
  outcome: changed ? ('done' as const) : ('already so' as const),
  position,
  answer,
})
