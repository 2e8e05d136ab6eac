/**
 * Every door, and what of the guarded goes out there. A door that is added fails this test until somebody says which it is: what is guarded
 * is let out by `serving/access/egress.ts` alone, and a route that hands it out sends nothing before that was recorded.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COMMANDS } from '../../serving/commands/table.ts'
import { inferenceMethods } from '../../serving/grpc/service.ts'
import { boundedServer } from '../../serving/http/bounded.ts'
import { holdBack } from '../../serving/http/door.ts'
import { openPlatform, type Platform } from '../../serving/platform.ts'
import { type Served, served } from '../support/admitted.ts'

const GUARDED: Readonly<Record<string, string>> = {
  'GET /api/v1/pages/feature-set': 'features',
  'GET /api/v1/pages/cell': 'features',
  'GET /api/v1/reports/{digest}': 'report',
  'GET /api/v1/reports/{digest}/page': 'report',
  'GET /api/2.0/mlflow/logged-models/{model_id}/artifacts/directories': 'listing',
  'GET /api/2.0/mlflow-artifacts/artifacts': 'listing',
  'GET /api/2.0/mlflow/artifacts/list': 'listing',
  'GET /api/2.0/mlflow-artifacts/artifacts/{path}': 'artifact',
  'POST /get-online-features': 'features',
  'GET /api/v1/features/{set}': 'features',
  'POST /api/v1/features/{set}': 'features',
  'GET /api/v1/features/{set}/cell': 'features',
  'GET /api/v1/features/{name}/parts': 'listing',
  'GET /api/v1/features/{name}/parts/{path}': 'features',
  'GET /api/v1/training-sets/{name}': 'features',
  'GET /api/v1/training-sets/{name}/parts': 'listing',
  'GET /api/v1/training-sets/{name}/parts/{path}': 'features',
}

/** Pages of the console that show no values of features. */
const PAGES = [
  'timeline',
  'overview',
  'data',
  'dataset',
  'features',
  'experiments',
  'run',
  'difference',
  'models',
  'model',
  'predictions',
  'prediction',
  'capital',
  'alarms',
  'alarm',
  'claims',
  'audit',
  'event',
]

/** Facts of the log, who is asking, and what is brought. */
const OTHER = [
  'GET /openapi.json',
  'GET /enter/{code}',
  'POST /api/v1/session',
  'GET /api/v1/session',
  'DELETE /api/v1/session',
  'POST /api/v1/links',
  'GET /',
  'GET /console/{path}',
  'GET /health',
  'GET /metrics',
  'GET /api/v1/views',
  'GET /api/v1/views/{view}',
  'GET /api/v1/execution/{model}',
  'GET /api/v1/challengers/{model}',
  'GET /api/v1/capital/{model}/simulation',
  'GET /api/v1/predictions/{name}',
  'GET /api/v1/predictions/{name}/parts',
  'GET /api/v1/predictions/{name}/parts/{path}',
  'GET /api/v1/events',
  'GET /api/v1/views/lineage/up',
  'GET /api/v1/views/lineage/down',
  'GET /api/v1/views/lineage/impact',
  'GET /api/v1/checkpoint',
  'GET /api/v1/checkpoint/latest',
  'GET /api/v1/tile/{path}',
  'GET /api/v1/events/stream',
  'GET /api/v1/work',
  'GET /api/v1/work/{work}',
  'GET /api/v1/work/{work}/stream',
  'DELETE /api/v1/work/{work}',
  'GET /version',
  'POST /api/v1/uploads',
  'POST /materialize',
  'POST /materialize-incremental',
  'POST /push',
  'POST /write-to-online-store',
  'POST /api/v1/replica/answers',
]

