/** Appends what models answered, each as an event of its own, and has the live lane take it in soon. */
import { randomUUID } from 'node:crypto'
import type { DataOf, Times } from '../../schemas/event.ts'
import { PredictionServed } from '../../schemas/events/prediction.ts'
import { servedStream } from '../../streams/inference/processor.ts'
import type { Appended, Once } from '../../streams/log/port.ts'
import type { Platform } from '../platform.ts'

/** Followers of the log see an answer within this time, and a burst of answers costs them one turn. */
const TAKEN_IN_MILLIS = 500

export interface Recorder {
  record(
    data: DataOf<typeof PredictionServed>,
    how: Readonly<{ actor: string; times: Times; once: Once; commandId?: string }>,
  ): Promise<Appended>
}

export function recorder({ log, lanes }: Pick<Platform, 'log' | 'lanes'>): Recorder {
  const revisions = new Map<string, number>()
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

  return {
    async record(data, { actor, times, once, commandId = `predict:${run}-${++count}` }) {
      const stream = servedStream(data.model)
      const events = [PredictionServed.draft(data, times)]
      const batch = { stream, events, commandId, actor, correlationId: commandId, causationId: null }
      if (!revisions.has(stream)) revisions.set(stream, await log.revisionOf(stream))
      for (;;) {
        const expected = revisions.get(stream) ?? 0
        revisions.set(stream, expected + 1)
        const appended = await log.append({ ...batch, expected }, once).catch((error: unknown) => {
          // What was refused took no place in the stream.
          revisions.delete(stream)
          throw error
        })
        if (appended.ok) {
          takenInSoon()
          return appended.value
        }
        revisions.set(stream, appended.error.actual)
      }
    },
  }
}
