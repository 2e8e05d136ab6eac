/** Closes the sessions whose decision moment has passed: models are asked, and books accounted, once for each. */
import type { Session } from '../schemas/calendar.ts'
import type { Act } from './act.ts'
import { closeSession } from './actions.ts'
import { passDeadlines } from './alerts.ts'
import { rederiveDue } from './claims/nightly.ts'
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

/** Closes what is due, as acts, tells what is overdue by now, and works claims out again. @returns how many sessions were closed */
export async function closeDueSessions(
  platform: Platform,
  dataset: string,
  act: Pick<Act, 'actor' | 'once'>,
): Promise<number> {
  const due = dueSessions(platform, dataset)
  for (const session of due) {
    const commandId = `close:${dataset}:${session}`
    await closeSession(platform, { dataset, session }, { ...act, commandId })
  }
  await passDeadlines(platform, act)
  await rederiveDue(platform, act)
  return due.length
}

/**
 * Closes what is due in every data set, now and then, until it is stopped: a decision is made at its moment, whether a file
 * arrives then or not.
 * @returns stops it, and waits for what is being closed
 */
export function closeAsTimePasses(
  platform: Platform,
  { everyMillis, onError }: Readonly<{ everyMillis: number; onError: (error: unknown) => void }>,
): () => Promise<void> {
  let closing: Promise<void> = Promise.resolve()
  const closeAll = async (): Promise<void> => {
    for (const dataset of Object.keys(platform.folds.datasets.state().datasets))
      await closeDueSessions(platform, dataset, { actor: 'asof' })
  }
  const tick = (): void => {
    closing = closing.then(closeAll).catch(onError)
  }
  tick()
  const timer = setInterval(tick, everyMillis)
  return async () => {
    clearInterval(timer)
    await closing
  }
}