/** What tracking clients say and read of runs and models: names, parameters and metrics, and no file. */
const MLFLOW = [
  'POST /api/2.0/mlflow/experiments/create',
  'GET /api/2.0/mlflow/experiments/get',
  'GET /api/2.0/mlflow/experiments/get-by-name',
  'GET /api/2.0/mlflow/experiments/search',
  'POST /api/2.0/mlflow/experiments/search',
  'POST /api/2.0/mlflow/experiments/update',
  'POST /api/2.0/mlflow/experiments/delete',
  'POST /api/2.0/mlflow/experiments/restore',
  'POST /api/2.0/mlflow/experiments/set-experiment-tag',
  'POST /api/2.0/mlflow/experiments/delete-experiment-tag',
  'POST /api/2.0/mlflow/runs/create',
  'GET /api/2.0/mlflow/runs/get',
  'POST /api/2.0/mlflow/runs/update',
  'POST /api/2.0/mlflow/runs/search',
  'POST /api/2.0/mlflow/runs/delete',
  'POST /api/2.0/mlflow/runs/restore',
  'POST /api/2.0/mlflow/runs/log-parameter',
  'POST /api/2.0/mlflow/runs/log-metric',
  'POST /api/2.0/mlflow/runs/log-batch',
  'POST /api/2.0/mlflow/runs/set-tag',
  'POST /api/2.0/mlflow/runs/delete-tag',
  'POST /api/2.0/mlflow/runs/log-inputs',
  'POST /api/2.0/mlflow/runs/outputs',
  'GET /api/2.0/mlflow/metrics/get-history',
  'POST /api/2.0/mlflow/logged-models',
  'GET /api/2.0/mlflow/logged-models/{model_id}',
  'PATCH /api/2.0/mlflow/logged-models/{model_id}',
  'DELETE /api/2.0/mlflow/logged-models/{model_id}',
  'POST /api/2.0/mlflow/logged-models/{model_id}/params',
  'PATCH /api/2.0/mlflow/logged-models/{model_id}/tags',
  'DELETE /api/2.0/mlflow/logged-models/{model_id}/tags/{key}',
  'POST /api/2.0/mlflow/logged-models/search',
  'POST /api/2.0/mlflow-artifacts/mpu/create/{path}',
  'POST /api/2.0/mlflow-artifacts/mpu/complete/{path}',
  'POST /api/2.0/mlflow-artifacts/mpu/abort/{path}',
  'POST /api/2.0/mlflow/registered-models/create',
  'GET /api/2.0/mlflow/registered-models/get',
  'GET /api/2.0/mlflow/registered-models/search',
  'PATCH /api/2.0/mlflow/registered-models/update',
  'POST /api/2.0/mlflow/registered-models/rename',
  'DELETE /api/2.0/mlflow/registered-models/delete',
  'POST /api/2.0/mlflow/registered-models/set-tag',
  'DELETE /api/2.0/mlflow/registered-models/delete-tag',
  'GET /api/2.0/mlflow/registered-models/get-latest-versions',
  'POST /api/2.0/mlflow/registered-models/get-latest-versions',
  'POST /api/2.0/mlflow/registered-models/alias',
  'GET /api/2.0/mlflow/registered-models/alias',
  'DELETE /api/2.0/mlflow/registered-models/alias',
  'POST /api/2.0/mlflow/model-versions/create',
  'GET /api/2.0/mlflow/model-versions/get',
  'GET /api/2.0/mlflow/model-versions/get-download-uri',
  'GET /api/2.0/mlflow/model-versions/search',
  'PATCH /api/2.0/mlflow/model-versions/update',
  'POST /api/2.0/mlflow/model-versions/transition-stage',
  'POST /api/2.0/mlflow/model-versions/set-tag',
  'DELETE /api/2.0/mlflow/model-versions/delete-tag',
  'DELETE /api/2.0/mlflow/model-versions/delete',
  'GET /api/3.0/mlflow/server-info',
  'POST /api/3.0/mlflow/traces',
  'PUT /api/2.0/mlflow-artifacts/artifacts/{path}',
  'DELETE /api/2.0/mlflow-artifacts/artifacts/{path}',
]

