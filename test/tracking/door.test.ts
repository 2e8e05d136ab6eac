/** MLflow's door: who gets in, what a repeated request leaves, what a seal keeps out, and how bad input is refused. */
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isEvent } from '../../schemas/event.ts'
import { RunMeasured, RunSealed } from '../../schemas/events/tracking.ts'
import { canonicalJson, sha256 } from '../../schemas/kernel/canonical.ts'
import { openPlatform } from '../../serving/platform.ts'
import { besieged, requestOf, sent } from '../attack/doors.ts'
import { tokenFor } from '../support/admitted.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { type Desk, deskOf } from '../support/mlflow.ts'

let place: Awaited<ReturnType<typeof besieged>>
let desk: Desk

beforeAll(async () => {
  place = await besieged('mlflow')
  desk = await deskOf(place.platform)
})
afterAll(async () => {
  await desk.server.close()
  await place.remove()
})

const metricsOf = (count: number, key = 'loss') =>
  Array.from({ length: count }, (_, step) => ({ key, value: 1 / (1 + step), timestamp: 1_000 + step, step }))

const measuredIn = async (run: string) =>
  (await eventsOf(place.platform.log)).filter(
    (event) => isEvent(RunMeasured, event) && event.data.run === run,
  )

describe('who gets in', () => {
  test('nobody without a token; a monitor reads and does not write', async () => {
    const { url } = desk.server
    const reply = await fetch(`${url}/api/2.0/mlflow/experiments/get?experiment_id=0`)
    expect([reply.status, await reply.json()]).toMatchObject([401, { error_code: 'UNAUTHENTICATED' }])
    const { authorization } = await tokenFor(place.platform, ['monitor'])
    const read = await desk.server.get('/api/2.0/mlflow/experiments/get?experiment_id=0', {
      headers: { authorization },
    })
    expect(read.status).toBe(200)
    const written = await desk.post('runs/create', { experiment_id: '0' }, { authorization })
    expect(written).toMatchObject({ status: 403, body: { error_code: 'PERMISSION_DENIED' } })
  })

  test('the author of a run is who was let in, whatever the client calls its user', async () => {
    const { authorization } = await tokenFor(place.platform, ['researcher'], 'ann')
    const { body } = await desk.post('runs/create', { experiment_id: '0', user_id: 'cio' }, { authorization })
    const { info, data } = body.run as { info: object; data: { tags: { key: string; value: string }[] } }
    expect(info).toMatchObject({ user_id: 'cio' })
    expect(data.tags.find(({ key }) => key === 'asof.author')?.value).toBe('ann')
  })
})

