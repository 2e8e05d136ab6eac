/** What a model in force refuses: each kind has one status and one sentence at each door, and leaves nothing in the log. */
import { status } from '@grpc/grpc-js'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FAULTS, type FaultCode, refuse } from '../../schemas/kernel/fault.ts'
import { MICROS_PER_DAY } from '../../schemas/kernel/time.ts'
import { type GrpcServing, serveGrpc } from '../../serving/grpc/server.ts'
import { boundedServer } from '../../serving/http/bounded.ts'
import { door } from '../../serving/http/door.ts'
import { serveOip } from '../../serving/http/oip.ts'
import { readBody } from '../../serving/http/oip-body.ts'
import { inferenceOver } from '../../serving/inference/inference.ts'
import type { Platform } from '../../serving/platform.ts'
import { type Asker, asker, rawRequest } from '../support/grpc-client.ts'
import { GREEDY_MODEL, loopingModel } from '../support/hostile-onnx.ts'
import { DECIDED, type InForce, inForce } from '../support/in-force.ts'
import { MODEL, promoteRun } from '../support/small-platform.ts'

let home: InForce
let replaced: string
beforeAll(async () => {
  home = await inForce()
  replaced = String(home.platform.models.inForce(MODEL)?.promotion)
  await promoteRun(home.platform, 'small-h1-momentum')
})
afterAll(() => home.close())

/** Both doors over a platform that is in part another one. */
async function doorsOf(other: Partial<Platform>, mostUnderWay?: number) {
  const inference = inferenceOver({ ...home.platform, ...other }, mostUnderWay)
  const { access } = home.server
  const grpc: GrpcServing = await serveGrpc({ host: '127.0.0.1', port: 0, access, inference, isAlone: true })
  const http: FastifyInstance = boundedServer()
  door(http, access, true)
  await serveOip(http, inference)
  const client: Asker = asker(grpc.address)
  return {
    inference,
    client,
    /** What each door says: its status, the code, the sentence. */
    async ask(request: Record<string, unknown> & { model_name: string }, json: object, version = '') {
      const { authorization } = home.server.owner
      const sent = await client
        .call('ModelInfer', { ...request, model_version: version }, { authorization })
        .then(
          () => ['answered', '', ''],
          (error) => [status[error.code], String(error.metadata.get('asof-code')[0]), error.details],
        )
      const of = version === '' ? '' : `/versions/${version}`
      const url = `/v2/models/${request.model_name}${of}/infer`
      const reply = await http.inject({ method: 'POST', url, headers: { authorization }, payload: json })
      const { code, error } = reply.json<{ code: string; error: string }>()
      return { grpc: sent, http: [reply.statusCode, code, error] }
    },
    async close() {
      client.client.close()
      await grpc.close()
      await http.close()
    },
  }
}

type Doors = Awaited<ReturnType<typeof doorsOf>>

async function refused(doors: Doors, asked: Parameters<Doors['ask']>, code: FaultCode, sentence: RegExp) {
  const { position } = await home.platform.log.head()
  const { grpc, http } = await doors.ask(...asked)
  expect(grpc).toEqual([FAULTS[code].grpc, code, expect.stringMatching(sentence)])
  expect(http).toEqual([FAULTS[code].http, code, expect.stringMatching(sentence)])
  expect((await home.platform.log.head()).position).toBe(position)
}

const byTensors = (model: string, data: readonly number[], shape = [data.length / 2, 2]) =>
  [
    {
      ...rawRequest(model, data, 2),
      inputs: [{ name: 'features', datatype: 'FP64', shape }],
    },
    // JSON has no NaN: what is closest to it there is null.
    { inputs: [{ name: 'features', datatype: 'FP64', shape, data }] },
  ] as const
const byEntity = (entity: string, asOf?: number) =>
  [
    {
      model_name: MODEL,
      parameters: {
        entity: { string_param: entity },
        ...(asOf !== undefined && { as_of: { int64_param: asOf } }),
      },
    },
    { parameters: { entity, ...(asOf !== undefined && { as_of: asOf }) } },
  ] as const

/** Each of its characters is twelve bytes of a trailer. */
const WIDE = byTensors('\u{1F600}'.repeat(10_000), [1, 2])[0]

describe('of a request', () => {
  let doors: Doors
  beforeAll(async () => {
    doors = await doorsOf({})
  })
  afterAll(() => doors.close())

  test.each<[string, Parameters<Doors['ask']>, FaultCode, RegExp]>([
    [
      'an unknown model',
      [...byTensors('nope', [1, 2])],
      'model.not-in-force',
      /no model nope in force.*small/,
    ],
    [
      'an unknown version',
      [...byTensors(MODEL, [1, 2]), '7'],
      'model.version-unknown',
      /never put in force at log position 7/,
    ],
    [
      'NaN',
      [...byTensors(MODEL, [1, Number.NaN])],
      'inference.tensor',
      /row 0, column 1 is NaN|element 1 is no number/,
    ],
    ['an empty batch', [...byTensors(MODEL, [], [0, 2])], 'inference.tensor', /it has no rows/],
    [
      'a wrong shape',
      [...byTensors(MODEL, [1, 2, 3, 4], [1, 4])],
      'inference.tensor',
      /its shape is \[1, 4\].*\[-1, 2\]/,
    ],
    [
      'an entity that does not exist',
      [...byEntity('NONE')],
      'inference.unknown-entity',
      /told of NONE in feature set small/,
    ],
    [
      'a name of a megabyte, which is told by its beginning',
      [...byEntity('E'.repeat(1_000_000))],
      'inference.unknown-entity',
      /^Nothing was ever told of E{5000}E*\.\.\./,
    ],
    [
      'an output that is asked for again and again',
      [
        { ...byTensors(MODEL, [1, 2])[0], outputs: Array(400).fill({ name: 'score' }) },
        { ...byTensors(MODEL, [1, 2])[1], outputs: Array(400).fill({ name: 'score' }) },
      ],
      'inference.malformed',
      /output score is asked for twice/,
    ],
    [
      'a moment under a wrong name, by which the features of today would be read',
      [
        {
          model_name: MODEL,
          parameters: { entity: { string_param: 'ANT' }, asOf: { int64_param: DECIDED } },
        },
        { parameters: { entity: 'ANT', asOf: DECIDED } },
      ],
      'inference.malformed',
      /no parameter asOf beside entity: there are as_of/,
    ],
    ['a moment that has not come', [...byEntity('ANT', 4e15)], 'inference.future', /it is .* now/],
  ])('%s', (_, asked, code, sentence) => refused(doors, asked, code, sentence))

  test('a version that another took over from is withdrawn', () =>
    refused(
      doors,
      [...byTensors(MODEL, [1, 2]), replaced],
      'model.withdrawn',
      /was in force and is no longer/,
    ))
})

