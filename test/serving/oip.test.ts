/** The Open Inference Protocol over HTTP: what is answered, in which bytes, and what stands in the log of it. */
import { userInfo } from 'node:os'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type EventOf, isEvent } from '../../schemas/event.ts'
import { PredictionServed } from '../../schemas/events/prediction.ts'
import { FAULTS, type FaultCode } from '../../schemas/kernel/fault.ts'
import { formatMoment } from '../../schemas/kernel/time.ts'
import { replay } from '../../serving/replaying/replay.ts'
import { wireAll } from '../../serving/wire.ts'
import { tokenFor } from '../support/admitted.ts'
import { asof } from '../support/cli.ts'
import { DECIDED, type InForce, inForce, liveScores } from '../support/in-force.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { MODEL } from '../support/small-platform.ts'
import { NAMES } from '../support/small-world.ts'

let home: InForce
let live: ReadonlyMap<string, number>

beforeAll(async () => {
  home = await inForce()
  live = await liveScores(home.platform)
})
afterAll(() => home.close())

type Answer = Readonly<{
  model_name: string
  model_version: string
  id?: string
  parameters: Record<string, string | number>
  outputs: readonly Readonly<{
    name: string
    datatype: string
    shape: readonly number[]
    data: readonly number[]
    parameters?: Record<string, unknown>
  }>[]
  error?: string
  code?: string
}>

const at = (path: string, init: RequestInit = {}) => fetch(`${home.server.url}${path}`, init)

async function asked(
  json: unknown,
  headers: Record<string, string> = {},
  path = `/v2/models/${MODEL}/infer`,
) {
  const reply = await at(path, { method: 'POST', body: JSON.stringify(json), headers })
  return { status: reply.status, headers: reply.headers, body: (await reply.json()) as Answer }
}

const tensor = (data: unknown, shape = [2, 2]) => ({ name: 'features', datatype: 'FP64', shape, data })
const FEATURES = [0.25, -0.5, 0.125, 0.0625]

const servedEvents = async (): Promise<EventOf<typeof PredictionServed>[]> =>
  (await eventsOf(home.platform.log)).filter((event) => isEvent(PredictionServed, event))

describe('without a token, on this machine', () => {
  test('health and metadata', async () => {
    expect(await (await at('/v2/health/live')).json()).toEqual({ live: true })
    expect(await (await at('/v2/health/ready')).json()).toEqual({ ready: true, live: true })
    expect(await (await at('/v2')).json()).toMatchObject({
      name: 'asof',
      version: expect.stringMatching(/^\d/),
    })
    expect(await (await at('/v2/models')).json()).toEqual({ models: [MODEL] })
    const promotion = home.platform.models.inForce(MODEL)?.promotion
    expect(await (await at(`/v2/models/${MODEL}`)).json()).toMatchObject({
      name: MODEL,
      versions: [String(promotion)],
      platform: 'onnx_onnxv1',
      inputs: [{ name: 'features', datatype: 'FP64', shape: [-1, 2] }],
      outputs: [{ name: 'score', datatype: 'FP64', shape: [-1, 1] }],
      properties: { features: 'mom_5, mom_20', approvals: 'bob, cat' },
    })
    expect((await at('/v2/models/nope/ready')).status).toBe(404)
    expect(await (await at(`/v2/models/${MODEL}/versions/${promotion}/ready`)).json()).toEqual({
      name: MODEL,
      ready: true,
    })
    expect(await (await at(`/v2/models/${MODEL}/config`)).json()).toMatchObject({ max_batch_size: 0 })
    expect(await (await at('/v2/repository/index', { method: 'POST' })).json()).toEqual([
      { name: MODEL, version: String(promotion), state: 'READY', reason: '' },
    ])
  })

  test('inference by tensors, nested or flat, is an event under the actor loopback', async () => {
    const before = (await servedEvents()).length
    const nested = await asked({ id: 'id-1', inputs: [tensor([FEATURES.slice(0, 2), FEATURES.slice(2)])] })
    const flat = await asked({ inputs: [tensor(FEATURES)] })
    expect(nested.status).toBe(200)
    expect(nested.body).toMatchObject({
      model_name: MODEL,
      id: 'id-1',
      outputs: [{ name: 'score', shape: [2, 1] }],
    })
    expect('id' in flat.body).toBe(false)
    expect(flat.body.outputs[0].data).toEqual(nested.body.outputs[0].data)
    const [one, two] = (await servedEvents()).slice(before)
    expect(one).toMatchObject({
      actor: 'loopback',
      position: nested.body.parameters.position,
      data: { model: MODEL, request: 'id-1', online: null, columns: 2, inputs: FEATURES },
    })
    expect(one.data.scores).toEqual(nested.body.outputs[0].data)
    expect(two.data.request).toBe('')
    expect(nested.body.parameters).toMatchObject({ approvals: 'bob, cat', artifact: one.data.artifact })
  })

  test('by entity, and what changes anything, a token is needed', async () => {
    for (const json of [{ parameters: { entity: 'ANT' } }, { inputs: [entities(['ANT'])] }]) {
      const { status, body } = await asked(json)
      expect([status, body.code]).toEqual([401, 'access.unauthenticated'])
      expect(body.error).toMatch(/Who asks is not known/)
    }
    expect((await at('/api/v1/views')).status).toBe(401)
    expect((await at('/v2/repository/models/x/load', { method: 'POST' })).status).toBe(401)
  })

  test('whoever shows something is held to it', async () => {
    const wrong = await asked({ inputs: [tensor(FEATURES)] }, { authorization: 'Bearer asof_0_0' })
    expect([wrong.status, wrong.body.code]).toEqual([401, 'access.unauthenticated'])
    const { authorization } = await tokenFor(home.platform, ['monitor'], 'mona')
    expect((await asked({ inputs: [tensor(FEATURES)] }, { authorization })).body.code).toBe('access.denied')
  })

  test.each(['via', 'forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'])(
    'not through a proxy that says %s',
    async (header) => expect((await at('/v2', { headers: { [header]: '10.0.0.1' } })).status).toBe(401),
  )
})

