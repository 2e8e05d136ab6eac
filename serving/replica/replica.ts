/** A replica: models in force and features, answered in a process of its own; each answer of a model is recorded by the one writer. */

import type { AppendBatch } from '../../schemas/envelope.ts'
import type { DataOf } from '../../schemas/event.ts'
import { PredictionServed } from '../../schemas/events/prediction.ts'
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import { ok } from '../../schemas/kernel/result.ts'
import type { Appended, EventLog, Once } from '../../streams/log/port.ts'
import { ask } from '../cli/remote.ts'
import { notBefore, wallClock } from '../clock.ts'
import { folderAt } from '../folder.ts'
import type { Platform } from '../platform.ts'
import { runningServer } from '../running.ts'
import { packedAnswer } from './answers.ts'
import type { Following } from './following.ts'

export const RECORD_PATH = '/api/v1/replica/answers'

export type Served = Pick<
  Platform,
  'folder' | 'models' | 'folds' | 'chunks' | 'log' | 'lanes' | 'store' | 'moment'
>

/** What the doors of a replica stand on. */
export async function replicaOver(path: string, following: Following): Promise<Served> {
  const { archive, live } = following
  const { folder, log, chunks } = archive
  const moment = notBefore(wallClock, (await log.head()).recordedAt)
  const status = () => [
    { lane: 'live' as const, position: following.position(), stopped: following.stopped() },
  ]
  const lanes = { status, live: async () => following.position() } as unknown as Platform['lanes']
  return {
    ...{ folder, chunks, lanes, moment },
    ...{ models: live.models, folds: live.folds, store: live.store },
    log: forwarding(path, log as EventLog),
  }
}

/** A log that is read here and appended to by its writer, answers of models alone. */
function forwarding(path: string, log: EventLog): EventLog {
  let writer: Awaited<ReturnType<typeof runningServer>> = null
  return new Proxy(log, {
    get(target, key) {
      if (key === 'append') return append
      if (key === 'revisionOf') return async () => 0
      const value = Reflect.get(target, key)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })

  async function append({ events, commandId, actor }: AppendBatch, once: Once = 'durable') {
    const [event] = events
    if (event?.type !== PredictionServed.type) throw refuse('replica.reads-only', { path })
    const { eventTime, knownAt } = event
    const data = event.data as DataOf<typeof PredictionServed>
    const json = packedAnswer(data, { times: { eventTime, knownAt }, actor, commandId, once })
    // A writer that ended may be there again, elsewhere. An answer that it has under its id is not recorded twice.
    for (let attempt = 0; attempt < 2; attempt++) {
      writer ??= await runningServer(path)
      if (writer === null) break
      try {
        const server = { ...writer, folder: folderAt(path) }
        const { body } = await ask(server, { method: 'POST', path: RECORD_PATH, json })
        return ok(body as Appended)
      } catch (error) {
        writer = null
        if (!(error instanceof Refusal) || error.fault.code !== 'server.gone') throw error
      }
    }
    throw refuse('replica.no-writer', { folder: path })
  }
}
