/** The Open Inference Protocol v2 over HTTP: `/v2/...`. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { refuse } from '../../schemas/kernel/fault.ts'
import { LOOPBACK } from '../access/loopback.ts'
import { deadlineOf, questionOf } from '../inference/asked.ts'
import { configOf, metadataOf, repositoryOf, SERVER, statisticsOf } from '../inference/described.ts'
import type { Inference } from '../inference/inference.ts'
import { BODY_BYTES } from '../named.ts'
import { packed, unpacked } from './compression.ts'
import { readBody, writeBody } from './oip-body.ts'
import type { RouteNotes } from './route.ts'

type Named = { Params: { model: string; version?: string } }

const reading = (about: string): { config: { notes: RouteNotes } } => ({
  config: { notes: { permission: 'read', about, isOpenHere: true } },
})

/** Its bodies are bytes whatever their type, so that it has a scope of its own. */
export async function serveOip(server: FastifyInstance, inference: Inference): Promise<void> {
  await server.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(
      '*',
      { parseAs: 'buffer', bodyLimit: BODY_BYTES },
      async (_: unknown, body: Buffer) => body,
    )
    serveServer(scope, inference)
    serveModels(scope, inference)
    serveInfer(scope, inference)
    serveRepository(scope, inference)
  })
}

function serveServer(server: FastifyInstance, { standing }: Inference): void {
  server.get('/v2', reading('Open Inference Protocol: the server and its extensions.'), async () => SERVER)
  server.get('/v2/health/live', reading('Open Inference Protocol: whether it runs.'), async () => ({
    live: true,
  }))
  server.get(
    '/v2/health/ready',
    reading('Open Inference Protocol: whether it answers by entity, too.'),
    async () => {
      standing.assertReady()
      // The specification names the one, and prints the other.
      return { ready: true, live: true }
    },
  )
}

function serveModels(server: FastifyInstance, inference: Inference): void {
  const { models } = inference
  server.get('/v2/models', reading('The models in force, by name.'), async () => ({
    models: models.inForce().map(({ model }) => model),
  }))
  for (const path of ['/v2/models/:model', '/v2/models/:model/versions/:version']) {
    const find = ({ params: { model, version } }: FastifyRequest<Named>) => models.find(model, version)
    server.get<Named>(
      path,
      reading('Open Inference Protocol: what a model takes and gives.'),
      async (request) => metadataOf(await find(request)),
    )
    server.get<Named>(
      `${path}/ready`,
      reading('Open Inference Protocol: whether a model answers.'),
      async (request) => {
        const { live } = await find(request)
        return { name: live.model, ready: true }
      },
    )
    server.get<Named>(
      `${path}/config`,
      reading("A model's configuration, in Triton's words."),
      async (request) => configOf(await find(request)),
    )
    server.get<Named>(
      `${path}/stats`,
      reading('What a model was asked since the server began.'),
      async ({ params }) => ({
        model_stats: await statisticsOf(inference, params.model, params.version ?? ''),
      }),
    )
  }
  server.get('/v2/models/stats', reading('What each model was asked since the server began.'), async () => ({
    model_stats: await statisticsOf(inference, '', ''),
  }))
}

const LENGTH = 'inference-header-content-length'

function serveInfer(server: FastifyInstance, inference: Inference): void {
  const notes: RouteNotes = {
    permission: 'predict',
    about:
      'Open Inference Protocol: ask a model, by its features as a tensor, or by entity. Each answer is an event of the log.',
    takes: 'application/octet-stream',
    isOpenHere: true,
  }
  // Before its body is read.
  const preParsing = async () => inference.assertRoom()
  for (const path of ['/v2/models/:model/infer', '/v2/models/:model/versions/:version/infer'])
    server.post<Named & { Body: Buffer | undefined }>(
      path,
      { config: { notes }, preParsing },
      async (request, reply) => {
        const begun = performance.now()
        const { params, headers, body, subject } = request
        const { model, version = '' } = params
        const whole = unpacked(body ?? Buffer.alloc(0), headers['content-encoding'])
        const jsonBytes = headers[LENGTH] === undefined ? null : lengthIn(headers[LENGTH])
        const sent = readBody(whole, { model, version, jsonBytes })
        const deadline = deadlineOf(sent.asked, begun)
        const caller = { name: subject.name, isKnown: subject !== LOOPBACK, deadline }
        const answered = await inference.answer(questionOf(sent.asked, caller), caller)
        return send(reply, headers['accept-encoding'], writeBody(answered, sent))
      },
    )
}

/** @returns NaN for what is no length, which fits no body */
const lengthIn = (header: string | string[]): number =>
  typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : Number.NaN

function send(
  reply: FastifyReply,
  accepts: string | string[] | undefined,
  { body, jsonBytes }: ReturnType<typeof writeBody>,
) {
  const { body: bytes, encoding } = packed(body, String(accepts ?? ''))
  if (encoding !== null) reply.header('content-encoding', encoding)
  // A client that compresses finds where the JSON ends once the body is whole again.
  if (jsonBytes !== null) reply.header(LENGTH, jsonBytes)
  return reply.type(jsonBytes === null ? 'application/json' : 'application/octet-stream').send(bytes)
}

function serveRepository(server: FastifyInstance, inference: Inference): void {
  server.post('/v2/repository/index', reading('The models in force, as a repository of Triton.'), () =>
    repositoryOf(inference),
  )
  const about = 'Not offered: what is in force is decided by promotions.'
  const notes: RouteNotes = { permission: 'read', about, isLeftOut: true }
  for (const method of ['load', 'unload'])
    server.post(`/v2/repository/models/:model/${method}`, { config: { notes } }, async () => {
      throw refuse('inference.not-offered', { method, instead: 'asof promote puts a model in force' })
    })
}
