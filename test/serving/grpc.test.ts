/** The Open Inference Protocol over gRPC: the same answers and refusals as over HTTP, in its own words. */
import { once } from 'node:events'
import { promisify } from 'node:util'
import { status } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FAULTS, type FaultCode } from '../../schemas/kernel/fault.ts'
import { type GrpcServing, serveGrpc } from '../../serving/grpc/server.ts'
import { inferenceOf } from '../../serving/inference/inference.ts'
import { tokenFor } from '../support/admitted.ts'
import { type Asker, asker, doublesIn, rawRequest } from '../support/grpc-client.ts'
import { DECIDED, type InForce, inForce, liveScores } from '../support/in-force.ts'
import { MODEL } from '../support/small-platform.ts'
import { NAMES } from '../support/small-world.ts'

let home: InForce
let grpc: GrpcServing
let client: Asker
let version: string

beforeAll(async () => {
  home = await inForce()
  const { platform, server } = home
  const listen = { host: '127.0.0.1', port: 0, access: server.access, isAlone: true }
  grpc = await serveGrpc({ ...listen, inference: inferenceOf(platform) })
  client = asker(grpc.address)
  version = String(platform.models.inForce(MODEL)?.promotion)
})

afterAll(async () => {
  client.client.close()
  await grpc.close()
  await home.close()
})

const FEATURES = [0.25, -0.5, 0.125, 0.0625]
const raw = (more: object = {}) => ({ ...rawRequest(MODEL, FEATURES, 2), ...more })

/** What a call is refused with: its status by name, and the code in its trailer. */
const refusal = (of: Promise<unknown>) =>
  of.then(
    () => 'answered',
    (error) => [status[error.code], String(error.metadata.get('asof-code')[0] ?? '')],
  )
const refusedWith = (code: FaultCode) => [FAULTS[code].grpc, code]

test('health, metadata and repository, without a token on this machine', async () => {
  expect(await client.call('ServerLive')).toEqual({ live: true })
  expect(await client.call('ServerReady')).toEqual({ ready: true })
  expect(await client.call('ModelReady', { name: MODEL })).toEqual({ ready: true })
  expect(await client.call('ModelReady', { name: MODEL, version: '7' })).toEqual({ ready: false })
  expect(await client.call('ModelReady', { name: 'nope' })).toEqual({ ready: false })
  expect(await client.call('ServerMetadata')).toMatchObject({ name: 'asof' })
  expect(await client.call('ModelMetadata', { name: MODEL })).toMatchObject({
    versions: [version],
    inputs: [{ name: 'features', datatype: 'FP64', shape: [-1, 2] }],
    properties: { features: 'mom_5, mom_20' },
  })
  expect(await client.call('ModelConfig', { name: MODEL })).toMatchObject({
    config: {
      max_batch_size: 0,
      input: [{ name: 'features', data_type: 'TYPE_FP64', dims: [-1, 2] }],
      version_policy: { specific: { versions: [Number(version)] } },
    },
  })
  const models = [{ name: MODEL, version, state: 'READY', reason: '' }]
  expect(await client.call('RepositoryIndex', { ready: true })).toEqual({ models })
})

test('raw and typed contents give the same bits as HTTP, and the id comes back', async () => {
  const one = await client.call('ModelInfer', raw({ id: 'id-1' }))
  const inputs = [
    { name: 'features', datatype: 'FP64', shape: [2, 2], contents: { fp64_contents: FEATURES } },
  ]
  const two = await client.call('ModelInfer', { model_name: MODEL, model_version: version, inputs })
  expect(one).toMatchObject({ model_name: MODEL, model_version: version, id: 'id-1' })
  expect(one.outputs).toMatchObject([{ name: 'score', datatype: 'FP64', shape: [2, 1], contents: null }])
  expect(doublesIn(two)).toEqual(doublesIn(one))
  const json = { inputs: [{ name: 'features', datatype: 'FP64', shape: [2, 2], data: FEATURES }] }
  const reply = await home.server.get(`/v2/models/${MODEL}/infer`, {
    method: 'POST',
    body: JSON.stringify(json),
  })
  const { outputs } = (await reply.json()) as { outputs: { data: number[] }[] }
  expect(doublesIn(one)).toEqual(outputs[0].data)
  const stats = await client.call('ModelStatistics', { name: MODEL })
  expect(stats.model_stats[0]).toMatchObject({ name: MODEL, version, inference_count: 6, execution_count: 3 })
})

