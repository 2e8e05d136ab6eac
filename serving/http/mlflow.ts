/** MLflow's REST API over HTTP: its routes, its files as streams, and its own form of what is refused. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { commandId } from '../commands/perform.ts'
import type { Works } from '../commands/works.ts'
import { MLFLOW_VERSION } from '../mlflow/about.ts'
import { artifactStore } from '../mlflow/artifact-store.ts'
import { readArtifact, removeArtifact, storeArtifact } from '../mlflow/artifacts.ts'
import { openDesk } from '../mlflow/desk.ts'
import { mlflowFailure } from '../mlflow/failure.ts'
import { lostAnswers } from '../mlflow/lost.ts'
import type { Asking, Office } from '../mlflow/route.ts'
import { MLFLOW_ROUTES } from '../mlflow/routes.ts'
import type { Platform } from '../platform.ts'
import { toTell } from './failed.ts'
import type { RouteNotes } from './route.ts'
import { ofBytes } from './uploads.ts'

const FILES = '/api/2.0/mlflow-artifacts/artifacts/*'
const PREFIXES = ['/api/2.0/mlflow', '/api/2.0/mlflow-artifacts', '/api/3.0/mlflow']

/** A large file over a slow line. */
const FILE_MILLIS = 3_600_000

/** @returns what ends it */
export function serveMlflow(server: FastifyInstance, platform: Platform, works: Works): () => void {
  const desk = openDesk(platform)
  const artifacts = artifactStore(join(platform.folder.root, 'artifacts'))
  const office: Office = { platform, desk, works, artifacts, lost: lostAnswers() }
  const version = {
    permission: null,
    about: 'The release of MLflow that is spoken.',
    gives: 'text/plain',
  } as const
  server.get('/version', { config: { notes: version } }, async (_, reply) =>
    reply.type('text/plain; charset=utf-8').send(MLFLOW_VERSION),
  )
  server.register(async (scope) => {
    scope.setErrorHandler(mlflowFailed)
    for (const { method, path, permission, about, input, answer } of MLFLOW_ROUTES) {
      const shape = input instanceof z.ZodObject ? { [method === 'GET' ? 'query' : 'body']: input } : {}
      const notes: RouteNotes = { permission, about, ...shape }
      scope.route({
        method,
        url: path,
        config: { notes },
        handler: async (request, reply) => answer(office, sentIn(request), askingOf(request, reply)),
      })
    }
    for (const prefix of PREFIXES) serveUnknown(scope, prefix)
  })
  ofBytes(server, (scope) => {
    scope.setErrorHandler(mlflowFailed)
    serveFiles(scope, office)
  })
  return () => desk.close()
}

function serveFiles(scope: FastifyInstance, office: Office): void {
  type Named = { Params: { '*': string } }
  const noting = (permission: 'read' | 'experiment.run', about: string): RouteNotes => ({ permission, about })
  const bytes = 'application/octet-stream'

  const put = { ...noting('experiment.run', 'MLflow: store a file.'), takes: bytes }
  scope.put<Named>(FILES, { config: { notes: put, bodyMillis: FILE_MILLIS } }, async (request, reply) => {
    const length = request.headers['content-length']
    const upload = {
      path: request.params['*'],
      bytes: request.raw,
      told: length === undefined ? null : Number(length),
    }
    await storeArtifact(office, upload, askingOf(request, reply))
    return {}
  })

  const get = { ...noting('read', 'MLflow: a file.'), gives: bytes }
  scope.get<Named>(FILES, { config: { notes: get } }, async (request, reply) => {
    const file = await readArtifact(office, request.params['*'])
    return reply
      .type(bytes)
      .header('content-length', file.bytes)
      .header('content-disposition', 'attachment')
      .header('etag', `"${file.hash}"`)
      .send(Readable.from(file.parts))
  })

  const remove = noting('experiment.run', 'MLflow: take a file of a run away.')
  scope.delete<Named>(FILES, { config: { notes: remove } }, async (request, reply) => {
    await removeArtifact(office, request.params['*'], askingOf(request, reply))
    return {}
  })
}

/** A client tells a route that is not there by the name of the failure. */
function serveUnknown(scope: FastifyInstance, prefix: string): void {
  const notes: RouteNotes = { permission: 'read', about: 'No such route of MLflow.', isLeftOut: true }
  scope.all(`${prefix}/*`, { config: { notes } }, async ({ method, url }) => {
    throw refuse('route.unknown', { method, path: url.split('?', 1)[0] })
  })
}

/** What a request says: what its path names counts, then its body, then its query. */
function sentIn({ query, body, params }: FastifyRequest): object {
  const told = typeof body === 'object' && body !== null ? body : {}
  return { ...(query as object), ...told, ...(params as object) }
}

const KEYS = z.object({ 'idempotency-key': commandId.optional() })

function askingOf(request: FastifyRequest, { raw }: FastifyReply): Asking {
  const { subject, headers, routeOptions, params, query, body } = request
  const { 'idempotency-key': key } = KEYS.parse({ 'idempotency-key': headers['idempotency-key'] })
  const whenLost = (act: () => void): void => {
    // It may have ended before anybody asked.
    if (raw.destroyed) act()
    else raw.once('close', () => raw.writableFinished || act())
  }
  if (key === undefined) return { subject, commandId: `tracking:${randomUUID()}`, idOfNew: null, whenLost }
  const named = sha256(JSON.stringify([subject.name, routeOptions.method, routeOptions.url, key]))
  // Under one key, other words are another act: nobody is told that it was done where it was not.
  const said = JSON.stringify([params, query, body instanceof Readable ? null : body])
  return {
    subject,
    commandId: `tracking:${sha256(`${named}\n${said}`)}`,
    idOfNew: named.slice(0, 32),
    whenLost,
  }
}

function mlflowFailed(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const { status, body } = mlflowFailure(toTell(error, request, reply).told)
  // What was said of a file that cannot be handed out is not said of this.
  for (const header of ['content-length', 'content-disposition', 'etag']) reply.removeHeader(header)
  return reply.status(status).type('application/json; charset=utf-8').send(body)
}
