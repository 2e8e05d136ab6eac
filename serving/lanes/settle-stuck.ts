/** Sets aside, before a platform opens, the event that the live lane hung at, or that ended its process again and again. */
import { refuse } from '../../schemas/kernel/fault.ts'
import type { EventLog } from '../../streams/log/port.ts'
import { setAside } from '../../streams/quarantine.ts'
import { warn } from '../warn.ts'
import { isAnsweredIn } from './answered.ts'
import { forgetStuck, readStuck, type Stuck, type StuckFile, spanOf } from './stuck.ts'

/** Anybody may end a process at any event; where so many end at the same one, it is the event. */
const MOST_ENDED = 3

/**
 * @returns what it may be that ended the process, where that is not yet sure
 * @throws Refusal `lane.lost` where it hung at an event that was answered before: without it nothing would lead to the answer
 */
export async function settleStuck(log: EventLog, file: StuckFile): Promise<Stuck | null> {
  const what = readStuck(file)
  if (what === null || (what.hungMillis === null && what.ended < MOST_ENDED)) return what
  // Whatever comes of it comes once: who opens the folder again, with other code, has the event tried again.
  forgetStuck(file)
  const problem = reasonOf(what)
  if (await isAnsweredIn(log, what)) {
    if (what.hungMillis === null) return null
    throw refuse('lane.lost', { lane: 'live', problem })
  }
  const { processor, cause, at } = what
  for await (const [times] of log.readAll(cause, { positionAtMost: cause }))
    await setAside(log, { processor, cause, at, reason: problem, times })
  warn(`Event ${cause} is set aside for ${processor}: ${problem}. asof quarantine lists it.`)
  return null
}

const reasonOf = ({ hungMillis, ended, cause }: Stuck): string =>
  hungMillis === null
    ? `the platform ended ${ended} times while it was at event ${cause}`
    : `it was at event ${cause} for more than ${spanOf(hungMillis)}`
