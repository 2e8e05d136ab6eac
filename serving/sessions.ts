/** Closes the sessions whose decision moment has passed: models are asked, and books accounted, once for each. */
import type { Session } from '../schemas/calendar.ts'
import { closeSession } from './actions.ts'
import type { Platform } from './platform.ts'

/**
 * The sessions of a data set that can be closed by now, in order: from the first one that arrived after a model which trades
 * it came into force, to the last of which rows have arrived.
 */
export function dueSessions(
  platform: Pick<Platform, 'markets' | 'moment'>,
  dataset: string,
): readonly Session[] {
  const market = platform.markets.of(dataset)
  const last = market?.withRows.at(-1)
  if (market?.servedAfter === undefined || last === undefined) return []
  const { sessions, withRows, servedAfter, closed } = market
  const after = Math.max(servedAfter, closed?.session ?? Number.NEGATIVE_INFINITY)
  const from = Number.isFinite(after) ? sessions.next(after) : withRows[0]
  const now = platform.moment.nowMicros()
  return sessions.spine(from, last, withRows).filter((session) => sessions.decides(session) <= now)
}

/** Closes what is due. @returns how many sessions were closed */
export async function closeDueSessions(platform: Platform, dataset: string, actor: string): Promise<number> {
  const due = dueSessions(platform, dataset)
  for (const session of due) {
    const commandId = `close:${dataset}:${session}`
    await closeSession(platform, { dataset, session }, { actor, commandId })
  }
  return due.length
}
