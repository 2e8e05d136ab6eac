/** What the jobs of a run took and cost, as whoever ran them attests. */
import type { DataOf } from '../../schemas/event.ts'
import { WorkMetered } from '../../schemas/events/trainer.ts'
import type { Decider } from '../decider.ts'
import { accept } from '../rejections.ts'

export const meteredStream = (run: string): string => `metered-${run}`

/** Each time that jobs were run is told, and what was paid for is never unsaid. */
export const metered: Decider<DataOf<typeof WorkMetered>, null> = {
  initial: () => null,
  evolve: (state) => state,
  decide: (data, _, { now }) => accept(WorkMetered.draft(data, { eventTime: now, knownAt: now })),
}
