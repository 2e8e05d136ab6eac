/** Answers that never arrive: the server is killed, or the connection ends. What was acknowledged stays, and nothing is twice. */
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { requestOf } from '../attack/doors.ts'
import { ask, owners, upOver } from '../support/doors.ts'

const path = mkdtempSync(join(tmpdir(), 'asof-mlflow-lost-'))
let server: Awaited<ReturnType<typeof upOver>>

beforeAll(async () => {
  server = await upOver(path)
}, 60_000)
afterAll(async () => {
  await server.stop()
  rmSync(path, { recursive: true, force: true })
})

const AT = '/api/2.0/mlflow/'
const post = async (route: string, json: unknown) => (await ask(server.url, `${AT}${route}`, { json })).body
const opening = (start_time: number) => ({
  ...{ experiment_id: '0', user_id: 'ann', start_time },
  tags: [{ key: 'mlflow.user', value: 'ann' }],
})
const idIn = (body: Record<string, unknown>): string => (body.run as { info: { run_id: string } }).info.run_id
const runsOf = async (start_time: number) =>
  ((await post('runs/search', { experiment_ids: ['0'], filter: `start_time = ${start_time}` })).runs ??
    []) as unknown[]

test('two runs that begin in the same millisecond are two', async () => {
  const [one, other] = await Promise.all([1, 2].map(() => post('runs/create', opening(1_000))))
  expect(idIn(one)).not.toBe(idIn(other))
  expect(idIn(await post('runs/create', opening(1_000)))).not.toBe(idIn(one))
})

test('a run whose opening was not answered is the one that the client asks for again', async () => {
  const { hostname, port } = new URL(server.url)
  const authorization = `Authorization: ${owners.get(server.url)}`
  const counts: number[] = []
  for (let start = 2_000; start < 2_010; start++) {
    const body = JSON.stringify(opening(start))
    const length = `Content-Length: ${body.length}`
    const type = 'Content-Type: application/json'
    const head = requestOf(server.url, `POST ${AT}runs/create`, authorization, type, length)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => undefined)
    socket.write(`${head}${body}`, () => socket.resetAndDestroy())
    // One that was broken before the server read it is not there.
    await new Promise((resolve) => setTimeout(resolve, 100))
    if ((await runsOf(start)).length === 0) continue
    await post('runs/create', opening(start))
    counts.push((await runsOf(start)).length)
  }
  // An answer that was quicker than the break counts as heard, and what follows as another run; not each is.
  expect(counts).toContain(1)
})

test('a server that is killed loses nothing that it acknowledged, and what is sent again is the same', async () => {
  const run_id = idIn(await post('runs/create', opening(3_000)))
  const unheard = idIn(await post('runs/create', opening(4_000)))
  const metrics = (from: number) =>
    Array.from({ length: 200 }, (_, at) => ({ key: 'loss', value: from + at, timestamp: 1, step: from + at }))
  let acknowledged = 0
  const logging = (async () => {
    for (let from = 0; from < 100_000; from += 200) {
      await post('runs/log-batch', { run_id, metrics: metrics(from) })
      acknowledged = from + 200
    }
  })().catch(() => undefined)
  await expect.poll(() => acknowledged, { timeout: 20_000 }).toBeGreaterThan(2_000)
  await server.stop('SIGKILL')
  await logging
  server = await upOver(path)
  // The client sends again what it does not know to have arrived.
  await post('runs/log-batch', { run_id, metrics: metrics(acknowledged) })
  const history = await ask(server.url, `${AT}metrics/get-history?run_id=${run_id}&metric_key=loss`)
  const steps = (history.body.metrics as { step: number }[]).map(({ step }) => step)
  expect(steps).toEqual(Array.from({ length: acknowledged + 200 }, (_, step) => step))
  // The other one heard nothing of its run, asks again, and gets it.
  expect(idIn(await post('runs/create', opening(4_000)))).toBe(unheard)
  expect(idIn(await post('runs/create', opening(3_000)))).not.toBe(run_id)
}, 60_000)
