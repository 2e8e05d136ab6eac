/** Whether what the live lane knows may be served: it is not, while the lane reads the log anew or stands still. */
import type { Position } from '../../schemas/envelope.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Platform } from '../platform.ts'

export interface LiveStanding {
  position(): Position
  /** @throws Refusal `inference.not-ready` */
  assertReady(): void
}

/** A lane that begins anew after a failure is behind where it was, and knows less than it did. */
export function liveStanding({ lanes }: Pick<Platform, 'lanes'>): LiveStanding {
  let furthest = 0
  const status = () => {
    const live = lanes.status().find(({ lane }) => lane === 'live')
    return live ?? { position: 0, stopped: 'it was never opened' }
  }
  return {
    position: () => status().position,
    assertReady() {
      const { position, stopped } = status()
      furthest = Math.max(furthest, position)
      if (stopped !== null)
        throw refuse('inference.not-ready', { problem: `the live lane has stopped (${stopped})` })
      if (position < furthest)
        throw refuse('inference.not-ready', {
          problem: `the live lane reads the log again, and is at ${position} of ${furthest}`,
        })
    },
  }
}