const entities = (data: readonly string[], shape = [data.length]) => ({
  name: 'entity',
  datatype: 'BYTES',
  shape,
  data,
})

describe('by entity', () => {
  const owner = () => home.server.owner

  test('as of a decision, the scores are those of the live prediction, to the last bit', async () => {
    expect(live.size).toBe(NAMES.length)
    const parameters = { as_of: DECIDED }
    const { body } = await asked({ inputs: [entities(NAMES)], parameters }, owner())
    expect(body.outputs[0].data).toEqual(NAMES.map((name) => live.get(name)))
    for (const name of NAMES) {
      const one = await asked({ parameters: { entity: name, as_of: formatMoment(DECIDED) } }, owner())
      expect(one.body.outputs[0].data, name).toEqual([live.get(name)])
    }
  })

  test('now is as of now; what the answer rests on is told, and recorded', async () => {
    const { body } = await asked(
      { id: 'q', parameters: { entity: 'BEE' }, outputs: [{ name: 'score' }, { name: 'feature_time' }] },
      owner(),
    )
    const { platform } = home
    const event = (await servedEvents()).at(-1)
    expect(event).toMatchObject({
      actor: (await platform.log.head()).position === event?.position ? event?.actor : '',
      eventTime: platform.moment.nowMicros(),
      data: { request: 'q', online: { entities: ['BEE'], moment: platform.moment.nowMicros() } },
    })
    expect(body.parameters).toMatchObject({
      position: event?.position,
      moment: event?.data.online?.moment,
      feature_time: event?.data.online?.eventTimes[0],
      features_read_at: event?.data.online?.readAt,
      promotion: platform.models.inForce(MODEL)?.promotion,
    })
    expect(body.outputs.map(({ name, datatype, data }) => [name, datatype, data])).toEqual([
      ['score', 'FP64', [live.get('BEE')]],
      ['feature_time', 'INT64', event?.data.online?.eventTimes],
    ])
    expect(platform.log.durableTo).toBeGreaterThanOrEqual(event?.position ?? Number.POSITIVE_INFINITY)
  })
})

