/**
 * Answers that are given before they are recorded: of models that trade nothing, and no more of them at a time than a queue holds. What could not
 * be recorded is told to whoever asks next, and tried again; nothing more is answered ahead of the log until it is there.
 */
import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { PredictionServed } from '../../schemas/events/prediction.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import { servedStream } from '../../streams/inference/processor.ts'
import { codecOf } from '../../streams/log/codec.ts'
import { warn } from '../warn.ts'
import { MOST_OWED, MOST_OWED_VALUES } from './limits.ts'
import type { Answer, Recorder } from './recorder.ts'

/** Answers of one batch of the log: a batch has indices to write, whatever is in it. */
const TOGETHER = 64
const TRY_AGAIN_MILLIS = 1_000

/** Room for one answer, taken before its model is run. */
export interface Place {
  /** @throws Refusal `event.invalid` for what the log would not take: it is not to be given then */
  owe(answer: Answer, actor: string): void
  /** Of a place that was not used, or was. */
  leave(): void
}

export interface Owed {
  /** @throws Refusal `inference.unrecorded`, `inference.queue-full` */
  place(model: string, values: number): Place
  /** Answers that were given, and are not recorded yet. */
  waiting(): number
  /** Resolves once all of them are recorded. @throws Refusal `inference.unrecorded` where the log does not take them */
  recorded(): Promise<void>
}

type Debt = Readonly<{ answer: Answer; actor: string; values: number }>
type Limits = Readonly<{ most?: number; mostValues?: number; tryAgainMillis?: number }>

export function owedTo({ recordAll }: Pick<Recorder, 'recordAll'>, limits: Limits = {}): Owed {
  const { most = MOST_OWED, mostValues = MOST_OWED_VALUES, tryAgainMillis = TRY_AGAIN_MILLIS } = limits
  const { encode } = codecOf(REGISTRY)
  const queue: Debt[] = []
  const run = randomUUID()
  let [count, taken, values] = [0, 0, 0]
  let problem: string | null = null
  let isClosing = false
  let recording: Promise<void> | null = null

  const unrecorded = (model: string) =>
    refuse('inference.unrecorded', { model, answers: queue.length, problem: problem ?? '' })

  /** What one caller was answered by one model, as far as it comes first. */
  const next = (): readonly Debt[] => {
    const [{ answer, actor }] = queue
    const end = queue.findIndex((one) => one.actor !== actor || one.answer.data.model !== answer.data.model)
    return queue.slice(0, Math.min(TOGETHER, end < 0 ? queue.length : end))
  }

  const recordAllOwed = async (): Promise<void> => {
    while (queue.length > 0) {
      const batch = next()
      const [{ actor }] = batch
      // Under the same id, however often it is tried: it is recorded once.
      const how = { actor, once: 'written', commandId: `predict:after-${run}-${++count}` } as const
      await tried(() =>
        recordAll(
          batch.map(({ answer }) => answer),
          how,
        ),
      )
      queue.splice(0, batch.length)
      taken -= batch.length
      values -= batch.reduce((sum, one) => sum + one.values, 0)
    }
  }

  const tried = async (record: () => Promise<unknown>): Promise<void> => {
    for (;;) {
      try {
        await record()
        problem = null
        return
      } catch (error) {
        const said = error instanceof Error ? error.message : String(error)
        if (problem === null) warn(`${queue.length} answers that were given are not recorded: ${said}`)
        problem = said
        if (isClosing) throw error
        await sleep(tryAgainMillis)
      }
    }
  }
  const begin = (): void => {
    // What is given in one turn is recorded together.
    recording ??= nextTurn()
      .then(recordAllOwed)
      .finally(() => {
        recording = null
      })
    // Whoever waits is told.
    recording.catch(() => undefined)
  }

  return {
    place(model, size) {
      if (problem !== null) throw unrecorded(model)
      if (taken >= most || values + size > mostValues)
        throw refuse('inference.queue-full', { model, answers: taken })
      taken++
      values += size
      let isHeld = true
      return {
        owe(answer, actor) {
          const stream = servedStream(model)
          const provenance = { commandId: run, correlationId: run, causationId: null }
          encode({
            ...{ stream, expected: 0, actor, ...provenance },
            events: [PredictionServed.draft(answer.data, answer.times)],
          })
          isHeld = false
          queue.push({ answer, actor, values: size })
          begin()
        },
        leave() {
          if (!isHeld) return
          isHeld = false
          taken--
          values -= size
        },
      }
    },
    waiting: () => queue.length,
    async recorded() {
      isClosing = true
      if (queue.length > 0) begin()
      await recording?.catch(() => undefined)
      isClosing = false
      if (queue.length > 0) throw unrecorded(queue[0].answer.data.model)
    },
  }
}
