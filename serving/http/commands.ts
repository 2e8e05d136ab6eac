/** `POST /api/v1/commands/<name>`: the table of commands over HTTP. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { AnyCommand, Done } from '../commands/definition.ts'
import { commandId } from '../commands/perform.ts'
import { COMMANDS } from '../commands/table.ts'
import { parsed } from './query.ts'
import type { Commands } from './repeated.ts'

const sent = z.looseObject({ commandId: commandId.optional() })
const headers = z.object({ 'idempotency-key': commandId.optional() })

export function serveCommands(server: FastifyInstance, commands: Commands): void {
  for (const command of COMMANDS.values()) {
    const { name, about, input, permission } = command
    const notes = { permission, about, body: input, headers, answers: ANSWERS }
    server.post(`/api/v1/commands/${name}`, { config: { notes } }, async (request) => {
      const { id, input } = askedIn(command, request)
      return answerOf(await commands.perform(command, { input, id, actor: request.subject.name }))
    })
  }

  const notes = { permission: 'read', about: 'Refused: there is no such command.' } as const
  server.post<{ Params: { name: string } }>(
    '/api/v1/commands/:name',
    { config: { notes } },
    async ({ params }) => {
      throw refuse('command.unknown', { command: params.name, commands: [...COMMANDS.keys()].join(', ') })
    },
  )
}

const ANSWERS = {
  200: 'It is done, or was already so: `outcome` says which, and `position` where it stands in the log.',
}

/** The id in the header or in the body, and what is left of the body. */
function askedIn({ name }: AnyCommand, request: FastifyRequest) {
  const body = parsed(sent, request.body ?? {}, name)
  const { 'idempotency-key': key } = parsed(headers, request.headers, name)
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