/** Models in force, asked: an answer holds scores, and neither the model nor features. */
const OIP = [
  'GET /v2',
  'GET /v2/health/live',
  'GET /v2/health/ready',
  'GET /v2/models',
  'GET /v2/models/{model}',
  'GET /v2/models/{model}/ready',
  'GET /v2/models/{model}/config',
  'GET /v2/models/{model}/stats',
  'GET /v2/models/{model}/versions/{version}',
  'GET /v2/models/{model}/versions/{version}/ready',
  'GET /v2/models/{model}/versions/{version}/config',
  'GET /v2/models/{model}/versions/{version}/stats',
  'GET /v2/models/stats',
  'POST /v2/models/{model}/infer',
  'POST /v2/models/{model}/versions/{version}/infer',
  'POST /v2/repository/index',
]

const path = mkdtempSync(join(tmpdir(), 'asof-guarded-'))
let platform: Platform
let server: Served
let found: Map<string, string | null>

beforeAll(async () => {
  platform = await openPlatform({ path })
  server = await served(platform)
  const { paths } = (await (await server.get('/openapi.json')).json()) as {
    paths: Record<string, Record<string, { 'x-guarded'?: string }>>
  }
  found = new Map(
    Object.entries(paths).flatMap(([at, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, string | null] => [
        `${method.toUpperCase()} ${at}`,
        operation['x-guarded'] ?? null,
      ]),
    ),
  )
})
afterAll(async () => {
  await server.close()
  await platform.close()
  rmSync(path, { recursive: true, force: true })
})

test('every route says what of the guarded goes out there, and none is left out', () => {
  const guarded = [...found].filter(([, hands]) => hands !== null)
  expect(Object.fromEntries(guarded)).toEqual(GUARDED)
  // Commands answer what they did; each stands in the table of the doors that give the same events.
  const commands = [...COMMANDS.values()].flatMap(({ name, prepare }) => [
    `POST /api/v1/commands/${name}`,
    ...(prepare === null ? [] : [`POST /api/v1/prepare/${name}`]),
  ])
  const pages = PAGES.map((page) => `GET /api/v1/pages/${page}`)
  const free = [...found].filter(([, hands]) => hands === null).map(([door]) => door)
  expect(free.sort()).toEqual([...commands, ...pages, ...OTHER, ...MLFLOW, ...OIP].sort())
})

test('no method of gRPC hands out what is guarded', () => {
  expect(Object.keys(inferenceMethods({} as never)).sort()).toEqual([
    ...['ModelConfig', 'ModelInfer', 'ModelMetadata', 'ModelReady', 'ModelStatistics', 'ModelStreamInfer'],
    ...['RepositoryIndex', 'ServerLive', 'ServerMetadata', 'ServerReady'],
  ])
})

describe('a route that hands out what is guarded', () => {
  const bare = boundedServer({ logLevel: 'silent' })
  let url: string
  beforeAll(async () => {
    bare.decorateRequest('released', 'nothing')
    holdBack(bare)
    for (const hands of ['artifact', 'listing'] as const)
      for (const how of ['nothing', 'listed', 'taken'] as const)
        bare.get(
          `/${hands}/${how}`,
          { config: { notes: { permission: null, about: 'A door.', hands } } },
          async (request) => {
            request.released = how
            return 'the crown jewels'
          },
        )
    url = await bare.listen({ host: '127.0.0.1', port: 0 })
  })
  afterAll(() => bare.close())

  test.each([
    ['artifact', 'nothing', false],
    ['artifact', 'listed', false],
    ['artifact', 'taken', true],
    ['listing', 'nothing', false],
    ['listing', 'listed', true],
  ])('%s, of which %s was recorded: sent %s', async (hands, how, isSent) => {
    const reply = await fetch(`${url}/${hands}/${how}`)
    expect([reply.status === 200, (await reply.text()).includes('jewels')]).toEqual([isSent, isSent])
  })
})