describe('the binary extension', () => {
  const blob = Buffer.from(Float64Array.from(FEATURES).buffer)
  const json = (more: object) =>
    Buffer.from(
      JSON.stringify({
        inputs: [{ name: 'features', datatype: 'FP64', shape: [2, 2], parameters: { binary_data_size: 32 } }],
        ...more,
      }),
    )
  const send = (body: Buffer, headers: Record<string, string>) =>
    at(`/v2/models/${MODEL}/infer`, { method: 'POST', body: new Uint8Array(body), headers })
  const LENGTH = 'inference-header-content-length'

  test.each([
    ['one output', { outputs: [{ name: 'score', parameters: { binary_data: true } }] }],
    ['all outputs', { parameters: { binary_data_output: true } }],
  ])('bytes in and out: %s', async (_, more) => {
    const head = json(more)
    const reply = await send(Buffer.concat([head, blob]), { [LENGTH]: String(head.length) })
    const body = Buffer.from(await reply.arrayBuffer())
    const length = Number(reply.headers.get(LENGTH))
    const told = JSON.parse(body.subarray(0, length).toString()) as Answer
    expect(told.outputs).toEqual([
      { name: 'score', datatype: 'FP64', shape: [2, 1], parameters: { binary_data_size: 16 } },
    ])
    const scores = [body.readDoubleLE(length), body.readDoubleLE(length + 8)]
    expect(body.length).toBe(length + 16)
    const plain = await asked({ inputs: [tensor(FEATURES)] })
    expect(scores).toEqual(plain.body.outputs[0].data)
  })

  test('gzip and deflate in, gzip out', async () => {
    const head = json({ outputs: [{ name: 'score', parameters: { binary_data: false } }] })
    const packed = gzipSync(Buffer.concat([head, blob]))
    const reply = await send(packed, { [LENGTH]: String(head.length), 'content-encoding': 'gzip' })
    expect(reply.status).toBe(200)
    const many = Array.from({ length: 400 }, (_, i) => i / 7)
    const raw = await send(Buffer.from(JSON.stringify({ inputs: [tensor(many, [200, 2])] })), {
      'accept-encoding': 'gzip',
    })
    expect(raw.headers.get('content-encoding')).toBe('gzip')
    const bomb = gzipSync(Buffer.alloc(8 << 20))
    const refused = await send(bomb, { 'content-encoding': 'gzip' })
    expect([refused.status, ((await refused.json()) as Answer).code]).toEqual([413, 'request.too-large'])
    expect(gunzipSync(packed).length).toBe(head.length + 32)
  })

  test.each([
    ['the length is beyond the body', () => [Buffer.concat([json({}), blob]), '4000'] as const],
    ['the length is none', () => [Buffer.concat([json({}), blob]), '-1'] as const],
    [
      'the bytes are cut off',
      () => [Buffer.concat([json({}), blob.subarray(8)]), String(json({}).length)] as const,
    ],
    ['bytes are left over', () => [Buffer.concat([json({}), blob, blob]), String(json({}).length)] as const],
    ['no length is told', () => [Buffer.concat([json({}), blob]), null] as const],
  ])('refused: %s', async (_, make) => {
    const [body, length] = make()
    const reply = await send(body, length === null ? {} : { [LENGTH]: length })
    expect(reply.status).toBe(400)
    expect(((await reply.json()) as Answer).error).toMatch(/\.$/)
  })
})

describe('what is wrong is told by name, with its status', () => {
  const one = (input: object) => ({ inputs: [{ ...tensor(FEATURES), ...input }] })
  const cases: readonly [string, unknown, FaultCode][] = [
    ['not JSON', 'x', 'request.malformed'],
    ['no inputs', { inputs: [] }, 'inference.malformed'],
    ['another schema', { foo: 1 }, 'inference.malformed'],
    ['a shape that the data do not fill', one({ shape: [3, 2] }), 'inference.tensor'],
    ['too many columns', one({ shape: [1, 4] }), 'inference.tensor'],
    ['an empty batch', one({ shape: [0, 2], data: [] }), 'inference.tensor'],
    ['a negative shape', one({ shape: [-1, 2] }), 'inference.tensor'],
    ['another datatype', one({ datatype: 'FP32' }), 'inference.tensor'],
    ['no datatype', one({ datatype: 'FLOAT' }), 'inference.tensor'],
    ['NaN, which JSON has no number for', one({ data: [null, 1, 2, 3] }), 'inference.tensor'],
    ['infinity', one({ data: ['1e999', 1, 2, 3] }), 'inference.tensor'],
    ['ragged', one({ data: [[1, 2], 3, 4] }), 'inference.tensor'],
    ['an input that is none', one({ name: 'x' }), 'inference.malformed'],
    ['an output that is none', { ...one({}), outputs: [{ name: 'y' }] }, 'inference.malformed'],
    ['the same input twice', { inputs: [tensor(FEATURES), tensor(FEATURES)] }, 'inference.malformed'],
    ['an id that is no text', { ...one({}), id: 7 }, 'inference.malformed'],
  ]
  test.each(cases)('%s', async (_, json, code) => {
    const before = (await servedEvents()).length
    const { status, body } = await asked(json)
    expect([status, body.code]).toEqual([FAULTS[code].http, code])
    expect(body.error).toMatch(/\.$/)
    expect((await servedEvents()).length).toBe(before)
  })

  test('models and versions', async () => {
    const version = home.platform.models.inForce(MODEL)?.promotion
    const path = (model: string, of: string | number) => `/v2/models/${model}/versions/${of}/infer`
    const json = { inputs: [tensor(FEATURES)] }
    expect((await asked(json, {}, path(MODEL, version ?? 0))).status).toBe(200)
    const codes = await Promise.all(
      [path('nope', 1), path(MODEL, 1), path(MODEL, 'one'), path(MODEL, 999_999)].map(
        async (one) => (await asked(json, {}, one)).body.code,
      ),
    )
    expect(codes).toEqual([
      'model.not-in-force',
      'model.version-unknown',
      'model.version-unknown',
      'model.version-unknown',
    ])
  })

  test('entities', async () => {
    const owner = home.server.owner
    const of = async (parameters: object) => (await asked({ parameters }, owner)).body
    expect(await of({ entity: 'NONE' })).toMatchObject({ code: 'inference.unknown-entity' })
    expect(await of({ entity: 'ANT', as_of: '2000-01-01' })).toMatchObject({
      code: 'inference.features-unusable',
      error: expect.stringMatching(/: mom_5, mom_20: /),
    })
    expect(await of({ entity: 'ANT', as_of: '2099-01-01' })).toMatchObject({ code: 'inference.future' })
    expect(await of({ entity: 'ANT', as_of: 'soon' })).toMatchObject({ code: 'moment.malformed' })
    expect(await of({ entity: 7 })).toMatchObject({ code: 'inference.tensor' })
    const both = await asked({ inputs: [entities(['ANT']), tensor(FEATURES)] }, owner)
    expect(both.body.code).toBe('inference.malformed')
  })

  test('a deadline of a microsecond', async () => {
    const { status, body } = await asked({ inputs: [tensor(FEATURES)], parameters: { timeout: 1 } })
    expect([status, body.code]).toEqual([504, 'inference.deadline'])
  })
})