describe('once and for all', () => {
  test('two clients that create an experiment get one', async () => {
    const answers = await Promise.all([1, 2].map(() => desk.post('experiments/create', { name: 'both' })))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400])
    expect(answers.find(({ status }) => status === 400)?.body.error_code).toBe('RESOURCE_ALREADY_EXISTS')
    const { body } = await desk.post('experiments/search', { filter: "name = 'both'" })
    expect(body.experiments).toHaveLength(1)
  })

  test.each([3, 700])(
    'a batch of %i values that is sent again and again, also at once, is one',
    async (count) => {
      const run_id = await desk.run()
      const batch = {
        run_id,
        metrics: metricsOf(count),
        params: [{ key: 'lr', value: '0.1' }],
        tags: [{ key: 't', value: 'v' }],
      }
      const before = (await eventsOf(place.platform.log)).length
      const answers = await Promise.all([1, 2, 3].map(() => desk.post('runs/log-batch', batch)))
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
      expect((await eventsOf(place.platform.log)).length - before).toBe(2)
      expect(await measuredIn(run_id)).toHaveLength(1)
    },
  )

  test('a tag that goes back to what it was is three facts', async () => {
    const run_id = await desk.run()
    for (const value of ['a', 'b', 'a']) await desk.post('runs/set-tag', { run_id, key: 'k', value })
    const { body } = await desk.get('runs/get', { run_id })
    const { data } = body.run as { data: { tags: { key: string; value: string }[] } }
    expect(data.tags.find(({ key }) => key === 'k')?.value).toBe('a')
  })

  test("a run that is opened twice under the caller's key is one", async () => {
    const open = () => desk.post('runs/create', { experiment_id: '0' }, { 'idempotency-key': 'mine' })
    const [first, second] = [await open(), await open()]
    expect(second.body).toEqual(first.body)
  })

  test('what was acknowledged is there after the server was opened again', async () => {
    const run_id = await desk.run()
    await desk.post('runs/log-batch', {
      run_id,
      metrics: [...metricsOf(900), { key: 'nan', value: 'NaN', timestamp: 1, step: 0 }],
    })
    await desk.server.close()
    await place.platform.close()
    const platform = await openPlatform({ path: place.path })
    const remove = async () => {
      await platform.close()
      rmSync(place.path, { recursive: true, force: true })
    }
    place = { ...place, platform, remove }
    desk = await deskOf(place.platform)
    const { body } = await desk.get('metrics/get-history', { run_id, metric_key: 'loss' })
    expect(body.metrics).toEqual(metricsOf(900))
    const nan = await desk.get('metrics/get-history', { run_id, metric_key: 'nan' })
    expect(nan.body.metrics).toEqual([{ key: 'nan', value: 'NaN', timestamp: 1, step: 0 }])
  })
})

describe('the seal', () => {
  test('is over all that the run said, and keeps out whatever comes later, by name and without a retry', async () => {
    const run_id = await desk.run()
    await desk.post('runs/log-batch', {
      run_id,
      metrics: metricsOf(100),
      params: [{ key: 'lr', value: '1' }],
    })
    await desk.server.get(`/api/2.0/mlflow-artifacts/artifacts/0/${run_id}/artifacts/a.txt`, {
      method: 'PUT',
      body: 'a',
    })
    const ended = { run_id, status: 'FINISHED', end_time: 5_000 }
    expect((await desk.post('runs/update', ended)).status).toBe(200)

    // Made again from the events alone.
    const said = (await eventsOf(place.platform.log)).filter(({ stream }) => stream === `run-${run_id}`)
    const sealed = said.find((event) => isEvent(RunSealed, event))
    const over = (before: string, type: string, data: unknown) =>
      sha256(`${before}\n${sha256(canonicalJson({ type, data }))}`)
    const chain = said
      .filter((event) => event !== sealed)
      .reduce((before, { type, data }) => over(before, type, data), '')
    const { seal, ...end } = (sealed?.data ?? {}) as { seal: string }
    expect(over(chain, 'run.Sealed', end)).toBe(seal)

    const later = [
      desk.post('runs/log-metric', { run_id, key: 'x', value: 1, timestamp: 1 }),
      desk.post('runs/log-batch', { run_id, metrics: metricsOf(500, 'y') }),
      desk.post('runs/set-tag', { run_id, key: 'k', value: 'v' }),
      desk.post('runs/log-parameter', { run_id, key: 'new', value: 'v' }),
      desk.post('runs/update', { run_id, run_name: 'other' }),
      desk.post('runs/update', { run_id, status: 'FAILED' }),
    ]
    for (const { status, body } of await Promise.all(later)) {
      expect([status, body.error_code]).toEqual([409, 'RESOURCE_CONFLICT'])
      expect(body.message).toContain(seal)
    }
    const upload = await desk.server.get(`/api/2.0/mlflow-artifacts/artifacts/0/${run_id}/artifacts/a.txt`, {
      method: 'PUT',
      body: 'b',
    })
    expect(upload.status).toBe(409)
    // What stands is no later write.
    expect((await desk.post('runs/update', ended)).status).toBe(200)
    expect((await desk.post('runs/log-batch', { run_id, metrics: metricsOf(100) })).status).toBe(200)
  })

  test('resuming opens an amendment over the seal; deleting hides, and is taken back', async () => {
    const run_id = await desk.run()
    await desk.post('runs/update', { run_id, status: 'FAILED', end_time: 1 })
    await desk.post('runs/update', { run_id, status: 'RUNNING' })
    expect((await desk.post('runs/log-metric', { run_id, key: 'x', value: 1, timestamp: 1 })).status).toBe(
      200,
    )
    await desk.post('runs/update', { run_id, status: 'FINISHED', end_time: 2 })
    const types = (await eventsOf(place.platform.log))
      .filter(({ stream }) => stream === `run-${run_id}`)
      .map(({ type }) => type)
    expect(types).toEqual(['run.Opened', 'run.Sealed', 'run.AmendmentOpened', 'run.Measured', 'run.Sealed'])
    await desk.post('runs/delete', { run_id })
    const hidden = await desk.post('runs/search', { experiment_ids: ['0'], filter: `run_id = '${run_id}'` })
    expect(hidden.body.runs).toBeUndefined()
    expect((await desk.post('runs/set-tag', { run_id, key: 'k', value: 'v' })).status).toBe(400)
    await desk.post('runs/restore', { run_id })
    const shown = await desk.post('runs/search', { experiment_ids: ['0'], filter: `run_id = '${run_id}'` })
    expect(shown.body.runs).toHaveLength(1)
  })
})

