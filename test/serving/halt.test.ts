/** A halt on the platform as people use it: the next prediction has nothing, on every door, under every name of the file and its kin. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Halted, UnhaltSigned } from '../../schemas/events/halt.ts'
import { OutcomeObserved } from '../../schemas/events/prediction.ts'
import { Capital, Prediction } from '../../schemas/topics/oms.ts'
import { unframed } from '../../schemas/topics/wire.ts'
import { promote, requestValidation, reviewCapital, sign } from '../../serving/actions.ts'
import { haltModel, haltStatement, unhaltModel } from '../../serving/halts.ts'
import { servedModels } from '../../serving/inference/models.ts'
import { Oms } from '../../serving/oms/oms.ts'
import { replay } from '../../serving/replaying/replay.ts'
import { wireAll } from '../../serving/wire.ts'
import { inject } from '../support/by-hand.ts'
import { keyOfName, signedHalt } from '../support/keys.ts'
import { eventsOf, type MemoryPlatform } from '../support/memory-platform.ts'
import { refusalIn } from '../support/refusals.ts'
import { act, HISTORY_DAYS, judgedPlatform, MODEL, playDays, promoteRun } from '../support/small-platform.ts'
import { messagesOf } from '../support/topics.ts'

const GOOD = 'small-h3-momentum'
const KIN = 'small-h1-momentum'
const SECOND = 'second'

let platform: MemoryPlatform
/** What was before is replayed elsewhere. */
let begun: number
beforeEach(async () => {
  platform = await judgedPlatform()
  begun = (await platform.log.head()).position + 1
  await promoteRun(platform, GOOD)
}, 60_000)
afterEach(() => platform.close())

const standing = (model = MODEL) => platform.folds.capital.state().models[model]
const by = (member: string, model = MODEL, reason = 'the feed is wrong') => ({
  ...{ model, member, reason, privateKey: keyOfName(member) },
})
let acts = 0
const halt = (member = 'bob', model = MODEL) =>
  haltModel(platform, by(member, model), act(`halt-${acts++}`, member))
const unhalt = (member: string, model = MODEL) =>
  unhaltModel(platform, by(member, model), act(`unhalt-${acts++}`, member))

const said = async <T>(topic: string, { avro }: { avro: { fromBuffer: (bytes: Buffer) => unknown } }) =>
  (await messagesOf(platform.log, 'a'.repeat(64)))
    .filter((message) => message.topic === topic)
    .flatMap(({ value }) => (value === null ? [] : [avro.fromBuffer(unframed(Buffer.from(value)).avro) as T]))

async function replaysEqual(): Promise<void> {
  const { position: to } = await platform.log.head()
  expect((await replay(platform.log, wireAll(platform.chunks), { from: begun, to })).differences).toBe(0)
}

async function promoteAs(model: string, run: string): Promise<void> {
  await requestValidation(platform, { model, run }, act(`validate-${model}`))
  const reports = Object.values(platform.folds.registry.state().models[model].reports)
  const { artifact = '', report = '' } = reports.find((one) => one.run === run) ?? {}
  for (const member of ['bob', 'cat']) {
    const one = { model, artifact, report, member, decision: 'approve', reason: 'a second book' } as const
    await sign(platform, { ...one, privateKey: keyOfName(member) }, act(`${member}-${model}`, member))
  }
  await promote(platform, { model, artifact }, act(`promote-${model}`, 'bob'))
}

test('the next prediction has no capital, after a message that says so; what is held is sold, and replay says the same', async () => {
  await playDays(platform, HISTORY_DAYS, HISTORY_DAYS + 2)
  const served = await servedModels({ ...platform, position: () => 1 }).find(MODEL)
  expect(served.capital()).toBe(1)
  await halt()
  await halt('cat')
  expect(served.capital()).toBe(0)
  await playDays(platform, HISTORY_DAYS + 2, HISTORY_DAYS + 3)
  expect(await refusalIn(unhalt('ann'))).toBe('approval.by-author')
  await unhalt('bob')
  await unhalt('bob')
  expect(standing()).toMatchObject({ fraction: 0, granted: 1 })
  await unhalt('cat')
  await playDays(platform, HISTORY_DAYS + 3, HISTORY_DAYS + 4)
  const [capitals, predictions] = [
    await said<Capital>('capital.v1', Capital),
    await said<Prediction>('predictions.v1', Prediction),
  ]
  expect(capitals.map(({ why, fraction, granted, haltedBy }) => [why, fraction, granted, haltedBy])).toEqual([
    ['allocated', 1, 1, []],
    ['halted', 0, 1, [MODEL]],
    ['unhalted', 1, 1, []],
  ])
  expect(predictions.map(({ capital }) => capital)).toEqual([1, 1, 0, 1])
  expect(predictions[2].capitalPosition).toBe(capitals[1].envelope.position)
  expect(predictions[2].rows.every(({ scaledWeight }) => scaledWeight === 0)).toBe(true)
  expect(predictions[2].rows.some(({ weight }) => weight !== 0)).toBe(true)
  const outcomes = (await eventsOf(platform.log)).filter(OutcomeObserved.is)
  expect(outcomes.map((one) => (one.data as { capital: number }).capital)).toContain(0)
  // An OMS that reads the halt sells at once what it holds.
  const account = () => ({ equity: 1e6, lot: () => 1, price: () => 10 })
  const oms = new Oms({ log: 'L', account })
  oms.model({ ...predictions[1], envelope: { position: predictions[1].promotion } } as never, 'L')
  oms.capital(capitals[0], 'L', 0)
  oms.prediction(predictions[1], { log: 'L', topic: 't', partition: 0 }, 0)
  expect(Object.keys(oms.state.held[MODEL]).length).toBeGreaterThan(0)
  oms.capital(capitals[1], 'L', 0)
  expect(oms.state.held[MODEL]).toEqual({})
  await replaysEqual()
})

