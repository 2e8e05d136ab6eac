/** Feast's feature server over HTTP: `/get-online-features`, `/push`, `/write-to-online-store` and `/materialize`. Its `/health` is the server's own. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { answerTo } from '../feast/answer.ts'
import { questionOf } from '../feast/asked.ts'
import { objectIn } from '../feast/body.ts'
import { feastFailure } from '../feast/failure.ts'
import { assertMaterialized } from '../feast/materialize.ts'
import type { Writes } from '../feast/write.ts'
import type { Inference } from '../inference/inference.ts'
import { BODY_BYTES } from '../named.ts'
import type { Platform } from '../platform.ts'
import { textOf } from '../whole-text.ts'
import { toTell } from './failed.ts'
import type { RouteNotes } from './route.ts'

type Read = Pick<Platform, 'folds' | 'models' | 'store' | 'moment'>
type Parts = Readonly<{ inference: Pick<Inference, 'standing' | 'admission'>; writes: Writes }>

type Sent = { Body: string | undefined }

const JSON_TYPE = 'application/json; charset=utf-8'

/** Its bodies are JSON as Python writes it, whatever their type, so that it has a scope of its own. */
export async function serveFeast(
  server: FastifyInstance,
  platform: Read,
  { inference: { standing, admission }, writes }: Parts,
): Promise<void> {
  await server.register(async (scope) => {
    scope.setErrorHandler(feastFailed)
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(
      '*',
      { parseAs: 'buffer', bodyLimit: BODY_BYTES },
      async (_: unknown, body: Buffer) => textOf(body),
    )

    const get = noting('read', 'Feast: features of entities, as they are known now or were at `as_of`.')
    scope.post<Sent>('/get-online-features', get, async ({ body = '' }, reply) => {
      const question = questionOf(objectIn(body), platform)
      const answer = await admission.within(() => answerTo(question, platform, standing))
      return reply.type(JSON_TYPE).send(answer)
    })

    const ready = noting('read', 'Feast: what is asked for is there already, computed as its rows arrived.')
    for (const path of ['/materialize', '/materialize-incremental'])
      scope.post<Sent>(path, ready, async ({ body = '' }, reply) => {
        assertMaterialized(objectIn(body), platform)
        return reply.type(JSON_TYPE).send('null')
      })

    const push = noting('data.write', 'Feast: rows arrive in the data set that the push source names.')
    scope.post<Sent>('/push', push, async ({ body = '', subject }, reply) => {
      await writes.push(objectIn(body), subject.name)
      return reply.send()
    })

    const write = noting(
      'data.write',
      'Feast: rows arrive in the data set that the feature view has the name of.',
    )
    scope.post<Sent>('/write-to-online-store', write, async ({ body = '', subject }, reply) => {
      await writes.write(objectIn(body), subject.name)
      return reply.type(JSON_TYPE).send('null')
    })
  })
}

const noting = (permission: 'read' | 'data.write', about: string): { config: { notes: RouteNotes } } => ({
  config: { notes: { permission, about, takes: 'application/json' } },
})

function feastFailed(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const { status, body } = feastFailure(toTell(error, request, reply).told)
  return reply.status(status).type(JSON_TYPE).send(body)
}