describe("Triton's sample for Node, as it stands in triton-inference-server/client, over its generated methods", () => {
  type Reply = Readonly<Record<string, unknown>>
  type Generated = (request: object, answer: (error: Error | null, reply: Reply) => void) => void
  const sample = (method: string, request: object = {}) => {
    const methods = client.client as unknown as Readonly<Record<string, Generated>>
    return promisify(methods[method].bind(client.client))(request)
  }
  const tensor = (name: string, datatype: string, contents: object) => ({
    ...{ name, datatype, shape: [1, 2], contents },
  })
  const asking = (model: string, inputs: readonly object[], outputs: readonly string[]) => ({
    ...{ model_name: model, model_version: '', inputs },
    outputs: outputs.map((name) => ({ name })),
  })

  test('reads health and metadata, sends typed contents, and finds the answer as raw bytes', async () => {
    expect(await sample('serverLive')).toEqual({ live: true })
    expect(await sample('serverReady')).toEqual({ ready: true })
    expect(await sample('modelMetadata', { name: MODEL, version: '' })).toMatchObject({ name: MODEL })
    const features = tensor('features', 'FP64', { fp64_contents: FEATURES.slice(0, 2) })
    const outputs = await sample('modelInfer', asking(MODEL, [features], ['score']))
    const [first] = doublesIn(await client.call('ModelInfer', raw()))
    expect(doublesIn(outputs as Parameters<typeof doublesIn>[0])).toEqual([first])
  })

  test('its own model is none of ours, and its integers are no features: both are refused by name', async () => {
    const integers = ['INPUT0', 'INPUT1'].map((name) => tensor(name, 'INT32', { int_contents: [0, 1] }))
    const its = (model: string, inputs = integers) =>
      refusal(sample('modelInfer', asking(model, inputs, ['OUTPUT0', 'OUTPUT1'])))
    expect(await refusal(sample('modelMetadata', { name: 'simple', version: '' }))).toEqual(
      refusedWith('model.not-in-force'),
    )
    expect(await its('simple')).toEqual(refusedWith('inference.malformed'))
    const features = tensor('features', 'INT32', { int_contents: [0, 1] })
    expect(await refusal(sample('modelInfer', asking(MODEL, [features], ['score'])))).toEqual(
      refusedWith('inference.tensor'),
    )
  })
})

test('by entity, as a parameter or as a tensor, the scores are those of the live prediction', async () => {
  const live = await liveScores(home.platform)
  const { authorization } = await tokenFor(home.platform, ['oms'], 'desk')
  const bytes = NAMES.map((name) => Buffer.from(name))
  const inputs = [
    { name: 'entity', datatype: 'BYTES', shape: [NAMES.length], contents: { bytes_contents: bytes } },
  ]
  const parameters = { as_of: { int64_param: DECIDED } }
  const all = await client.call('ModelInfer', { model_name: MODEL, inputs, parameters }, { authorization })
  expect(doublesIn(all)).toEqual(NAMES.map((name) => live.get(name)))
  const prefixed = Buffer.concat(
    bytes.map((name) => Buffer.concat([Buffer.from([name.length, 0, 0, 0]), name])),
  )
  const shape = [NAMES.length, 1]
  const asRaw = { inputs: [{ ...inputs[0], contents: null, shape }], raw_input_contents: [prefixed] }
  const outputs = [{ name: 'feature_time' }, { name: 'score' }]
  const again = await client.call(
    'ModelInfer',
    { model_name: MODEL, parameters, outputs, ...asRaw },
    { authorization },
  )
  expect(
    again.outputs.map(({ name, datatype }: { name: string; datatype: string }) => [name, datatype]),
  ).toEqual([
    ['feature_time', 'INT64'],
    ['score', 'FP64'],
  ])
  expect(again.raw_output_contents[1]).toEqual(all.raw_output_contents[0])
  expect(Number(again.raw_output_contents[0].readBigInt64LE(0))).toBe(all.parameters.feature_time.int64_param)
  const { position, promotion, approvals, artifact, moment } = all.parameters
  expect(moment.int64_param).toBe(DECIDED)
  expect([String(promotion.int64_param), approvals.string_param]).toEqual([version, 'bob, cat'])
  expect(artifact.string_param).toMatch(/^[0-9a-f]{64}$/)
  expect(home.platform.log.durableTo).toBeGreaterThanOrEqual(position.int64_param)
})

describe('the door', () => {
  const entity = { model_name: MODEL, parameters: { entity: { string_param: 'ANT' } } }

  test('by entity, nobody without showing who he is', async () => {
    expect(await refusal(client.call('ModelInfer', entity))).toEqual(refusedWith('access.unauthenticated'))
  })

  test('whoever shows something is held to it', async () => {
    const { authorization } = await tokenFor(home.platform, ['monitor'], 'mona')
    expect(await refusal(client.call('ModelInfer', raw(), { authorization }))).toEqual(
      refusedWith('access.denied'),
    )
    expect(await client.call('ServerLive', {}, { authorization })).toEqual({ live: true })
    const wrong = { authorization: 'Bearer asof_owner_x' }
    for (const method of ['ServerLive', 'ServerMetadata', 'ModelInfer'])
      expect(await refusal(client.call(method, raw(), wrong))).toEqual(refusedWith('access.unauthenticated'))
  })

  test.each(['via', 'x-forwarded-for'])('not through a proxy that says %s', async (name) => {
    const sent = { headers: { [name]: '10.0.0.1' } }
    expect(await refusal(client.call('ServerLive', {}, sent))).toEqual(refusedWith('access.unauthenticated'))
  })

  test('with anything configured, everything needs a token: health and reflection too', async () => {
    const { platform, server } = home
    const access = { ...server.access, config: { ...server.access.config, tokens: true } }
    const listen = { host: '127.0.0.1', port: 0, access, isAlone: true }
    const closed = await serveGrpc({ ...listen, inference: inferenceOf(platform) })
    const other = asker(closed.address)
    const health = asker(closed.address, 'health', 'grpc.health.v1.Health')
    for (const method of [
      'ServerLive',
      'ServerReady',
      'ModelReady',
      'ServerMetadata',
      'ModelMetadata',
      'ModelInfer',
    ])
      expect(await refusal(other.call(method)), method).toEqual(refusedWith('access.unauthenticated'))
    expect(await refusal(health.call('Check'))).toEqual(refusedWith('access.unauthenticated'))
    expect(await other.call('ServerLive', {}, home.server.owner)).toEqual({ live: true })
    expect(await health.call('Check', {}, home.server.owner)).toEqual({ status: 'SERVING' })
    other.client.close()
    health.client.close()
    await closed.close()
  })
})

