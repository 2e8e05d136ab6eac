/** A model in force answered elsewhere: by replicas beside the writer, with the same bits, and as a folder for other servers. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type EventOf, isEvent } from '../../schemas/event.ts'
import { PredictionServed } from '../../schemas/events/prediction.ts'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { holds } from '../../schemas/kernel/signature.ts'
import { formatMoment } from '../../schemas/kernel/time.ts'
import { NO_CONFIG } from '../../serving/config.ts'
import { confirmedPosition } from '../../serving/confirmed.ts'
import { exportModel, FOLDER_NAME } from '../../serving/export/export.ts'
import type { Envelope } from '../../serving/export/found.ts'
import { serviceName } from '../../serving/export/written.ts'
import { replay } from '../../serving/replaying/replay.ts'
import { packedAnswer } from '../../serving/replica/answers.ts'
import { RECORD_PATH } from '../../serving/replica/replica.ts'
import { type Replica, serveReplica } from '../../serving/replica/serve.ts'
import { verifiersNow } from '../../serving/sealing.ts'
import { wireLane } from '../../serving/wire.ts'
import { tokenFor } from '../support/admitted.ts'
import { DECIDED, type InForce, inForce, liveScores } from '../support/in-force.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { refusalIn } from '../support/refusals.ts'
import { HISTORY_DAYS, MODEL, playDays } from '../support/small-platform.ts'
import { NAMES } from '../support/small-world.ts'

let home: InForce
let replica: Replica

beforeAll(async () => {
  home = await inForce()
  const { folder, log } = home.platform
  const { position } = await log.head()
  const confirmed = async () =>
    (await confirmedPosition({ folder, lane: 'live' }, log, await verifiersNow(folder, log))) ?? 0
  // A replica knows what the writer has confirmed, which is told once a second.
  for (let tries = 0; tries < 300 && (await confirmed()) < position; tries++) await sleep(100)
  replica = await serveReplica({
    ...{ path: home.path, host: '127.0.0.1', port: 0, grpcPort: null, allowed: [], config: NO_CONFIG },
  })
})
afterAll(async () => {
  await replica.close()
  // Its server is closed by the last test.
  await home.platform.close()
  rmSync(home.path, { recursive: true, force: true })
})

type Answer = Readonly<{
  outputs?: readonly Readonly<{ data: readonly number[] }>[]
  parameters?: Readonly<{ position: number }>
  code?: string
}>

async function asked(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const path = `${url}/v2/models/${MODEL}/infer`
  // JSON.stringify would make of -0 another number.
  const text = JSON.stringify(body).replace('-0.5,0,', '-0.5,-0.0,')
  const reply = await fetch(path, { method: 'POST', body: text, headers })
  return (await reply.json()) as Answer
}

const byTensors = {
  inputs: [{ name: 'features', datatype: 'FP64', shape: [3, 2], data: [0.25, -0.5, -0, 1e-300, 1 / 3, 7] }],
}
const byEntity = (names: readonly string[], asOf = formatMoment(DECIDED)) => ({
  inputs: [{ name: 'entity', datatype: 'BYTES', shape: [names.length], data: names }],
  parameters: { as_of: asOf },
})
const served = async (): Promise<readonly EventOf<typeof PredictionServed>[]> =>
  (await eventsOf(home.platform.log)).filter((event) => isEvent(PredictionServed, event))

test('the bits are those of the writer and of the live prediction, by tensors and by entity', async () => {
  const [here, there] = [await asked(replica.url, byTensors), await asked(home.server.url, byTensors)]
  expect(here.outputs).toEqual(there.outputs)
  const live = await liveScores(home.platform)
  const { outputs, parameters } = await asked(replica.url, byEntity(NAMES), home.server.owner)
  expect(outputs?.[0]?.data).toEqual(NAMES.map((name) => live.get(name)))
  const event = (await served()).find(({ position }) => position === parameters?.position)
  expect(event?.data.scores).toEqual(outputs?.[0]?.data)
  expect(event?.data.online?.entities).toEqual([...NAMES])
})

test('each answer is an event in the one stream, by whoever asked, and a replay makes all of them again', async () => {
  const before = (await served()).length
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => asked(i % 2 === 0 ? replica.url : home.server.url, byTensors)),
  )
  const events = (await served()).slice(before)
  expect(events.map(({ position }) => position).sort()).toEqual(
    answers.map(({ parameters }) => parameters?.position).sort(),
  )
  expect(new Set(events.map(({ stream }) => stream))).toEqual(new Set([`served-${MODEL}`]))
  expect(new Set(events.map(({ actor }) => actor))).toEqual(new Set(['loopback']))
  expect(events.every(({ data }) => Object.is(data.inputs[2], -0))).toBe(true)
  const range = { from: 1, to: (await home.platform.log.head()).position }
  expect((await replay(home.platform.log, wireLane.live(home.platform.chunks), range)).first).toBeNull()
})

test('features for clients of Feast are those of the writer; rows are sent to the writer alone', async () => {
  const body = JSON.stringify({
    entities: { instrument: NAMES },
    features: ['small:vol_10'],
    as_of: formatMoment(DECIDED),
  })
  const read = async (url: string) => {
    const init = { method: 'POST', body, headers: home.server.owner }
    const { results } = (await (await fetch(`${url}/get-online-features`, init)).json()) as {
      results: unknown
    }
    return results
  }
  expect(await read(replica.url)).toEqual(await read(home.server.url))
  const push = { method: 'POST', body: '{"push_source_name": "small", "df": {}}', headers: home.server.owner }
  expect((await fetch(`${replica.url}/push`, push)).status).toBe(409)
  expect((await fetch(`${replica.url}/get-online-features`, { method: 'POST', body })).status).toBe(401)
})

test('what the writer takes in, the replica knows a moment later', async () => {
  await playDays(home.platform, HISTORY_DAYS + 6, HISTORY_DAYS + 7)
  const now = byEntity(['ANT'], formatMoment(home.platform.moment.nowMicros()))
  const there = await asked(home.server.url, now, home.server.owner)
  let here: Answer = {}
  for (let tries = 0; tries < 100 && here.outputs?.[0]?.data[0] !== there.outputs?.[0]?.data[0]; tries++) {
    await sleep(100)
    here = await asked(replica.url, now, home.server.owner)
  }
  expect(here.outputs).toEqual(there.outputs)
})

describe('an answer that is handed in', () => {
  const handedIn = (answer: unknown, headers: Record<string, string>) =>
    home.server.get(RECORD_PATH, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(answer),
    })
  const answer = async (edit: (event: EventOf<typeof PredictionServed>) => object = () => ({})) => {
    const [event] = await served()
    const { eventTime, knownAt } = event
    const answers = [packedAnswer({ ...event.data, ...edit(event) }, { eventTime, knownAt })]
    return { answers, actor: 'oms', commandId: 'predict:forged-1', once: 'written' }
  }

  test.each<[string, (event: EventOf<typeof PredictionServed>) => object, number]>([
    ['with another score', ({ data }) => ({ scores: data.scores.map((score) => score + 1e-9) }), 409],
    ['with a score less', ({ data }) => ({ scores: data.scores.slice(1) }), 409],
    ['of another file', () => ({ artifact: '0'.repeat(64) }), 409],
    ['of another promotion', ({ data }) => ({ promotion: data.promotion + 1 }), 404],
    ['of no model', () => ({ model: 'nope' }), 404],
    ['of other columns', ({ data }) => ({ columns: data.columns + 1 }), 409],
    ['of no features', () => ({ inputs: [], scores: [], columns: 0 }), 409],
  ])('%s is not recorded', async (_, edit, status) => {
    const { position } = await home.platform.log.head()
    expect((await handedIn(await answer(edit), {})).status).toBe(status)
    expect((await home.platform.log.head()).position).toBe(position)
  })

  test('about an entity is recorded only with what was known of it, at the moment and under the position that it names', async () => {
    await asked(home.server.url, byEntity(['ANT', 'BEE']), home.server.owner)
    const event = (await served()).at(-1)
    if (event?.data.online == null) throw new Error('nobody answered about an entity')
    const { data, eventTime, knownAt } = event
    const { online } = event.data
    const sent = async (edit: object, times = { eventTime, knownAt }, commandId = 'predict:entity-1') =>
      (
        await handedIn(
          { answers: [packedAnswer({ ...data, ...edit }, times)], actor: 'oms', commandId, once: 'written' },
          {},
        )
      ).status
    const { position } = await home.platform.log.head()
    const day = 86_400_000_000
    const twisted = data.inputs.toReversed()
    const { columns } = data
    const others = [...data.inputs.slice(columns), ...data.inputs.slice(0, columns)]
    const wrong: object[] = [
      { inputs: others, scores: data.scores.toReversed() },
      { inputs: twisted },
      { online: { ...online, entities: ['BEE', 'ANT'] } },
      { online: { ...online, entities: ['ANT', 'NOBODY'] } },
      { online: { ...online, entities: ['ANT'] } },
      { online: { ...online, eventTimes: online.eventTimes.map((one) => one - day) } },
      { online: { ...online, readAt: position + 1 } },
      { online: { ...online, featureVersion: online.featureVersion + 1 } },
    ]
    for (const edit of wrong) expect(await sent(edit), JSON.stringify(edit)).toBe(409)
    const later = knownAt + 3_650 * day
    expect(await sent({}, { eventTime: later, knownAt: later })).toBe(409)
    expect(await sent({}, { eventTime: eventTime + 1, knownAt })).toBe(409)
    expect((await home.platform.log.head()).position).toBe(position)
    expect(await sent({})).toBe(200)
  })

  test('with others of its turn is recorded with all of them, or none is', async () => {
    const one = await answer()
    const before = (await served()).length
    const wrong = await answer(({ data }) => ({ scores: data.scores.map((score) => score + 1) }))
    const some = { ...one, answers: [...one.answers, ...wrong.answers] }
    expect((await handedIn(some, {})).status).toBe(409)
    expect((await served()).length).toBe(before)
    const all = {
      ...one,
      commandId: 'predict:turn-1',
      answers: [...one.answers, ...one.answers, ...one.answers],
    }
    const reply = await handedIn(all, {})
    expect(reply.status).toBe(200)
    const events = (await served()).slice(before)
    expect(events).toHaveLength(3)
    expect(await reply.json()).toMatchObject({ position: events[2]?.position, repeated: false })
    expect(await (await handedIn(all, {})).json()).toMatchObject({ repeated: true })
    expect((await served()).length).toBe(before + 3)
  })

  test('by whoever may ask and does not own the folder, or under an id of somebody else, is not recorded', async () => {
    const oms = await tokenFor(home.platform, ['oms'])
    const { position } = await home.platform.log.head()
    expect((await handedIn(await answer(), oms)).status).toBe(403)
    for (const commandId of ['inference/7/0', 'model.promote:x', 'predict:a/b'])
      expect((await handedIn({ ...(await answer()), commandId }, {})).status).toBe(400)
    expect((await home.platform.log.head()).position).toBe(position)
  })
})

describe('exported', () => {
  const root = mkdtempSync(join(tmpdir(), 'asof-export-'))
  const [first, second] = ['first', 'second'].map((name) => join(root, name))
  let told: Awaited<ReturnType<typeof exportModel>>

  beforeAll(async () => {
    told = await exportModel(home.platform, { model: MODEL, to: first, storage: 's3://desk/models/' })
  })
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  const read = (path: string) => readFileSync(join(first, path))
  const jsonIn = (path: string) => JSON.parse(read(path).toString())
  const filesIn = (at: string) =>
    (readdirSync(at, { recursive: true }) as string[])
      .filter((name) => statSync(join(at, name)).isFile())
      .sort()

  test('every file is in the manifest under its digest, and the same model gives the same bytes', async () => {
    const lines = read('MANIFEST').toString().trim().split('\n')
    const named = lines.map((line) => line.split('  '))
    expect(named.map(([, name]) => name)).toEqual(filesIn(first).filter((name) => name !== 'MANIFEST'))
    for (const [digest, name = ''] of named) expect(sha256(read(name)), name).toBe(digest)
    await exportModel(home.platform, { model: MODEL, to: second, storage: 's3://desk/models' })
    for (const name of filesIn(first))
      expect(readFileSync(join(second, name)).equals(read(name)), name).toBe(true)
  })

  test('the file is the one that was approved, wherever a server looks for it, and says so', () => {
    const copies = [
      'model.onnx',
      `triton/${MODEL}/${told.version}/model.onnx`,
      `mlserver/${MODEL}/model.onnx`,
    ]
    for (const path of copies) expect(sha256(read(path)), path).toBe(told.artifact)
    expect(jsonIn('provenance.json')).toMatchObject({
      ...{ model: MODEL, version: told.version, artifact: told.artifact },
      ...{ run: 'small-h3-momentum', features: ['mom_5', 'mom_20'], approvals: ['bob', 'cat'] },
    })
    expect(read(`triton/${MODEL}/config.pbtxt`).toString()).toContain('dims: [ -1, 2 ]')
    expect(jsonIn(`mlserver/${MODEL}/model-settings.json`)).toMatchObject({
      name: MODEL,
      parameters: { extra: { artifact: told.artifact } },
    })
    expect(jsonIn('kserve/inference-service.yaml')).toMatchObject({
      kind: 'InferenceService',
      metadata: { name: MODEL, annotations: { 'asof/artifact': told.artifact } },
      spec: { predictor: { model: { storageUri: 's3://desk/models/triton' } } },
    })
  })

  test('what its README says to run is there, and KServe looks where it says to put it', () => {
    const readme = read('README.md').toString()
    for (const path of [
      'triton',
      'mlserver',
      'approvals',
      'kserve/inference-service.yaml',
      'Containerfile',
    ]) {
      expect(readme).toContain(path)
      expect(statSync(join(first, path)).size, path).toBeGreaterThan(0)
    }
    expect(readme).toContain(
      `to \`${jsonIn('kserve/inference-service.yaml').spec.predictor.model.storageUri}\``,
    )
  })

  test('what members signed holds for this file, by what is in the folder alone, and for no other', () => {
    for (const member of ['bob', 'cat']) {
      const { payloadType, payload, signatures, publicKey }: Envelope = jsonIn(
        `approvals/${member}.dsse.json`,
      )
      const body = Buffer.from(payload, 'base64').toString()
      const [{ keyid, sig: signature } = { keyid: '', sig: '' }] = signatures
      expect(keyid).toBe(member)
      expect(holds(payloadType, body, { signature, publicKey })).toBe(true)
      expect(JSON.parse(body)).toMatchObject({
        artifact: told.artifact,
        member,
        decision: 'approve',
        model: MODEL,
      })
      const other = body.replace(told.artifact, '0'.repeat(64))
      expect(holds(payloadType, other, { signature, publicKey })).toBe(false)
    }
  })

  test('nothing is written over, of nothing that is not in force, and nothing of a file that is another one', async () => {
    const to = join(root, 'third')
    const tried = (model: string, into: string, from: Parameters<typeof exportModel>[0] = home.platform) =>
      refusalIn(exportModel(from, { model, to: into, storage: 's3://x' }))
    expect(await tried(MODEL, first)).toBe('export.folder-taken')
    expect(await tried('nope', to)).toBe('model.not-in-force')
    // The name of a model may be a path.
    for (const model of ['../up', 'a/b', '..', '.hidden', 'a b'])
      expect(FOLDER_NAME.test(model), model).toBe(false)
    expect(FOLDER_NAME.test('us20-long_short.v2')).toBe(true)
    const damaged = {
      ...home.platform,
      chunks: { ...home.platform.chunks, get: async () => Buffer.from('other') },
    }
    expect(await tried(MODEL, to, damaged)).toBe('export.not-as-approved')
    expect(() => readdirSync(to)).toThrow('ENOENT')
  })

  test('a service has a name that Kubernetes takes', () => {
    expect(['us20-long-short', 'A.b_C', '--', 'x'.repeat(80)].map(serviceName)).toEqual([
      ...['us20-long-short', 'a-b-c', 'model', 'x'.repeat(63)],
    ])
  })
})

test('without a writer nothing is answered that is not recorded', async () => {
  await home.server.close()
  expect((await asked(replica.url, byTensors)).code).toBe('replica.no-writer')
  expect((await asked(replica.url, byTensors)).code).toBe('replica.no-writer')
})
