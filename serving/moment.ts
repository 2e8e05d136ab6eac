/** Moments as people write them on the command line and in addresses. */

import type { Moment } from '../projections/runner.ts'
import { refuse } from '../schemas/kernel/fault.ts'
import { parseMoment } from '../schemas/kernel/time.ts'
import type { LogReader } from '../streams/log/port.ts'

/**
 * `now`, a log position such as `1200`, or a time such as `2008-09-15T20:00Z`: what was known then. `recorded`, a position
 * or a time, hides also what the log itself did not have yet.
 * @throws Refusal `moment.malformed`, `moment.beyond-head`
 */
export async function momentOf(log: LogReader, text: string, recorded?: string): Promise<Moment> {
  const known = text === 'now' || isPosition(text) ? {} : { knownAt: parseMoment(text) }
  const position = isPosition(text) ? await positionOf(log, text) : undefined
  const cut = recorded === undefined ? undefined : await positionOf(log, recorded)
  const positions = [position, cut].filter((one) => one !== undefined)
  return positions.length === 0 ? known : { ...known, position: Math.min(...positions) }
}

const isPosition = (text: string): boolean => /^\d+$/.test(text)

async function positionOf(log: LogReader, text: string): Promise<number> {
  if (!isPosition(text)) return log.positionAt({ recordedAt: parseMoment(text) })
  const head = (await log.head()).position
  if (Number(text) > head) throw refuse('moment.beyond-head', { position: Number(text), head })
  return Number(text)
}
