/**
 * Appends what models answered, each answer as an event of its own. What one caller is answered by one model in one turn of the event
 * loop is one batch of the log: a batch has indices to write, whatever is in it.
 */
import { randomUUID } from 'node:crypto'
import type { Draft } from '../../schemas/envelope.ts'
import type { DataOf, Times } from '../../schemas/event.ts'
import { PredictionServed } from '../../schemas/events/prediction.ts'
import { Refusal } from '../../schemas/kernel/fault.ts'
import { servedStream } from '../../streams/inference/processor.ts'
import type { Appended, Once } from '../../streams/log/port.ts'
import type { Platform } from '../platform.ts'

/** Followers of the log see an answer within this time, and a burst of answers costs them one turn. */
const TAKEN_IN_MILLIS = 500

export type Answer = Readonly<{ data: DataOf<typeof PredictionServed>; times: Times }>

export interface Recorder {
  /** @returns where the event stands; `repeated` where its command had been done before */
  record(
    data: Answer['data'],
    how: Readonly<{ actor: string; times: Times; once: Once; commandId?: string }>,
  ): Promise<Appended>
  /**
   * Records what a command comes to, of one model: all of it, or none.
   * @returns where the last event stands
   */
  recordAll(
    answers: readonly Answer[],
    how: Readonly<{ actor: string; once: Once; commandId: string }>,
  ): Promise<Appended>
}

type Batch = Readonly<{
  stream: string
  actor: string
  once: Once
  commandId: string
  events: Draft[]
  waiting: Readonly<{ resolve: (appended: Appended) => void; reject: (reason: unknown) => void }>[]
}>

export function recorder({ log, lanes }: Pick<Platform, 'log' | 'lanes'>): Recorder {
  const revisions = new Map<string, number>()
  const open = new Map<string, Batch>()
  const run = randomUUID()
  let count = 0
  let isWaiting = false

  const takenInSoon = (): void => {
    if (isWaiting) return
    isWaiting = true
    setTimeout(() => {
      isWaiting = false
      // A lane that has stopped says so itself.
      lanes.live().catch(() => undefined)
    }, TAKEN_IN_MILLIS).unref()
  }

  const append = async ({ stream, actor, once, commandId, events }: Batch): Promise<Appended> => {
    const batch = { stream, events, commandId, actor, correlationId: commandId, causationId: null }
    if (!revisions.has(stream)) revisions.set(stream, await log.revisionOf(stream))
    for (;;) {
      const expected = revisions.get(stream) ?? 0
      revisions.set(stream, expected + events.length)
      const appended = await log.append({ ...batch, expected }, once).catch((error: unknown) => {
        // What was refused took no place in the stream.
        revisions.delete(stream)
        throw error
      })
      if (appended.ok) {
        if (appended.value.repeated) revisions.delete(stream)
        takenInSoon()
        return appended.value
      }
      revisions.set(stream, appended.error.actual)
    }
  }

  const write = (key: string, batch: Batch): void => {
    open.delete(key)
    append(batch).then(
      (appended) => {
        const [first, revision] = [appended.position, appended.revision].map(
          (at) => at - batch.events.length + 1,
        )
        for (const [i, { resolve }] of batch.waiting.entries())
          resolve({ ...appended, position: first + i, revision: revision + i })
      },
      (error) => {
        // What is wrong with one answer is no reason to refuse the others.
        if (batch.events.length > 1 && isInvalid(error)) for (const one of apart(batch)) write('', one)
        else for (const { reject } of batch.waiting) reject(error)
      },
    )
  }

  const apart = (batch: Batch): readonly Batch[] =>
    batch.events.map((event, i) => ({
      ...batch,
      commandId: `predict:${run}-${++count}`,
      events: [event],
      waiting: [batch.waiting[i]],
    }))

  const recordAll: Recorder['recordAll'] = (answers, how) => {
    const events = answers.map(({ data, times }) => PredictionServed.draft(data, times))
    return append({ ...how, stream: servedStream(answers[0].data.model), events, waiting: [] })
  }

  return {
    recordAll,
    record(data, { actor, times, once, commandId }) {
      if (commandId !== undefined) return recordAll([{ data, times }], { actor, once, commandId })
      const stream = servedStream(data.model)
      const key = JSON.stringify([stream, actor, once])
      const batch = open.get(key) ?? {
        ...{ stream, actor, once, commandId: `predict:${run}-${++count}` },
        ...{ events: [], waiting: [] },
      }
      if (batch.events.length === 0) {
        open.set(key, batch)
        // Behind all that follows from what has come by now.
        process.nextTick(write, key, batch)
      }
      batch.events.push(PredictionServed.draft(data, times))
      return new Promise((resolve, reject) => batch.waiting.push({ resolve, reject }))
    },
  }
}

const isInvalid = (error: unknown): boolean =>
  error instanceof Refusal && error.fault.code === 'event.invalid'
