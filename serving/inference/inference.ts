/**
 * Inference: the one implementation behind every door. Who asks by tensors is answered once the event is written, who asks by entity
 * once it is durable.
 */
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Appended } from '../../streams/log/port.ts'
import type { Platform } from '../platform.ts'
import { type Admission, admission } from './admission.ts'
import { readFeatures } from './entities.ts'
import { MOST_UNDER_WAY } from './limits.ts'
import { type LiveStanding, liveStanding } from './live.ts'
import { MOST_MICROS_HERE } from './measured.ts'
import { type Models, servedModels } from './models.ts'
import type { Answered, Caller, Model, Online } from './port.ts'
import { recorder } from './recorder.ts'
import { Statistics } from './statistics.ts'

export type Question = Readonly<{ model: string; version: string; id: string }> &
  (
    | Readonly<{ features: (model: Model) => Float64Array }>
    | Readonly<{ entities: readonly string[]; asOf: Micros | null; commandId?: string }>
  )

export interface Inference {
  readonly models: Models
  readonly standing: LiveStanding
  readonly statistics: Statistics
  readonly admission: Pick<Admission, 'underWay' | 'within'>
  /** Refuses, and counts, before a request is read. @throws Refusal `inference.overloaded` */
  assertRoom(): void
  /** @throws Refusal with what is wrong; nothing was recorded then, but where `inference.deadline` says so */
  answer(question: Question, caller: Caller): Promise<Answered>
}

type Source = Pick<Platform, 'models' | 'folds' | 'chunks' | 'log' | 'lanes' | 'store' | 'moment'>

const made = new WeakMap<Platform['lanes'], Inference>()

/** The one of a platform: whatever door is asked, the same limits and counts. */
export function inferenceOf(platform: Source): Inference {
  const there = made.get(platform.lanes) ?? inferenceOver(platform)
  made.set(platform.lanes, there)
  return there
}

/** @param mostMicrosHere a model that takes longer for a row is run in a thread */
export function inferenceOver(
  platform: Source,
  mostUnderWay = MOST_UNDER_WAY,
  mostMicrosHere = MOST_MICROS_HERE,
): Inference {
  const standing = liveStanding(platform)
  const models = servedModels({ ...platform, position: standing.position }, mostMicrosHere)
  const records = recorder(platform)
  const statistics = new Statistics()
  const admitted = admission(mostUnderWay)

  const answer = async (question: Question, caller: Caller): Promise<Answered> => {
    const begun = performance.now()
    const model = await models.find(question.model, question.version)
    try {
      const { inputs, online } = await inputsOf(model, question)
      assertInTime(caller, 'before the model was run')
      const ready = performance.now()
      const scores = await model.predict(inputs)
      const ran = performance.now()
      assertFinite(model, scores)
      const { position, repeated } = await recorded(model, { question, caller, inputs, online, scores })
      assertInTime(caller, `before the answer, which is recorded at log position ${position}`)
      statistics.answered(model, { rows: scores.length, begun, ready, ran })
      return { model, id: question.id, scores, online, position, repeated }
    } catch (error) {
      statistics.failed(model, begun)
      throw error
    }
  }

  const inputsOf = async (model: Model, question: Question) =>
    'features' in question
      ? { inputs: question.features(model), online: null }
      : readFeatures(platform, standing, { model, entities: question.entities, asOf: question.asOf })

  const recorded = async (model: Model, made: Made): Promise<Appended> => {
    const { question, caller, inputs, online, scores } = made
    const { live } = model
    const knownAt = platform.moment.nowMicros()
    const data = {
      model: live.model,
      artifact: live.artifact,
      promotion: live.promotion,
      request: question.id,
      online: online && {
        featureSet: live.featureSet,
        featureVersion: live.featureVersion,
        readAt: online.readAt,
        moment: online.moment,
        entities: [...online.entities],
        eventTimes: [...online.eventTimes],
      },
      columns: live.run.features.length,
      inputs: [...inputs],
      scores: [...scores],
    }
    return records.record(data, {
      actor: caller.name,
      times: { eventTime: online?.moment ?? knownAt, knownAt },
      once: online === null ? 'written' : 'durable',
      ...('commandId' in question && question.commandId !== undefined && { commandId: question.commandId }),
    })
  }

  const counted = (error: unknown): unknown => {
    statistics.came(error instanceof Refusal ? error.fault.code : 'internal')
    return error
  }

  return {
    models,
    standing,
    statistics,
    admission: admitted,
    assertRoom() {
      try {
        admitted.assertRoom()
      } catch (error) {
        throw counted(error)
      }
    },
    async answer(question, caller) {
      try {
        const answered = await admitted.within(() => answer(question, caller))
        statistics.came('answered')
        return answered
      } catch (error) {
        throw counted(error)
      }
    },
  }
}

type Made = Readonly<{
  question: Question
  caller: Caller
  inputs: Float64Array
  online: Online | null
  scores: Float64Array
}>

function assertInTime({ deadline }: Caller, where: string): void {
  if (performance.now() > deadline) throw refuse('inference.deadline', { where })
}

function assertFinite({ live }: Model, scores: Float64Array): void {
  const row = scores.findIndex((score) => !Number.isFinite(score))
  if (row >= 0) throw refuse('inference.not-finite', { model: live.model, row })
}
