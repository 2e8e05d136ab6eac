/**
 * Inference: the one implementation behind every door. Who asks by tensors is answered once the event is written, who asks by entity
 * once it is durable; of a model that trades nothing, where its promotion says so, before it is recorded.
 */
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Appended } from '../../streams/log/port.ts'
import type { Platform } from '../platform.ts'
import { type Admission, admission } from './admission.ts'
import { readFeatures } from './entities.ts'
import { inTime } from './in-time.ts'
import { MOST_UNDER_WAY } from './limits.ts'
import { type LiveStanding, liveStanding } from './live.ts'
import { MOST_MICROS_HERE } from './measured.ts'
import { type Models, servedModels } from './models.ts'
import { type Owed, owedTo, type Place } from './owed.ts'
import type { Answered, Caller, Model, Online } from './port.ts'
import { type Answer, recorder } from './recorder.ts'
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
  readonly owed: Pick<Owed, 'waiting' | 'recorded'>
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

/**
 * @param mostMicrosHere a model that takes longer for a row is run in a thread
 * @param mayOwe whether answers may go ahead of the log: not where another process writes it
 */
export function inferenceOver(
  platform: Source,
  mostUnderWay = MOST_UNDER_WAY,
  mostMicrosHere = MOST_MICROS_HERE,
  mayOwe = true,
): Inference {
  const standing = liveStanding(platform)
  const models = servedModels({ ...platform, position: standing.position }, mostMicrosHere)
  const records = recorder(platform)
  const owed = owedTo(records)
  const statistics = new Statistics()
  const admitted = admission(mostUnderWay)

  const answer = async (question: Question, caller: Caller): Promise<Answered> => {
    const begun = performance.now()
    const model = await models.find(question.model, question.version)
    let place: Place | null = null
    try {
      const { inputs, online } = await inputsOf(model, question)
      if (isAhead(model, question)) place = owed.place(model.live.model, inputs.length)
      assertInTime(caller, 'before the model was run')
      const ready = performance.now()
      const running = model.predict(inputs)
      // Here a row takes a millisecond at most; in a thread it takes as long as it takes.
      const scores = await (model.cost.isInThreads ? inTime(running, caller.deadline, admitted) : running)
      const ran = performance.now()
      // What is late is not given, and not recorded then.
      assertInTime(caller, 'before the answer')
      assertFinite(model, scores)
      const made = { question, caller, inputs, online, scores }
      const { position, repeated } = await (place === null ? recorded(model, made) : owe(model, made, place))
      statistics.answered(model, { rows: scores.length, begun, ready, ran })
      return { model, id: question.id, scores, online, position, repeated }
    } catch (error) {
      statistics.failed(model, begun)
      throw error
    } finally {
      place?.leave()
    }
  }

  /** A command is done once under its id, which the log alone knows. */
  const isAhead = ({ live }: Model, question: Question): boolean =>
    mayOwe && live.service === 'after' && !('commandId' in question && question.commandId !== undefined)

  const inputsOf = async (model: Model, question: Question) =>
    'features' in question
      ? { inputs: question.features(model), online: null }
      : readFeatures(platform, standing, { model, entities: question.entities, asOf: question.asOf })

  const answerOf = (model: Model, { question, inputs, online, scores }: Made): Answer => {
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
    return { data, times: { eventTime: online?.moment ?? knownAt, knownAt } }
  }

  const recorded = async (model: Model, made: Made): Promise<Appended> => {
    const { question, caller, online } = made
    const { data, times } = answerOf(model, made)
    const appended = await records.record(data, {
      actor: caller.name,
      times,
      once: online === null ? 'written' : 'durable',
      ...('commandId' in question && question.commandId !== undefined && { commandId: question.commandId }),
    })
    assertInTime(caller, `before the answer, which is recorded at log position ${appended.position}`)
    return appended
  }

  const owe = (model: Model, made: Made, place: Place): Readonly<{ position: null; repeated: false }> => {
    place.owe(answerOf(model, made), made.caller.name)
    return { position: null, repeated: false }
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
    owed,
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