const inForceWith = async (bytes: Buffer) => {
  const { platform } = home
  const artifact = await platform.chunks.put(bytes, 'onnx')
  const all = platform.models.all().map((one) => ({ ...one, artifact }))
  return doorsOf({ models: { ...platform.models, all: () => all } })
}

test.each([
  ['that loops for ever', loopingModel(2)],
  ['whose intermediate tensors take 10 GB', GREEDY_MODEL],
])('a model in force %s is not run, and not called ready', async (_, bytes) => {
  const doors = await inForceWith(bytes)
  await refused(doors, [...byTensors(MODEL, [1, 2])], 'inference.model-refused', /its file .* is not run/)
  await expect(doors.inference.models.find(MODEL)).rejects.toThrow(/is not run/)
  await doors.close()
})

describe('of the clock', () => {
  const at = (nowMicros: number) => doorsOf({ moment: { nowMicros: () => nowMicros } })
  const now = () => home.platform.moment.nowMicros()

  test('ahead by a month: features are too old, each by its name', async () => {
    const doors = await at(now() + 30 * MICROS_PER_DAY)
    await refused(doors, [...byEntity('ANT')], 'inference.features-unusable', /: mom_5, mom_20: too old/)
    await doors.close()
  })

  test('back by years: nothing was known then, and no older number is given', async () => {
    const doors = await at(now() - 3_650 * MICROS_PER_DAY)
    await refused(
      doors,
      [...byEntity('ANT')],
      'inference.features-unusable',
      /became known later|not yet known/,
    )
    await doors.close()
  })

  test("the log's own, ahead by a century: nothing is written, and the way out is named", async () => {
    const { log } = home.platform
    const ahead = async () => {
      throw refuse('log.clock-ahead', { now: '2126-11-27', last: '2026-11-27', days: 400, day: '2126-11-27' })
    }
    const doors = await doorsOf({ log: { ...log, append: ahead } })
    await refused(doors, [...byTensors(MODEL, [1, 2])], 'log.clock-ahead', /ASOF_CLOCK_IS_RIGHT/)
    await doors.close()
  })
})

test('where there is no room nothing is read, whoever asks, and all of it is counted', async () => {
  const doors = await doorsOf({}, 0)
  await refused(doors, [...byTensors(MODEL, [1, 2])], 'inference.overloaded', /was not begun/)
  expect(doors.inference.statistics.outcomes.get('inference.overloaded')).toBe(2)
  await doors.close()
})

test('a sentence that no trailer of gRPC holds is told by its beginning, and ends no other call of its connection', async () => {
  const doors = await doorsOf({})
  const [told, other] = await Promise.all([
    doors.client
      .call('ModelReady', {})
      .then(() => doors.client.call('ModelInfer', WIDE).catch((error) => error)),
    doors.client.call('ModelInfer', byTensors(MODEL, [1, 2])[0]),
  ])
  expect(told).toMatchObject({
    code: status.NOT_FOUND,
    details: expect.stringMatching(/^There is no model \u{1F600}+\.\.\.$/u),
  })
  expect(encodeURI(told.details).length).toBeLessThan(6_100)
  expect(other).toMatchObject({ model_name: MODEL })
  await doors.close()
})

test('elements in the field of another datatype are not passed over', async () => {
  const doors = await doorsOf({})
  const ask = (contents: object) =>
    doors.client
      .call('ModelInfer', {
        model_name: MODEL,
        inputs: [{ name: 'features', datatype: 'FP64', shape: [1, 2], contents }],
      })
      .then(
        () => 'answered',
        ({ details }) => details,
      )
  expect(await ask({ fp64_contents: [1, 2] })).toBe('answered')
  const problem = /elements of features are in fp32_contents, and its datatype FP64 has fp64_contents/
  expect(await ask({ fp32_contents: [1, 2] })).toMatch(problem)
  expect(await ask({ fp64_contents: [1, 2], fp32_contents: [5] })).toMatch(problem)
  await doors.close()
})

test('a body of more values than any question has is not parsed', () => {
  const many = Buffer.from(`{"inputs":[${'{},'.repeat(600_000)}{}]}`)
  expect(() => readBody(many, { model: MODEL, version: '', jsonBytes: null })).toThrow(
    /more than 525312 values/,
  )
})