test('the same file and its kin, promoted while it is halted, stand still too, until the halt ends', async () => {
  await halt()
  await promoteAs(SECOND, KIN)
  expect(standing(SECOND)).toMatchObject({ fraction: 0, granted: 1, haltedBy: [MODEL] })
  const capitals = await said<Capital>('capital.v1', Capital)
  expect(capitals.filter(({ model }) => model === SECOND).map(({ fraction }) => fraction)).toEqual([0])
  expect(await refusalIn(unhalt('bob', SECOND))).toBe('capital.halted-with')
  await unhalt('bob')
  await unhalt('cat')
  expect([standing().fraction, standing(SECOND).fraction]).toEqual([1, 1])
  await replaysEqual()
})

test('a cut goes on, and a review while it stands still gives it nothing to trade with', async () => {
  await halt()
  let day = HISTORY_DAYS
  while (standing().pendingReview === null) await playDays(platform, day, ++day)
  expect(standing()).toMatchObject({ fraction: 0, granted: 0.5 })
  const review = { ...by('cat'), fraction: 1, reason: 'read' }
  await reviewCapital(platform, review, act('review', 'cat'))
  expect(standing()).toMatchObject({ fraction: 0, granted: 1 })
})

test('acts side by side: two halts are one, and a halt beside the last signature is before it or after it', async () => {
  await Promise.all([halt('bob'), halt('cat'), halt('dan')])
  const events = await eventsOf(platform.log)
  expect(events.filter(Halted.is)).toHaveLength(1)
  await unhalt('bob')
  const stopped = haltStatement(platform, { model: MODEL, member: 'dan', reason: 'no' })
  await Promise.all([unhalt('cat'), halt('dan').catch(() => undefined)])
  const { halts, ended } = platform.folds.capital.state()
  expect([halts[MODEL] === undefined, standing().fraction]).toEqual([true, 1])
  // What was signed before it ended stops nothing after it; what is signed now does.
  expect(ended[MODEL]).toBeGreaterThan(0)
  expect(JSON.parse(stopped.body)).toMatchObject({ ended: 0 })
  await halt('dan')
  expect(standing().fraction).toBe(0)
})

test('what is written by hand neither halts nor sets going, nor stands in the way, and is on no topic but that of all events', async () => {
  const said = { model: MODEL, ended: 0, member: 'bob', reason: 'forged', expires: 8e15 }
  const log = platform.folds.capital.state().log ?? ''
  await inject(platform, `capital-${MODEL}`, [
    Halted.draft({ ...said, signature: 'c2ln' }, { eventTime: 0, knownAt: 0 }),
    Halted.draft(signedHalt({ ...said, log: `${log}0` }), { eventTime: 0, knownAt: 0 }),
  ])
  expect(standing().fraction).toBe(1)
  const alerts = (await messagesOf(platform.log, log)).filter(({ topic }) => topic === 'alerts.v1')
  expect(alerts).toEqual([])
  await halt()
  const forged = {
    model: MODEL,
    artifact: standing().artifact,
    halt: platform.folds.capital.state().halts[MODEL].position,
  }
  await inject(
    platform,
    `capital-${MODEL}`,
    ['bob', 'cat'].map((member) =>
      UnhaltSigned.draft(
        { ...forged, member, reason: 'forged', expires: 8e15, signature: 'c2ln' },
        { eventTime: 0, knownAt: 0 },
      ),
    ),
  )
  expect(standing().fraction).toBe(0)
  await unhalt('bob')
  await unhalt('cat')
  expect(standing().fraction).toBe(1)
})
