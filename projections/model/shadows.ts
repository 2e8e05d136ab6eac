/** Which challengers run in shadow, beside which model. */
import type { Position } from '../../schemas/envelope.ts'
import type { DataOf } from '../../schemas/event.ts'
import { ShadowEnded, ShadowStarted } from '../../schemas/events/shadow.ts'
import { defineProjection, on } from '../projection.ts'

export type Shadow = DataOf<typeof ShadowStarted> & { position: Position }

/** By run, in the order in which they were started. */
export type ShadowsState = { running: Record<string, Shadow> }

export const shadows = defineProjection<ShadowsState>({
  name: 'shadows',
  version: 1,
  initial: () => ({ running: {} }),
  handlers: [
    on(ShadowStarted, ({ running }, { data, position }) => {
      running[data.run] ??= { ...data, position }
    }),
    on(ShadowEnded, ({ running }, { data }) => {
      delete running[data.run]
    }),
  ],
})
