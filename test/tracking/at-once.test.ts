/** MLflow's door under several clients at a time, names that every record has, values told apart, and files that were damaged. */
import { createHash, randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { experiments } from '../../projections/experiment/experiments.ts'
import { RunOpened } from '../../schemas/events/tracking.ts'
import { artifactStore } from '../../serving/mlflow/artifact-store.ts'
import { besieged } from '../attack/doors.ts'
import { type Desk, deskOf } from '../support/mlflow.ts'

let place: Awaited<ReturnType<typeof besieged>>
let desk: Desk

beforeAll(async () => {
  place = await besieged('mlflow-at-once')
  desk = await deskOf(place.platform)
})
afterAll(async () => {
  await desk.server.close()
  await place.remove()
})

type Version = Readonly<{ version: string; source: string }>
const register = async (name: string, source: string, key = source): Promise<Version> => {
  const headers = { 'idempotency-key': `register-${key}` }
  const { body } = await desk.post('model-versions/create', { name, source }, headers)
  return body.model_version as Version
}

test('each of several clients who register versions at once is told its own', async () => {
  await desk.post('registered-models/create', { name: 'crowded' })
  const sources = ['s3://a', 's3://b', 's3://c'].map((source) => source.replace('s3://', 'file-'))
  const made = await Promise.all(sources.map((source) => register('crowded', source)))
  expect(made.map(({ source }) => source)).toEqual(sources)
  expect(made.map(({ version }) => version).sort()).toEqual(['1', '2', '3'])
  // Sent again under its key, it is the version that it was.
  expect(await register('crowded', sources[0])).toMatchObject(made[0])
})

test('versions of one logged model that are registered at once all stand on it', async () => {
  await desk.post('registered-models/create', { name: 'noted' })
  const { body } = await desk.post('logged-models', { experiment_id: '0' })
  const { model_id } = (body.model as { info: { model_id: string } }).info
  const source = `models:/${model_id}`
  await Promise.all(
    [1, 2, 3, 4].map((key) =>
      desk.post(
        'model-versions/create',
        { name: 'noted', source, model_id },
        { 'idempotency-key': `n${key}` },
      ),
    ),
  )
  const { model } = (await desk.get(`logged-models/${model_id}`)).body
  const { tags } = (model as { info: { tags: { key: string; value: string }[] } }).info
  const noted = JSON.parse(tags.find(({ key }) => key === 'mlflow.modelVersions')?.value ?? '[]')
  expect(noted.map(({ version }: { version: number }) => version).sort()).toEqual([1, 2, 3, 4])
})

test('a value of 0 below zero is another one than 0, and comes back as it was', async () => {
  const run_id = await desk.run()
  const point = { run_id, key: 'drift', timestamp: 5, step: 0 }
  for (const value of [0, '-0.0']) await desk.post('runs/log-metric', { ...point, value })
  const { metrics } = (await desk.get('metrics/get-history', { run_id, metric_key: 'drift' })).body
  expect((metrics as { value: unknown }[]).map(({ value }) => value)).toEqual([0, '-0.0'])
})

test.each(['__proto__', 'constructor', 'toString', 'hid\u200bden'])('nothing is called %j', async (name) => {
  const answers = await Promise.all([
    desk.post('experiments/create', { name }),
    desk.post('registered-models/create', { name }),
    desk.post('experiments/create', { name: `plain ${name.length}` }),
  ])
  expect(answers.map(({ status }) => status)).toEqual([400, 400, 200])
  const { experiment_id } = answers[2].body
  expect((await desk.post('experiments/update', { experiment_id, new_name: name })).status).toBe(400)
})

test('a family that is called as something that every record has is counted', () => {
  const data = { run: 'r', experiment: '1', family: 'constructor', author: 'a', name: 'n', user: '' }
  const opened = RunOpened.draft({ ...data, startTime: 1, tags: [] }, { eventTime: 1, knownAt: 1 })
  const event = { ...opened, position: 1 } as unknown as Parameters<typeof experiments.apply>[1]
  expect(experiments.apply(experiments.initial(), event).families.constructor).toEqual(['r'])
})

test('one value of a logged model on two data sets is two', async () => {
  const run_id = await desk.run()
  const { body } = await desk.post('logged-models', { experiment_id: '0', source_run_id: run_id })
  const { model_id } = (body.model as { info: { model_id: string } }).info
  const point = { run_id, key: 'acc', value: 1, timestamp: 5, step: 0, model_id }
  for (const name of ['train', 'test'])
    await desk.post('runs/log-metric', { ...point, dataset_name: name, dataset_digest: name })
  const { model } = (await desk.get(`logged-models/${model_id}`)).body
  const { metrics } = (model as { data: { metrics: { dataset_name: string }[] } }).data
  expect(metrics.map(({ dataset_name }) => dataset_name)).toEqual(['train', 'test'])
  const history = await desk.get('metrics/get-history', { run_id, metric_key: 'acc' })
  expect(history.body.metrics).toHaveLength(1)
})

test('a damaged file is not handed out whole, and is mended by whoever stores it again', async () => {
  const run = await desk.run()
  const url = (file: string) => `/api/2.0/mlflow-artifacts/artifacts/0/${run}/artifacts/${file}`
  const put = (file: string) => desk.server.get(url(file), { method: 'PUT', body: 'hello' })
  await put('first.txt')
  const hash = createHash('sha256').update('hello').digest('hex')
  const path = join(place.platform.folder.root, 'artifacts', hash.slice(0, 2), hash.slice(2))
  writeFileSync(path, 'hellO')
  const damaged = await desk.server.get(url('first.txt'))
  expect([damaged.status, await damaged.json()]).toMatchObject([
    500,
    { error: { code: 'tracking.artifact-damaged' } },
  ])
  expect((await put('second.txt')).status).toBe(200)
  expect(readFileSync(path, 'utf8')).toBe('hello')
  expect(await (await desk.server.get(url('first.txt'))).text()).toBe('hello')
})

test('what is told under a key that was used for something else is kept all the same', async () => {
  const run_id = await desk.run()
  const headers = { 'idempotency-key': 'one-for-all' }
  for (const key of ['a', 'b', 'b'])
    expect((await desk.post('runs/log-parameter', { run_id, key, value: '1' }, headers)).status).toBe(200)
  const { run } = (await desk.get('runs/get', { run_id })).body
  const { params } = (run as { data: { params: { key: string }[] } }).data
  expect(params.map(({ key }) => key)).toEqual(['a', 'b'])
  const url = (file: string) => `/api/2.0/mlflow-artifacts/artifacts/0/${run_id}/artifacts/${file}`
  for (const [file, body] of [
    ['x', '1'],
    ['y', '2'],
    ['y', '3'],
  ] as const) {
    await desk.server.get(url(file), { method: 'PUT', body, headers })
    expect(await (await desk.server.get(url(file))).text()).toBe(body)
  }
})

test('half an upload of a server that was killed does not stay', () => {
  const folder = mkdtempSync(join(tmpdir(), 'asof-drafts-'))
  writeFileSync(join(folder, `${randomUUID()}.new`), 'half')
  writeFileSync(join(folder, 'kept'), 'whole')
  artifactStore(folder)
  expect(readdirSync(folder)).toEqual(['kept'])
  rmSync(folder, { recursive: true })
})

test('a path with backslashes is found as it was logged', async () => {
  const run_id = await desk.run()
  await desk.post('runs/log-parameter', { run_id, key: 'path', value: 'C:\\data' })
  const search = { experiment_ids: ['0'], filter: "params.path = 'C:\\data'" }
  expect((await desk.post('runs/search', search)).body.runs).toHaveLength(1)
})
