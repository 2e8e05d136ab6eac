/** What an event is as messages: which topics, which keys, and what an OMS finds in them. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { Recorded } from '../../schemas/envelope.ts'
import { Reviewed } from '../../schemas/events/capital.ts'
import { DriftMeasured, LossLimitBreached, SharpeWatched } from '../../schemas/events/drift.ts'
import { Promoted } from '../../schemas/events/model.ts'
import { AlarmRaised, AlarmResolved } from '../../schemas/events/monitor.ts'
import { PredictionMade } from '../../schemas/events/prediction.ts'
import { Quarantined } from '../../schemas/events/processor.ts'
import type { MessageDefinition } from '../../schemas/topics/message.ts'
import { Alert, Capital, Model, Prediction } from '../../schemas/topics/oms.ts'
import { framed, unframed, wireReader } from '../../schemas/topics/wire.ts'
import { standings } from '../../serving/relay/standings.ts'
import { alertIn } from '../../streams/relay/alerts.ts'
import { SCHEMAS, Translator } from '../../streams/relay/messages.ts'
import type { Message } from '../../streams/relay/ports.ts'
import type { MemoryPlatform } from '../support/memory-platform.ts'
import { recorded } from '../support/recorded.ts'
import { playedPlatform } from '../support/small-platform.ts'
import { messagesOf } from '../support/topics.ts'

const LOG = 'a'.repeat(64)
let platform: MemoryPlatform
let messages: readonly Message[]
let events: Recorded[]

beforeAll(async () => {
  platform = await playedPlatform(40)
  messages = await messagesOf(platform.log, LOG)
  events = []
  for await (const batch of platform.log.readAll(1)) events.push(...batch)
})

const of = <T>(topic: string, { avro }: MessageDefinition<T>): T[] =>
  messages
    .filter((message) => message.topic === topic)
    .map(({ value }) => avro.fromBuffer(unframed(Buffer.from(value ?? [])).avro) as T)

test('an event is on a topic once at most, so that its position says what was seen', () => {
  const names = messages.map(({ topic, headers }) => `${topic} ${headers['asof-position']}`)
  expect(new Set(names).size).toBe(names.length)
  expect(messages.filter(({ topic }) => topic === 'events.v1')).toHaveLength(events.length)
})

test('the schemas have names of their own, and a version of an event has one', () => {
  expect(new Set(SCHEMAS.map(({ subject }) => subject)).size).toBe(SCHEMAS.length)
  expect(SCHEMAS.map(({ subject }) => subject)).toContain('asof.recorded.prediction.MadeV2')
})

test('headers are CloudEvents in binary mode, with the position to drop by', () => {
  const [event] = events
  expect(messages[0]).toMatchObject({
    topic: 'events.v1',
    key: event.stream,
    headers: {
      'asof-log': LOG,
      'asof-position': '1',
      'asof-event-id': event.id,
      ce_specversion: '1.0',
      ce_id: event.id,
      ce_type: event.type,
      ce_source: `/asof/log/${LOG}/events.v1`,
      ce_subject: event.stream,
      'content-type': 'application/avro',
    },
  })
})

test('a prediction is valid until the close at which it is traded, and says what limits it', () => {
  const predictions = of('predictions.v1', Prediction)
  const capitals = of('capital.v1', Capital)
  const made = events.filter((event) => event.type === PredictionMade.type)
  expect(predictions).toHaveLength(made.length)
  for (const [i, one] of predictions.entries()) {
    const { data } = made[i] as Recorded<
      string,
      { rows: { entity: string; weight: number }[]; features: number }
    >
    const closed = events[data.features - 1].data as { tradeAt: number }
    expect(one.validUntil).toBe(closed.tradeAt)
    expect(one.envelope).toMatchObject({ position: made[i].position, actor: 'asof:inference' })
    const capital = capitals.findLast(({ envelope }) => envelope.position < one.envelope.position)
    expect([one.capital, one.capitalPosition]).toEqual([capital?.fraction, capital?.envelope.position])
    expect(one.rows.map(({ instrument, weight }) => [instrument, weight])).toEqual(
      data.rows.map(({ entity, weight }) => [entity, weight]),
    )
    for (const { weight, scaledWeight } of one.rows) expect(scaledWeight).toBe(weight * one.capital)
  }
  expect(new Set(predictions.map(({ capital }) => capital))).toEqual(new Set([1, 0.5]))
})

test('models and capital are by model, with who signed and why it changed', () => {
  const [model, ...others] = of('models.v1', Model)
  expect(others).toEqual([])
  expect(model).toMatchObject({
    model: 'small',
    approvals: ['bob', 'cat'],
    policyVersion: 1,
    dataset: 'small',
  })
  const capitals = of('capital.v1', Capital)
  expect(capitals.map(({ why }) => why)).toEqual(expect.arrayContaining(['allocated', 'reduced', 'reviewed']))
  for (const { why, fraction, pendingReview } of capitals)
    expect([why, fraction, pendingReview === null]).toEqual([
      why,
      why === 'reduced' ? 0.5 : 1,
      why !== 'reduced',
    ])
  expect(messages.filter(({ topic }) => topic === 'capital.v1').map(({ key }) => key)).toEqual(
    capitals.map(() => 'small'),
  )
})

describe('what is not believed', () => {
  const say = async (event: Recorded) => {
    const translator = new Translator(LOG, standings())
    for (const one of events) await translator.take(one)
    return translator.say(event, () => 1)
  }
  const at = () => events.length + 1

  test('an event in the name of a processor that did not say it is not published', async () => {
    const { data, eventTime, knownAt } = events.findLast(
      (event) => event.type === PredictionMade.type,
    ) as Recorded
    const draft = PredictionMade.draft(data as never, { eventTime, knownAt })
    expect(await say(recorded(draft, at(), { commandId: 'by-hand' }))).toEqual([])
  })

  test('a promotion that its evidence does not bear out is an event, and puts no model on the topic', async () => {
    const { data } = events.find((event) => event.type === Promoted.type) as Recorded<
      string,
      { report: string }
    >
    const draft = Promoted.draft({ ...data, report: '0'.repeat(64) } as never, { eventTime: 0, knownAt: 0 })
    const said = await say(recorded(draft, at(), { stream: 'model-small' }))
    expect(said.map(({ topic }) => topic)).toEqual(['events.v1', 'decisions.v1'])
  })

  test('a review that nobody signed gives no capital back', async () => {
    const { data, eventTime, knownAt } = events.find((event) => event.type === Reviewed.type) as Recorded<
      string,
      object
    >
    const draft = Reviewed.draft({ ...data, fraction: 1, signature: 'AAAA' } as never, { eventTime, knownAt })
    const said = await say(recorded(draft, at(), { stream: 'capital-small' }))
    expect(said.map(({ topic }) => topic)).toEqual(['events.v1', 'decisions.v1'])
  })

  test('a prediction of a file that is not in force is on no topic for an OMS', async () => {
    const last = events.findLast((event) => event.type === PredictionMade.type) as Recorded<string, object>
    const forged = { ...last, data: { ...last.data, artifact: '0'.repeat(64) } }
    expect((await say(forged)).map(({ topic }) => topic)).toEqual(['events.v1'])
  })
})

test('what a person should look at is an alert', () => {
  const times = { eventTime: 0, knownAt: 0 }
  const feature = { feature: 'mom', psi: 0.4, psiLimit: 0.2, ks: 0.1, ksLimit: 0.3, effectiveWindows: 4 }
  const measured = {
    ...{ model: 'm', currentRows: 1, referenceRows: 1, falseAlarmsAYear: null, unjudged: [] },
    features: [{ ...feature, drifted: true }],
  }
  const drift = (drifted: boolean) =>
    DriftMeasured.draft({ ...measured, features: [{ ...feature, drifted }] }, times)
  const watched = {
    ...{ model: 'm', days: 21, sharpe: -1, expected: 1, deviation: 0.5, z: -4, eValue: 1, heldMean: null },
    ...{ alarmAt: 20, alarm: false },
  }
  const lost = {
    model: 'm',
    rule: 'day',
    loss: 0.02,
    limit: 0.01,
    outcome: 1,
    days: 1,
    restated: null,
  } as const
  const named = { rule: 'feeds', check: 'range', thing: 'prices', cause: 7 } as const
  const finding = { what: 'close median size', observed: 0, usual: 100, low: 5, high: 900, chance: 1e-9 }
  const raised = {
    ...{ ...named, ruleVersion: 1, owner: 'data desk', remedy: 'Call the vendor.' },
    ...{ severity: 'critical' as const, found: 2, findings: [finding], level: 1e-3, restsOn: [] },
  }
  const aside = { processor: 'gate', cause: 7, at: 7, reason: 'it threw' }
  const alerts = [
    drift(true),
    drift(false),
    SharpeWatched.draft({ ...watched, breach: true }, times),
    SharpeWatched.draft({ ...watched, breach: false }, times),
    LossLimitBreached.draft(lost, times),
    Quarantined.draft(aside, times),
    AlarmRaised.draft(raised, times),
    AlarmResolved.draft({ ...named, why: 'usual again' }, times),
  ].map((draft) => alertIn(recorded(draft, 1)))
  expect(alerts.map((alert) => alert && [alert.kind, alert.about, alert.value])).toEqual([
    ['drift', 'm', 1],
    null,
    ['sharpe', 'm', -4],
    null,
    ['loss-day', 'm', 0.02],
    ['quarantine', 'gate', null],
    ['alarm', 'prices', 0],
    ['alarm-over', 'prices', null],
  ])
  expect(alerts[6]).toMatchObject({ limit: 5, text: expect.stringContaining('data desk: Call the vendor.') })
  expect(of('alerts.v1', Alert).map(({ kind }) => kind)).toContain('capital-cut')
})

test('a reader of a newer release reads what an older one wrote, and refuses what is no message of its', async () => {
  const older = { type: 'record', name: 'asof.topics.Alert', fields: [] as object[] }
  const { fields } = Alert.schema as unknown as { fields: { name: string }[] }
  older.fields = fields.filter(({ name }) => name !== 'limit')
  const bytes = Buffer.from(messages.find(({ topic }) => topic === 'alerts.v1')?.value ?? [])
  const read = wireReader<Alert>(Alert.avro, async () => Alert.schema)
  expect(await read(bytes)).toMatchObject({ about: 'small' })
  await expect(wireReader(Alert.avro, async () => older)(bytes)).rejects.toThrow('schema 1 is another one')
  await expect(read(Buffer.from('{}'))).rejects.toThrow('does not begin with a zero byte')
  await expect(read(framed(1, Buffer.from([1])))).rejects.toThrow('it is not of schema 1')
})
