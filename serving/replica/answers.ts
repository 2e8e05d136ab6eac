/**
 * Answers that replicas made, on their way into the log: numbers as their bytes, so that what is recorded is to the last bit what was
 * answered. The writer runs the model once more, and records no answer that it does not give itself.
 */
import { z } from 'zod'
import type { Times } from '../../schemas/event.ts'
import { PredictionServed } from '../../schemas/events/prediction.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Appended } from '../../streams/log/port.ts'
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
  actor: z.string().min(1),
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

/**
 * Records all of them, or none.
 * @returns where the last one stands
 * @throws Refusal `replica.differs` for what the model in force does not say, and what `Models.find` throws
 */
export async function recordAnswers(
  { models, recorder }: Readonly<{ models: Models; recorder: Recorder }>,
  { answers, ...how }: SentAnswers,
): Promise<Appended> {
  const checked = await Promise.all(
    answers.map(async ({ data: sent, times }) => {
      const data: Served = { ...sent, inputs: unpacked(sent.inputs), scores: unpacked(sent.scores) }
      await assertSaid(models, data)
      return { data, times }
    }),
  )
  const [{ data: first }] = checked
  if (checked.some(({ data }) => data.model !== first.model))
    throw refuse('replica.differs', { problem: 'it is of several models' })
  return recorder.recordAll(checked, how)
}

async function assertSaid(models: Models, data: Served): Promise<void> {
  const model = await models.find(data.model, String(data.promotion))
  const scores = await model.predict(Float64Array.from(data.inputs))
  const isSame =
    model.live.artifact === data.artifact &&
    scores.length === data.scores.length &&
    scores.every((score, row) => Object.is(score, data.scores[row]))
  if (!isSame)
    throw refuse('replica.differs', { problem: `the model ${data.model} says something else of its inputs` })
}