test('health checks: of the server and the service, and as they are watched', async () => {
  const health = asker(grpc.address, 'health', 'grpc.health.v1.Health')
  expect(await health.call('Check')).toEqual({ status: 'SERVING' })
  expect(await health.call('Check', { service: 'inference.GRPCInferenceService' })).toEqual({
    status: 'SERVING',
  })
  expect(await refusal(health.call('Check', { service: 'nope' }))).toEqual(refusedWith('route.unknown'))
  const watching = (
    health.client as unknown as {
      Watch: (of: object) => import('@grpc/grpc-js').ClientReadableStream<object>
    }
  ).Watch({})
  watching.on('error', () => undefined)
  expect(await once(watching, 'data')).toEqual([{ status: 'SERVING' }])
  watching.cancel()
  health.client.close()
})

describe('what is wrong has its status, and is not recorded', () => {
  const typed = (input: object) => ({
    model_name: MODEL,
    inputs: [
      { name: 'features', datatype: 'FP64', shape: [2, 2], contents: { fp64_contents: FEATURES }, ...input },
    ],
  })
  const cases: readonly [string, object, FaultCode][] = [
    ['an unknown model', raw({ model_name: 'nope' }), 'model.not-in-force'],
    ['an unknown version', raw({ model_version: '7' }), 'model.version-unknown'],
    ['no inputs', { model_name: MODEL }, 'inference.malformed'],
    [
      'raw and typed contents',
      { ...typed({}), raw_input_contents: raw().raw_input_contents },
      'inference.malformed',
    ],
    [
      'two raw contents for one input',
      raw({ raw_input_contents: [Buffer.alloc(32), Buffer.alloc(32)] }),
      'inference.malformed',
    ],
    ['raw contents of another length', raw({ raw_input_contents: [Buffer.alloc(24)] }), 'inference.tensor'],
    ['an empty batch', typed({ shape: [0, 2], contents: { fp64_contents: [] } }), 'inference.tensor'],
    ['a wrong shape', typed({ shape: [2, 3] }), 'inference.tensor'],
    ['a shape that is as long as can be', typed({ shape: [Number.MAX_SAFE_INTEGER, 2] }), 'inference.tensor'],
    ['a negative shape', typed({ shape: [-2, 2] }), 'inference.tensor'],
    [
      'another datatype',
      typed({ datatype: 'FP32', contents: { fp32_contents: FEATURES } }),
      'inference.tensor',
    ],
    ['NaN', typed({ contents: { fp64_contents: [1, Number.NaN, 3, 4] } }), 'inference.tensor'],
    [
      'infinity',
      typed({ contents: { fp64_contents: [1, 2, 3, Number.NEGATIVE_INFINITY] } }),
      'inference.tensor',
    ],
    ['another output', { ...typed({}), outputs: [{ name: 'y' }] }, 'inference.malformed'],
    ['a microsecond', { ...typed({}), parameters: { timeout: { int64_param: 1 } } }, 'inference.deadline'],
  ]
  test.each(cases)('%s', async (_, request, code) => {
    const { position } = await home.platform.log.head()
    expect(await refusal(client.call('ModelInfer', request))).toEqual(refusedWith(code))
    expect((await home.platform.log.head()).position).toBe(position)
  })

  test('a deadline that has passed, a message that is too large, a method that is none', async () => {
    expect((await refusal(client.call('ModelInfer', raw(), { deadline: Date.now() - 1 })))[0]).toBe(
      'DEADLINE_EXCEEDED',
    )
    const large = raw({ raw_input_contents: [Buffer.alloc(5 << 20)] })
    expect((await refusal(client.call('ModelInfer', large)))[0]).toBe('RESOURCE_EXHAUSTED')
    expect(await client.call('ServerLive')).toEqual({ live: true })
  })

  test('a port that is taken is named, with the remedy', async () => {
    const [, port] = grpc.address.split(':')
    const listen = { host: '127.0.0.1', port: Number(port), access: home.server.access, isAlone: true }
    await expect(serveGrpc({ ...listen, inference: inferenceOf(home.platform) })).rejects.toMatchObject({
      fault: { code: 'server.port-taken', message: expect.stringMatching(/--grpc-port/) },
    })
  })
})
