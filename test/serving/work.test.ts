/** Long work over HTTP: accepted at once, told how far it is, and ended where it has not begun. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Role } from '../../schemas/role.ts'
import type { Serving } from '../../serving/http/server.ts'
import type { Platform } from '../../serving/platform.ts'
import type { Sweep } from '../../serving/sweep.ts'
import { served, tokenFor } from '../support/admitted.ts'
import { ask, owners, type Replied } from '../support/doors.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { smallFolder } from '../support/small-folder.ts'
import { MODEL, trainingSetOf } from '../support/small-platform.ts'

const path = mkdtempSync(join(tmpdir(), 'asof-work-'))
let platform: Platform
let server: Serving

beforeAll(async () => {
  platform = await smallFolder(path, 0)
  server = await served(platform)
}, 60_000)

afterAll(async () => {
  await server.close()
  await platform.close()
  rmSync(path, { recursive: true, force: true })
})

const give = (name: string, json: unknown) => ask(server.url, `/api/v1/commands/${name}`, { json })
const workOf = async (work: unknown) => (await ask(server.url, `/api/v1/work/${work}`)).body

async function ended(work: unknown): Promise<Replied['body']> {
  for (;;) {
    const body = await workOf(work)
    if (body.state !== 'waiting' && body.state !== 'requested') return body
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const sweepOf = (family: string, trials: number): Sweep => ({
  family,
  featureSet: 'small@1',
  from: '2001-01-01',
  to: '2001-10-01',
  label: { dataset: 'small', formula: 'demean(close / delay(close, {horizon}) - 1)' },
  trainer: 'ridge',
  folds: 4,
  seed: 1,
  horizons: [2],
  alphas: Array.from({ length: trials }, (_, i) => i + 1),
  features: { momentum: ['mom_5', 'mom_20'] },
  portfolio: {
    construction: 'long-short',
    ...{ maxWeight: null, neutralise: null, impact: null },
    ...{ spreadBps: 4, commissionBps: 1, borrowBps: 50 },
  },
})

test('long work is accepted with its position, and that position tells of it', async () => {
  const before = (await platform.log.head()).position
  const spec = { ...trainingSetOf(5), trainingSet: 'frozen-over-http' }
  const { status, headers, body } = await give('experiment.freeze', { spec })
  expect([status, body]).toMatchObject([202, { outcome: 'accepted', position: before + 1 }])
  expect(headers.get('location')).toBe(`/api/v1/work/${before + 1}`)
  expect(await ended(before + 1)).toMatchObject({
    work: body.work,
    state: 'finished',
    command: 'experiment.freeze',
    result: { outcome: 'done', position: before + 1, answer: { trainingSet: 'frozen-over-http' } },
  })
  // By then the same is already so, at once.
  expect(await give('experiment.freeze', { spec })).toMatchObject({
    status: 200,
    body: { outcome: 'already so', position: before + 1 },
  })
})

test('what the log has tells of itself, whoever asked for it', async () => {
  const events = await eventsOf(platform.log)
  const positionOf = (type: string) => events.find((event) => event.type === type)?.position
  for (const [type, command] of [
    ['experiment.TrainingSetRequested', 'experiment.freeze'],
    ['experiment.RunStarted', 'experiment.start'],
    ['model.ValidationRequested', 'model.validate'],
  ])
    expect(await workOf(positionOf(type))).toMatchObject({ command, state: 'finished' })
  for (const work of [positionOf('data.RowsArrived'), 99_999, 'nothing', '0'])
    expect(await ask(server.url, `/api/v1/work/${work}`)).toMatchObject({
      status: 404,
      body: { error: { code: 'work.unknown' } },
    })
})

test('what is refused at once is no work', async () => {
  expect(await give('experiment.start', { spec: {} })).toMatchObject({ status: 400 })
  expect(await give('model.validate', { model: MODEL, run: 'nobody' })).toMatchObject({ status: 404 })
  const { work } = (await ask(server.url, '/api/v1/work')).body
  expect((work as { state: string }[]).filter(({ state }) => state === 'failed')).toEqual([])
})

test('of a sweep the trials that are still to come are cancelled, and what has begun counts', async () => {
  const { body: sweep } = await give('experiment.sweep', { sweep: sweepOf('many', 200) })
  const startedIn = async () =>
    (await eventsOf(platform.log)).filter(
      ({ type, stream }) => type === 'experiment.RunStarted' && stream.startsWith('experiment-many'),
    )
  while ((await startedIn()).length < 3) await new Promise((resolve) => setTimeout(resolve, 1))
  // Somebody else has the turn while it is cancelled.
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
  const turn = platform.inTurn(() => held)
  const told = await ask(server.url, `/api/v1/work/${sweep.work}`, { method: 'DELETE' })
  letGo()
  await turn
  expect(told.status).toBe(200)
  const cancelled = await ended(sweep.work)
  expect(cancelled).toMatchObject({ state: 'cancelled', of: 200, error: { code: 'work.cancelled' } })
  await platform.drain()
  const started = await startedIn()
  // Those that were started count for ever.
  expect(started.length).toBeLessThan(200)
  for (const { position } of started.slice(0, 3))
    expect(await workOf(position)).toMatchObject({ command: 'experiment.start', state: 'finished' })
  // What has ended cannot be cancelled, and what the log has neither.
  expect(await ask(server.url, `/api/v1/work/${sweep.work}`, { method: 'DELETE' })).toMatchObject({
    status: 409,
    body: { error: { code: 'work.begun' } },
  })
  expect(await ask(server.url, `/api/v1/work/${started[0].position}`, { method: 'DELETE' })).toMatchObject({
    status: 409,
    body: { error: { code: 'work.begun', detail: { position: expect.any(Number) } } },
  })
})

test('an act that waits for its turn has no position, and none is recorded once it is cancelled', async () => {
  await platform.drain()
  const before = (await platform.log.head()).position
  const { promise: held, resolve: letGo } = Promise.withResolvers<void>()
  const turn = platform.inTurn(() => held)
  const spec = { ...trainingSetOf(9), trainingSet: 'cancelled' }
  const { status, body, headers } = await give('experiment.freeze', { spec })
  expect([status, body]).toMatchObject([202, { position: null, state: 'waiting' }])
  expect(headers.get('location')).toBe(`/api/v1/work/${body.work}`)
  const list = (await ask(server.url, '/api/v1/work')).body.work as Replied['body'][]
  expect(list.at(-1)).toMatchObject({ work: body.work, state: 'waiting' })
  await ask(server.url, `/api/v1/work/${body.work}`, { method: 'DELETE' })
  letGo()
  await turn
  expect(await ended(body.work)).toMatchObject({ state: 'cancelled', position: null })
  expect((await platform.log.head()).position).toBe(before)
})

test('work is cancelled by whoever may give its command, and by nobody else', async () => {
  const spec = { ...trainingSetOf(9), trainingSet: 'of-a-researcher' }
  const { body } = await give('experiment.freeze', { spec })
  await ended(body.work)
  const cancel = async (role: Role) => {
    const { authorization } = await tokenFor(platform, [role])
    const headers = { authorization }
    return (await ask(server.url, `/api/v1/work/${body.work}`, { method: 'DELETE', headers })).status
  }
  const statuses: number[] = []
  for (const role of ['engineer', 'member', 'oms', 'researcher'] as const) statuses.push(await cancel(role))
  expect(statuses).toEqual([403, 403, 403, 409])
})

test('how far it is comes as it changes, until it is over; unknown work has no stream', async () => {
  const { body } = await give('experiment.sweep', { sweep: sweepOf('streamed', 3) })
  const headers = { authorization: owners.get(server.url) ?? '' }
  const streamOf = (work: unknown) => fetch(`${server.url}/api/v1/work/${work}/stream`, { headers })
  const reply = await streamOf(body.work)
  expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
  const told = (await reply.text())
    .split('\n\n')
    .filter((part) => part.startsWith('event: work\ndata: '))
    .map((part) => JSON.parse(part.slice('event: work\ndata: '.length)))
  expect(told.at(-1)).toMatchObject({ command: 'experiment.sweep', state: 'finished', done: 3, of: 3 })
  const done = told.map((one) => one.done)
  expect(done).toEqual([...done].sort((a, b) => a - b))
  expect((await streamOf('none')).status).toBe(404)
})
