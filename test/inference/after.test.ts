/** A model in the class `after`: it is asked, answers ahead of the log, and trades nothing. */
import { beforeAll, expect, test } from 'vitest'
import { isEvent } from '../../schemas/event.ts'
import { PredictionServed } from '../../schemas/events/prediction.ts'
import { promote } from '../../serving/actions.ts'
import { perform } from '../../serving/commands/perform.ts'
import { predictionServe } from '../../serving/commands/prediction.ts'
import { parametersOf } from '../../serving/inference/answered.ts'
import { type Inference, inferenceOver, type Question } from '../../serving/inference/inference.ts'
import { replay } from '../../serving/replaying/replay.ts'
import { startShadow } from '../../serving/shadows.ts'
import { wireLane } from '../../serving/wire.ts'
import { injectPromoted } from '../support/by-hand.ts'
import { eventsOf, type MemoryPlatform } from '../support/memory-platform.ts'
import { act, HISTORY_DAYS, judgedPlatform, MODEL, playDays, promoteRun } from '../support/small-platform.ts'
import { messagesOf } from '../support/topics.ts'

const RUN = 'small-h3-momentum'
const CALLER = { name: 'quant', isKnown: true, deadline: Number.POSITIVE_INFINITY }
const question: Question = { model: MODEL, version: '', id: 'one', entities: ['ANT'], asOf: null }
let platform: MemoryPlatform
let inference: Inference

beforeAll(async () => {
  platform = await judgedPlatform()
  await promoteRun(platform, RUN, 'after')
  await playDays(platform, HISTORY_DAYS, HISTORY_DAYS + 3)
  inference = inferenceOver(platform)
})

test('it gets no capital, predicts no session, is watched by nobody, and is on no topic of an OMS', async () => {
  expect(platform.models.inForce(MODEL)).toMatchObject({ service: 'after' })
  const types = new Set((await eventsOf(platform.log)).map(({ type }) => type))
  for (const type of [
    'capital.Allocated',
    'prediction.Made',
    'prediction.OutcomeObserved',
    'drift.SharpeWatched',
  ])
    expect(types).not.toContain(type)
  const topics = new Set((await messagesOf(platform.log, 'a'.repeat(64))).map(({ topic }) => topic))
  for (const topic of ['predictions.v1', 'capital.v1', 'models.v1']) expect(topics).not.toContain(topic)
  const challenging = startShadow(platform, { model: MODEL, run: 'small-h1-momentum' }, act('challenge'))
  await expect(challenging).rejects.toMatchObject({ fault: { code: 'shadow.no-champion' } })
})

test('it answers before it is recorded, with the bits that are recorded, and a replay makes them again', async () => {
  const { position: before } = await platform.log.head()
  const answered = await inference.answer(question, CALLER)
  expect(answered.position).toBeNull()
  expect(parametersOf(answered)).toMatchObject({ recorded: 'after' })
  expect(parametersOf(answered)).not.toHaveProperty('position')
  await inference.owed.recorded()
  const [event] = (await eventsOf(platform.log, before + 1)).filter((one) => isEvent(PredictionServed, one))
  expect(event).toMatchObject({ actor: 'quant', data: { request: 'one', scores: [...answered.scores] } })
  const { first, compared } = await replay(platform.log, wireLane.live(platform.chunks), {
    ...{ from: 1, to: (await platform.log.head()).position },
  })
  expect(first).toBeNull()
  expect(compared['prediction.Served']).toBe(1)
})

test('an answer that is late is neither given nor recorded, and a command and a replica wait for the log', async () => {
  const { position: before } = await platform.log.head()
  const late = inference.answer(question, { ...CALLER, deadline: performance.now() - 1 })
  await expect(late).rejects.toMatchObject({ fault: { code: 'inference.deadline' } })
  await inference.owed.recorded()
  expect((await platform.log.head()).position).toBe(before)
  const input = { model: MODEL, entities: ['ANT'] }
  const { position } = await perform(platform, predictionServe, { input, asked: { actor: 'ann', roles: [] } })
  expect(position).toBe(before + 1)
  const inReplica = inferenceOver(platform, undefined, undefined, false)
  expect((await inReplica.answer(question, CALLER)).position).toBe(before + 2)
})

test('promoted to trade it gets capital and predicts, and does not go back, by a command, by hand or by a roll-back', async () => {
  await promoteRun(platform, RUN)
  const types = () => eventsOf(platform.log).then((events) => new Set(events.map(({ type }) => type)))
  expect(await types()).toContain('capital.Allocated')
  await playDays(platform, HISTORY_DAYS + 3, HISTORY_DAYS + 6)
  expect(await types()).toContain('prediction.OutcomeObserved')
  expect((await inference.answer(question, CALLER)).position).not.toBeNull()
  const { artifact } = platform.folds.registry.state().models[MODEL].live ?? { artifact: '' }
  const back = promote(platform, { model: MODEL, artifact, service: 'after' }, act('back', 'bob'))
  await expect(back).rejects.toMatchObject({ fault: { code: 'model.trades' } })
  await injectPromoted(platform, RUN, { service: 'after' })
  const { live, formers, unsound } = platform.folds.registry.state().models[MODEL]
  expect(live).toMatchObject({ service: 'durable' })
  expect(formers).toEqual([])
  expect(unsound.at(-1)?.reason).toContain('trades')
})
