/** Commands on what models in force say: of a session that was closed, and of entities at the moment asked. */
import { z } from 'zod'
import { predictions } from '../../projections/prediction/predictions.ts'
import type { Position } from '../../schemas/envelope.ts'
import { type DataOf, isEvent } from '../../schemas/event.ts'
import { PredictionServed } from '../../schemas/events/prediction.ts'
import { assert } from '../../schemas/kernel/assert.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { name } from '../../schemas/kernel/name.ts'
import { type Micros, parseMoment } from '../../schemas/kernel/time.ts'
import { wallClock } from '../clock.ts'
import { inferenceOf } from '../inference/inference.ts'
import { MOST_ENTITIES } from '../inference/limits.ts'
import type { Answered } from '../inference/port.ts'
import type { Platform } from '../platform.ts'
import { defineCommand } from './definition.ts'
import { eventAt } from './recorded.ts'

const predicting = z.strictObject({ model: name })

export const predictionMake = defineCommand({
  name: 'prediction.make',
  about: 'Make what predictions are due, and answer the latest of a model.',
  input: predicting,
  permission: 'predict',
  async act(platform, { model }: z.infer<typeof predicting>) {
    await platform.inTurn(() => platform.lanes.live())
    await platform.views.catchUp()
    const latest = platform.views.now(predictions).models[model]?.latest
    if (latest == null) throw refuse('prediction.none', { model })
    const { prediction, position, knownAt } = latest
    const approvals = platform.folds.registry.state().models[model].live?.approvals ?? []
    return { position, changed: true, answer: { ...prediction, knownAt, position, approvals } }
  },
})

const serving = z.strictObject({
  model: name,
  entities: z.array(z.string().min(1)).min(1).max(MOST_ENTITIES),
  /** Now, where it is not told. */
  asOf: z.string().optional(),
})

type Served = Readonly<{
  model: string
  artifact: string
  promotion: Position
  approvals: readonly string[]
  featureSet: string
  featureVersion: number
  /** The features are as they were known at this moment, and up to which log position they had been taken in. */
  moment: Micros
  readAt: Position
  rows: readonly Readonly<{ entity: string; score: number; featureTime: Micros }>[]
}>

/** As `/v2/models/<model>/infer` by entity, and the same path. */
export const predictionServe = defineCommand<z.infer<typeof serving>, Served>({
  name: 'prediction.serve',
  about:
    'Ask a model in force about entities, by their features as of now or of a past moment. The answer is an event.',
  input: serving,
  permission: 'predict',
  async act(platform, { model, entities, asOf }, { actor, commandId, recorded, beginning }) {
    beginning?.()
    const from = wallClock.nowMicros()
    const question = {
      ...{ model, version: '', id: '', entities, commandId },
      asOf: asOf === undefined ? null : parseMoment(asOf),
    }
    const caller = { name: actor, isKnown: true, deadline: Number.POSITIVE_INFINITY }
    const answered = await inferenceOf(platform).answer(question, caller)
    const { position, repeated } = answered
    assert(position !== null, 'what a command is answered is recorded first')
    recorded?.({ position, changed: !repeated })
    platform.meter.acted({ commandId, position, from, to: wallClock.nowMicros() })
    const answer = repeated ? await toldBefore(platform, question, { ...answered, position }) : told(answered)
    return { position, changed: !repeated, answer }
  },
})

function told({ model, online, scores }: Answered): Served {
  const { live, approvals } = model
  const { moment = 0, readAt = 0, entities = [], eventTimes = [] } = online ?? {}
  const { artifact, promotion, featureSet, featureVersion } = live
  const rows = entities.map((entity, i) => ({ entity, score: scores[i], featureTime: eventTimes[i] }))
  return {
    model: live.model,
    artifact,
    promotion,
    approvals,
    featureSet,
    featureVersion,
    moment,
    readAt,
    rows,
  }
}

type Asked = Readonly<{ model: string; entities: readonly string[]; asOf: Micros | null; commandId: string }>

/** What the same command was answered. @throws Refusal `command.id-reused` where its id was spent on another question */
async function toldBefore(
  { log }: Platform,
  asked: Asked,
  answered: Answered & Readonly<{ position: Position }>,
): Promise<Served> {
  const event = await eventAt(log, answered.position)
  const data = event !== null && isEvent(PredictionServed, event) ? event.data : null
  if (data === null || !isSame(data, asked))
    throw refuse('command.id-reused', { id: asked.commandId, command: 'prediction.serve' })
  const { artifact, promotion, scores, online } = data
  const {
    featureSet = '',
    featureVersion = 0,
    moment = 0,
    readAt = 0,
    entities = [],
    eventTimes = [],
  } = online ?? {}
  const rows = entities.map((entity, i) => ({ entity, score: scores[i], featureTime: eventTimes[i] }))
  return { ...told(answered), artifact, promotion, featureSet, featureVersion, moment, readAt, rows }
}

const isSame = ({ model, online }: DataOf<typeof PredictionServed>, asked: Asked): boolean =>
  model === asked.model &&
  online !== null &&
  online.entities.join('\n') === asked.entities.join('\n') &&
  (asked.asOf === null || asked.asOf === online.moment)