describe('bad input', () => {
  const refused = async (
    answer: ReturnType<Desk['post']>,
    status: number,
    code: string,
    ...words: string[]
  ) => {
    const { status: got, body } = await answer
    expect([got, body.error_code], body.message).toEqual([status, code])
    for (const word of words) expect(body.message).toContain(word)
  }

  test('is refused with the name of what is wrong', async () => {
    const run_id = await desk.run()
    const bad = 'INVALID_PARAMETER_VALUE'
    const param = (key: string, value: string) => desk.post('runs/log-parameter', { run_id, key, value })
    await refused(param('long', 'x'.repeat(6_001)), 400, bad, 'value')
    await refused(param('k'.repeat(251), 'x'), 400, bad, 'key')
    await refused(param('../up', 'x'), 400, bad, 'key')
    await param('lr', '1')
    await refused(param('lr', '2'), 400, bad, 'lr', '1', '2')
    const params = Array.from({ length: 101 }, (_, at) => ({ key: `p${at}`, value: '' }))
    await refused(desk.post('runs/log-batch', { run_id, params }), 400, bad, 'params')
    await refused(desk.post('runs/log-batch', { run_id, metrics: metricsOf(1_001) }), 400, bad, 'metrics')
    await refused(
      desk.post('runs/log-metric', { run_id, key: 'm', value: 'many', timestamp: 1 }),
      400,
      bad,
      'NaN',
    )
    await refused(
      desk.post('runs/log-metric', { run_id, key: 'm', value: 1, timestamp: 2 ** 60 }),
      400,
      bad,
      'timestamp',
    )
    await refused(
      desk.post('runs/log-metric', { run_id: 'none', key: 'm', value: 1, timestamp: 1 }),
      404,
      'RESOURCE_DOES_NOT_EXIST',
      'none',
    )
    await refused(desk.post('runs/create', { experiment_id: '999' }), 404, 'RESOURCE_DOES_NOT_EXIST', '999')
    await refused(desk.post('runs/create', '{"experiment_id":'), 400, bad)
    await refused(
      desk.post('experiments/create', { name: 'x', artifact_location: 's3://b' }),
      501,
      'NOT_IMPLEMENTED',
    )
    await refused(desk.post('runs/no-such-route', {}), 404, 'ENDPOINT_NOT_FOUND')
    const search = (filter: string) => desk.post('runs/search', { experiment_ids: ['0'], filter })
    await refused(search("params.lr = '1' and metrics.ic >"), 400, bad, 'character 33')
    await refused(search("params.lr = '1' or metrics.ic > 1"), 400, bad, 'character 17', 'AND')
    await refused(search('metrics.ic = "many"'), 400, bad, 'number')
    await refused(search("attributes.colour = 'red'"), 400, bad, 'colour', 'run_name')
    const token = Buffer.from('{"offset":3}').toString('base64url')
    await refused(desk.post('runs/search', { experiment_ids: ['0'], page_token: token }), 400, bad, 'token')
    expect(await measuredIn(run_id)).toHaveLength(0)
  })

  test('a body without end is ended, and a page of a search is none of another', async () => {
    const body = JSON.stringify({ run_id: 'x', tags: [{ key: 'k', value: 'x'.repeat(5 << 20) }] })
    await refused(desk.post('runs/log-batch', body), 413, 'REQUEST_LIMIT_EXCEEDED')
    for (let at = 0; at < 3; at++) await desk.run()
    const page = { experiment_ids: ['0'], max_results: 1 }
    const { next_page_token } = (await desk.post('runs/search', page)).body
    const other = { ...page, filter: "status = 'RUNNING'", page_token: next_page_token }
    await refused(desk.post('runs/search', other), 400, 'INVALID_PARAMETER_VALUE', 'token')
  })
})

