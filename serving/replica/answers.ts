/**
 * Answers that replicas made, on their way into the log: numbers as their bytes, so that what is recorded is to the last bit what was
 * answered. The writer reads the features and runs the model once more, and records no answer that it does not give itself.
 */
import { z } from 'zod'
import type { Position } from '../../schemas/envelope.ts'
import type { Times } from '../../schemas/event.ts'
import { PredictionServed } from '../../schemas/events/prediction.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { name } from '../../schemas/kernel/name.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { LiveModel } from '../../streams/inference/ports.ts'
import type { Appended } from '../../streams/log/port.ts'
import type { Lookup } from '../feature-store.ts'
import type { Models } from '../inference/models.ts'
import type { Recorder } from '../inference/recorder.ts'

type Served = z.infer<typeof PredictionServed.data>

/** Ids of replicas' own answers and of the command that asks for one: none is an answer of a processor. */
const commandId = z.string().regex(/^predict:[\w.:-]{1,120}$/)
const base64 = z.base64()

const answer = z.strictObject({
  data: PredictionServed.data.extend({ inputs: base64, scores: base64 }),
  times: z.strictObject({ eventTime: z.int(), knownAt: z.int() }),
})

/** What one caller was answered in one turn: it is one batch of the log, here as in the writer. */
export const sentAnswers = z.strictObject({
  answers: z.array(answer).min(1),
  actor: name,
  commandId,
  once: z.enum(['written', 'durable']),
})
export type SentAnswers = z.infer<typeof sentAnswers>

export const packedAnswer = (data: Served, times: Times): z.infer<typeof answer> => ({
  times,
  data: { ...data, inputs: packed(data.inputs), scores: packed(data.scores) },
})

const packed = (values: readonly number[]): string =>
  Buffer.from(Float64Array.from(values).buffer).toString('base64')

function unpacked(text: string): number[] {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'))
  if (bytes.length % 8 !== 0) throw refuse('replica.differs', { problem: 'its numbers are no float64' })
  return [...new Float64Array(bytes.buffer)]
}

/** An honest answer is on its way for less. */
const MOST_LATE_MICROS = 3_600_000_000

export type Ground = Readonly<{
  models: Models
  recorder: Recorder
  store: Lookup
  /** How far the live lane of the writer is. */
  position: () => Position
  /** The moments that it can be for a replica: that of the platform, which may play the past, and that of the machine. */
  moments: () => readonly Micros[]
}>

/**
 * Records all of them, or none.
 * @returns where the last one stands
 * @throws Refusal `replica.differs` for what the model in force does not say of the features as they were read, and what `Models.find` throws
 */
export async function recordAnswers(ground: Ground, { answers, ...how }: SentAnswers): Promise<Appended> {
  const checked = await Promise.all(
    answers.map(async ({ data: sent, times }) => {
      const data: Served = { ...sent, inputs: unpacked(sent.inputs), scores: unpacked(sent.scores) }
      assertTimes(ground, data, times)
      await assertSaid(ground, data)
      return { data, times }
    }),
  )
  const [{ data: first }] = checked
  if (checked.some(({ data }) => data.model !== first.model))
    throw refuse('replica.differs', { problem: 'it is of several models' })
  return ground.recorder.recordAll(checked, how)
}

function assertTimes({ moments }: Ground, { online }: Served, { eventTime, knownAt }: Times): void {
  if (moments().every((now) => Math.abs(now - knownAt) > MOST_LATE_MICROS))
    throw refuse('replica.differs', {
      problem: `it was given at ${knownAt}, by a clock that nobody has here`,
    })
  if (eventTime !== (online?.moment ?? knownAt) || eventTime > knownAt)
    throw refuse('replica.differs', { problem: 'its times are not those of an answer' })
}

async function assertSaid(ground: Ground, data: Served): Promise<void> {
  const { live, predict } = await ground.models.find(data.model, String(data.promotion))
  const { features } = live.run
  if (data.columns !== features.length || data.inputs.length !== data.scores.length * features.length)
    throw refuse('replica.differs', {
      problem: `it is not of the ${features.length} features of ${data.model}`,
    })
  await assertRead(ground, live, data)
  const scores = await predict(Float64Array.from(data.inputs))
  const isSame =
    live.artifact === data.artifact &&
    scores.length === data.scores.length &&
    scores.every((score, row) => Object.is(score, data.scores[row]))
  if (!isSame)
    throw refuse('replica.differs', { problem: `the model ${data.model} says something else of its inputs` })
}

/** What is said to be read of entities was known of them. */
async function assertRead(
  { store, position }: Ground,
  { featureSet: name, featureVersion: version, run: { features } }: LiveModel,
  { online, inputs, scores }: Served,
): Promise<void> {
  if (online === null) return
  const { entities, moment, readAt, eventTimes } = online
  const isOfSet = online.featureSet === name && online.featureVersion === version
  if (!isOfSet || entities.length !== scores.length || readAt > position())
    throw refuse('replica.differs', { problem: `its features are not those of ${name}@${version}` })
  await store.settled()
  const { rows } = await store.lookup({ name, version }, features, { entities, moment, readAt })
  const isRead = rows.every(
    ({ values, eventTime, unusable }, row) =>
      unusable.length === 0 &&
      eventTime === eventTimes[row] &&
      values.every((value, column) => Object.is(value, inputs[row * features.length + column])),
  )
  if (!isRead)
    throw refuse('replica.differs', { problem: 'its features are not what was known of its entities' })
}
