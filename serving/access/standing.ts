/** What the log says of access at its head: read from the log itself, so that a revocation counts as soon as it is recorded. */
import { type AccessState, access } from '../../projections/access/access.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { LogReader } from '../../streams/log/port.ts'

type Standing = Readonly<{
  state: AccessState
  /** When the log last recorded anything: no clock that is set back makes what has expired count again. */
  recordedAt: Micros
}>

/** Follows the log by itself: neither a pipeline that has stopped nor a view that lags keeps a revoked token alive. */
export function accessStanding(log: Pick<LogReader, 'head' | 'readAll'>): () => Promise<Standing> {
  let state = access.initial()
  let position = 0
  let turn: Promise<unknown> = Promise.resolve()

  const follow = async (): Promise<Standing> => {
    const head = await log.head()
    if (head.position > position) {
      const wanted = { types: access.handles, positionAtMost: head.position }
      for await (const batch of log.readAll(position + 1, wanted))
        for (const event of batch) {
          state = access.apply(state, event)
          position = event.position
        }
      position = head.position
    }
    return { state, recordedAt: head.recordedAt }
  }

  // Whoever asks before the next look at the log begins shares it: it shows him all that was recorded before he asked.
  let next: Promise<Standing> | null = null
  return () => {
    if (next !== null) return next
    const looking = turn.then(() => {
      next = null
      return follow()
    })
    next = looking
    turn = looking.catch(() => undefined)
    return looking
  }
}