describe('artifacts', () => {
  const FILES = '/api/2.0/mlflow-artifacts/artifacts'
  const put = (path: string, body: string | Buffer<ArrayBuffer>) =>
    desk.server.get(`${FILES}/${path}`, { method: 'PUT', body, headers: { 'content-type': 'text/plain' } })

  test('come back as they were, under their hash, whatever type they were sent as', async () => {
    const run = await desk.run()
    const bytes = Buffer.alloc(3 << 20, 'asof')
    expect((await put(`0/${run}/artifacts/a/b.json`, bytes)).status).toBe(200)
    const back = await desk.server.get(`${FILES}/0/${run}/artifacts/a/b.json`)
    expect(back.headers.get('etag')).toBe(`"${createHash('sha256').update(bytes).digest('hex')}"`)
    expect(back.headers.get('content-type')).toBe('application/octet-stream')
    expect(Buffer.from(await back.arrayBuffer()).equals(bytes)).toBe(true)
    const listed = await desk.server.get(`${FILES}?path=0/${run}/artifacts/a`)
    expect(await listed.json()).toEqual({
      files: [{ path: 'b.json', is_dir: false, file_size: bytes.length }],
    })
    expect((await desk.server.get(`${FILES}/0/${run}/artifacts/a`)).status).toBe(404)
    expect((await put(`0/${run}/artifacts/a`, 'a file for a folder')).status).toBe(400)
  })

  test('a path that climbs is refused, however it is written', async () => {
    const run = await desk.run()
    const root = `0/${run}/artifacts`
    for (const path of [
      '%2e%2e/x',
      'a/%2e%2e/%2e%2e/x',
      '..%2fx',
      '%252e%252e/x',
      'a%5cb',
      'a//b',
      'a%00b',
      '.',
    ])
      expect((await put(`${root}/${path}`, 'x')).status, path).toBe(400)
    for (const path of ['etc/passwd', '1/models', `1/${run}/artifacts/x`])
      expect((await put(path, 'x')).status, path).toBeGreaterThanOrEqual(400)
    expect((await desk.get('artifacts/list', { run_id: run, path: '../..' })).status).toBe(400)
  })

  test('an upload that is cut in half leaves nothing', async () => {
    const run = await desk.run()
    const { url, owner } = desk.server
    const path = `${FILES}/0/${run}/artifacts/half.bin`
    const head = requestOf(
      url,
      `PUT ${path}`,
      `Authorization: ${owner.authorization}`,
      'Content-Length: 100',
      'Content-Type: text/plain',
    )
    await sent(url, `${head}half`, 300)
    expect((await desk.server.get(path)).status).toBe(404)
    expect((await put(`0/${run}/artifacts/half.bin`, 'whole')).status).toBe(200)
  })
})