describe('the command', () => {
  const give = async (input: object, key?: string) => {
    const headers = {
      'content-type': 'application/json',
      ...(key !== undefined && { 'idempotency-key': key }),
    }
    const init = { method: 'POST', body: JSON.stringify(input), headers }
    return (await home.server.get('/api/v1/commands/prediction.serve', init)).json()
  }

  test('says what the protocol says, and is done once under its id', async () => {
    const input = { model: MODEL, entities: ['CAT', 'DOG'], asOf: formatMoment(DECIDED) }
    const first = await give(input, 'once')
    expect(first).toMatchObject({
      outcome: 'done',
      answer: {
        approvals: ['bob', 'cat'],
        moment: DECIDED,
        rows: [
          { entity: 'CAT', score: live.get('CAT') },
          { entity: 'DOG', score: live.get('DOG') },
        ],
      },
    })
    const { answer, position } = first as { answer: object; position: number }
    expect(await give(input, 'once')).toEqual({ outcome: 'already so', position, answer })
    expect(await give({ ...input, entities: ['CAT'] }, 'once')).toMatchObject({
      error: { code: 'command.id-reused' },
    })
  })

  test('is asof predict --entity, which prints what the answer rests on', async () => {
    const at = formatMoment(DECIDED)
    const { code, out, err } = await asof(
      home.path,
      'predict',
      MODEL,
      '--entity',
      'ANT',
      'FOX',
      '--as-of',
      at,
      '--json',
    )
    expect(code, err).toBe(0)
    const event = (await servedEvents()).at(-1)
    expect(JSON.parse(out)).toMatchObject({
      position: event?.position,
      rows: [
        { entity: 'ANT', score: live.get('ANT') },
        { entity: 'FOX', score: live.get('FOX') },
      ],
    })
    expect(event).toMatchObject({ actor: userInfo().username, data: { online: { moment: DECIDED } } })
    const none = await asof(home.path, 'predict', MODEL, '--entity', 'NONE')
    expect([none.code, none.err]).toEqual([1, expect.stringMatching(/Nothing was ever told of NONE/)])
  }, 60_000)
})

test('what was answered and what was refused is counted', async () => {
  const text = await (await at('/metrics')).text()
  const counted = (outcome: string) =>
    Number(new RegExp(`asof_inference_total\\{outcome="${outcome}"\\} (\\d+)`).exec(text)?.[1])
  expect(counted('answered')).toBe((await servedEvents()).length)
  expect(counted('inference.tensor')).toBeGreaterThan(5)
  expect(counted('inference.overloaded')).toBe(0)
})

test('a replay makes all of it again, bit for bit', async () => {
  const { log, chunks } = home.platform
  const { first, compared, equal } = await replay(log, wireAll(chunks), {
    from: 1,
    to: (await log.head()).position,
  })
  expect(first).toBeNull()
  expect(compared['prediction.Served']).toBe((await servedEvents()).length)
  expect(equal).toEqual(compared)
})
