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

const MOST_TRIES = 100
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
  let tries = 0
  /** The time from an opening sent to its connection broken: longer after one that was not read, shorter after one that was answered. */
  let wait = 0
  for (let start = 2_000; tries < MOST_TRIES; start++, tries++) {
    const body = JSON.stringify(opening(start))
    const length = `Content-Length: ${body.length}`
    const type = 'Content-Type: application/json'
    const head = requestOf(server.url, `POST ${AT}runs/create`, authorization, type, length)
    const socket = connect(Number(port), hostname)
    let isHeard = false
    socket.on('error', () => undefined)
    socket.on('data', () => {
      isHeard = true
    })
    await new Promise<void>((resolve) => socket.write(`${head}${body}`, () => resolve()))
    await new Promise((resolve) => setTimeout(resolve, wait))
    // A reset takes with it what the server has not read; an end leaves it there to be read.
    if (tries % 2 === 0) socket.destroy()
    else socket.resetAndDestroy()
    if (isHeard) {
      wait /= 2
      continue
    }
    await post('runs/create', opening(900_000 + start))
    if ((await runsOf(start)).length === 0) {
      wait = Math.min(wait * 1.5 + 1, 200)
      continue
    }
    await post('runs/create', opening(start))
    // An answer that was under way when the connection broke counts as heard, and what follows is another run.
    if ((await runsOf(start)).length === 1) return
  }
  throw new Error(`of ${MOST_TRIES} openings none was recorded and not answered`)
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
