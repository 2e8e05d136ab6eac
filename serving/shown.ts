/** Events as they are shown to people and programs: what stands in the log in a processor's name and is not sound says so. */
import type { Position, Recorded } from '../schemas/envelope.ts'
import { isForeign, isUnconfirmed } from '../schemas/reaction.ts'

/** `unconfirmed`: the writer has not derived it again yet. `foreign`: its processor did not write it. */
export type Shown = Recorded & Readonly<{ standing?: 'unconfirmed' | 'foreign' }>

export function shown(event: Recorded, confirmed: Position): Shown {
  if (isForeign(event)) return { ...event, standing: 'foreign' }
  return isUnconfirmed(event, confirmed) ? { ...event, standing: 'unconfirmed' } : event
}
